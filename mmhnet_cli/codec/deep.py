"""Deep partials: those that lie too close together for the mel's window are peaks in the spectrum of a longer one.

Each peak is an oscillator. Every bin belongs to the peak that it leads up to, and carries its phase, see `locking`.
"""

from dataclasses import dataclass, replace
from typing import Annotated

import torch
import torch.nn.functional as F
from torch import Tensor

from mmhnet_cli.codec.locking import leaders
from mmhnet_cli.codec.mel import MelConfig
from mmhnet_cli.fields import EVEN, Within, check_fields


@dataclass(frozen=True)
class DeepConfig:
    """bins: of the long spectrum, from the first above 0 Hz; a peak in the last one is left to the bands of the mel.

    weight: of a bin's level beside that of a mel band when the projection is fitted.
    """

    fft_samples: Annotated[int, Within(64, 1 << 16, **EVEN)] = 4096
    bins: Annotated[int, Within(2, 512)] = 45
    weight: Annotated[float, Within(0.01, 100)] = 0.6

    def __post_init__(self) -> None:
        check_fields(self)

    def front_end(self, mel: MelConfig) -> MelConfig:
        """The front end for these bins: triangles as wide as a bin, which let one bin through and none beside it."""
        high_hz = (self.bins + 1) * mel.sample_rate_hz / self.fft_samples
        return replace(mel, fft_samples=self.fft_samples, bins=self.bins, low_hz=0.0, high_hz=high_hz)


@dataclass(frozen=True)
class DeepTones:
    """Oscillators of the bins, each (B, T, bins).

    log_magnitude: of the partial at a peak, -inf beside peaks. hertz: frequency of the peak that a bin belongs to.
    peak: its index.
    """

    log_magnitude: Tensor
    hertz: Tensor
    peak: Tensor


def deep_tones(level: Tensor, bin_hz: float) -> DeepTones:
    """Peaks of log magnitudes (B, T, bins), placed by a parabola through three of them."""
    peak = leaders(level, torch.ones_like(level, dtype=torch.bool)[..., 1:])
    index = torch.arange(level.shape[2], device=level.device)
    standing = (peak == index) & (index < level.shape[2] - 1)
    padded = F.pad(level, (1, 1), mode="replicate")
    left, right = padded[..., :-2], padded[..., 2:]
    bend = (left - 2 * level + right).clamp(max=-1e-3)
    shift = (0.5 * (left - right) / bend).clamp(-0.5, 0.5)
    top = level - 0.25 * (left - right) * shift
    hertz = (index + 1 + shift) * bin_hz
    return DeepTones(top.masked_fill(~standing, float("-inf")), hertz.gather(2, peak), peak)
