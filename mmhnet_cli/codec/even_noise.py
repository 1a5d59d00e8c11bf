"""Makes the noise that a vocoder shapes: even, so that what fluctuates is what the mel says."""

import math
from typing import Any

import torch
from torch import Tensor

from mmhnet_cli.codec.bands import band_constants
from mmhnet_cli.codec.mel import LogMel


def make_even_noise(log_mel: LogMel, samples: int, iterations: int = 24, seed: int = 0) -> Tensor:
    """Noise (samples,) whose log-mel is flat in every frame, and periodic; samples is a multiple of the hop.

    Alternates, as Griffin and Lim do, between noise of the right band levels and a spectrogram that a real signal can
    have. The mean magnitude of its spectrum is that of a white spectrum of 1, so its variance is about 1.2.
    """
    config = log_mel.config
    noise = torch.randn(samples, generator=torch.Generator().manual_seed(seed))
    constants = band_constants(config, config.fft_samples, slice(0, 0))
    arguments: dict[str, Any] = {
        "n_fft": config.fft_samples,
        "hop_length": config.hop_samples,
        "window": log_mel.window,
    }
    # Mel frames are centred on odd multiples of half a hop; one period more on each side closes the circle.
    margin = 8 * config.hop_samples
    half = config.hop_samples // 2
    for _ in range(iterations):
        circle = torch.cat([noise[-margin:], noise, noise[:margin]]).roll(-half)
        spectrum = torch.stft(circle, **arguments, center=True, return_complex=True)
        bands = torch.log(log_mel.filters @ spectrum.abs() + 1e-9)
        flat = constants["band_gain"][:, None] + 0.5 * math.log(float(log_mel.window.square().sum()))
        correction = torch.exp(constants["band_to_bin"].T @ (flat - bands))
        circle = torch.istft(spectrum * correction, **arguments, center=True, length=len(circle)).roll(half)
        noise = circle[margin:-margin]
    return noise
