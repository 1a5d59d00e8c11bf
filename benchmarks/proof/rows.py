"""The rows of the ablation: what each network is made of, by its name."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor, nn

from mmhnet_cli.model.attention import rotary_table
from mmhnet_cli.model.blocks import Stream
from mmhnet_cli.model.conditions import Conditions
from mmhnet_cli.model.config import NetworkConfig, RoutingConfig
from mmhnet_cli.model.network import Network
from mmhnet_cli.model.routing import StreamRouting, decide
from mmhnet_cli.model.variants import VARIANTS
from mmhnet_cli.timeline import Timeline

CHANNELS = 64
"""Latents are so many first components of the shipped codec; it has 192, of which the judge needs half of these."""
WORDS = 5
"""Of a prompt: the token that begins every text, and up to four kinds."""
TRAINING_S = 8


@dataclass(frozen=True)
class Row:
    """One line of the table. says: what it is. changes: to the configuration of a size. trained_as: the row whose
    weights it takes, None for its own. ntk: rotary positions are stretched for films beyond training. every_word: only
    time is routed, all words stay."""

    says: str
    changes: Mapping[str, Any]
    trained_as: str | None = None
    ntk: bool = False
    every_word: bool = False


def _mixers(name: str, **others: Any) -> dict[str, Any]:
    return {"multimodal_mixer": name, "single_modal_mixer": name, "attention_scale": "none", **others}


def _routed(threshold: float) -> dict[str, Any]:
    return _mixers("nc_mamba2", routing=RoutingConfig(threshold=threshold))


_MIXED: dict[str, Row] = {
    "rope": Row("attention with RoPE", _mixers("attention_rope", routing=None)),
    "rope-ntk": Row(
        "attention with RoPE, NTK-scaled at test", _mixers("attention_rope", routing=None), trained_as="rope", ntk=True
    ),
    "nopos": Row("attention without positions", _mixers("attention", routing=None)),
    "nopos-ln": Row(
        "attention without positions, logits scaled by length at test",
        _mixers("attention", routing=None, attention_scale="length"),
        trained_as="nopos",
    ),
    "causal": Row("causal Mamba-2", _mixers("causal_mamba2", routing=None)),
    "flat": Row("non-causal Mamba-2, no hierarchy", _mixers("nc_mamba2", routing=None)),
    "temporal": Row("non-causal Mamba-2, temporal routing only", _routed(0.5), every_word=True),
    **{f"full-{at}": Row(f"MMHNet, threshold {at}", _routed(at)) for at in (0.3, 0.5, 0.6, 0.7)},
}
_VARIED: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "bare": ("no local semantics", {"local_semantics": False}),
    "plain": ("plain sum as state", {"normalise_state": False}),
    "window": ("state of 8 s", {"state_window_s": 8.0}),
    "film": ("mean of the whole film in g", {"global_window_s": None}),
}
"""What may be said after the name of a row, with +, for each of these on its own or several."""


def row_of(name: str) -> Row:
    """The row called `name`, such as `full-0.5+bare+plain`. Raises ValueError where there is none."""
    first, *more = name.split("+")
    if first not in _MIXED or len(set(more)) < len(more) or not set(more) <= set(_VARIED):
        raise ValueError(f"row {name!r}: one of {', '.join(_MIXED)}, with any of +{', +'.join(_VARIED)}")
    row = _MIXED[first]
    state = {"plain", "window"} & set(more)
    if state and row.changes["single_modal_mixer"] != "nc_mamba2":
        raise ValueError(f"row {name!r}: +{' and +'.join(sorted(state))} are of the non-causal state, {first} has none")
    says, changes = row.says, dict(row.changes)
    for one in more:
        says += ", " + _VARIED[one][0]
        changes |= _VARIED[one][1]
    own = row.trained_as
    return replace(row, says=says, changes=changes, trained_as=own and "+".join([own, *more]))


ROWS = tuple(_MIXED)
VARIED = tuple(_VARIED)

_LEARNS: Mapping[str, Any] = {
    "latent_channels": CHANNELS,
    "clip_dim": VARIANTS["mini"].clip_dim,
    "sync_dim": VARIANTS["mini"].sync_dim,
    "text_dim": VARIANTS["mini"].text_dim,
    "sequence": VARIANTS["mini"].sequence,
    "sync_segment_tokens": 0,
    "empty_text_tokens": 1,
    "training_text_tokens": WORDS,
    "placement": "time",
    "output_condition": "e",
    "residual_stacks": True,
    "preconditioned": True,
    "word_guidance": False,
    "guidance": 2.0,
    "classifier_width": 0,
    "state_window_s": None,
}
"""Of every size: what the network is told, and the recipe of mini, by which a short training hears it."""
SIZES: Mapping[str, NetworkConfig] = MappingProxyType(
    {
        "small": replace(
            VARIANTS["mini"],
            **_LEARNS,
            width=64,
            clip_width=48,
            text_width=48,
            condition_width=64,
            heads=4,
            multimodal_blocks=2,
            single_modal_blocks=2,
            ffn_width=64,
            clip_ffn_width=48,
            text_ffn_width=48,
            condition_ffn_width=96,
            time_features=64,
        ),
        "s": replace(VARIANTS["s-44k"], **_LEARNS),
    }
)


def config_of(row: Row, size: str) -> NetworkConfig:
    """The configuration of a row at a size."""
    return replace(SIZES[size], **row.changes)


def network_of(row: Row, size: str) -> Network:
    """The network of a row at a size, as it starts."""
    config = config_of(row, size)
    network = StretchedNetwork(config) if row.ntk else Network(config)
    if row.every_word and network.hierarchy is not None:
        network.hierarchy.register_module("text_router", EveryWord())
    return network


class EveryWord(nn.Module):
    """In place of the multimodal router: every word is kept."""

    def forward(
        self, text: Tensor, video: Tensor, text_mask: Tensor | None, video_mask: Tensor | None
    ) -> StreamRouting:
        """Map text (B, W, D) to the decision that keeps it."""
        return decide(torch.ones(text.shape[:2], device=text.device), 0.5, text_mask)


class StretchedNetwork(Network):
    """Rotary positions by another base in films that are longer than the clips of training (NTK-aware scaling).

    base' = base s^(P / (P - 2)), s the film's length in clips: the slowest pair turns in the film as far as it did in a
    clip, the quickest one as quickly as ever. The table of the network takes positions times a frequency each, so its
    own is made here.
    """

    def _streams(self, tokens: Tensor, time: Tensor, conditions: Conditions) -> tuple[Stream, Stream, Stream]:
        audio, clip, text = super()._streams(tokens, time, conditions)
        latents, frames = tokens.shape[1], conditions.clip.shape[1]
        factor = latents / Timeline(Fraction(TRAINING_S), self.config.sequence).latents
        step = torch.arange(latents, device=tokens.device).unsqueeze(0)
        frame = torch.arange(frames, device=tokens.device).unsqueeze(0) * (latents / frames)
        tables = (stretched_table(place, self.config.head_width, factor) for place in (step, frame))
        audio_rotation, clip_rotation = tables
        return replace(audio, rotation=audio_rotation), replace(clip, rotation=clip_rotation), text


def stretched_table(positions: Tensor, head_width: int, factor: float) -> Tensor:
    """As `rotary_table`, for a film of `factor` clips; up to one clip it is that table. -> (2, B or 1, L, P / 2)."""
    if factor <= 1:
        return rotary_table(positions, head_width)
    step = torch.arange(0, head_width, 2, dtype=torch.float32, device=positions.device) / head_width
    base = 10000 * factor ** (head_width / (head_width - 2))
    angle = positions.float().unsqueeze(-1) * base**-step
    return torch.stack((angle.cos(), angle.sin()))
