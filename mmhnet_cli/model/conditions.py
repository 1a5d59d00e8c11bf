"""Conditions of one clip: everything the velocity needs that does not depend on t, built once."""

from dataclasses import dataclass, fields, replace
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmhnet_cli.model.config import NetworkConfig
from mmhnet_cli.model.embeddings import InputStacks
from mmhnet_cli.model.layers import GatedUnit, masked, masked_mean, sliding_mean
from mmhnet_cli.model.routing import StreamRouting
from mmhnet_cli.products import Linear
from mmhnet_cli.timeline import SequenceConfig


@dataclass(frozen=True)
class Features:
    """What the encoders give. Masks (B, length) are bool, True where valid, valid tokens first; None where all are."""

    clip: Tensor
    """Its shape is (B, V, clip_dim)."""
    sync: Tensor
    """Its shape is (B, S, sync_dim)."""
    text: Tensor
    """Its shape is (B, W, text_dim)."""
    clip_mask: Tensor | None = None
    sync_mask: Tensor | None = None
    text_mask: Tensor | None = None

    @property
    def batch_size(self) -> int:
        """Return B, how many clips the batch has."""
        return self.clip.shape[0]


@dataclass(frozen=True)
class Conditions:
    """Projected streams and the parts of the modulating vectors that are free of t.

    clip (B, V, D), text (B, W, D): tokens. audio (B, L, E): of e, one per latent step. audio_global (B, L or 1, E),
    clip_global (B, V or 1, E), text_global (B, 1, E): of g. Masks (B, length) or None. audio_routing: the decision for
    the audio stream where it is made from the condition alone.
    """

    clip: Tensor
    text: Tensor
    audio: Tensor
    audio_global: Tensor
    clip_global: Tensor
    text_global: Tensor
    latent_mask: Tensor | None = None
    clip_mask: Tensor | None = None
    text_mask: Tensor | None = None
    audio_routing: StreamRouting | None = None

    @property
    def batch_size(self) -> int:
        """Return B, how many clips the batch has."""
        return self.clip.shape[0]

    @property
    def latents(self) -> int:
        """Return L, how many latents a clip has."""
        return self.audio.shape[1]


def pair_conditions(real: Conditions, null: Conditions) -> Conditions:
    """Join real and null to one batch of 2B. The real conditions decide the routing of audio for both."""
    words = max(real.text.shape[1], null.text.shape[1])
    real, null = _with_words(real, words), _with_words(null, words)
    joined: dict[str, Any] = {
        field.name: _join(getattr(real, field.name), getattr(null, field.name))
        for field in fields(Conditions)
        if field.name != "audio_routing"
    }
    routing = None if real.audio_routing is None else real.audio_routing.repeated(2)
    return Conditions(**joined, audio_routing=routing)


def _with_words(conditions: Conditions, words: int) -> Conditions:
    batch, have = conditions.text.shape[:2]
    if have == words:
        return conditions
    mask = conditions.text_mask
    mask = torch.ones(batch, have, dtype=torch.bool, device=conditions.text.device) if mask is None else mask
    text = F.pad(conditions.text, (0, 0, 0, words - have))
    return replace(conditions, text=text, text_mask=F.pad(mask, (0, words - have)))


def _join(real: Tensor | None, null: Tensor | None) -> Tensor | None:
    if real is None and null is None:
        return None
    if real is None or null is None:
        present = real if null is None else null
        assert present is not None
        every = torch.ones_like(present)
        return torch.cat((every if real is None else real, every if null is None else null))
    return torch.cat((real, null))


def frame_at_latent(latents: int, fps: int, sequence: SequenceConfig, device: torch.device) -> Tensor:
    """Return the index (L,) of the frame shown at the centre of each latent step, in exact integers.

    It depends on the step alone, so a longer film places its beginning as a shorter one does.
    """
    step = torch.arange(latents, device=device)
    return (2 * step + 1) * sequence.samples_per_latent * fps // (2 * sequence.sample_rate_hz)


def place_by_time(frames: Tensor, index: Tensor, mask: Tensor | None) -> Tensor:
    """Map frames (B, V, E) or (B, 1, E), index (L,), mask (B, V) to (B, L, E); past the end the last frame stays."""
    if mask is None:
        return frames[:, index.clamp_max(frames.shape[1] - 1)]
    index = torch.minimum(index, mask.sum(1, keepdim=True).clamp_min(1) - 1)
    return frames.gather(1, index.unsqueeze(-1).expand(-1, -1, frames.shape[2]))


def place_by_stretch(frames: Tensor, latents: int) -> Tensor:
    """Map frames (B, V, E) to (B, L, E), nearest over the whole token axis, in the library's rounding as MMAudio."""
    placed = F.interpolate(frames.transpose(1, 2), size=latents, mode="nearest-exact")
    # Laid in the order of tokens once, or every block would do it at every step.
    return placed.transpose(1, 2).contiguous()


class ConditionBuilder(nn.Module):
    """It turns Features into Conditions: global condition g, token condition e, tokens of CLIP and text."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        width = config.condition_width
        self.clip_global = Linear(config.clip_width, width)
        self.text_global = Linear(config.text_width, width)
        self.global_unit = GatedUnit(width, config.condition_ffn_width, 1)
        self.local = Linear(config.clip_width, width) if config.local_semantics else None
        seconds = config.global_window_s
        self.window = None if seconds is None else round(seconds * config.sequence.clip_fps)

    def forward(self, features: Features, stacks: InputStacks, latents: int, latent_mask: Tensor | None) -> Conditions:
        """Map features of a batch, of L latents, to its Conditions, without routing."""
        clip = stacks.clip(features.clip, features.clip_mask)
        text = stacks.text(features.text, features.text_mask)
        sync = stacks.project_sync(features.sync, features.sync_mask)
        words = self.text_global(masked_mean(text, features.text_mask))
        if self.window is None:
            picture = self.clip_global(masked_mean(clip, features.clip_mask))
            clip_global = text_global = self._global(picture + words)
        else:
            picture = self.clip_global(sliding_mean(clip, self.window, features.clip_mask))
            clip_global = self._global(picture + words)
            # Words have no place in time. A mean over the whole film would change with its length, so their own
            # modulation sees the words only; the picture reaches them through the mixer.
            text_global = self._global(words)
        audio_global = clip_global
        if clip_global.shape[1] > 1:
            audio_global = self._place(clip_global, self.config.sequence.clip_fps, latents, features.clip_mask)
        audio = audio_global + self._place(sync, self.config.sequence.sync_fps, latents, features.sync_mask)
        if self.local is not None:
            local = self.local(clip)
            audio = audio + self._place(local, self.config.sequence.clip_fps, latents, features.clip_mask)
        return Conditions(
            clip=clip,
            text=text,
            audio=masked(audio, latent_mask),
            audio_global=audio_global,
            clip_global=clip_global,
            text_global=text_global,
            latent_mask=latent_mask,
            clip_mask=features.clip_mask,
            text_mask=features.text_mask,
        )

    def _global(self, means: Tensor) -> Tensor:
        unit = self.global_unit(means)
        return means + unit if self.config.residual_stacks else unit

    def _place(self, frames: Tensor, fps: int, latents: int, mask: Tensor | None) -> Tensor:
        if self.config.placement == "stretch":
            return place_by_stretch(frames, latents)
        return place_by_time(frames, frame_at_latent(latents, fps, self.config.sequence, frames.device), mask)
