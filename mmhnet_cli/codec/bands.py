"""What the bands of the mel are to the vocoder: where they lie, and how loud a white spectrum is in each."""

import math

import torch
from torch import Tensor

from mmhnet_cli.codec.deep import DeepConfig
from mmhnet_cli.codec.mel import MelConfig, band_edges_hz, band_to_bin, mel_filters


def first_band_above(mel: MelConfig, deep: DeepConfig) -> int:
    """The first mel band whose oscillator begins where the last bin but one of the deep ones ends, or above."""
    edges = band_edges_hz(mel)
    begins = edges[1:-1] - (edges[2:] - edges[:-2]) / 4
    return int((begins < (deep.bins - 0.5) * mel.sample_rate_hz / deep.fft_samples).sum())


def band_constants(mel: MelConfig, fft_samples: int, tones: slice) -> dict[str, Tensor]:
    """The window (fft_samples,) of the synthesis, and what the bands are under it.

    band_gain (bins,): log level that a white spectrum of magnitude 1 gives each; band_to_bin (bins, K). centre_hz and
    half_spacing_hz (O,): of the bands `tones`, which have an oscillator.
    """
    edges = torch.from_numpy(band_edges_hz(mel))
    centres = edges[1:-1]
    filters = torch.from_numpy(mel_filters(mel))
    # A white spectrum of magnitude 1 gives each band the sum of its filter.
    band_gain = filters.sum(1).clamp(min=1e-8).log()
    # The synthesis window is shorter than the analysis window: the same noise has a smaller magnitude under it.
    band_gain = band_gain + 0.5 * math.log(mel.fft_samples / fft_samples)
    return {
        "window": torch.hann_window(fft_samples),
        "band_gain": band_gain.float(),
        "band_to_bin": band_to_bin(mel, fft_samples),
        "centre_hz": centres[tones].float(),
        "half_spacing_hz": ((edges[2:] - edges[:-2]) / 4)[tones].float(),
    }
