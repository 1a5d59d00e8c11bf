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
from typing import Annotated

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmhnet_cli.codec.bands import band_constants, first_band_above
from mmhnet_cli.codec.convnext import ConvNeXtBlock
from mmhnet_cli.codec.correction import overlap_add
from mmhnet_cli.codec.deep import DeepConfig, deep_tones
from mmhnet_cli.codec.locking import PhaseState, leaders, locked_turns
from mmhnet_cli.codec.mel import MelConfig
from mmhnet_cli.codec.partials import PartialFinder
from mmhnet_cli.fields import EVEN, ODD, Within, check_fields
from mmhnet_cli.products import Linear

SAME_PARTIAL = 1.0
"""Oscillators of neighbouring bands are one partial when they are not further apart than this, in half spacings."""
EDGE_FRAMES = 2
"""Mel frames repeated before the first and after the last, so that overlapping windows are complete inside the film."""


@dataclass(frozen=True)
class VocoderConfig:
    """width, blocks, expansion: of the ConvNeXt backbone at mel rate; kernel: of its depth-wise convolutions.

    fft_samples: synthesis frame; frames_per_mel: synthesis frames per mel frame, so the synthesis hop is
    hop_samples / frames_per_mel, a quarter of fft_samples. tone_bands: bands from the lowest that have an oscillator.
    noise_samples: period of the even noise.
    """

    width: Annotated[int, Within(1, 2048)] = 192
    blocks: Annotated[int, Within(0, 32)] = 4
    expansion: Annotated[int, Within(1, 16)] = 2
    kernel: Annotated[int, Within(1, 31, **ODD)] = 7
    fft_samples: Annotated[int, Within(64, 8192, **EVEN)] = 1024
    frames_per_mel: Annotated[int, Within(1, 16)] = 2
    tone_bands: Annotated[int, Within(1, 512)] = 96
    noise_samples: Annotated[int, Within(1024, 1 << 24)] = 1 << 19

    def __post_init__(self) -> None:
        check_fields(self)

    @property
    def context_frames(self) -> int:
        """Mel frames on each side that the prediction for a frame depends on."""
        return (self.blocks + 1) * (self.kernel // 2)


@dataclass(frozen=True)
class Frames:
    """What the network predicts for each synthesis frame; n = T * frames_per_mel, K = fft_samples // 2 + 1.

    tone_magnitude (B, n, O): peak of the tone's main lobe, of the deep bins' oscillators and of the bands'; tone_hz
    (B, n, O): their frequencies; tone_offset (B, n, bands) in [-1, 1]: half band spacings from the band's centre;
    leader (B, n, O): the oscillator whose phase each one has; noise_gain (B, n, K).
    """

    tone_magnitude: Tensor
    tone_hz: Tensor
    tone_offset: Tensor
    leader: Tensor
    noise_gain: Tensor

    def part(self, first: int, last: int) -> "Frames":
        """Frames [first, last)."""
        return Frames(
            self.tone_magnitude[:, first:last],
            self.tone_hz[:, first:last],
            self.tone_offset[:, first:last],
            self.leader[:, first:last],
            self.noise_gain[:, first:last],
        )


class Vocoder(nn.Module):
    """Levels (B, bins, T) to waveform (B, T * hop_samples).

    Levels are those of the mel and, where `deep` is given, after them those of the deep bins: then the bands below the
    last deep bin have no oscillator of their own.
    """

    window: Tensor
    noise: Tensor
    band_gain: Tensor
    band_to_bin: Tensor
    centre_hz: Tensor
    half_spacing_hz: Tensor

    def __init__(self, mel: MelConfig, config: VocoderConfig, deep: DeepConfig | None = None) -> None:
        super().__init__()
        self.mel, self.config, self.deep = mel, config, deep
        self.hop = mel.hop_samples // config.frames_per_mel
        if self.hop * config.frames_per_mel != mel.hop_samples or self.hop * 4 != config.fft_samples:
            raise ValueError(f"synthesis hop {self.hop} is not a quarter of {config.fft_samples}")
        if config.tone_bands > mel.bins:
            raise ValueError(f"{config.tone_bands} bands with tones are more than the {mel.bins} there are")
        self.deep_bins = 0 if deep is None else deep.bins
        first_band = 0 if deep is None else first_band_above(mel, deep)
        self.bands = slice(first_band, config.tone_bands)
        self.inlet = nn.Conv1d(mel.bins + self.deep_bins, config.width, config.kernel, padding=config.kernel // 2)
        self.blocks = nn.ModuleList(
            ConvNeXtBlock(config.width, config.expansion, config.kernel) for _ in range(config.blocks)
        )
        self.norm = nn.LayerNorm(config.width)
        self.partials = PartialFinder(config.tone_bands, first_band)
        bands = config.tone_bands - first_band
        self.sizes = [bands, bands, mel.bins, self.deep_bins]
        self.outlet = Linear(config.width, config.frames_per_mel * sum(self.sizes))
        nn.init.normal_(self.outlet.weight, std=0.01)
        # Start as a noise vocoder: tones begin faint and are raised where they help.
        nn.init.zeros_(self.outlet.bias)
        bias = self.outlet.bias.detach().view(config.frames_per_mel, -1)
        bias[:, :bands] = -1.5
        # Below, every peak already is a tone, those of noise too.
        bias[:, 2 * bands : 2 * bands + first_band] = -3.0
        self.register_buffer("noise", torch.zeros(config.noise_samples))
        # Small, and worked out with numbers, also where the network around them is only described.
        with torch.device("cpu"):
            constants = band_constants(mel, config.fft_samples, self.bands)
        for name, value in constants.items():
            self.register_buffer(name, value, persistent=False)

    @property
    def lead(self) -> int:
        """Samples from the start of `synthesise`'s output to the first sample of the film.

        Frame i is centred (i + 1/2) hops after the repeated edge begins, and 2 hops after its own start.
        """
        return EDGE_FRAMES * self.mel.hop_samples + 3 * self.hop // 2

    @property
    def half_period(self) -> int:
        """Frames after which the even noise has nothing in common with itself."""
        return self.config.noise_samples // self.hop // 2

    def predict(self, levels: Tensor) -> Frames:
        """(B, bins, T) to the contents of each synthesis frame."""
        x = self.inlet((levels + 5) / 4).transpose(1, 2)
        for block in self.blocks:
            x = block(x)
        repeats = self.config.frames_per_mel
        out = self.outlet(self.norm(x)).view(levels.shape[0], levels.shape[2] * repeats, -1)
        tone, offset, noise, deep = out.split(self.sizes, dim=-1)
        # (B, bins, T) to (B, n, bins): the synthesis frames of one mel frame start from its level.
        # In the order of its axes, which all that follows keeps: else every step would walk across its memory.
        level = (levels[:, : self.mel.bins] - self.band_gain[:, None]).transpose(1, 2).contiguous()
        partials = self.partials(level).repeat_interleave(repeats, dim=1)
        level = level.repeat_interleave(repeats, dim=1)
        magnitude = torch.exp((level[..., self.bands] + tone + partials[..., 0]).clamp(max=6))
        offset = torch.tanh(offset + partials[..., 1])
        hertz = self.tone_hz(offset)
        near = self.half_spacing_hz[1:] * SAME_PARTIAL
        leader = leaders(magnitude.detach(), hertz.detach().diff(dim=-1).abs() < near)
        if self.deep is not None:
            low = self._deep(levels[:, self.mel.bins :], deep)
            magnitude, hertz = torch.cat([low[0], magnitude], -1), torch.cat([low[1], hertz], -1)
            leader = torch.cat([low[2], leader + self.deep_bins], -1)
        return Frames(
            tone_magnitude=magnitude,
            tone_hz=hertz,
            tone_offset=offset,
            leader=leader,
            noise_gain=torch.exp(((level + noise) @ self.band_to_bin).clamp(max=6)),
        )

    def _deep(self, levels: Tensor, change: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Magnitudes, frequencies and peaks (B, n, deep bins) from levels (B, deep bins, T) and learned changes."""
        assert self.deep is not None
        bin_hz = self.mel.sample_rate_hz / self.deep.fft_samples
        tones = deep_tones(levels.transpose(1, 2).contiguous(), bin_hz)
        parts = (tones.log_magnitude, tones.hertz, tones.peak)
        level, hertz, peak = (part.repeat_interleave(self.config.frames_per_mel, dim=1) for part in parts)
        # From the front end's density per Hz under its long window to the lobe's height under the short one.
        scale = math.log(bin_hz * self.config.fft_samples / self.deep.fft_samples)
        return torch.exp((level + scale + change).clamp(max=6)), hertz, peak

    def tone_hz(self, offset: Tensor) -> Tensor:
        """Frequencies (..., bands) in Hz of offsets in [-1, 1]."""
        return self.centre_hz + offset * self.half_spacing_hz

    def tone_turns(self, frames: Frames, before: PhaseState | None = None) -> tuple[Tensor, PhaseState]:
        """Phases (B, n, O) in turns at the frames' centres, and the state from which the next frames continue.

        The phase advances by the mean frequency of neighbouring frames, summed in float64: an hour has 620,000 frames.
        """
        hertz = frames.tone_hz.detach()
        if self.deep is not None:
            hertz = hertz.gather(2, frames.leader)
        cycles = hertz.double() * self.hop / self.mel.sample_rate_hz
        if before is None:
            before = PhaseState(torch.zeros_like(cycles[:, 0]), cycles[:, 0])
        if self.deep is not None:
            turns = locked_turns(cycles, frames.leader, before)
        else:
            previous = torch.cat([before.cycles[:, None], cycles[:, :-1]], dim=1)
            turns = (((cycles + previous) / 2).cumsum(1) + before.turns[:, None]) % 1.0
        return turns, PhaseState(turns[:, -1], cycles[:, -1])

    def tone_spectrum(self, magnitude: Tensor, hertz: Tensor, turns: Tensor) -> Tensor:
        """Main lobes of the oscillators (B, n, O) under the Hann window, (B, n, K) complex (inverse-FFT synthesis)."""
        bins_out = self.config.fft_samples // 2 + 1
        position = hertz * self.config.fft_samples / self.mel.sample_rate_hz
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
        # One column more, for what lies a bin below 0 Hz. Without deep bins it is added at 0 Hz right away: the lowest
        # oscillator of the bands is at 31 Hz, whose lobe hardly reaches so far.
        lowest = 1 if self.deep is None else 0
        index = (first.long()[..., None] + lobe_bins + 1).clamp(lowest, bins_out).flatten(2)
        silence = magnitude.new_zeros(*magnitude.shape[:2], bins_out + 1)
        real, imaginary = (
            silence.scatter_add(2, index, (lobes * part[..., None]).flatten(2)) for part in (angle.cos(), angle.sin())
        )
        return self._fold(torch.complex(real, imaginary))

    def _fold(self, spectrum: Tensor) -> Tensor:
        """Spectra (B, n, K + 1) from one bin below 0 Hz on to (B, n, K)."""
        if self.deep is None:
            return spectrum[..., 1:]
        below, zero, first = spectrum[..., 0], spectrum[..., 1], spectrum[..., 2]
        # A real tone has a second lobe, conjugate, on the other side of 0 Hz.
        return torch.cat(
            [(zero + zero.conj())[..., None], (first + below.conj())[..., None], spectrum[..., 3:]], dim=-1
        )

    def even_noise(self, first_frame: int, frames: int) -> Tensor:
        """Spectra (frames, K) of the even noise under the window, about unit magnitude, at absolute frame numbers."""
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
        tones = self.tone_spectrum(frames.tone_magnitude, frames.tone_hz, turns)
        return self._sound_of(noise * frames.noise_gain + tones)

    def hiss(self, frames: Frames, noise: Tensor) -> Tensor:
        """What `synthesise` gives where there are no tones."""
        return self._sound_of(noise * frames.noise_gain)

    def _sound_of(self, spectra: Tensor) -> Tensor:
        pieces = torch.fft.irfft(spectra, n=self.config.fft_samples) * self.window
        return overlap_add(pieces, self.hop) / 1.5

    def forward(self, levels: Tensor) -> Tensor:
        """(B, bins, T) to (B, T * hop_samples): the plain form, whole file at once."""
        return self.frames_and_sound(levels, [0] * levels.shape[0])[1]

    def frames_and_sound(self, levels: Tensor, noise_starts: list[int], margin: int = 0) -> tuple[Frames, Tensor]:
        """As `forward`, with the frames (B, T * frames_per_mel, ...) that were summed.

        noise_starts: B frame numbers at which each item enters the even noise. margin: samples that are given before
        and after, at most `lead`.
        """
        frames = self.predict(F.pad(levels, (EDGE_FRAMES, EDGE_FRAMES), mode="replicate"))
        turns, _ = self.tone_turns(frames)
        noise = torch.stack([self.even_noise(start, turns.shape[1]) for start in noise_starts])
        sound = self.synthesise(frames, turns, noise)
        edge = EDGE_FRAMES * self.config.frames_per_mel
        inner = frames.part(edge, turns.shape[1] - edge)
        end = self.lead + levels.shape[2] * self.mel.hop_samples
        return inner, sound[:, self.lead - margin : end + margin]
