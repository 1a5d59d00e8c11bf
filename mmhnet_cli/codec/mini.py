"""The codec of the mini model: waveform at 44.1 kHz to latents and back, in windows, for films of any length."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmhnet_cli.codec.mel import LogMel, MelConfig
from mmhnet_cli.codec.projection import PatchProjection
from mmhnet_cli.codec.vocoder import EDGE_FRAMES, PhaseState, Vocoder, VocoderConfig
from mmhnet_cli.errors import WeightsInvalid
from mmhnet_cli.fields import Within, check_fields
from mmhnet_cli.models.checkpoint import check_tensors, load_tensors

LOUDEST = 3.5
"""No waveform in [-1, 1] passes it, as the root of the summed squares of a frame's mel magnitudes, in nepers: a
full-scale square wave has 3.49. It is the ceiling until that is fitted."""
CEILING_FRAMES = 5000
"""One frame in so many of the sounds of training passes the ceiling of a band."""


@dataclass(frozen=True)
class MiniCodecConfig:
    """Sizes of the mini's codec."""

    mel: MelConfig = field(default_factory=MelConfig)
    vocoder: VocoderConfig = field(default_factory=VocoderConfig)
    frames_per_latent: Annotated[int, Within(1, 64)] = 4
    """One patch has so many mel frames."""
    channels: Annotated[int, Within(1, 1024)] = 160
    """C is how many channels a latent has."""

    def __post_init__(self) -> None:
        check_fields(self)


class MiniCodec(nn.Module):
    """Log-mel front end, patch projection and vocoder.

    ceiling (bins,): the log-mel level that a band is turned down to, see `fit_ceiling`.
    """

    ceiling: Tensor

    def __init__(self, config: MiniCodecConfig) -> None:
        super().__init__()
        self.config = config
        self.log_mel = LogMel(config.mel)
        self.projection = PatchProjection(config.mel.bins, config.frames_per_latent, config.channels)
        self.vocoder = Vocoder(config.mel, config.vocoder)
        self.register_buffer("ceiling", torch.full((config.mel.bins,), LOUDEST))

    @property
    def samples_per_latent(self) -> int:
        """Return how many samples of its own rate one latent makes."""
        return self.config.frames_per_latent * self.config.mel.hop_samples

    def encode(self, waveform: Tensor) -> Tensor:
        """Map (B, samples) in [-1, 1] to (B, ceil(samples / samples_per_latent), C)."""
        rest = -waveform.shape[1] % self.samples_per_latent
        return self.projection.encode(self.log_mel(F.pad(waveform, (0, rest))))

    def decode(self, latents: Tensor) -> Tensor:
        """Map (B, L, C) to (B, L * samples_per_latent): whole file at once, the reference for `decode_stream`."""
        return self.vocoder(self.clamped_mel(latents))

    def clamped_mel(self, latents: Tensor) -> Tensor:
        """Map (B, L, C) to log-mel (B, bins, frames_per_latent * L), between the front end's floor and the ceiling.

        Levels are logarithms, so what a sampler overshoots by a little is a partial many times too loud, which drowns
        the others and is heard as another sound. Guidance, which extrapolates, does it most.
        """
        mel = torch.minimum(self.projection.decode(latents), self.ceiling[:, None])
        return mel.clamp(min=float(np.log(self.config.mel.floor)))

    def fit_ceiling(self, mel: Tensor) -> None:
        """Set the ceiling from (N, bins, T): the level that a band passes in one frame of `CEILING_FRAMES`."""
        frames = mel.transpose(0, 1).flatten(1)
        rank = frames.shape[1] - frames.shape[1] // CEILING_FRAMES
        self.ceiling.copy_(frames.kthvalue(rank, dim=1).values)

    @torch.no_grad()
    def decode_stream(
        self, latents: Tensor, progress: Callable[[float], None] = lambda share: None, window_frames: int = 512
    ) -> Iterator[np.ndarray]:
        """Decode (L, C) in windows of `window_frames` mel frames; blocks join to (L * samples_per_latent,) float32.

        Each frame is predicted once, with all the context the network sees; the phase of every oscillator and the ends
        of overlapping windows are carried over. The blocks equal `decode` to rounding.
        """
        vocoder = self.vocoder
        mel = F.pad(self.clamped_mel(latents[None]), (EDGE_FRAMES, EDGE_FRAMES), mode="replicate")
        context, per_mel, length = vocoder.config.context_frames, vocoder.config.frames_per_mel, mel.shape[2]
        phase: PhaseState | None = None
        tail = torch.zeros(3 * vocoder.hop, device=latents.device)
        skip = vocoder.lead
        remaining = latents.shape[0] * self.samples_per_latent
        for first in range(0, length, window_frames):
            last = min(first + window_frames, length)
            low, high = max(0, first - context), min(length, last + context)
            frames = vocoder.predict(mel[:, :, low:high]).part((first - low) * per_mel, (last - low) * per_mel)
            turns, phase = vocoder.tone_turns(frames.tone_offset, phase)
            count = (last - first) * self.config.mel.hop_samples
            noise = vocoder.even_noise(first * per_mel, turns.shape[1])
            sound = vocoder.synthesise(frames, turns, noise)[0]
            sound[: len(tail)] += tail
            # Before the last window the final three hops still lack what the next frames add to them.
            done, tail = (sound, tail) if last == length else (sound[:count], sound[count:])
            block = done[skip : skip + remaining]
            skip, remaining = max(0, skip - len(done)), remaining - len(block)
            yield block.float().cpu().numpy()
            progress(last / length)


def check_mini_codec(path: Path, config: MiniCodecConfig, where: Path) -> None:
    """Raise WeightsInvalid where the file at `path` is not of a codec of this configuration, which stands in `where`.

    It is compared before there is memory for any of it.
    """
    try:
        with torch.device("meta"):
            described = MiniCodec(config)
    except ValueError as error:
        raise WeightsInvalid(where, "codec", "sizes that fit together", str(error)) from error
    check_tensors(path, described.state_dict())


def load_mini_codec(path: Path, config: MiniCodecConfig) -> MiniCodec:
    """Load the codec from its file. Raises WeightsInvalid."""
    codec = MiniCodec(config)
    load_tensors(path, codec.state_dict())
    return codec
