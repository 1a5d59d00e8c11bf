"""The last step of decoding: sound is turned up or down, band by band and frame by frame, to the mel it should have.

What a vocoder gets wrong in level is known, because the front end can listen to what it made. One pass of filtering
halves the distance; more would be the method of Griffin and Lim, whose first guess is the vocoder's.
"""

import math

import torch
from torch import Tensor, nn

from mmhnet_cli.codec.mel import LogMel, MelConfig, band_to_bin

REACH = 2.0
"""No band is turned by more than so many nepers: where nothing was made, there is nothing to turn up."""
QUARTERS = 4


class BandCorrection(nn.Module):
    """Filters frames of the front end's window, which overlap by three quarters."""

    window: Tensor
    filters: Tensor
    spread: Tensor

    def __init__(self, config: MelConfig) -> None:
        super().__init__()
        if config.fft_samples != QUARTERS * config.hop_samples:
            raise ValueError(f"{config.fft_samples} samples are not {QUARTERS} hops of {config.hop_samples}")
        self.config = config
        self.hop = config.hop_samples
        with torch.device("cpu"):
            front_end = LogMel(config)
            spread = band_to_bin(config, config.fft_samples)
        self.register_buffer("window", front_end.window, persistent=False)
        self.register_buffer("filters", front_end.filters, persistent=False)
        self.register_buffer("spread", spread, persistent=False)

    @property
    def margin(self) -> int:
        """Samples before the first frame's hop, and after the last one's, that frames reach."""
        return (self.config.fft_samples - self.hop) // 2

    def spectra(self, sound: Tensor) -> Tensor:
        """(B, (T + 3) * hop), which begins `margin` before its first frame, to (B, T, fft_samples // 2 + 1)."""
        return torch.fft.rfft(sound.unfold(1, self.config.fft_samples, self.hop) * self.window)

    def gain(self, spectra: Tensor, mel: Tensor) -> Tensor:
        """What each bin (B, T, K) of these spectra is turned by, so that they have this mel (B, bins, T)."""
        magnitude = torch.sqrt(spectra.real.square() + spectra.imag.square() + 1e-9)
        bands = torch.log((magnitude @ self.filters.T).clamp(min=self.config.floor))
        wanted = mel.transpose(1, 2) * math.log(self.config.log_base)
        return torch.exp((wanted - bands).clamp(-REACH, REACH) @ self.spread)

    def pieces(self, spectra: Tensor) -> Tensor:
        """Windowed pieces (B, T, fft_samples) of spectra."""
        return torch.fft.irfft(spectra, n=self.config.fft_samples) * self.window

    def forward(self, sound: Tensor, mel: Tensor) -> Tensor:
        """(B, T * hop + 2 * margin) to (B, T * hop)."""
        spectra = self.spectra(sound)
        pieces = self.pieces(spectra * self.gain(spectra, mel))
        weight = self.window.square().expand(1, *pieces.shape[1:])
        inner = slice(self.margin, self.margin + mel.shape[2] * self.hop)
        return overlap_add(pieces, self.hop)[:, inner] / overlap_add(weight, self.hop)[:, inner]


class CorrectionStream:
    """`BandCorrection` in blocks of any length; what it gives joins to the same as the whole.

    The first of its rows is the sound that the mel is of; the others are turned as it is.
    """

    def __init__(self, correction: BandCorrection, mel: Tensor, rows: int = 1) -> None:
        """mel: (bins, T) of all of the sound, which begins and ends `margin` outside of it."""
        self.correction, self.mel = correction, mel
        self.waiting = mel.new_zeros(rows, 0)
        self.tail = mel.new_zeros(rows + 1, (QUARTERS - 1) * correction.hop)
        self.done = 0
        self.skip = correction.margin

    def push(self, block: Tensor) -> Tensor:
        """The next samples (rows, N) to those (rows, M) that nothing that follows can change."""
        correction, hop = self.correction, self.correction.hop
        self.waiting = torch.cat([self.waiting, block], dim=1)
        frames = min(self.waiting.shape[1] // hop - QUARTERS + 1, self.mel.shape[1] - self.done)
        if frames <= 0:
            return block[:, :0]
        spectra = correction.spectra(self.waiting[:, : (frames + QUARTERS - 1) * hop])
        gain = correction.gain(spectra[:1], self.mel[None, :, self.done : self.done + frames])
        weight = correction.window.square().expand(1, frames, -1)
        sums = overlap_add(torch.cat([correction.pieces(spectra * gain), weight]), hop)
        sums[:, : self.tail.shape[1]] += self.tail
        self.waiting = self.waiting[:, frames * hop :]
        self.done += frames
        # The last samples of the film lie `margin` before the end of the last frame.
        end = sums.shape[1] - correction.margin if self.done == self.mel.shape[1] else frames * hop
        self.tail = sums[:, frames * hop :]
        heard = sums[:, min(self.skip, end) : end]
        self.skip = max(0, self.skip - end)
        return heard[:-1] / heard[-1]


def overlap_add(pieces: Tensor, hop: int) -> Tensor:
    """(B, n, 4 * hop) to (B, (n + 3) * hop)."""
    batch, count, _ = pieces.shape
    quarters = pieces.view(batch, count, QUARTERS, hop)
    out = pieces.new_zeros(batch, count + QUARTERS - 1, hop)
    for quarter in range(QUARTERS):
        out[:, quarter : quarter + count] += quarters[:, :, quarter]
    return out.view(batch, -1)
