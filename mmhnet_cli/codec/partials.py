"""Finds the partials between the bands of a mel."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmhnet_cli.products import Linear


class PartialFinder(nn.Module):
    """Where in its band a partial lies, and how much it stands out, from the levels of the band and its neighbours.

    The same small function for all bands: what a dense layer would have to learn for each band anew.
    """

    place: Tensor

    def __init__(self, tone_bands: int, first_band: int = 0, reach: int = 2, width: int = 24) -> None:
        super().__init__()
        self.reach, self.first_band = reach, first_band
        self.inner = Linear(2 * reach + 2, width)
        self.outer = Linear(width, 2)
        nn.init.normal_(self.outer.weight, std=0.1)
        nn.init.zeros_(self.outer.bias)
        self.register_buffer("place", torch.linspace(-1, 1, tone_bands)[first_band:, None], persistent=False)

    def forward(self, level: Tensor) -> Tensor:
        """Log levels (B, T, bins) to two corrections (B, T, bands, 2): of log magnitude and of offset."""
        bands = slice(self.first_band, self.first_band + len(self.place))
        around = F.pad(level, (self.reach, self.reach), mode="replicate").unfold(2, 2 * self.reach + 1, 1)[:, :, bands]
        shape = (around.contiguous() - level[:, :, bands, None]).clamp(-6, 6)
        # The place matters because low bands are narrower than the main lobe of the window.
        inputs = torch.cat([shape, self.place.expand(*shape.shape[:3], 1)], dim=-1)
        return self.outer(F.silu(self.inner(inputs)))
