"""The codec of the mini model: waveform at 44.1 kHz to latents and back, in windows, for films of any length."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmhnet_cli.codec.correction import BandCorrection, CorrectionStream
from mmhnet_cli.codec.deep import DeepConfig
from mmhnet_cli.codec.locking import PhaseState
from mmhnet_cli.codec.mel import LogMel, MelConfig
from mmhnet_cli.codec.projection import PatchProjection
from mmhnet_cli.codec.stereo import pan_at, placed
from mmhnet_cli.codec.vocoder import EDGE_FRAMES, Vocoder, VocoderConfig
from mmhnet_cli.errors import WeightsInvalid
from mmhnet_cli.fields import Within, check_fields
from mmhnet_cli.models.checkpoint import check_tensors, load_tensors
from mmhnet_cli.models.described import Described, take_memory

LOUDEST = 3.5
"""Root of the summed squares of a frame's mel magnitudes, in nepers, that no waveform in [-1, 1] passes: a full-scale
square wave has 3.49. The ceiling until it is fitted."""
CEILING_FRAMES = 5000
"""One frame in so many of the sounds of training passes the ceiling of a band."""

LATENTS_AT_ONCE = 4096
"""So many latents are turned into levels at once, three minutes of film."""


@dataclass(frozen=True)
class MiniCodecConfig:
    """channels: C, latent channels; frames_per_latent: mel frames in one patch.

    deep: bins of a longer window that the levels hold beside the mel, None for the mel alone; corrected: whether
    the vocoder's sound is filtered once to the mel it should have.
    """

    mel: MelConfig = field(default_factory=MelConfig)
    vocoder: VocoderConfig = field(default_factory=VocoderConfig)
    frames_per_latent: Annotated[int, Within(1, 64)] = 4
    channels: Annotated[int, Within(1, 1024)] = 160
    deep: DeepConfig | None = None
    corrected: bool = False

    def __post_init__(self) -> None:
        check_fields(self)


SHIPPED = MiniCodecConfig(deep=DeepConfig(), corrected=True, channels=192)
"""What `train_codec` trains, and the mini has."""


class MiniCodec(nn.Module):
    """Log-mel front end, patch projection and vocoder.

    Levels (B, bins, T) are those of the mel and, after them, those of the deep bins.
    ceiling (bins,): level that a bin is turned down to, see `fit_ceiling`.
    """

    ceiling: Tensor

    def __init__(self, config: MiniCodecConfig) -> None:
        super().__init__()
        self.config = config
        self.log_mel = LogMel(config.mel)
        weight = torch.ones(config.mel.bins)
        self.log_deep: LogMel | None = None
        if config.deep is not None:
            self.log_deep = LogMel(config.deep.front_end(config.mel))
            weight = torch.cat([weight, torch.full((config.deep.bins,), config.deep.weight)])
        self.projection = PatchProjection(len(weight), config.frames_per_latent, config.channels, weight)
        self.vocoder = Vocoder(config.mel, config.vocoder, config.deep)
        self.correction = BandCorrection(config.mel) if config.corrected else None
        self.register_buffer("ceiling", torch.full((len(weight),), LOUDEST))

    @property
    def samples_per_latent(self) -> int:
        """Give the samples that one latent step stands for."""
        return self.config.frames_per_latent * self.config.mel.hop_samples

    def levels(self, waveform: Tensor) -> Tensor:
        """(B, samples) in [-1, 1] to (B, bins, samples // hop)."""
        mel = self.log_mel(waveform)
        return mel if self.log_deep is None else torch.cat([mel, self.log_deep(waveform)], dim=1)

    def encode(self, waveform: Tensor) -> Tensor:
        """(B, samples) in [-1, 1] to (B, ceil(samples / samples_per_latent), C)."""
        rest = -waveform.shape[1] % self.samples_per_latent
        return self.projection.encode(self.levels(F.pad(waveform, (0, rest))))

    def decode(self, latents: Tensor) -> Tensor:
        """(B, L, C) to (B, L * samples_per_latent): whole file at once, the reference for `decode_stream`."""
        levels = self.clamped_levels(latents)
        if self.correction is None:
            return self.vocoder(levels)
        sound = self.vocoder.frames_and_sound(levels, [0] * len(levels), self.correction.margin)[1]
        return self.correction(sound, levels[:, : self.config.mel.bins])

    def clamped_levels(self, latents: Tensor) -> Tensor:
        """(B, L, C) to levels (B, bins, frames_per_latent * L), between the floor of the front end and the ceiling.

        Levels are logarithms, so what a sampler overshoots by a little is a partial many times too loud, which drowns
        the others and is heard as another sound. Guidance, which extrapolates, does it most.
        """
        levels = torch.minimum(self.projection.decode(latents), self.ceiling[:, None])
        return levels.clamp(min=float(np.log(self.config.mel.floor)))

    def clamped_mel(self, latents: Tensor) -> Tensor:
        """The mel's part of `clamped_levels`."""
        return self.clamped_levels(latents)[:, : self.config.mel.bins]

    def fit_ceiling(self, levels: Tensor) -> None:
        """Set the ceiling from (N, bins, T): the level that a bin passes in one frame of `CEILING_FRAMES`."""
        frames = levels.transpose(0, 1).flatten(1)
        rank = frames.shape[1] - frames.shape[1] // CEILING_FRAMES
        self.ceiling.copy_(frames.kthvalue(rank, dim=1).values)

    @torch.no_grad()
    def decode_stream(
        self,
        latents: Tensor,
        progress: Callable[[float], None] = lambda share: None,
        window_frames: int = 512,
        first: int = 0,
    ) -> Iterator[np.ndarray]:
        """Decode (L, C) in windows of `window_frames` mel frames; blocks join to (L * samples_per_latent,) float32.

        Each frame is predicted once, with all the context the network sees; the phase of every oscillator and the ends
        of overlapping windows are carried over. The blocks equal `decode` to rounding, where `first` is 0. first: which
        latent of a film they begin with; the noise is that of the film from there on.
        """
        for rows, share in self._corrected(latents, first, window_frames, sides=False):
            yield rows[0].float().cpu().numpy()
            progress(share)

    @torch.no_grad()
    def decode_stereo_stream(
        self,
        latents: Tensor,
        pan: Tensor | None = None,
        width: float = 1.0,
        progress: Callable[[float], None] = lambda share: None,
        window_frames: int = 512,
        first: int = 0,
    ) -> Iterator[np.ndarray]:
        """As `decode_stream`, in blocks (N, 2) float32 of left and right, whose mean is the mono sound.

        pan: (L,) from -1, left, to 1, right, at the centre of each latent; the middle unless given. width: see
        `placed`. first: as in `decode_stream`. Raises ValueError for a pan of another length.
        """
        pan = latents.new_zeros(len(latents)) if pan is None else pan.to(latents)
        if pan.shape != latents.shape[:1]:
            raise ValueError(f"{tuple(pan.shape)} values of pan for {len(latents)} latents")
        sample = 0
        for rows, share in self._corrected(latents, first, window_frames, sides=True):
            where = pan_at(pan, sample, rows.shape[1], self.samples_per_latent)
            sample += rows.shape[1]
            yield placed(rows[0], rows[1], where, width).T.float().cpu().numpy()
            progress(share)

    def _corrected(
        self, latents: Tensor, first: int, window_frames: int, sides: bool
    ) -> Iterator[tuple[Tensor, float]]:
        """Rows (1 or 2, N) of the sound of (L, C), the middle and where asked for the side, with the share done."""
        levels, begins = self._film_levels(latents), first * self.config.frames_per_latent
        if self.correction is None:
            yield from self._vocoded(levels, begins, 0, window_frames, sides)
            return
        mel = levels[0, : self.config.mel.bins, EDGE_FRAMES:-EDGE_FRAMES]
        stream = CorrectionStream(self.correction, mel, 1 + sides)
        for rows, share in self._vocoded(levels, begins, self.correction.margin, window_frames, sides):
            yield stream.push(rows), share

    def _film_levels(self, latents: Tensor) -> Tensor:
        """Give `clamped_levels` of (L, C), (1, bins, T), with EDGE_FRAMES more of the first and the last frame around
        them. They are made some at a time: of an hour all at once would take four times their own memory."""
        edge, frames = EDGE_FRAMES, self.config.frames_per_latent
        levels = latents.new_empty(1, len(self.ceiling), frames * len(latents) + 2 * edge)
        for first in range(0, len(latents), LATENTS_AT_ONCE):
            part = self.clamped_levels(latents[None, first : first + LATENTS_AT_ONCE])
            begin = edge + first * frames
            levels[:, :, begin : begin + part.shape[2]] = part
        levels[:, :, :edge], levels[:, :, -edge:] = levels[:, :, edge, None], levels[:, :, -edge - 1, None]
        return levels

    def _vocoded(
        self, levels: Tensor, begins: int, margin: int, window_frames: int, sides: bool
    ) -> Iterator[tuple[Tensor, float]]:
        """Rows of the vocoder's sound of (1, bins, T), as `_film_levels` gives them, from `margin` before it to
        `margin` after it.

        begins: mel frame of the film with which the levels begin.
        """
        vocoder = self.vocoder
        remaining = (levels.shape[2] - 2 * EDGE_FRAMES) * self.config.mel.hop_samples + 2 * margin
        context, per_mel, length = vocoder.config.context_frames, vocoder.config.frames_per_mel, levels.shape[2]
        phase: PhaseState | None = None
        tail = torch.zeros(1 + sides, 3 * vocoder.hop, device=levels.device)
        skip = vocoder.lead - margin
        for first in range(0, length, window_frames):
            last = min(first + window_frames, length)
            low, high = max(0, first - context), min(length, last + context)
            frames = vocoder.predict(levels[:, :, low:high]).part((first - low) * per_mel, (last - low) * per_mel)
            turns, phase = vocoder.tone_turns(frames, phase)
            count = (last - first) * self.config.mel.hop_samples
            place = (begins + first) * per_mel
            noise = vocoder.even_noise(place, turns.shape[1])
            rows = vocoder.synthesise(frames, turns, noise)
            if sides:
                other = vocoder.even_noise(place + vocoder.half_period, turns.shape[1])
                rows = torch.cat([rows, vocoder.hiss(frames, other)])
            rows[:, : tail.shape[1]] += tail
            # Before the last window the final three hops still lack what the next frames add to them.
            done, tail = (rows, tail) if last == length else (rows[:, :count], rows[:, count:])
            block = done[:, skip : skip + remaining]
            skip, remaining = max(0, skip - done.shape[1]), remaining - block.shape[1]
            yield block, last / length


def check_mini_codec(path: Path, config: MiniCodecConfig, where: Path) -> None:
    """Raise WeightsInvalid where the file at `path` is not of a codec of this configuration, which stands in `where`.

    It is compared before there is memory for any of it.
    """
    try:
        with Described():
            described = MiniCodec(config)
    except ValueError as error:
        raise WeightsInvalid(where, "codec", "sizes that fit together", str(error)) from error
    check_tensors(path, described.state_dict())


def load_mini_codec(path: Path, config: MiniCodecConfig) -> MiniCodec:
    """The codec from its file. Raises WeightsInvalid."""
    with Described():
        codec = MiniCodec(config)
    take_memory(codec)
    load_tensors(path, codec.state_dict())
    return codec
