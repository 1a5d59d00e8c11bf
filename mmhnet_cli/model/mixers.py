"""How tokens meet: one contract, four ways.

A mixer has three parts. `project` belongs to one stream and turns its tokens into parts; `mix` has no parameters and
lets the parts of all streams meet; `output` belongs to one stream again. With one stream this is ordinary self-mixing.
Streams come in the order audio, CLIP, text.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from mmhnet_cli.model.attention import AttentionOutput, AttentionProjection, RotaryProjection, mix_attention
from mmhnet_cli.model.config import NetworkConfig
from mmhnet_cli.model.state_space import StateOutput, StateParts, StateProjection, mix_causal, mix_noncausal
from mmhnet_cli.model.stretches import Stretches

Mix = Callable[[Sequence[Any], Sequence[Stretches | None]], list[Tensor]]
"""It takes the parts of all streams, and the stretches of each, and returns one mixed tensor for each."""


@dataclass(frozen=True)
class Mixer:
    """Constructors and the meeting function of one kind of mixer."""

    project: Callable[[int], nn.Module]
    """It makes for a width of the stream a module (tokens, mask, rotation) -> parts."""
    output: Callable[[int], nn.Module]
    """It makes for a width of the stream a module (mixed, parts) -> tokens."""
    mix: Mix
    """It lets the parts meet; stretches are for the non-causal state, the others take no notice of them."""


def build_mixer(name: str, config: NetworkConfig) -> Mixer:
    """Return the mixer of this name. `attention` needs streams of the audio width; the state-space forms take any."""
    if name in ("attention", "attention_rope"):
        projection = RotaryProjection if name == "attention_rope" else AttentionProjection
        tokens = config.training_tokens if config.attention_scale == "length" else None
        return Mixer(
            project=lambda width: projection(width, config.heads, config.head_width),
            output=lambda width: AttentionOutput(config.width, width),
            mix=lambda parts, _: mix_attention(parts, tokens),
        )
    causal = name == "causal_mamba2"
    # Divided by its own sum, the state is the same for every rate of decay: the parameter would never learn.
    has_rate = causal or not config.normalise_state

    def mix(parts: Sequence[StateParts], stretches: Sequence[Stretches | None]) -> list[Tensor]:
        return mix_causal(parts) if causal else mix_noncausal(parts, stretches, config.normalise_state)

    return Mixer(
        project=lambda width: StateProjection(config, width, causal, has_rate),
        output=lambda width: StateOutput(config, width),
        mix=mix,
    )
