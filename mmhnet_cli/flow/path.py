"""The straight path from noise (t = 0) to data (t = 1), for training."""

import torch
from torch import Tensor


def point_on_path(noise: Tensor, data: Tensor, t: Tensor) -> Tensor:
    """Return x_t = (1 - t) noise + t data. noise, data (B, L, C), t (B,) -> (B, L, C)."""
    return torch.lerp(noise, data, t.view(-1, 1, 1).to(data.dtype))


def target_velocity(noise: Tensor, data: Tensor) -> Tensor:
    """Return dx_t / dt = data - noise (B, L, C), the same at every t."""
    return data - noise


def sample_times(batch: int, generator: torch.Generator, mean: float = 0.0, std: float = 1.0) -> Tensor:
    """Draw logit-normal training times (B,), t = sigmoid(mean + std n): most of them where noise and data are mixed.

    They are stratified, one from each of B parts of equal probability: the loss of a batch then varies less with its
    times.
    """
    device = generator.device
    share = (torch.arange(batch, device=device) + torch.rand(batch, generator=generator, device=device)) / batch
    return torch.sigmoid(mean + std * torch.special.ndtri(share.clamp(1e-6, 1 - 1e-6)))
