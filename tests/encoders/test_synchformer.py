"""Synchformer's visual branch against a slow form of it, and against the public network."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from mmhnet_cli.encoders.synchformer import PUBLIC_PREFIX, Synchformer, SynchformerConfig
from mmhnet_cli.errors import BadOption
from tests.parity import entry, parity, public_keys, relative_error, shapes_of, wave

TINY = SynchformerConfig(width=24, heads=3, depth=2, frames=6, picture_px=12, patch_frames=2, patch_px=4)


def filled(config: SynchformerConfig, salt: int = 8) -> Synchformer:
    """A network whose weights come from the names that the public file gives them."""
    network = Synchformer(config).eval()
    state = network.state_dict().items()
    network.load_state_dict({key: entry(PUBLIC_PREFIX + key, tuple(own.shape), salt) for key, own in state})
    return network


def tiny_segments(count: int, salt: int = 0) -> Tensor:
    return wave("segments", (count, TINY.frames, 3, TINY.picture_px, TINY.picture_px), salt)


@pytest.fixture(scope="module")
def tiny() -> Synchformer:
    return filled(TINY)


def slow_attention(weights: dict[str, Tensor], name: str, token: Tensor, group: Tensor) -> Tensor:
    """What one token (D,) takes from a group of tokens (M, D), head by head."""
    width = len(token)
    matrix, bias = weights[f"{name}.qkv.weight"], weights[f"{name}.qkv.bias"]
    q, k, v = (
        F.linear(x, matrix[i * width :][:width], bias[i * width :][:width]) for i, x in enumerate([token, group, group])
    )
    size = width // TINY.heads
    mixed = []
    for head in range(TINY.heads):
        part = slice(head * size, (head + 1) * size)
        share = torch.softmax(k[:, part] @ q[part] / size**0.5, 0)
        mixed.append(share @ v[:, part])
    return F.linear(torch.cat(mixed), weights[f"{name}.proj.weight"], weights[f"{name}.proj.bias"])


def slow_norm(weights: dict[str, Tensor], name: str, tokens: Tensor) -> Tensor:
    return F.layer_norm(tokens, tokens.shape[-1:], weights[f"{name}.weight"], weights[f"{name}.bias"], 1e-6)


def slow_divided(weights: dict[str, Tensor], name: str, tokens: Tensor, over_time: bool) -> Tensor:
    """Token 0 is CLS; patch 1 + t P + p is at step t and place p."""
    places, steps, rows = TINY.places, TINY.steps, []
    for i in range(len(tokens)):
        step, place = divmod(i - 1, places)
        if i == 0:
            group = list(range(len(tokens)))
        elif over_time:
            group = [0] + [1 + t * places + place for t in range(steps)]
        else:
            group = [0] + [1 + step * places + p for p in range(places)]
        rows.append(slow_attention(weights, name, tokens[i], tokens[group]))
    return torch.stack(rows)


def slow_synchformer(weights: dict[str, Tensor], segment: Tensor) -> Tensor:
    """One segment (frames, 3, px, px) to (T, D), a token at a time."""
    cuboid = (TINY.patch_frames, TINY.patch_px, TINY.patch_px)
    patches = F.conv3d(
        segment.transpose(0, 1),
        weights["patch_embed_3d.proj.weight"],
        weights["patch_embed_3d.proj.bias"],
        stride=cuboid,
    ).flatten(2)
    tokens = [weights["cls_token"][0, 0] + weights["pos_embed"][0, 0]]
    for step in range(TINY.steps):
        for place in range(TINY.places):
            position = weights["pos_embed"][0, 1 + place] + weights["temp_embed"][0, step]
            tokens.append(patches[:, step, place] + position)
    x = torch.stack(tokens)
    for i in range(TINY.depth):
        name = f"blocks.{i}"
        x = x + slow_divided(weights, f"{name}.timeattn", slow_norm(weights, f"{name}.norm3", x), over_time=True)
        x = x + slow_divided(weights, f"{name}.attn", slow_norm(weights, f"{name}.norm1", x), over_time=False)
        y = slow_norm(weights, f"{name}.norm2", x)
        y = F.gelu(F.linear(y, weights[f"{name}.mlp.fc1.weight"], weights[f"{name}.mlp.fc1.bias"]))
        x = x + F.linear(y, weights[f"{name}.mlp.fc2.weight"], weights[f"{name}.mlp.fc2.bias"])
    x = slow_norm(weights, "norm", x[1:])
    return torch.stack([slow_summary(weights, step) for step in x.split(TINY.places)])


def slow_summary(weights: dict[str, Tensor], patches: Tensor) -> Tensor:
    """(P, D) to (D,): torch's own encoder layer, whole, and its first row."""
    layer = torch.nn.TransformerEncoderLayer(
        TINY.width, TINY.heads, 4 * TINY.width, 0.0, "gelu", 1e-6, batch_first=True, norm_first=True
    )
    prefix = "spatial_attn_agg."
    own = {key.removeprefix(prefix): value for key, value in weights.items() if key.startswith(prefix)}
    cls = own.pop("cls_token")[0]
    layer.to(patches.dtype).load_state_dict(own)
    return layer(torch.cat([cls, patches])[None])[0, 0]


@torch.no_grad()
def test_fast_form_equals_slow_form() -> None:
    # In double precision even the small number under the norms' roots shows.
    network, segments = filled(TINY).double(), tiny_segments(2).double()
    found = network(segments)
    assert found.shape == (2, 3, 24)
    expected = torch.stack([slow_synchformer(network.state_dict(), segment) for segment in segments])
    assert relative_error(found, expected) < 1e-12


@pytest.mark.slow
@torch.inference_mode()
def test_parity_with_the_public_network() -> None:
    expected = parity("synchformer")["features"]
    network = filled(SynchformerConfig())
    segments = wave("frames", (1, 2, 16, 3, 224, 224), 8)
    assert relative_error(network(segments[0]), expected[0]) < 1e-5


def test_names_and_shapes_are_those_of_the_public_file() -> None:
    with torch.device("meta"):
        network = Synchformer(SynchformerConfig())
    public = public_keys()["synchformer"]
    assert len(public) == 238
    assert {PUBLIC_PREFIX + key: shape for key, shape in shapes_of(network.state_dict().items()).items()} == public
    assert sum(parameter.numel() for parameter in network.parameters()) == 122_440_704


@pytest.mark.parametrize(("config", "steps", "places"), [(SynchformerConfig(), 8, 196), (TINY, 3, 9)])
def test_counts_of_tokens(config: SynchformerConfig, steps: int, places: int) -> None:
    assert (config.steps, config.places) == (steps, places)


def test_patches_fill_frames_and_pictures_exactly() -> None:
    with pytest.raises(BadOption, match=r"frames.*15.*multiple of 2"):
        Synchformer(SynchformerConfig(frames=15))
    with pytest.raises(BadOption, match=r"225.*multiple of 16"):
        Synchformer(SynchformerConfig(picture_px=225))


@torch.no_grad()
def test_segments_do_not_see_each_other(tiny: Synchformer) -> None:
    segments = tiny_segments(5)
    together = tiny(segments)
    alone = torch.cat([tiny(segment[None]) for segment in segments])
    torch.testing.assert_close(together, alone, rtol=0, atol=1e-6)
    assert (together[0] - together[1]).abs().max() > 0.01


@torch.no_grad()
def test_every_frame_counts_for_every_token(tiny: Synchformer) -> None:
    segments = tiny_segments(1)
    for frame in range(TINY.frames):
        changed = segments.clone()
        changed[:, frame] = 0
        assert ((tiny(changed) - tiny(segments)).abs().amax(2) > 1e-5).all()


@torch.no_grad()
def test_overlapping_views_are_as_good_as_copies(tiny: Synchformer) -> None:
    frames = wave("frames", (12, 3, TINY.picture_px, TINY.picture_px))
    views = frames.unfold(0, TINY.frames, 3).movedim(-1, 1)
    copies = torch.stack([frames[first : first + TINY.frames] for first in (0, 3, 6)])
    assert torch.equal(tiny(views), tiny(copies))


@torch.no_grad()
def test_weights_for_single_pictures_change_nothing() -> None:
    network, segments = filled(TINY), tiny_segments(1)
    before = network(segments)
    network.patch_embed.proj.weight.fill_(float("nan"))
    assert torch.equal(network(segments), before)


def test_a_segment_of_another_length_is_refused(tiny: Synchformer) -> None:
    # Two halves must not pass for one segment.
    with pytest.raises(RuntimeError, match="shape"):
        tiny(tiny_segments(2)[:, :3])


@torch.no_grad()
def test_half_precision_stays_near(tiny: Synchformer) -> None:
    segments = tiny_segments(2)
    half = filled(TINY).to(torch.bfloat16)(segments.to(torch.bfloat16))
    assert half.dtype == torch.bfloat16
    assert relative_error(half, tiny(segments)) < 0.03
