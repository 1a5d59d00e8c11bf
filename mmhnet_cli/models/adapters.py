"""Checkpoints of the public MMAudio networks, brought to the names and shapes of ours."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from torch import Tensor

from mmhnet_cli.errors import WeightsInvalid
from mmhnet_cli.models.checkpoint import NO_ENTRY, Shape, compare_shapes, shape_words, shapes_of

UNNAMED = Path("MMAudio checkpoint")
"""Stands for the file where an error is about tensors that came from none."""

MMAUDIO_KEY = "final_layer.conv.weight"
"""Every network of MMAudio has this entry, and none of ours."""

# Tables that every network computes for itself; old files carry them.
DROPPED = frozenset({"latent_rot", "clip_rot", "t_embed.freqs"})

# Axes of size 1 that the public entry has in front of the axes of ours.
LEADING_AXES: Mapping[str, int] = MappingProxyType(
    {"sync_pos_emb": 2, "latent_mean": 2, "latent_std": 2, "empty_clip_feat": 1, "empty_sync_feat": 1}
)


class Layout(NamedTuple):
    """What decides which keys a checkpoint has: its joint and fused blocks, and whether it is of the second version."""

    joint: int
    fused: int
    second: bool


_MAP = ("weight", "bias")
_GAIN = ("weight",)
_GATED_UNIT = ("w1.weight", "w2.weight", "w3.weight")

_TENSORS = {
    "sync_pos_emb": "stacks.sync_offset",
    "latent_mean": "latent_mean",
    "latent_std": "latent_std",
    "empty_string_feat": "empty_text",
    "empty_clip_feat": "empty_clip",
    "empty_sync_feat": "empty_sync",
}

# Public module: our module, and the entries that both have.
_Modules = dict[str, tuple[str, tuple[str, ...]]]

_MODULES: _Modules = {
    "audio_input_proj.0": ("stacks.audio.enter", _MAP),
    "audio_input_proj.2": ("stacks.audio.unit", _GATED_UNIT),
    "clip_input_proj.0": ("stacks.clip.enter", _MAP),
    "text_input_proj.0": ("stacks.text.enter", _MAP),
    "sync_input_proj.0": ("stacks.sync.enter", _MAP),
    "sync_input_proj.2": ("stacks.sync.unit", _GATED_UNIT),
    "clip_cond_proj": ("builder.clip_global", _MAP),
    "text_cond_proj": ("builder.text_global", _MAP),
    "global_cond_mlp": ("builder.global_unit", _GATED_UNIT),
    "t_embed.mlp.0": ("time.inner", _MAP),
    "t_embed.mlp.2": ("time.outer", _MAP),
    "final_layer.adaLN_modulation.1": ("output.modulation", _MAP),
    "final_layer.conv": ("output.conv", _MAP),
}
_READ_BRANCH: _Modules = {
    "attn.qkv": ("project.qkv", _MAP),
    "attn.q_norm": ("project.q_norm", _GAIN),
    "attn.k_norm": ("project.k_norm", _GAIN),
    "adaLN_modulation.1": ("modulation", _MAP),
}
_BRANCH: _Modules = {**_READ_BRANCH, "linear1": ("mix_map", _MAP), "ffn": ("ffn", _GATED_UNIT)}
_STREAMS = {"latent": "audio", "clip": "clip", "text": "text"}


def key_map(layout: Layout) -> dict[str, str]:
    """Return every key of a public checkpoint of this layout, and the name of the same entry in our network."""
    modules = dict(_MODULES)
    # The second version has an activation, which has no entries, before the units of CLIP and text.
    place = 2 if layout.second else 1
    for stream in ("clip", "text"):
        modules[f"{stream}_input_proj.{place}"] = (f"stacks.{stream}.unit", _GATED_UNIT)
    for index in range(layout.joint):
        for public, ours in _STREAMS.items():
            read = index == layout.joint - 1 and ours != "audio"
            old, new = f"joint_blocks.{index}.{public}_block", f"trunk.multimodal.{index}.{ours}"
            modules |= _inside(old, new, _READ_BRANCH if read else _BRANCH)
    for index in range(layout.fused):
        modules |= _inside(f"fused_blocks.{index}", f"trunk.single_modal.{index}.audio", _BRANCH)
    entries = {f"{old}.{entry}": f"{new}.{entry}" for old, (new, names) in modules.items() for entry in names}
    return _TENSORS | entries


def check_shapes(shapes: Mapping[str, Shape], network_state: Mapping[str, Tensor], path: Path = UNNAMED) -> None:
    """Raise WeightsInvalid for the first entry that the network misses, does not know, or has in another shape.

    shapes: of the public checkpoint; the error speaks of its keys and shapes. network_state: of one of our networks
    without routing, which may lie on the meta device. path: where the shapes come from.
    """
    layout = Layout(
        _blocks(network_state, "trunk.multimodal."), _blocks(network_state, "trunk.single_modal."), _is_second(shapes)
    )
    expected = {
        public: (1,) * LEADING_AXES.get(public, 0) + tuple(network_state[ours].shape)
        for public, ours in key_map(layout).items()
    }
    compare_shapes(path, {key: shape for key, shape in shapes.items() if key not in DROPPED}, expected)


def mmaudio_to_network(tensors: Mapping[str, Tensor], path: Path = UNNAMED) -> dict[str, Tensor]:
    """Return the entries of a public checkpoint as `Network` of the same variant has them, in the memory they came in.

    Every entry goes over, but for the tables in `DROPPED`. Raises WeightsInvalid for the first key that is missing or
    unknown; sizes are the business of `check_shapes`. path: where the tensors come from, for the error.
    """
    shapes = shapes_of(tensors)
    names = key_map(_layout(shapes))
    for key in sorted((names.keys() ^ tensors.keys()) - DROPPED):
        raise WeightsInvalid(path, key, "a tensor" if key in names else NO_ENTRY, shape_words(shapes, key))
    for key, axes in LEADING_AXES.items():
        if shapes[key][:axes] != (1,) * axes:
            raise WeightsInvalid(path, key, f"a shape that starts with {(1,) * axes}", shape_words(shapes, key))
    return {ours: tensors[key].reshape(shapes[key][LEADING_AXES.get(key, 0) :]) for key, ours in names.items()}


def _inside(old: str, new: str, modules: _Modules) -> _Modules:
    return {f"{old}.{public}": (f"{new}.{ours}", entries) for public, (ours, entries) in modules.items()}


def _layout(keys: Iterable[str]) -> Layout:
    keys = tuple(keys)
    return Layout(_blocks(keys, "joint_blocks."), _blocks(keys, "fused_blocks."), _is_second(keys))


def _blocks(keys: Iterable[str], prefix: str) -> int:
    # Different numbers are counted, not the highest taken: a file cannot ask for a million blocks by naming one.
    return len({key.removeprefix(prefix).split(".")[0] for key in keys if key.startswith(prefix)})


def _is_second(keys: Iterable[str]) -> bool:
    return any(key.startswith(("clip_input_proj.2.", "text_input_proj.2.")) for key in keys)
