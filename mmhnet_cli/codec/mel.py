"""Log-mel spectrogram of a waveform: the front end that codec and vocoders share (MMAudio specification, 4.1)."""

import math
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmhnet_cli.errors import BadOption
from mmhnet_cli.fields import EVEN, Within, check_fields

LINEAR_HZ_PER_MEL = 200 / 3
"""Slaney's mel scale is linear below 1 kHz ..."""
LOG_STEP = np.log(6.4) / 27
"""... and logarithmic above, 27 mels from 1 kHz to 6.4 kHz."""


@dataclass(frozen=True)
class MelConfig:
    """Sizes of the front end."""

    sample_rate_hz: Annotated[int, Within(8000, 192_000)] = 44100
    fft_samples: Annotated[int, Within(64, 1 << 16, **EVEN)] = 2048
    """It is also the length of the Hann window."""
    hop_samples: Annotated[int, Within(16, 4096)] = 512
    bins: Annotated[int, Within(1, 512)] = 128
    low_hz: Annotated[float, Within(0, 95_000)] = 0.0
    high_hz: Annotated[float, Within(100, 96_000)] = 22050.0
    floor: Annotated[float, Within(1e-12, 1)] = 1e-5
    """It is the smallest magnitude before the logarithm."""
    log_base: Annotated[float, Within(1.1, 100)] = math.e
    """The logarithm has it."""

    def __post_init__(self) -> None:
        check_fields(self)
        if not self.low_hz < self.high_hz <= self.sample_rate_hz / 2:
            raise BadOption("high_hz", str(self.high_hz), f"above {self.low_hz}, at most {self.sample_rate_hz / 2}")
        if self.hop_samples > self.fft_samples:
            raise BadOption("hop_samples", str(self.hop_samples), f"at most {self.fft_samples}")


MEL_16K = MelConfig(16000, 1024, 256, 80, 0.0, 8000.0, log_base=10.0)
"""Front end of the public codec at 16 kHz ..."""
MEL_44K = MelConfig()
"""... and of the one at 44.1 kHz."""


def hz_to_mel(hz: np.ndarray) -> np.ndarray:
    """Return the Slaney mel of a frequency in Hz."""
    hz = np.asarray(hz, np.float64)
    return np.where(hz < 1000, hz / LINEAR_HZ_PER_MEL, 15 + np.log(np.maximum(hz, 1e-9) / 1000) / LOG_STEP)


def mel_to_hz(mel: np.ndarray) -> np.ndarray:
    """Invert `hz_to_mel`."""
    mel = np.asarray(mel, np.float64)
    return np.where(mel < 15, mel * LINEAR_HZ_PER_MEL, 1000 * np.exp((mel - 15) * LOG_STEP))


def band_edges_hz(config: MelConfig) -> np.ndarray:
    """Return corner frequencies (bins + 2,); band b rises from b to b + 1 and falls to b + 2."""
    low, high = hz_to_mel(np.array([config.low_hz, config.high_hz]))
    return mel_to_hz(np.linspace(low, high, config.bins + 2))


def mel_filters(config: MelConfig) -> np.ndarray:
    """Return triangular filters (bins, fft_samples // 2 + 1), each of unit area in Hz (Slaney normalisation)."""
    edges = band_edges_hz(config)
    frequencies = np.linspace(0, config.sample_rate_hz / 2, config.fft_samples // 2 + 1)
    rise = (frequencies - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    fall = (edges[2:, None] - frequencies) / (edges[2:] - edges[1:-1])[:, None]
    triangles = np.maximum(0, np.minimum(rise, fall))
    return triangles * (2 / (edges[2:] - edges[:-2]))[:, None]


def band_to_bin(config: MelConfig, fft_samples: int) -> Tensor:
    """Weights (bins, fft_samples // 2 + 1) that draw a line from each band's centre to the next."""
    centres = torch.from_numpy(band_edges_hz(config)[1:-1])
    frequencies = torch.linspace(0, config.sample_rate_hz / 2, fft_samples // 2 + 1, dtype=torch.float64)
    upper = torch.searchsorted(centres, frequencies).clamp(1, config.bins - 1)
    share = ((frequencies - centres[upper - 1]) / (centres[upper] - centres[upper - 1])).clamp(0, 1)
    weights = frequencies.new_zeros(config.bins, len(frequencies))
    columns = torch.arange(len(frequencies))
    weights[upper - 1, columns] = 1 - share
    weights[upper, columns] += share
    return weights.float()


class LogMel(nn.Module):
    """Logarithms of mel magnitudes; frame j is centred on sample (j + 1/2) * hop."""

    window: Tensor
    filters: Tensor

    def __init__(self, config: MelConfig) -> None:
        super().__init__()
        self.config = config
        self.register_buffer("window", torch.hann_window(config.fft_samples), persistent=False)
        self.register_buffer("filters", torch.from_numpy(mel_filters(config)).float(), persistent=False)

    def magnitudes(self, waveform: Tensor) -> Tensor:
        """Map (B, samples) in [-1, 1] to linear magnitudes (B, fft_samples // 2 + 1, samples // hop)."""
        config = self.config
        margin = (config.fft_samples - config.hop_samples) // 2
        padded = F.pad(waveform.clamp(-1, 1)[:, None], (margin, margin), mode="reflect")[:, 0]
        spectrum = torch.stft(
            padded, config.fft_samples, config.hop_samples, window=self.window, center=False, return_complex=True
        )
        return torch.sqrt(spectrum.real.square() + spectrum.imag.square() + 1e-9)

    def forward(self, waveform: Tensor) -> Tensor:
        """Map (B, samples) in [-1, 1] to (B, bins, samples // hop)."""
        bands = (self.filters @ self.magnitudes(waveform)).clamp(min=self.config.floor)
        return torch.log(bands) / math.log(self.config.log_base)
