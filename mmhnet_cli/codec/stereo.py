"""Two channels from one: the sound in the middle, which may move, and a second noise that fills the sides.

Left and right are the middle plus and minus the sides, so that their mean is the mono sound, sample by sample, wherever
it is placed. What that costs: noise of its own on each side makes noisy sound 3 dB louder in each channel than it is in
mono, and a source at the very edge is 6 dB louder in its one channel (3 dB in sum) than in each of two; loudness is
set after this.
"""

import torch
from torch import Tensor


def pan_at(pan: Tensor, first: int, count: int, samples_per_latent: int) -> Tensor:
    """Values (count,) at samples `first` and on of a curve (L,) that has one value at the centre of each latent."""
    samples = torch.arange(first, first + count, dtype=torch.float64, device=pan.device)
    place = ((samples + 0.5) / samples_per_latent - 0.5).clamp(0, len(pan) - 1)
    left = place.long()
    right = (left + 1).clamp(max=len(pan) - 1)
    return torch.lerp(pan[left], pan[right], (place - left).to(pan.dtype))


def placed(middle: Tensor, side: Tensor, pan: Tensor, width: float) -> Tensor:
    """Left and right (2, N) of a middle and a side (N,).

    pan: (N,) from -1, left, to 1, right. width: level of the side beside the noise in the middle; at 1 the noises of
    left and right have nothing in common. What is far from the middle is narrow.
    """
    across = width * (1 - pan.abs()) * side
    return torch.stack([(1 - pan) * middle + across, (1 + pan) * middle - across])
