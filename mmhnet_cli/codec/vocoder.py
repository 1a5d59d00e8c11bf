"""Mel to waveform through one inverse STFT whose frames are the sum of tones and noise.

- tones: one oscillator per mel band, its magnitude and frequency predicted, its phase summed over time. Frames of a
  steady tone look all the same to a convolutional network, so it can predict a frequency but never a running phase.
- noise: shaped by a predicted gain. The noise itself is even: its own log-mel is flat in every frame, so that the
  fluctuations of the sound are those of its mel and not the accidents of a second noise. A head that predicts phase
  instead repeats itself from frame to frame, which is heard, and seen in a long-term spectrum, as stripes.

Both start from the envelope that the mel itself gives, so that the network learns corrections only.
"""

import math
from dataclasses import dataclass
from typing import Annotated, Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmhnet_cli.codec.mel import LogMel, MelConfig, band_edges_hz, mel_filters
from mmhnet_cli.fields import EVEN, ODD, Within, check_fields

EDGE_FRAMES = 2
"""So many mel frames are repeated before the first and after the last, so that overlapping windows are complete inside
the film."""


@dataclass(frozen=True)
class VocoderConfig:
    """Sizes of the vocoder, a ConvNeXt backbone at mel rate before oscillators and noise."""

    width: Annotated[int, Within(1, 2048)] = 192
    blocks: Annotated[int, Within(0, 32)] = 4
    expansion: Annotated[int, Within(1, 16)] = 2
    kernel: Annotated[int, Within(1, 31, **ODD)] = 7
    """The depth-wise convolutions have it."""
    fft_samples: Annotated[int, Within(64, 8192, **EVEN)] = 1024
    """A synthesis frame has so many samples."""
    frames_per_mel: Annotated[int, Within(1, 16)] = 2
    """A mel frame has so many synthesis frames, so the synthesis hop is hop_samples / frames_per_mel, a quarter of
    fft_samples."""
    tone_bands: Annotated[int, Within(1, 512)] = 96
    """So many bands from the lowest have an oscillator."""
    noise_samples: Annotated[int, Within(1024, 1 << 24)] = 1 << 19
    """The even noise has this period."""

    def __post_init__(self) -> None:
        check_fields(self)

    @property
    def context_frames(self) -> int:
        """Return on how many mel frames on each side the prediction for a frame depends."""
        return (self.blocks + 1) * (self.kernel // 2)


class ConvNeXtBlock(nn.Module):
    """Depth-wise convolution over time, then a pointwise MLP; residual, with a learned layer scale."""

    def __init__(self, width: int, expansion: int, kernel: int) -> None:
        super().__init__()
        self.depthwise = nn.Conv1d(width, width, kernel, padding=kernel // 2, groups=width)
        self.norm = nn.LayerNorm(width)
        self.rise = nn.Linear(width, expansion * width)
        self.fall = nn.Linear(expansion * width, width)
        self.layer_scale = nn.Parameter(torch.full((width,), 0.1))

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, T, width) to the same."""
        y = self.depthwise(x.transpose(1, 2)).transpose(1, 2)
        return x + self.layer_scale * self.fall(F.silu(self.rise(self.norm(y))))


@dataclass(frozen=True)
class Frames:
    """What the network predicts for each synthesis frame; n = T * frames_per_mel, K = fft_samples // 2 + 1.

    tone_magnitude (B, n, tone_bands): peak of the tone's main lobe; tone_offset (B, n, tone_bands) in [-1, 1]: half
    band spacings from the band's centre; noise_gain (B, n, K).
    """

    tone_magnitude: Tensor
    tone_offset: Tensor
    noise_gain: Tensor

    def part(self, first: int, last: int) -> "Frames":
        """Return the frames [first, last)."""
        return Frames(
            self.tone_magnitude[:, first:last], self.tone_offset[:, first:last], self.noise_gain[:, first:last]
        )


@dataclass(frozen=True)
class PhaseState:
    """Oscillators after a frame: phase in turns and frequency in turns per hop, each (B, tone_bands) float64."""

    turns: Tensor
    cycles: Tensor


class PartialFinder(nn.Module):
    """It finds where a partial lies in its band, and how it stands out, from the levels of the band and its neighbours.

    The same small function serves all bands: a dense layer would have to learn it for each band anew.
    """

    place: Tensor

    def __init__(self, tone_bands: int, reach: int = 2, width: int = 24) -> None:
        super().__init__()
        self.reach = reach
        self.inner = nn.Linear(2 * reach + 2, width)
        self.outer = nn.Linear(width, 2)
        nn.init.normal_(self.outer.weight, std=0.1)
        nn.init.zeros_(self.outer.bias)
        self.register_buffer("place", torch.linspace(-1, 1, tone_bands)[:, None], persistent=False)

    def forward(self, level: Tensor) -> Tensor:
        """Map log levels (B, T, bins) to two corrections (B, T, tone_bands, 2): of log magnitude and of offset."""
        bands = len(self.place)
        around = F.pad(level, (self.reach, self.reach), mode="replicate").unfold(2, 2 * self.reach + 1, 1)[:, :, :bands]
        shape = (around.contiguous() - level[:, :, :bands, None]).clamp(-6, 6)
        # The place matters because low bands are narrower than the main lobe of the window.
        inputs = torch.cat([shape, self.place.expand(*shape.shape[:3], 1)], dim=-1)
        return self.outer(F.silu(self.inner(inputs)))


class Vocoder(nn.Module):
    """It turns log-mel (B, bins, T) into waveform (B, T * hop_samples)."""

    window: Tensor
    noise: Tensor
    band_gain: Tensor
    band_to_bin: Tensor
    centre_hz: Tensor
    half_spacing_hz: Tensor

    def __init__(self, mel: MelConfig, config: VocoderConfig) -> None:
        super().__init__()
        self.mel, self.config = mel, config
        self.hop = mel.hop_samples // config.frames_per_mel
        if self.hop * config.frames_per_mel != mel.hop_samples or self.hop * 4 != config.fft_samples:
            raise ValueError(f"synthesis hop {self.hop} is not a quarter of {config.fft_samples}")
        if config.tone_bands > mel.bins:
            raise ValueError(f"{config.tone_bands} bands with tones are more than the {mel.bins} there are")
        self.inlet = nn.Conv1d(mel.bins, config.width, config.kernel, padding=config.kernel // 2)
        self.blocks = nn.ModuleList(
            ConvNeXtBlock(config.width, config.expansion, config.kernel) for _ in range(config.blocks)
        )
        self.norm = nn.LayerNorm(config.width)
        self.partials = PartialFinder(config.tone_bands)
        self.sizes = [config.tone_bands, config.tone_bands, mel.bins]
        self.outlet = nn.Linear(config.width, config.frames_per_mel * sum(self.sizes))
        nn.init.normal_(self.outlet.weight, std=0.01)
        # Start as a noise vocoder: tones begin faint and are raised where they help.
        nn.init.zeros_(self.outlet.bias)
        self.outlet.bias.detach().view(config.frames_per_mel, -1)[:, : config.tone_bands] = -1.5
        self.register_buffer("noise", torch.zeros(config.noise_samples))
        # Small, and worked out with numbers, also where the network around them is only described.
        with torch.device("cpu"):
            constants = _constants(mel, config)
        for name, value in constants.items():
            self.register_buffer(name, value, persistent=False)

    @property
    def lead(self) -> int:
        """Return how many samples lie from the start of `synthesise`'s output to the first sample of the film.

        Frame i is centred (i + 1/2) hops after the repeated edge begins, and 2 hops after its own start.
        """
        return EDGE_FRAMES * self.mel.hop_samples + 3 * self.hop // 2

    def predict(self, mel: Tensor) -> Frames:
        """Map (B, bins, T) to the contents of each synthesis frame."""
        x = self.inlet((mel + 5) / 4).transpose(1, 2)
        for block in self.blocks:
            x = block(x)
        out = self.outlet(self.norm(x)).view(mel.shape[0], mel.shape[2] * self.config.frames_per_mel, -1)
        tone, offset, noise = out.split(self.sizes, dim=-1)
        # (B, bins, T) to (B, n, bins): the synthesis frames of one mel frame start from its level.
        # In the order of its axes, which all that follows keeps: else every step would walk across its memory.
        level = (mel - self.band_gain[:, None]).transpose(1, 2).contiguous()
        partials = self.partials(level).repeat_interleave(self.config.frames_per_mel, dim=1)
        level = level.repeat_interleave(self.config.frames_per_mel, dim=1)
        return Frames(
            tone_magnitude=torch.exp((level[..., : self.config.tone_bands] + tone + partials[..., 0]).clamp(max=6)),
            tone_offset=torch.tanh(offset + partials[..., 1]),
            noise_gain=torch.exp(((level + noise) @ self.band_to_bin).clamp(max=6)),
        )

    def tone_hz(self, offset: Tensor) -> Tensor:
        """Return the frequencies (..., tone_bands) in Hz of offsets in [-1, 1]."""
        return self.centre_hz + offset * self.half_spacing_hz

    def tone_turns(self, offset: Tensor, before: PhaseState | None = None) -> tuple[Tensor, PhaseState]:
        """Return phases (B, n, tone_bands) in turns at the frames' centres, and the state from which the next go on.

        The phase advances by the mean frequency of neighbouring frames, summed in float64: an hour has 620,000 frames.
        """
        cycles = self.tone_hz(offset.detach()).double() * self.hop / self.mel.sample_rate_hz
        if before is None:
            before = PhaseState(torch.zeros_like(cycles[:, 0]), cycles[:, 0])
        previous = torch.cat([before.cycles[:, None], cycles[:, :-1]], dim=1)
        turns = (((cycles + previous) / 2).cumsum(1) + before.turns[:, None]) % 1.0
        return turns, PhaseState(turns[:, -1], cycles[:, -1])

    def tone_spectrum(self, magnitude: Tensor, offset: Tensor, turns: Tensor) -> Tensor:
        """Return the main lobes of the oscillators under the Hann window, (B, n, K) complex (inverse-FFT synthesis)."""
        bins_out = self.config.fft_samples // 2 + 1
        position = self.tone_hz(offset) * self.config.fft_samples / self.mel.sample_rate_hz
        first = position.detach().floor()
        # Kept off the bins themselves, where the formula of the lobe divides nothing by nothing.
        fraction = (position - first).clamp(1e-4, 1 - 1e-4)
        angle = 2 * math.pi * turns.to(magnitude.dtype)
        # Transform of the centred Hann window at distance d, peak 1: sinc(d) / (1 - d^2). Over the four bins of the
        # lobe its sine only changes sign, and so does the half turn that every second bin of a frame that starts, and
        # is not centred, at sample 0 stands apart: the two cancel.
        strength = magnitude * torch.sin(math.pi * fraction) / math.pi * (1 - 2 * first.remainder(2))
        lobe_bins = torch.arange(-1, 3, device=first.device)
        distance = fraction[..., None] - lobe_bins
        lobes = strength[..., None] / (distance * (1 - distance.square()))
        index = (first.long()[..., None] + lobe_bins).clamp(0, bins_out - 1).flatten(2)
        silence = magnitude.new_zeros(*magnitude.shape[:2], bins_out)
        real, imaginary = (
            silence.scatter_add(2, index, (lobes * part[..., None]).flatten(2)) for part in (angle.cos(), angle.sin())
        )
        return torch.complex(real, imaginary)

    def even_noise(self, first_frame: int, frames: int) -> Tensor:
        """Return spectra (frames, K) of the even noise under the window, about unit magnitude, at absolute frame
        numbers."""
        samples = (frames + 3) * self.hop
        start = first_frame * self.hop % self.config.noise_samples
        noise = self.noise[start : start + samples]
        while len(noise) < samples:
            noise = torch.cat([noise, self.noise[: samples - len(noise)]])
        spectrum = torch.fft.rfft(noise.unfold(0, self.config.fft_samples, self.hop) * self.window)
        return spectrum / self.window.square().sum().sqrt()

    def synthesise(self, frames: Frames, turns: Tensor, noise: Tensor) -> Tensor:
        """Sum tones and noise, and overlap-add: (B, (n + 3) * hop).

        noise: (n, K) or (B, n, K) spectra from `even_noise`. Frame i lies at i * hop and is four hops long, so the
        first and last three hops are not complete.
        """
        tones = self.tone_spectrum(frames.tone_magnitude, frames.tone_offset, turns)
        pieces = torch.fft.irfft(noise * frames.noise_gain + tones, n=self.config.fft_samples) * self.window
        return _overlap_add(pieces, self.hop) / 1.5

    def forward(self, mel: Tensor) -> Tensor:
        """Map (B, bins, T) to (B, T * hop_samples): the plain form, whole file at once."""
        return self.frames_and_sound(mel, [0] * mel.shape[0])[1]

    def frames_and_sound(self, mel: Tensor, noise_starts: list[int]) -> tuple[Frames, Tensor]:
        """Do as `forward` does, and return the frames (B, T * frames_per_mel, ...) that were summed as well.

        noise_starts: B frame numbers at which each item enters the even noise.
        """
        frames = self.predict(F.pad(mel, (EDGE_FRAMES, EDGE_FRAMES), mode="replicate"))
        turns, _ = self.tone_turns(frames.tone_offset)
        noise = torch.stack([self.even_noise(start, turns.shape[1]) for start in noise_starts])
        sound = self.synthesise(frames, turns, noise)
        edge = EDGE_FRAMES * self.config.frames_per_mel
        inner = frames.part(edge, turns.shape[1] - edge)
        return inner, sound[:, self.lead : self.lead + mel.shape[2] * self.mel.hop_samples]


def make_even_noise(log_mel: LogMel, samples: int, iterations: int = 24, seed: int = 0) -> Tensor:
    """Return noise (samples,) whose log-mel is flat in every frame, and periodic; samples is a multiple of the hop.

    It alternates, as Griffin and Lim do, between noise of the right band levels and a spectrogram that a real signal
    can have. The mean magnitude of its spectrum is that of a white spectrum of 1, so its variance is about 1.2.
    """
    config = log_mel.config
    noise = torch.randn(samples, generator=torch.Generator().manual_seed(seed))
    constants = _constants(config, VocoderConfig(fft_samples=config.fft_samples))
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


def _constants(mel: MelConfig, config: VocoderConfig) -> dict[str, Tensor]:
    edges = torch.from_numpy(band_edges_hz(mel))
    centres = edges[1:-1]
    filters = torch.from_numpy(mel_filters(mel))
    # A white spectrum of magnitude 1 gives each band the sum of its filter.
    band_gain = filters.sum(1).clamp(min=1e-8).log()
    # The synthesis window is shorter than the analysis window: the same noise has a smaller magnitude under it.
    band_gain = band_gain + 0.5 * math.log(mel.fft_samples / config.fft_samples)
    frequencies = torch.linspace(0, mel.sample_rate_hz / 2, config.fft_samples // 2 + 1, dtype=torch.float64)
    upper = torch.searchsorted(centres, frequencies).clamp(1, mel.bins - 1)
    share = ((frequencies - centres[upper - 1]) / (centres[upper] - centres[upper - 1])).clamp(0, 1)
    band_to_bin = torch.zeros(mel.bins, len(frequencies), dtype=torch.float64)
    columns = torch.arange(len(frequencies))
    band_to_bin[upper - 1, columns] = 1 - share
    band_to_bin[upper, columns] += share
    return {
        "window": torch.hann_window(config.fft_samples),
        "band_gain": band_gain.float(),
        "band_to_bin": band_to_bin.float(),
        "centre_hz": centres[: config.tone_bands].float(),
        "half_spacing_hz": ((edges[2:] - edges[:-2]) / 4)[: config.tone_bands].float(),
    }


def _overlap_add(pieces: Tensor, hop: int) -> Tensor:
    """Map (B, n, 4 * hop) to (B, (n + 3) * hop)."""
    batch, count, _ = pieces.shape
    quarters = pieces.view(batch, count, 4, hop)
    out = pieces.new_zeros(batch, count + 3, hop)
    for quarter in range(4):
        out[:, quarter : quarter + count] += quarters[:, :, quarter]
    return out.view(batch, -1)
