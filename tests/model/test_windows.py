"""Joint attention within windows, beside attention over the whole film."""

import math
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from mmhnet_cli.model.attention import AttentionParts, mix_attention
from mmhnet_cli.model.conditions import Features
from mmhnet_cli.model.network import Network
from mmhnet_cli.model.stretches import SHARES, Stretches, place_in_stretches, stretch_of_tokens
from mmhnet_cli.model.variants import VARIANTS
from mmhnet_cli.model.windows import mix_near
from tests.model.small import awake, features, latents, small_config

T = torch.tensor([0.4], dtype=torch.float64)
WINDOW_S = 8.0
JOINT = small_config(multimodal_mixer="attention", state_window_s=None)
KEPT = {"all": 1.0, "some": 0.3, "few": 0.02}


def parts_of(films: int, length: int, mask: Tensor | None, generator: torch.Generator) -> AttentionParts:
    q, k, v = (torch.randn(films, 2, length, 4, generator=generator, dtype=torch.float64) for _ in range(3))
    return AttentionParts(q, k, v, mask)


def placed(length: int, rate: Fraction, ends: list[int], share: float, generator: torch.Generator) -> Stretches:
    """Tokens that a routing leaves of `ends` stretches of each film: the first one, and others by chance."""
    at = stretch_of_tokens(length, rate, WINDOW_S, torch.device("cpu"))
    kept = torch.rand(len(ends), length, generator=generator) < share
    kept[:, 0] = True
    kept &= at < torch.tensor(ends).unsqueeze(1)
    order = kept.long().argsort(dim=1, descending=True, stable=True)
    valid = kept.gather(1, order)[:, : int(kept.sum(1).max())]
    stretch = at.expand(len(ends), -1).gather(1, order)[:, : valid.shape[1]]
    return place_in_stretches(stretch, valid, max(ends), torch.tensor(ends))


def near_reference(
    parts: Sequence[AttentionParts], stretches: Sequence[Stretches | None], training_tokens: int | None
) -> list[Tensor]:
    """The same with a mask over the whole film: who may see whom, token by token."""
    films, lengths = parts[0].q.shape[0], [part.q.shape[2] for part in parts]
    at = torch.full((films, sum(lengths)), -1)  # -1: nowhere
    valid = torch.ones(films, sum(lengths), dtype=torch.bool)
    ends = next(own.ends for own in stretches if own is not None).tolist()
    for part, own, first in zip(parts, stretches, [sum(lengths[:n]) for n in range(len(parts))], strict=True):
        span = slice(first, first + part.q.shape[2])
        if own is not None:
            at[:, span] = own.stretch
            valid[:, span] = own.stretch < own.count
        elif part.mask is not None:
            valid[:, span] = part.mask
    seen = torch.zeros(films, sum(lengths), sum(lengths), dtype=torch.bool)
    for film in range(films):
        for i in range(sum(lengths)):
            begin = max(0, min(int(at[film, i]) - SHARES // 2, ends[film] - SHARES))
            inside = (at[film] >= begin) & (at[film] < begin + SHARES)
            seen[film, i] = valid[film] & (inside | (at[film] < 0) | (at[film, i] < 0))
    q, k, v = (torch.cat([getattr(part, name) for part in parts], 2) for name in ("q", "k", "v"))
    if training_tokens is not None:
        q = q * (seen.sum(2).log() / math.log(training_tokens))[:, None, :, None]
    mixed = F.scaled_dot_product_attention(q, k, v, attn_mask=seen[:, None])
    return list(mixed.transpose(1, 2).flatten(2).split(lengths, 1))


@pytest.mark.parametrize("training_tokens", [None, 60], ids=["plain", "scaled"])
@pytest.mark.parametrize("share", KEPT.values(), ids=KEPT)
@pytest.mark.parametrize("ends", [[12], [6, 17, 3]], ids=["one film", "three films"])
def test_windows_are_a_mask_over_the_whole(ends: list[int], share: float, training_tokens: int | None) -> None:
    generator = torch.Generator().manual_seed(0)
    longest = max(ends) * Fraction(WINDOW_S) / SHARES
    stretches = [placed(int(longest * rate), rate, ends, share, generator) for rate in (Fraction(11), Fraction(4))]
    words = torch.ones(len(ends), 5, dtype=torch.bool)
    words[0, 3:] = False
    masks = [*(own.stretch < own.count for own in stretches), words]
    parts = [parts_of(len(ends), mask.shape[1], mask, generator) for mask in masks]
    places = [*stretches, None]
    found, expected = (mix(parts, places, training_tokens) for mix in (mix_near, near_reference))
    for mask, one, other in zip(masks, found, expected, strict=True):
        torch.testing.assert_close(one[mask], other[mask], rtol=0, atol=1e-12)
    alone, reference = (mix(parts[:1], places[:1], training_tokens)[0] for mix in (mix_near, near_reference))
    torch.testing.assert_close(alone[masks[0]], reference[masks[0]], rtol=0, atol=1e-12)
    whole = mix_attention(parts, training_tokens)[0]
    assert not torch.allclose(found[0][masks[0]], whole[masks[0]], atol=1e-3)


def velocity(window_s: float | None, given: Features, x: Tensor, mask: Tensor | None = None) -> Tensor:
    torch.manual_seed(0)
    network = awake(Network(replace(JOINT, attention_window_s=window_s)))
    with torch.inference_mode():
        return network.velocity(x, T.expand(len(x)), network.condition(given, x.shape[1], mask))


def padded(short: Tensor, long: Tensor) -> Tensor:
    return torch.cat((F.pad(short, (0, 0, 0, long.shape[1] - short.shape[1])), long))


def masks(short: int, long: int) -> Tensor:
    return torch.arange(long) < torch.tensor([[short], [long]])


def test_at_the_length_of_training_they_are_the_whole() -> None:
    given, x = features(JOINT, 1, 8, 4), latents(JOINT, 1, 345)
    whole = velocity(None, given, x)
    torch.testing.assert_close(velocity(WINDOW_S, given, x), whole, rtol=0, atol=1e-6)
    # Beside a longer film it goes the way of windows.
    other = features(JOINT, 1, 20, 4, seed=1)
    clip, sync = padded(given.clip, other.clip), padded(given.sync, other.sync)
    both = Features(clip, sync, given.text.expand(2, -1, -1), masks(64, 160), masks(200, 500))
    beside = velocity(WINDOW_S, both, padded(x, latents(JOINT, 1, 861, seed=2)), masks(345, 861))
    torch.testing.assert_close(beside[:1, :345], whole, rtol=0, atol=1e-6)


def test_a_longer_film_is_not_the_whole() -> None:
    given, x = features(JOINT, 1, 20, 4), latents(JOINT, 1, 861)
    whole, near = velocity(None, given, x), velocity(WINDOW_S, given, x)
    assert (near - whole).norm() > 1e-3 * whole.norm()


def test_s_and_l_have_them_and_the_public_networks_do_not() -> None:
    for name, config in VARIANTS.items():
        assert config.attention_window_s == (8.0 if name in ("s-16k", "s-44k", "l-44k") else None), name
