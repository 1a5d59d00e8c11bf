"""CLIP's towers against numbers of open_clip, against the equations written out, and under both published names."""

import math
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from mmhnet_cli.encoders.clip import (
    ClipConfig,
    ClipImageTower,
    ClipTextTower,
    load_clip,
    open_clip_entries,
    transformers_entries,
)
from mmhnet_cli.errors import WeightsInvalid
from tests.parity import relative_error

PATH = Path("open_clip_model.safetensors")
SMALL = ClipConfig(
    grid=3,
    image_width=32,
    image_layers=2,
    image_heads=2,
    vocabulary=50,
    text_width=24,
    text_layers=2,
    text_heads=3,
    features=20,
)
Entries = dict[str, Tensor]
Layout = Callable[[Entries], Entries]
Towers = tuple[ClipImageTower, ClipTextTower]

# Of open_clip 3.3 with the same weights and inputs: the first numbers of both pictures, and of three tokens of text 1.
OPEN_CLIP_PICTURES = [
    [-0.301782, 0.047540, -0.229890, -0.371560, 0.249466],
    [-0.260500, 0.153307, -0.175661, -0.612870, 0.078254],
]
OPEN_CLIP_TOKENS = [
    [-0.139995, 0.067218, -0.237269, -0.138458],
    [-0.028804, -0.512563, 0.128184, 0.103280],
    [-0.211874, -0.242263, 0.135116, -0.028313],
]


def block_shapes(prefix: str, width: int) -> dict[str, tuple[int, ...]]:
    return {
        f"{prefix}.ln_1.weight": (width,),
        f"{prefix}.ln_1.bias": (width,),
        f"{prefix}.attn.in_proj_weight": (3 * width, width),
        f"{prefix}.attn.in_proj_bias": (3 * width,),
        f"{prefix}.attn.out_proj.weight": (width, width),
        f"{prefix}.attn.out_proj.bias": (width,),
        f"{prefix}.ln_2.weight": (width,),
        f"{prefix}.ln_2.bias": (width,),
        f"{prefix}.mlp.c_fc.weight": (4 * width, width),
        f"{prefix}.mlp.c_fc.bias": (4 * width,),
        f"{prefix}.mlp.c_proj.weight": (width, 4 * width),
        f"{prefix}.mlp.c_proj.bias": (width,),
    }


def published_shapes(config: ClipConfig) -> dict[str, tuple[int, ...]]:
    """What the open_clip file of such a network holds."""
    image, text = config.image_width, config.text_width
    shapes: dict[str, tuple[int, ...]] = {
        "visual.class_embedding": (image,),
        "visual.positional_embedding": (config.grid**2 + 1, image),
        "visual.proj": (image, config.features),
        "visual.conv1.weight": (image, 3, config.patch, config.patch),
        "visual.ln_pre.weight": (image,),
        "visual.ln_pre.bias": (image,),
        "visual.ln_post.weight": (image,),
        "visual.ln_post.bias": (image,),
        "token_embedding.weight": (config.vocabulary, text),
        "positional_embedding": (77, text),
        "ln_final.weight": (text,),
        "ln_final.bias": (text,),
        "text_projection": (text, config.features),
        "logit_scale": (),
    }
    for layer in range(config.image_layers):
        shapes |= block_shapes(f"visual.transformer.resblocks.{layer}", image)
    for layer in range(config.text_layers):
        shapes |= block_shapes(f"transformer.resblocks.{layer}", text)
    return shapes


def published(config: ClipConfig = SMALL) -> Entries:
    """A state dict in the layout of open_clip, seeded by its names."""
    entries = {}
    for key, shape in published_shapes(config).items():
        values = torch.randn(shape, generator=torch.Generator().manual_seed(zlib.crc32(key.encode())))
        if len(shape) > 1:
            entries[key] = values / math.sqrt(math.prod(shape[1:]))
        else:
            # Vectors called "weight" are the gains of norms.
            entries[key] = 0.1 * values + (1 if key.endswith("weight") else 0)
    return entries


def as_transformers(entries: Entries, config: ClipConfig = SMALL) -> Entries:
    """The same network as `CLIPModel` of transformers stores it."""
    other = {
        "logit_scale": entries["logit_scale"],
        "text_projection.weight": entries["text_projection"].T,
        "visual_projection.weight": entries["visual.proj"].T,
        "vision_model.embeddings.class_embedding": entries["visual.class_embedding"],
        "vision_model.embeddings.patch_embedding.weight": entries["visual.conv1.weight"],
        "vision_model.embeddings.position_embedding.weight": entries["visual.positional_embedding"],
        "text_model.embeddings.token_embedding.weight": entries["token_embedding.weight"],
        "text_model.embeddings.position_embedding.weight": entries["positional_embedding"],
    }
    parts = {"attn.out_proj": "self_attn.out_proj", "ln_1": "layer_norm1", "ln_2": "layer_norm2"}
    parts |= {"mlp.c_fc": "mlp.fc1", "mlp.c_proj": "mlp.fc2"}
    for entry in ("weight", "bias"):
        other[f"vision_model.pre_layrnorm.{entry}"] = entries[f"visual.ln_pre.{entry}"]
        other[f"vision_model.post_layernorm.{entry}"] = entries[f"visual.ln_post.{entry}"]
        other[f"text_model.final_layer_norm.{entry}"] = entries[f"ln_final.{entry}"]
        models = (("vision_model", "visual.", config.image_layers), ("text_model", "", config.text_layers))
        for model, prefix, layers in models:
            for layer in range(layers):
                old, new = f"{prefix}transformer.resblocks.{layer}", f"{model}.encoder.layers.{layer}"
                for name, part in zip("qkv", entries[f"{old}.attn.in_proj_{entry}"].chunk(3), strict=True):
                    other[f"{new}.self_attn.{name}_proj.{entry}"] = part
                other |= {f"{new}.{ours}.{entry}": entries[f"{old}.{theirs}.{entry}"] for theirs, ours in parts.items()}
    return other


def towers(entries: Entries, config: ClipConfig = SMALL) -> Towers:
    image, text = ClipImageTower(config).eval(), ClipTextTower(config).eval()
    load_clip(PATH, entries, image, text)
    return image, text


def pictures(side: int = 48) -> Tensor:
    """(2, 3, side, side)"""
    return torch.randn(2, 3, side, side, generator=torch.Generator().manual_seed(0))


def texts() -> Tensor:
    """(2, 77) ids below 50."""
    return torch.arange(2 * 77).view(2, 77) ** 2 % 50


@pytest.fixture(scope="module")
def small() -> Towers:
    return towers(published())


@pytest.fixture(autouse=True)
def _no_gradients() -> Iterator[None]:
    with torch.no_grad():
        yield


def normal(tokens: Tensor, entries: Entries, name: str) -> Tensor:
    """LayerNorm, by its definition."""
    centred = tokens - tokens.mean(-1, keepdim=True)
    deviation = (centred.square().mean(-1, keepdim=True) + 1e-5).sqrt()
    return centred / deviation * entries[f"{name}.weight"] + entries[f"{name}.bias"]


def block(tokens: Tensor, entries: Entries, name: str, heads: int, causal: bool) -> Tensor:
    """(L, D) to (L, D), one head after another."""
    length, width = tokens.shape
    inner = normal(tokens, entries, f"{name}.ln_1")
    weights, biases = entries[f"{name}.attn.in_proj_weight"], entries[f"{name}.attn.in_proj_bias"]
    q, k, v = (inner @ w.T + b for w, b in zip(weights.chunk(3), biases.chunk(3), strict=True))
    mixed = []
    for head in range(heads):
        part = slice(head * width // heads, (head + 1) * width // heads)
        scores = (q[:, part] @ k[:, part].T / math.sqrt(width // heads)).exp()
        if causal:
            scores = scores * (torch.arange(length)[:, None] >= torch.arange(length))
        mixed.append(scores / scores.sum(1, keepdim=True) @ v[:, part])
    out = torch.cat(mixed, 1) @ entries[f"{name}.attn.out_proj.weight"].T + entries[f"{name}.attn.out_proj.bias"]
    tokens = tokens + out
    inner = normal(tokens, entries, f"{name}.ln_2")
    inner = inner @ entries[f"{name}.mlp.c_fc.weight"].T + entries[f"{name}.mlp.c_fc.bias"]
    inner = inner / (1 + (-1.702 * inner).exp())
    return tokens + inner @ entries[f"{name}.mlp.c_proj.weight"].T + entries[f"{name}.mlp.c_proj.bias"]


def written_out_picture(pixels: Tensor, entries: Entries, config: ClipConfig = SMALL) -> Tensor:
    """(3, H, W) to (features,), patch by patch."""
    side = config.patch
    tokens = [entries["visual.class_embedding"]]
    for row in range(config.grid):
        for column in range(config.grid):
            patch = pixels[:, row * side : (row + 1) * side, column * side : (column + 1) * side]
            tokens.append((entries["visual.conv1.weight"] * patch).sum((1, 2, 3)))
    stream = normal(torch.stack(tokens) + entries["visual.positional_embedding"], entries, "visual.ln_pre")
    for layer in range(config.image_layers):
        stream = block(stream, entries, f"visual.transformer.resblocks.{layer}", config.image_heads, causal=False)
    vector = normal(stream, entries, "visual.ln_post")[0] @ entries["visual.proj"]
    return vector / vector.norm()


def written_out_text(ids: Tensor, entries: Entries, config: ClipConfig = SMALL) -> Tensor:
    """(77,) to (77, width)."""
    stream = entries["token_embedding.weight"][ids] + entries["positional_embedding"]
    for layer in range(config.text_layers):
        stream = block(stream, entries, f"transformer.resblocks.{layer}", config.text_heads, causal=True)
    out = normal(stream, entries, "ln_final")
    return out / out.norm(dim=-1, keepdim=True)


def test_numbers_of_open_clip(small: Towers) -> None:
    image, text = small
    assert torch.allclose(image(pictures())[:, :5], torch.tensor(OPEN_CLIP_PICTURES), atol=2e-6)
    assert torch.allclose(text(texts())[1, [0, 40, 76], :4], torch.tensor(OPEN_CLIP_TOKENS), atol=2e-6)


def test_pictures_are_the_equations_written_out(small: Towers) -> None:
    exact = {key: entry.double() for key, entry in published().items()}
    expected = torch.stack([written_out_picture(pixels, exact) for pixels in pictures().double()])
    assert relative_error(small[0](pictures()), expected) < 1e-6
    # A tower that saw nothing of the picture would give the same twice.
    assert (expected[0] - expected[1]).norm() > 0.1


def test_texts_are_the_equations_written_out(small: Towers) -> None:
    exact = {key: entry.double() for key, entry in published().items()}
    expected = torch.stack([written_out_text(ids, exact) for ids in texts()])
    assert relative_error(small[1](texts()), expected) < 1e-6


def test_every_vector_has_length_one(small: Towers) -> None:
    image, text = small
    assert image(pictures()).shape == (2, 20)
    assert text(texts()).shape == (2, 77, 24)
    for vectors in (image(pictures()), text(texts())):
        assert torch.allclose(vectors.norm(dim=-1), torch.ones(vectors.shape[:-1]), atol=1e-6)


def test_the_last_six_rows_and_columns_are_never_seen() -> None:
    """384 is read as its upper left 378 x 378; the 378th row is still seen."""
    config = ClipConfig(image_width=16, image_layers=1, image_heads=2, vocabulary=8, text_width=8, text_heads=2)
    image, _ = towers(published(config), config)
    pixels = pictures(384)
    whole = image(pixels)
    assert torch.equal(whole, image(pixels[:, :, :378, :378]))
    pixels[:, :, 378:] = 9
    pixels[:, :, :, 378:] = -9
    assert torch.equal(whole, image(pixels))
    pixels[:, :, 377] = 9
    assert not torch.allclose(whole, image(pixels), atol=1e-4)


def test_a_picture_is_the_same_alone_and_beside_others(small: Towers) -> None:
    image, _ = small
    together, alone = image(pictures()), [image(pixels[None]) for pixels in pictures()]
    assert torch.allclose(together, torch.cat(alone), atol=1e-6)


def test_a_token_sees_itself_and_those_before(small: Towers) -> None:
    _, text = small
    ids = texts()[:1]
    changed = ids.clone()
    changed[0, 30] = (changed[0, 30] + 1) % 50
    difference = (text(ids) - text(changed))[0].norm(dim=-1)
    assert not difference[:30].any()
    assert (difference[30:] > 1e-5).all()


def test_padding_is_a_token_like_any_other(small: Towers) -> None:
    """Behind the end of the text the rows go on, and differ by place."""
    _, text = small
    ids = torch.zeros(1, 77, dtype=torch.int64)
    ids[0, :3] = torch.tensor([48, 5, 49])
    rows = text(ids)[0, 3:]
    assert (rows[1:] - rows[:-1]).norm(dim=-1).min() > 0.1


def test_half_precision(small: Towers) -> None:
    image, text = towers(published())
    half_image, half_text = image.to(torch.bfloat16), text.to(torch.bfloat16)
    vectors, tokens = half_image(pictures()), half_text(texts())
    assert vectors.dtype == tokens.dtype == torch.bfloat16
    assert 1e-4 < relative_error(vectors, small[0](pictures())) < 0.02
    assert 1e-4 < relative_error(tokens, small[1](texts())) < 0.02


@pytest.mark.slow
def test_full_size() -> None:
    with torch.device("meta"):
        image, text = ClipImageTower(ClipConfig()), ClipTextTower(ClipConfig())
        assert image(torch.empty(2, 3, 384, 384)).shape == (2, 1024)
        assert text(torch.zeros(3, 77, dtype=torch.int64)).shape == (3, 77, 1024)
    entries = open_clip_entries(image, text)
    assert {key: tuple(entry.shape) for key, entry in entries.items()} == published_shapes(ClipConfig())
    assert sum(parameter.numel() for parameter in image.parameters()) == 632_682_240
    assert sum(entry.numel() for entry in entries.values()) == 986_714_881
    assert len(entries) == 686
    assert len(transformers_entries(image, text)) == 910


def test_towers_built_without_memory_are_filled_by_the_file(small: Towers) -> None:
    with torch.device("meta"):
        image, text = ClipImageTower(SMALL), ClipTextTower(SMALL)
    image, text = image.to_empty(device="cpu"), text.to_empty(device="cpu")
    load_clip(PATH, published(), image, text)
    assert torch.equal(image(pictures()), small[0](pictures()))
    assert torch.equal(text(texts()), small[1](texts()))


def test_both_layouts_give_equal_towers(small: Towers) -> None:
    for ours, theirs in zip(towers(as_transformers(published())), small, strict=True):
        state = ours.state_dict()
        assert state.keys() == theirs.state_dict().keys()
        assert all(torch.equal(state[key], entry) for key, entry in theirs.state_dict().items())


def test_towers_come_back_under_either_name(small: Towers) -> None:
    """What the towers give out is what the published files hold, but for the two entries that no tower has."""
    for given, expected in (
        (open_clip_entries(*small), published()),
        (transformers_entries(*small), as_transformers(published())),
    ):
        assert given.keys() == expected.keys()
        unused = {key for key, entry in given.items() if entry.is_meta}
        assert {key.removesuffix(".weight") for key in unused} == {"text_projection", "logit_scale"}
        assert all(torch.equal(given[key], expected[key]) for key in given.keys() - unused)


@pytest.mark.parametrize("layout", [dict, as_transformers])
@pytest.mark.parametrize("shape", [(), (1,)])
def test_the_scale_may_be_a_number_or_a_vector_of_one(layout: Layout, shape: tuple[int, ...], small: Towers) -> None:
    entries = layout(published()) | {"logit_scale": torch.full(shape, 4.6)}
    assert torch.equal(towers(entries)[0](pictures()), small[0](pictures()))


def test_stored_positions_of_old_files_are_passed_over(small: Towers) -> None:
    numbers = torch.arange(77)[None]
    entries = as_transformers(published()) | {"text_model.embeddings.position_ids": numbers}
    assert torch.equal(towers(entries)[1](texts()), small[1](texts()))


@pytest.mark.parametrize("layout", [dict, as_transformers])
@pytest.mark.parametrize(
    ("change", "key", "expected", "found"),
    [
        ({"logit_scale": torch.ones(2)}, "logit_scale", "shape ()", "shape (2,)"),
        ({"attn_mask": torch.ones(1)}, "attn_mask", "no such entry", "shape (1,)"),
        ({"logit_scale": None}, "logit_scale", "shape ()", "no such entry"),
    ],
)
def test_the_first_entry_that_differs_is_named(
    layout: Layout, change: dict[str, Tensor | None], key: str, expected: str, found: str
) -> None:
    entries = {name: entry for name, entry in (layout(published()) | change).items() if entry is not None}
    image, text = ClipImageTower(SMALL), ClipTextTower(SMALL)
    with pytest.raises(WeightsInvalid) as caught:
        load_clip(PATH, entries, image, text)
    assert (caught.value.path, caught.value.key) == (PATH, key)
    assert (caught.value.expected, caught.value.found) == (expected, found)
    # Nothing was copied before everything was compared.
    assert not image.proj.any()


def test_a_network_of_another_size_is_refused() -> None:
    with pytest.raises(WeightsInvalid) as caught:
        towers(published(), replace(SMALL, features=21))
    assert caught.value.key == "text_projection"
    assert (caught.value.expected, caught.value.found) == ("shape (24, 21)", "shape (24, 20)")
