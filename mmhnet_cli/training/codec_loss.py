"""What the vocoder is trained for: the spectrum at several resolutions, the log-mel, and the pitch of tones."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmhnet_cli.codec.mel import LogMel
from mmhnet_cli.codec.mini import MiniCodec

RESOLUTIONS = ((2048, 512), (1024, 256), (512, 128), (256, 64))
"""(window, hop) in samples."""
FLOOR = 1e-4
"""Magnitude under which spectra count as equal."""


class CodecLoss(nn.Module):
    """Compares the decoded sound with the true one, on the device of the codec.

    latent_noise: standard deviation of noise on the latents, so that the vocoder stands what a sampler leaves over.
    """

    def __init__(self, latent_noise: float = 0.1) -> None:
        super().__init__()
        self.latent_noise = latent_noise
        self.windows = [torch.hann_window(window) for window, _ in RESOLUTIONS]

    def forward(
        self, codec: MiniCodec, waveform: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, dict[str, float]]:
        """(B, samples) true sound to the loss and its parts."""
        vocoder, device = codec.vocoder, codec.ceiling.device
        waveform = waveform.to(device)
        with torch.no_grad():
            true_levels = codec.levels(waveform)
            latents = codec.projection.encode(true_levels)
            # Drawn on the CPU, so that the same step draws the same on every device.
            level = self.latent_noise * torch.rand(len(latents), 1, 1, generator=generator)
            noise = level * torch.randn(latents.shape, generator=generator)
            levels = codec.clamped_levels(latents + noise.to(device))
        mel, true_mel = (part[:, : codec.config.mel.bins] for part in (levels, true_levels))
        periods = vocoder.config.noise_samples // vocoder.hop
        starts = torch.randint(periods, (len(mel),), generator=generator).tolist()
        margin = 0 if codec.correction is None else codec.correction.margin
        frames, sound = vocoder.frames_and_sound(levels, starts, margin)
        if codec.correction is not None:
            sound = codec.correction(sound, mel)
        distances = [
            self._spectral(sound, waveform, size, hop, window.to(device))
            for (size, hop), window in zip(RESOLUTIONS, self.windows, strict=True)
        ]
        spectral = torch.stack(distances).mean()
        mel_distance = (codec.log_mel(sound) - true_mel).abs().mean()
        pitch = pitch_loss(codec, frames_offset=frames.tone_offset, waveform=waveform)
        loss = spectral + 2 * mel_distance + 0.5 * pitch
        parts = {"spectral": spectral, "mel": mel_distance, "pitch": pitch}
        return loss, {name: float(part.detach()) for name, part in parts.items()}

    @staticmethod
    def _spectral(sound: Tensor, true: Tensor, size: int, hop: int, window: Tensor) -> Tensor:
        def magnitude(x: Tensor) -> Tensor:
            spectrum = torch.stft(x, size, hop, window=window, return_complex=True)
            # Normalised so that FLOOR means the same level at every resolution.
            return torch.sqrt(spectrum.real.square() + spectrum.imag.square() + 1e-12) / size**0.5

        a, b = magnitude(sound), magnitude(true)
        logarithmic = (torch.log(a + FLOOR) - torch.log(b + FLOOR)).abs().mean()
        convergence = torch.linalg.vector_norm(a - b, dim=(1, 2)) / (torch.linalg.vector_norm(b, dim=(1, 2)) + 0.1)
        return logarithmic + 0.5 * convergence.mean()


def tone_targets(log_mel: LogMel, waveform: Tensor) -> tuple[Tensor, Tensor]:
    """Frequency of the strongest partial in each band, and how much it stands out.

    waveform: (B, samples). Returns Hz and weights >= 0, both (B, T, bins). The frequency is the phase advance of the
    strongest bin from one sample to the next (instantaneous frequency).
    """
    config = log_mel.config
    margin = (config.fft_samples - config.hop_samples) // 2
    padded = F.pad(waveform[:, None], (margin, margin + 1), mode="reflect")[:, 0]

    def stft(x: Tensor) -> Tensor:
        return torch.stft(
            x, config.fft_samples, config.hop_samples, window=log_mel.window, center=False, return_complex=True
        )

    now, next_sample = stft(padded[:, :-1]), stft(padded[:, 1:])
    magnitude = now.abs()
    hertz = torch.angle(next_sample * now.conj()).remainder(2 * torch.pi) * config.sample_rate_hz / (2 * torch.pi)
    # Each band looks at the bins where its filter is above half of its height.
    filters = log_mel.filters
    core = filters > 0.45 * filters.amax(1, keepdim=True)
    strongest = torch.stack([_argmax_within(magnitude, mask) for mask in core], dim=1)  # (B, bins, T)
    peak = magnitude.gather(1, strongest)
    around = F.avg_pool1d(F.pad(magnitude, (0, 0, 8, 8), mode="replicate").transpose(1, 2), 17, 1).transpose(1, 2)
    prominence = (torch.log(peak + 1e-4) - torch.log(around.gather(1, strongest) + 1e-4) - 0.9).clamp(min=0, max=1)
    found = hertz.gather(1, strongest)
    # A partial stays where it is, or glides; the strongest bin of noise jumps.
    jump = F.pad((found[..., 1:] - found[..., :-1]).abs(), (1, 1), mode="replicate")
    steady = torch.maximum(jump[..., 1:], jump[..., :-1]) < 0.02 * found + 4
    weight = prominence * (peak > 0.02) * steady
    return found.transpose(1, 2), weight.transpose(1, 2)


def _argmax_within(magnitude: Tensor, mask: Tensor) -> Tensor:
    index = mask.nonzero()[:, 0]
    return magnitude[:, index[0] : index[-1] + 1].argmax(1) + index[0]


def pitch_loss(codec: MiniCodec, frames_offset: Tensor, waveform: Tensor) -> Tensor:
    """Distance of predicted tone offsets (B, T * frames_per_mel, bands) from the true ones, in half band spacings."""
    vocoder = codec.vocoder
    with torch.no_grad():
        hertz, weight = (part[..., vocoder.bands] for part in tone_targets(codec.log_mel, waveform))
        target = (hertz - vocoder.centre_hz) / vocoder.half_spacing_hz
        weight = weight * (target.abs() <= 1)
        repeats = vocoder.config.frames_per_mel
        target = target.repeat_interleave(repeats, dim=1)
        weight = weight.repeat_interleave(repeats, dim=1)
    return (weight * (frames_offset - target).abs()).sum() / (weight.sum() + 1)
