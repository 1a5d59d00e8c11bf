"""Waveform from a log-mel by the classic method: the yardstick for the codec, not a part of it."""

from typing import Any

import torch
from torch import Tensor

from mmhnet_cli.codec.mel import LogMel


def linear_magnitudes(log_mel: LogMel, mel: Tensor, iterations: int = 30) -> Tensor:
    """Non-negative magnitudes (B, K, T) with a mel near exp(mel) (B, bins, T): updates of Lee and Seung (2001)."""
    filters, target = log_mel.filters, mel.exp()
    share = filters / filters.sum(1, keepdim=True)
    magnitudes = (share.T @ target).clamp(min=1e-8)
    numerator = filters.T @ target
    for _ in range(iterations):
        magnitudes = magnitudes * numerator / (filters.T @ (filters @ magnitudes) + 1e-10)
    return magnitudes


def griffin_lim(log_mel: LogMel, mel: Tensor, iterations: int = 32, seed: int = 0) -> Tensor:
    """(B, bins, T) to (B, T * hop_samples): alternate between the mel's magnitudes and a consistent phase."""
    config = log_mel.config
    magnitudes = linear_magnitudes(log_mel, mel)
    generator = torch.Generator().manual_seed(seed)
    phase = torch.polar(torch.ones(()), 2 * torch.pi * torch.rand(magnitudes.shape, generator=generator))
    samples = mel.shape[2] * config.hop_samples
    # One frame more than the mel has, centred on multiples of the hop, moved back by half a hop at the end.
    arguments: dict[str, Any] = {
        "n_fft": config.fft_samples,
        "hop_length": config.hop_samples,
        "window": log_mel.window,
    }
    for _ in range(iterations):
        sound = torch.istft(magnitudes * phase, **arguments, center=True)
        rebuilt = torch.stft(sound, **arguments, center=True, return_complex=True)
        rebuilt = torch.nn.functional.pad(rebuilt, (0, max(0, magnitudes.shape[2] - rebuilt.shape[2])))
        phase = rebuilt / (rebuilt.abs() + 1e-12)
    sound = torch.istft(magnitudes * phase, **arguments, center=True)
    half = config.hop_samples // 2
    return torch.nn.functional.pad(sound, (half, samples))[:, :samples]
