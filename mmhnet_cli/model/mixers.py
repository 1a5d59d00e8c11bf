"""How tokens meet: one contract, four ways.

A mixer has three parts. `project` belongs to one stream and turns its tokens into parts; `mix` has no parameters and
lets the parts of all streams meet; `output` belongs to one stream again. With one stream this is ordinary self-mixing.
Streams come in the order audio, CLIP, text.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from mmhnet_cli.model.attention import AttentionOutput, AttentionParts, AttentionProjection, RotaryProjection
from mmhnet_cli.model.config import NetworkConfig
from mmhnet_cli.model.state_space import StateOutput, StateParts, StateProjection, mix_causal, mix_noncausal
from mmhnet_cli.model.stretches import Places, Stretches
from mmhnet_cli.model.windows import mix_near

Mix = Callable[[Sequence[Any], Sequence[Places]], list[Tensor]]
"""It takes the parts of all streams, and the places of each, and returns one mixed tensor for each."""


@dataclass(frozen=True)
class Mixer:
    """Constructors and the meeting function of one kind of mixer."""

    project: Callable[[int], nn.Module]
    """It makes for a width of the stream a module (tokens, mask, rotation) -> parts."""
    output: Callable[[int], nn.Module]
    """It makes for a width of the stream a module (mixed, parts) -> tokens."""
    mix: Mix
    """It lets the parts meet; the causal form takes no notice of the places."""


def build_mixer(name: str, config: NetworkConfig) -> Mixer:
    """Return the mixer of this name. `attention` needs streams of the audio width; the state-space forms take any."""
    if name in ("attention", "attention_rope"):
        projection = RotaryProjection if name == "attention_rope" else AttentionProjection
        tokens = config.training_tokens if config.attention_scale == "length" else None

        def attend(parts: Sequence[AttentionParts], places: Sequence[Places]) -> list[Tensor]:
            return mix_near(parts, _stretches(places, config.attention_window_s), tokens)

        return Mixer(
            project=lambda width: projection(width, config.heads, config.head_width),
            output=lambda width: AttentionOutput(config.width, width),
            mix=attend,
        )
    causal = name == "causal_mamba2"
    # Divided by its own sum, the state is the same for every rate of decay: the parameter would never learn.
    has_rate = causal or not config.normalise_state

    def mix(parts: Sequence[StateParts], places: Sequence[Places]) -> list[Tensor]:
        if causal:
            return mix_causal(parts)
        return mix_noncausal(parts, _stretches(places, config.state_window_s), config.normalise_state)

    return Mixer(
        project=lambda width: StateProjection(config, width, causal, has_rate),
        output=lambda width: StateOutput(config, width),
        mix=mix,
    )


def windows_s(config: NetworkConfig) -> frozenset[float]:
    """Return the lengths of the windows that the mixers of a network reach; none where they take the whole film."""
    of = {"nc_mamba2": config.state_window_s, "causal_mamba2": None}
    reach = (of.get(name, config.attention_window_s) for name in (config.multimodal_mixer, config.single_modal_mixer))
    return frozenset(window_s for window_s in reach if window_s is not None)


def _stretches(places: Sequence[Places], window_s: float | None) -> list[Stretches | None]:
    return [None if window_s is None else own.get(window_s) for own in places]
