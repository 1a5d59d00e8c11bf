"""The whole network: conditions once per clip, velocity once per step."""

from dataclasses import replace
from fractions import Fraction

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmhnet_cli.model.attention import rotary_table
from mmhnet_cli.model.blocks import OutputBlock, Stream
from mmhnet_cli.model.conditions import ConditionBuilder, Conditions, Features, pair_conditions
from mmhnet_cli.model.config import NetworkConfig
from mmhnet_cli.model.embeddings import InputStacks, TimeEmbedding
from mmhnet_cli.model.hierarchy import Hierarchy
from mmhnet_cli.model.layers import masked
from mmhnet_cli.model.mixers import windows_s
from mmhnet_cli.model.noisy_classifier import NoisyClassifier
from mmhnet_cli.model.preconditioning import Preconditioning
from mmhnet_cli.model.routing import RoutingDecision, StreamRouting
from mmhnet_cli.model.stretches import Places, Stretches, place_in_stretches, stretch_of_tokens
from mmhnet_cli.model.trunk import Trunk

PAIRED_LATENTS = 4096
"""Up to so many latent steps of a batch guidance takes both its passes side by side; 95 s at 43 steps per second."""


class Network(nn.Module):
    """It gives the velocity of the latents of a film, of any length."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        self.stacks = InputStacks(config)
        self.time = TimeEmbedding(config.time_features, config.time_max_period, config.condition_width)
        self.builder = ConditionBuilder(config)
        shared = config.routing is not None and config.shared_blocks
        self.trunk = Trunk(config, read_last=not shared)
        split = config.routing is not None and not config.shared_blocks
        self.compressed_trunk = Trunk(config, read_last=False) if split else None
        self.hierarchy = None if config.routing is None else Hierarchy(config, config.routing)
        self.output = OutputBlock(config)
        self.preconditioning = Preconditioning(config.latent_channels) if config.preconditioned else None
        self.classifier = NoisyClassifier(config) if config.classifier_width else None
        self.empty_clip = nn.Parameter(torch.zeros(config.clip_dim))
        self.empty_sync = nn.Parameter(torch.zeros(config.sync_dim))
        self.empty_text = nn.Parameter(torch.zeros(config.empty_text_tokens, config.text_dim))
        self.latent_mean = nn.Buffer(torch.zeros(config.latent_channels))
        self.latent_std = nn.Buffer(torch.ones(config.latent_channels))
        self._placed: tuple[object, tuple[Places, Places]] | None = None
        self.uses_rotation = "attention_rope" in (config.multimodal_mixer, config.single_modal_mixer)
        initialise(self)

    def normalise(self, latents: Tensor) -> Tensor:
        """Bring latents of the codec (B, L, C) to unit scale."""
        return (latents - self.latent_mean) / self.latent_std

    def unnormalise(self, latents: Tensor) -> Tensor:
        """Invert `normalise`. (B, L, C)."""
        return latents * self.latent_std + self.latent_mean

    def condition(self, features: Features, latents: int, latent_mask: Tensor | None = None) -> Conditions:
        """Return everything that is free of t, to be made once per clip of L `latents`. latent_mask (B, L)."""
        conditions = self.builder(features, self.stacks, latents, latent_mask)
        if self.hierarchy is None or self.hierarchy.source != "condition":
            return conditions
        return replace(conditions, audio_routing=self.hierarchy.route_audio(None, conditions))

    def drop_conditions(self, features: Features, drop_video: Tensor, drop_text: Tensor) -> Features:
        """Return features with the learned empties where a condition is dropped. drop_video, drop_text (B,) bool."""
        video = drop_video.view(-1, 1, 1)
        empty, words = self.empty_text, features.text.shape[1]
        if words < len(empty):
            raise ValueError(f"text of {words} tokens has no room for the {len(empty)} of the empty text")
        text = torch.where(drop_text.view(-1, 1, 1), F.pad(empty, (0, 0, 0, words - len(empty))), features.text)
        text_mask = features.text_mask
        if words > len(empty) or text_mask is not None:
            every = torch.ones(features.batch_size, words, dtype=torch.bool, device=text.device)
            first = torch.arange(words, device=text.device) < len(empty)
            text_mask = torch.where(drop_text.view(-1, 1), first, every if text_mask is None else text_mask)
        return replace(
            features,
            clip=torch.where(video, self.empty_clip.to(features.clip.dtype), features.clip),
            sync=torch.where(video, self.empty_sync.to(features.sync.dtype), features.sync),
            text=text,
            text_mask=text_mask,
        )

    def null_features(
        self, features: Features, text: Tensor | None = None, text_mask: Tensor | None = None
    ) -> Features:
        """Return an empty picture of the same shape with `text` (B, W, text_dim), the negative prompt; None is the
        learned empty one."""
        if text is None:
            text, text_mask = self.empty_text.expand(features.batch_size, -1, -1), None
        clip, sync = self.empty_clip.expand_as(features.clip), self.empty_sync.expand_as(features.sync)
        return replace(features, clip=clip, sync=sync, text=text, text_mask=text_mask)

    def velocity(
        self, latents: Tensor, t: Tensor, conditions: Conditions, routing: RoutingDecision | None = None
    ) -> Tensor:
        """Map latents (B, L, C), t (B,) to velocity (B, L, C), zero at padding."""
        return self.velocity_and_routing(latents, t, conditions, routing)[0]

    def velocity_and_routing(
        self, latents: Tensor, t: Tensor, conditions: Conditions, routing: RoutingDecision | None = None
    ) -> tuple[Tensor, RoutingDecision | None]:
        """Return the `velocity` and the decision that was used: for the ratio loss, or None without a hierarchy.

        routing: a decision made before; None makes one.
        """
        time = self.time(t)
        tokens = self._tokens(latents, t, conditions)
        audio, clip, text = self._streams(tokens, time, conditions)
        decision = self._decide(tokens, conditions) if routing is None else routing
        if self.hierarchy is not None and decision is not None:
            compressed = self.trunk if self.compressed_trunk is None else self.compressed_trunk
            audio, clip, text = self.hierarchy.through(compressed, (audio, clip, text), decision)
        audio, _, _ = self.trunk(audio, clip, text, last=True)
        if self.config.output_condition == "g":
            audio = replace(audio, condition=F.silu(time + conditions.audio_global))
        velocity = self.output(audio)
        if self.preconditioning is not None:
            velocity = self.preconditioning.leave(latents, t, velocity)
        return masked(velocity, conditions.latent_mask), decision

    def paired_velocity(self, latents: Tensor, t: Tensor, real: Conditions, null: Conditions) -> tuple[Tensor, Tensor]:
        """Return real and null velocity (B, L, C) in one pass of 2B, audio routed by the real conditions in both.

        Picture and words differ between the two, so their streams are routed by what they hold, as in training. Beyond
        `PAIRED_LATENTS` the two go one after the other: each fills the machine by itself, together they would only take
        twice the memory.
        """
        audio = None if self.hierarchy is None else self._route_audio(latents, t, real)
        if latents.shape[0] * latents.shape[1] > PAIRED_LATENTS:
            first, second = (self._routed_velocity(latents, t, one, audio) for one in (real, null))
            return first, second
        audio = None if audio is None else audio.repeated(2)
        both = self._routed_velocity(
            torch.cat((latents, latents)), torch.cat((t, t)), pair_conditions(real, null), audio
        )
        first, second = both.chunk(2)
        return first, second

    def _tokens(self, latents: Tensor, t: Tensor, conditions: Conditions) -> Tensor:
        if self.preconditioning is not None:
            latents = self.preconditioning.enter(latents, t)
        return self.stacks.audio(latents, conditions.latent_mask)

    def _route_audio(self, latents: Tensor, t: Tensor, conditions: Conditions) -> StreamRouting:
        assert self.hierarchy is not None
        if conditions.audio_routing is not None:
            return conditions.audio_routing
        return self.hierarchy.route_audio(self._tokens(latents, t, conditions), conditions)

    def _routed_velocity(
        self, latents: Tensor, t: Tensor, conditions: Conditions, audio: StreamRouting | None
    ) -> Tensor:
        decision = None if self.hierarchy is None or audio is None else self.hierarchy.route(audio, conditions)
        return self.velocity(latents, t, conditions, decision)

    def _decide(self, tokens: Tensor, conditions: Conditions) -> RoutingDecision | None:
        if self.hierarchy is None:
            return None
        audio = conditions.audio_routing
        audio = self.hierarchy.route_audio(tokens, conditions) if audio is None else audio
        return self.hierarchy.route(audio, conditions)

    def _streams(self, tokens: Tensor, time: Tensor, conditions: Conditions) -> tuple[Stream, Stream, Stream]:
        rotations: tuple[Tensor | None, Tensor | None] = (None, None)
        if self.uses_rotation:
            latents, frames = tokens.shape[1], conditions.clip.shape[1]
            step = torch.arange(latents, device=tokens.device).unsqueeze(0)
            frame = torch.arange(frames, device=tokens.device).unsqueeze(0) * (latents / frames)
            rotations = (rotary_table(step, self.config.head_width), rotary_table(frame, self.config.head_width))
        audio_places, clip_places = self._places(conditions)
        # Every block starts its modulation with a SiLU of the same vector, so it is taken once.
        audio_condition, clip_condition, text_condition = (
            F.silu(time + free) for free in (conditions.audio, conditions.clip_global, conditions.text_global)
        )
        return (
            Stream(tokens, audio_condition, conditions.latent_mask, rotations[0], audio_places),
            Stream(conditions.clip, clip_condition, conditions.clip_mask, rotations[1], clip_places),
            Stream(conditions.text, text_condition, conditions.text_mask),
        )

    def _places(self, conditions: Conditions) -> tuple[Places, Places]:
        """Return those of audio and CLIP tokens; the picture ends with the sound, so its last frames lie in the last
        stretch."""
        sequence, clip, batch = self.config.sequence, conditions.clip, conditions.batch_size
        mask = conditions.latent_mask
        unpadded = mask is None and conditions.clip_mask is None
        key = (batch, conditions.latents, clip.shape[1], clip.device, torch.is_inference_mode_enabled())
        if unpadded and self._placed is not None and self._placed[0] == key:
            return self._placed[1]
        audio: dict[float, Stretches] = {}
        picture: dict[float, Stretches] = {}
        for window_s in windows_s(self.config):
            audio_at = stretch_of_tokens(conditions.latents, sequence.latent_rate_hz, window_s, clip.device)
            clip_at = stretch_of_tokens(clip.shape[1], Fraction(sequence.clip_fps), window_s, clip.device)
            last = audio_at[-1:].expand(batch) if mask is None else audio_at[mask.sum(1).clamp_min(1) - 1]
            count = int(last.max()) + 1
            audio[window_s] = place_in_stretches(audio_at.expand(batch, -1), mask, count, last + 1)
            clip_at = torch.minimum(clip_at.expand(batch, -1), last.unsqueeze(1))
            picture[window_s] = place_in_stretches(clip_at, conditions.clip_mask, count, last + 1)
        if unpadded:
            self._placed = key, (audio, picture)
        return audio, picture


def initialise(network: Network) -> None:
    """Set start values: Xavier for linear maps; zero modulation and output, so that training starts at velocity 0.

    Routers, ways back and the classifier keep the start they give themselves.
    """
    for name, module in network.named_modules():
        if isinstance(module, nn.Linear) and not name.startswith(("hierarchy.", "classifier.")):
            nn.init.xavier_uniform_(module.weight)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        if name.endswith("modulation"):
            nn.init.zeros_(module.weight)
    for layer in (network.time.inner, network.time.outer):
        nn.init.normal_(layer.weight, std=0.02)
    for parameter in network.output.conv.parameters():
        nn.init.zeros_(parameter)
