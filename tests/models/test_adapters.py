"""MMAudio as a configuration of ours: its published outputs, its published keys, and what is said of a misfit."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch
from torch import Tensor

from mmhnet_cli.errors import WeightsInvalid
from mmhnet_cli.flow.guidance import guided
from mmhnet_cli.flow.solvers import euler
from mmhnet_cli.flow.times import uniform_times
from mmhnet_cli.model.conditions import Features
from mmhnet_cli.model.config import NetworkConfig
from mmhnet_cli.model.network import Network
from mmhnet_cli.model.variants import VARIANTS
from mmhnet_cli.models.adapters import (
    check_shapes,
    mmaudio_to_network,
)
from tests.models.mmaudio_reference import velocity as reference_velocity
from tests.parity import entries, parity, public_keys, relative_error, shapes_of, wave
from tests.tiny_public_model import narrow_mmaudio, public_network_tensors

# Entries in all, and those that training changes: the table of sizes in the public repository's specification.
PUBLISHED_SIZES = {
    "mmaudio-small-16k": (157_283_644, 157_204_756),
    "mmaudio-small-44k": (157_409_144, 157_330_216),
    "mmaudio-medium-44k": (621_805_944, 621_727_016),
    "mmaudio-large-44k": (1_030_002_168, 1_029_923_240),
    "mmaudio-large-44k-v2": (1_030_575_608, 1_030_496_680),
}
every_variant = pytest.mark.parametrize("name", PUBLISHED_SIZES)


TINY_V1 = narrow_mmaudio(
    128, 512, clip_dim=32, sync_dim=24, text_dim=32, heads=2, multimodal_blocks=2, single_modal_blocks=2
)
TINY_V2 = replace(
    TINY_V1,
    latent_channels=40,
    sequence=VARIANTS["mmaudio-large-44k-v2"].sequence,
    input_activation="silu",
    context_activation=True,
    time_features=128,
    time_max_period=1.0,
)


def empty_network(config: NetworkConfig) -> Network:
    """Its entries have shapes and no values."""
    with torch.device("meta"):
        return Network(config)


def public_shapes(config: NetworkConfig) -> dict[str, tuple[int, ...]]:
    """Keys and shapes of the public checkpoint of this configuration."""
    return {key: tuple(entry.shape) for key, entry in public_network_tensors(empty_network(config)).items()}


def public_tensors(config: NetworkConfig, salt: int) -> dict[str, Tensor]:
    """A public checkpoint of this configuration, filled by formula."""
    tensors = entries({key: list(shape) for key, shape in public_shapes(config).items()}, salt)
    tensors["latent_std"] = tensors["latent_std"].abs() + 0.5
    return tensors


@dataclass(frozen=True)
class Case:
    """A network with its weights and inputs by formula, and the arrays that the public code gave for them."""

    network: Network
    features: Features
    start: Tensor
    steps: int
    expected: dict[str, np.ndarray]


def read_case(config: NetworkConfig, file: str, row: str, salt: int, steps: int) -> Case:
    arrays = parity(file)
    expected = {name: arrays[f"{row}/{name}"] for name in ("velocity", "sampled", "unnormalized", "lens")}
    latents, frames, sync = expected["lens"].tolist()
    network = empty_network(config)
    network.load_state_dict(mmaudio_to_network(public_tensors(config, salt)), assign=True)
    shapes = {"clip_f": (frames, config.clip_dim), "sync_f": (sync, config.sync_dim), "text_f": (77, config.text_dim)}
    features = Features(*(wave(name, (1, *shape), salt) for name, shape in shapes.items()))
    return Case(network, features, 2 * wave("latent", (1, latents, config.latent_channels), salt), steps, expected)


@torch.inference_mode()
def assert_published_outputs(case: Case) -> None:
    network, latents = case.network, case.start.shape[1]
    real = network.condition(case.features, latents)
    null = network.condition(network.null_features(case.features), latents)
    velocity = guided(
        lambda x, t: network.velocity(x, t, real), lambda x, t: network.paired_velocity(x, t, real, null), 4.5
    )
    sampled = euler(velocity, case.start, uniform_times(case.steps))
    found = {
        "velocity": network.velocity(case.start, torch.tensor([0.3]), real),
        "sampled": sampled,
        "unnormalized": network.unnormalise(sampled),
    }
    errors = {name: relative_error(value, case.expected[name]) for name, value in found.items()}
    # Measured: 2.5e-5 at most.
    assert max(errors.values()) < 1e-4, errors


TINY_ROWS = {
    "tiny_v1_16k_8s": (TINY_V1, 1),
    "tiny_v1_16k_13s": (TINY_V1, 1),
    "tiny_v2_44k_8s": (TINY_V2, 2),
}


@pytest.mark.slow
@pytest.mark.parametrize("row", TINY_ROWS)
@pytest.mark.parametrize("paired_latents", [8192, 0], ids=["side_by_side", "one_after_the_other"])
def test_published_outputs_of_narrow_networks(row: str, paired_latents: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mmhnet_cli.model.network.PAIRED_LATENTS", paired_latents)
    config, salt = TINY_ROWS[row]
    assert_published_outputs(read_case(config, "mmaudio_tiny", row, salt, 4))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("row", "name"), [("small_16k_8s", "mmaudio-small-16k"), ("small_44k_4s", "mmaudio-small-44k")]
)
def test_published_outputs_at_full_size(row: str, name: str) -> None:
    assert_published_outputs(read_case(VARIANTS[name], "mmaudio_small", row, 3, 2))


def loud_tensors(config: NetworkConfig) -> dict[str, Tensor]:
    """A public checkpoint in float64 whose every entry moves the velocity."""
    generator = torch.Generator().manual_seed(5)
    tensors = {}
    for key, shape in public_shapes(config).items():
        values = torch.randn(shape, generator=generator, dtype=torch.float64)
        if key.endswith("norm.weight"):
            tensors[key] = 1 + 0.3 * values
        else:
            tensors[key] = values * (2 / math.prod(shape[1:])) ** 0.5 if key.endswith("weight") else values
    return tensors


@pytest.mark.slow
@pytest.mark.parametrize(
    ("config", "tolerance"),
    # Both take the angles of t in float32, whose rounding shows at the 10000 radians of the second version.
    [(TINY_V1, 1e-6), (TINY_V2, 5e-5)],
    ids=["v1", "v2"],
)
@torch.inference_mode()
def test_real_and_null_velocity_are_those_of_the_equations(config: NetworkConfig, tolerance: float) -> None:
    tensors = loud_tensors(config)
    network = empty_network(config)
    network.load_state_dict(mmaudio_to_network(tensors), assign=True)
    generator = torch.Generator().manual_seed(6)
    clip, sync, text, x = (
        0.5 + torch.randn(2, length, width, generator=generator, dtype=torch.float64)
        for length, width in ((24, 32), (72, 24), (77, 32), (94, config.latent_channels))
    )
    features, t = Features(clip, sync, text), torch.tensor([0.3, 0.3])
    real, null = network.condition(features, 94), network.condition(network.null_features(features), 94)
    first, second = network.paired_velocity(x, t, real, null)
    assert relative_error(first, reference_velocity(tensors, x, 0.3, clip, sync, text)) < tolerance
    empty = [tensors[key] for key in ("empty_clip_feat", "empty_sync_feat", "empty_string_feat")]
    nothing = [part.expand(2, count, -1) for part, count in zip(empty, (24, 72, 77), strict=True)]
    assert relative_error(second, reference_velocity(tensors, x, 0.3, *nothing)) < tolerance
    # The public code writes w real + (1 - w) null.
    guide = guided(lambda x, t: first, lambda x, t: (first, second), 4.5)
    torch.testing.assert_close(guide(x, t), 4.5 * first - 3.5 * second)
    assert relative_error(second, first) > 0.1


@pytest.mark.slow
@pytest.mark.parametrize("row", ["tiny_v1_16k_8s", "tiny_v2_44k_8s"])
def test_bfloat16_loses_little_beyond_what_its_weights_lose(row: str) -> None:
    config, salt = TINY_ROWS[row]
    case = read_case(config, "mmaudio_tiny", row, salt, 4)

    @torch.inference_mode()
    def error(run_type: torch.dtype) -> float:
        case.network.to(run_type)
        given = [part.bfloat16().to(run_type) for part in (case.features.clip, case.features.sync, case.features.text)]
        conditions = case.network.condition(Features(*given), case.start.shape[1])
        latents = case.start.bfloat16().to(run_type)
        return relative_error(
            case.network.velocity(latents, torch.tensor([0.3]), conditions), case.expected["velocity"]
        )

    # These weights by formula are rough: rounded to bfloat16 they are wrong by 7.5 % already, computed in float32.
    lost = error(torch.bfloat16)
    of_rounded_weights = error(torch.float32)
    assert 0.02 < of_rounded_weights < lost < 2 * of_rounded_weights


@every_variant
def test_published_sizes(name: str) -> None:
    network = empty_network(VARIANTS[name])
    entries_in_all = sum(tensor.numel() for tensor in network.state_dict().values())
    # The empty text is the encoder's own, and is not trained there.
    trained = sum(parameter.numel() for parameter in network.parameters()) - network.empty_text.numel()
    assert (entries_in_all, trained) == PUBLISHED_SIZES[name]


@every_variant
def test_published_keys_and_shapes(name: str) -> None:
    published = public_keys()[name.removeprefix("mmaudio-").replace("-", "_")]
    shapes = {key: tuple(shape) for key, shape in published.items()}
    assert public_shapes(VARIANTS[name]) == shapes
    state = empty_network(VARIANTS[name]).state_dict()
    check_shapes(shapes, state)
    ours = mmaudio_to_network({key: torch.empty(shape, device="meta") for key, shape in shapes.items()})
    assert shapes_of(ours.items()) == {key: shapes_of(state.items())[key] for key in ours}
    assert ours.keys() == state.keys()


@every_variant
def test_every_variant_is_told_from_the_next(name: str) -> None:
    shapes, names = public_shapes(VARIANTS[name]), list(PUBLISHED_SIZES)
    other = names[names.index(name) - 1]
    with pytest.raises(WeightsInvalid):
        check_shapes(shapes, empty_network(VARIANTS[other]).state_dict())


def test_every_value_goes_over() -> None:
    tensors = public_tensors(TINY_V1, 9)
    ours = mmaudio_to_network(tensors)
    for old, new in {
        "sync_pos_emb": "stacks.sync_offset",
        "latent_std": "latent_std",
        "empty_clip_feat": "empty_clip",
        "clip_input_proj.1.w3.weight": "stacks.clip.unit.w3.weight",
        "joint_blocks.0.latent_block.attn.qkv.bias": "trunk.multimodal.0.audio.project.qkv.bias",
        "joint_blocks.1.text_block.adaLN_modulation.1.weight": "trunk.multimodal.1.text.modulation.weight",
        "fused_blocks.1.linear1.weight": "trunk.single_modal.1.audio.mix_map.weight",
        "final_layer.conv.bias": "output.conv.bias",
    }.items():
        assert torch.equal(ours[new].flatten(), tensors[old].flatten())
    assert sum(tensor.numel() for tensor in ours.values()) == sum(tensor.numel() for tensor in tensors.values())


Change = Callable[[dict[str, Tensor]], object]


def check_both(tensors: dict[str, Tensor], config: NetworkConfig) -> dict[str, Tensor]:
    """What a loader does: shapes first, then names."""
    check_shapes({key: tuple(tensor.shape) for key, tensor in tensors.items()}, empty_network(config).state_dict())
    return mmaudio_to_network(tensors)


@pytest.mark.parametrize("table", ["latent_rot", "clip_rot", "t_embed.freqs"])
def test_tables_of_old_files_are_dropped(table: str) -> None:
    tensors = public_tensors(TINY_V1, 1)
    plain = check_both(tensors, TINY_V1)
    assert check_both({**tensors, table: torch.zeros(3)}, TINY_V1).keys() == plain.keys()


MISFITS: dict[str, tuple[Change, str, str, str]] = {
    "missing": (
        lambda t: t.pop("fused_blocks.1.ffn.w2.weight"),
        "fused_blocks.1.ffn.w2.weight",
        "shape (128, 512, 3)",
        "no such entry",
    ),
    "unknown": (lambda t: t.update({"lora.up": torch.zeros(2, 3)}), "lora.up", "no such entry", "shape (2, 3)"),
    "other_version": (
        lambda t: t.update({"clip_input_proj.2.w1.weight": t.pop("clip_input_proj.1.w1.weight")}),
        "clip_input_proj.1.w2.weight",
        "no such entry",
        "shape (128, 512, 3)",
    ),
    "impossible_block": (
        lambda t: t.update({"joint_blocks.1000000000.x": torch.zeros(1)}),
        "joint_blocks.1000000000.x",
        "no such entry",
        "shape (1,)",
    ),
}


@pytest.mark.parametrize("case", MISFITS)
def test_missing_and_unknown_keys_are_named(case: str) -> None:
    change, key, expected, found = MISFITS[case]
    tensors = public_tensors(TINY_V1, 1)
    change(tensors)
    with pytest.raises(WeightsInvalid) as caught:
        check_both(tensors, TINY_V1)
    assert (caught.value.key, caught.value.expected, caught.value.found) == (key, expected, found)


@pytest.mark.parametrize("case", ["missing", "unknown", "other_version"])
def test_no_key_is_lost_where_shapes_are_not_checked(case: str) -> None:
    change, key, _, found = MISFITS[case]
    tensors = public_tensors(TINY_V1, 1)
    change(tensors)
    with pytest.raises(WeightsInvalid) as caught:
        mmaudio_to_network(tensors)
    assert (caught.value.key, caught.value.found) == (key, found)


@pytest.mark.parametrize(
    ("key", "shape", "expected"),
    [
        ("audio_input_proj.2.w1.weight", (512, 128, 5), (512, 128, 7)),
        ("joint_blocks.1.clip_block.adaLN_modulation.1.bias", (768,), (256,)),
        ("latent_mean", (20,), (1, 1, 20)),
        ("sync_pos_emb", (2, 1, 8, 24), (1, 1, 8, 24)),
        ("empty_string_feat", (77, 33), (77, 32)),
    ],
)
def test_wrong_shapes_are_named_as_in_the_file(key: str, shape: tuple[int, ...], expected: tuple[int, ...]) -> None:
    tensors = public_tensors(TINY_V1, 1)
    tensors[key] = torch.zeros(shape)
    with pytest.raises(WeightsInvalid) as caught:
        check_both(tensors, TINY_V1)
    assert (caught.value.key, caught.value.expected, caught.value.found) == (key, f"shape {expected}", f"shape {shape}")


@pytest.mark.parametrize("shape", [(20,), (2, 1, 20), (1, 20)])
def test_an_entry_that_cannot_lose_its_first_axes_is_named(shape: tuple[int, ...]) -> None:
    tensors = {**public_tensors(TINY_V1, 1), "latent_mean": torch.zeros(shape)}
    with pytest.raises(WeightsInvalid) as caught:
        mmaudio_to_network(tensors)
    assert (caught.value.key, caught.value.found) == ("latent_mean", f"shape {shape}")


def test_a_file_with_fewer_blocks_misses_the_first_of_them() -> None:
    shapes = public_shapes(VARIANTS["mmaudio-small-16k"])
    shorter = {key: shape for key, shape in shapes.items() if not key.startswith("fused_blocks.7.")}
    with pytest.raises(WeightsInvalid) as caught:
        check_shapes(shorter, empty_network(VARIANTS["mmaudio-small-16k"]).state_dict())
    assert caught.value.key == "fused_blocks.7.adaLN_modulation.1.bias"
