"""Decisions of the routers and the ratio loss."""

from dataclasses import replace

import pytest
import torch

from mmhnet_cli.model.config import RoutingConfig
from mmhnet_cli.model.network import Network
from mmhnet_cli.model.routing import (
    MultimodalRouter,
    StreamRouting,
    TemporalRouter,
    decide,
    kept_share,
    ratio_loss,
    stream_ratio_loss,
)
from tests.model.small import features, small_config


def test_decision_tables() -> None:
    probability = torch.tensor([[0.1, 0.9, 0.5, 0.7], [0.2, 0.0, 0.6, 0.0]])
    routing = decide(probability, 0.5, torch.tensor([[True] * 4, [True, True, True, False]]))
    assert routing.kept.tolist() == [[True, True, False, True], [True, False, True, False]]
    assert routing.positions.tolist() == [[0, 1, 3], [0, 2, 0]]
    assert routing.kept_mask is not None
    assert routing.kept_mask.tolist() == [[True, True, True], [True, True, False]]
    assert routing.source.tolist() == [[0, 1, 1, 2], [0, 0, 1, 1]]
    assert kept_share(routing).tolist() == pytest.approx([3 / 4, 2 / 3])


def test_first_token_is_kept_and_padding_is_not() -> None:
    mask = torch.arange(6)[None] < torch.tensor([[1], [4]])
    routing = decide(torch.ones(2, 6), 0.5, mask)
    assert routing.kept.tolist() == mask.tolist()
    assert decide(torch.zeros(2, 6), 0.5, None).kept.sum(1).tolist() == [1, 1]


def test_equal_counts_need_no_mask() -> None:
    assert decide(torch.tensor([[1.0, 0.0, 1.0], [1.0, 1.0, 0.0]]), 0.5, None).kept_mask is None


def test_boundary_probability_at_the_start() -> None:
    router = TemporalRouter(2, RoutingConfig(), None)
    x = torch.tensor([[[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, -1.0]]])
    routing = router(x, None)
    torch.testing.assert_close(routing.probability, torch.tensor([[1.0, 0.0, 0.5, 1.0]]), rtol=0, atol=1e-5)
    assert routing.kept.tolist() == [[True, False, False, True]]


def test_centring_finds_changes_that_a_common_part_hides() -> None:
    generator = torch.Generator().manual_seed(0)
    scene = torch.randn(1, 8, 6, generator=generator).repeat_interleave(5, 1)
    x = scene + 30
    hidden = TemporalRouter(6, RoutingConfig(), None)(x, None)
    centred = TemporalRouter(6, RoutingConfig(), 16)(x, None)
    assert hidden.kept.sum() == 1
    assert 2 <= centred.kept.sum() <= 8
    assert set(centred.kept[0].nonzero().flatten().tolist()) <= set(range(0, 40, 5))


def test_centring_takes_rounding_for_nothing() -> None:
    generator = torch.Generator().manual_seed(1)
    x = torch.ones(1, 2000, 6) + 1e-6 * torch.randn(1, 2000, 6, generator=generator)
    assert TemporalRouter(6, RoutingConfig(), 345)(x, None).kept.sum() == 1
    assert TemporalRouter(6, RoutingConfig(), 345)(x + (x - 1) * 1e6, None).kept.sum() > 500


def test_text_is_kept_where_a_frame_is_like_it() -> None:
    router = MultimodalRouter(2, 2, RoutingConfig(text_threshold=0.9), 4)
    text = torch.tensor([[[0.0, 1.0], [1.0, 0.0], [-1.0, 0.0]]])
    video = torch.tensor([[[1.0, 0.1], [2.0, 0.0]]])
    assert router(text, video, None, None).kept.tolist() == [[True, True, False]]
    blind = router(text, video, None, torch.tensor([[True, False]]))
    assert blind.probability[0, 1] < 0.999


def test_empty_words_and_frames_have_a_small_gradient() -> None:
    """A network that is fresh knows its empties as zeros: a cosine to one of them must not be all that is learnt."""
    network = Network(small_config()).train()
    some = features(network.config, 2, 8.0, 3)
    some = replace(some, clip=some.clip.float(), sync=some.sync.float(), text=some.text.float())
    dropped = network.drop_conditions(some, torch.tensor([True, False]), torch.tensor([False, True]))
    assert network.config.routing is not None and not dropped.text[1].any() and not dropped.clip[0].any()
    conditions = network.condition(dropped, 40)
    noise = torch.randn(2, 40, network.config.latent_channels, generator=torch.Generator().manual_seed(0))
    _, decision = network.velocity_and_routing(noise, torch.tensor([0.3, 0.6]), conditions)
    assert decision is not None
    ratio_loss(decision, network.config.routing).backward()
    lengths = [float(one.grad.norm()) for one in (network.empty_text, network.empty_clip) if one.grad is not None]
    assert len(lengths) == 2 and all(0 < length < 10 for length in lengths)


def test_long_vectors_are_compared_by_their_direction_alone() -> None:
    router = MultimodalRouter(6, 6, RoutingConfig(), 8)
    generator = torch.Generator().manual_seed(0)
    text, video = (torch.randn(2, length, 6, generator=generator) for length in (5, 16))
    expected = (1 + (unit(text) @ unit(video).mT).unflatten(2, (2, 8)).amax(-1).mean(-1)) / 2
    assert torch.equal(router(text, video, None, None).probability, expected)


def unit(x: torch.Tensor) -> torch.Tensor:
    return torch.nn.functional.normalize(x, dim=-1)


def test_text_routing_is_free_of_film_length() -> None:
    generator = torch.Generator().manual_seed(3)
    router = MultimodalRouter(8, 8, RoutingConfig(), 64)
    text = torch.randn(1, 50, 8, generator=generator)
    video = torch.randn(1, 6400, 8, generator=generator)
    short = router(text, video[:, :64], None, None).probability.mean()
    long = router(text, video, None, None).probability.mean()
    assert long.item() == pytest.approx(short.item(), rel=0.05)


def test_straight_through_is_one_with_a_gradient() -> None:
    probability = torch.tensor([[0.3, 0.8, 0.1]], requires_grad=True)
    confidence = decide(probability, 0.5, None).confidence()
    assert confidence.tolist() == [[1.0, 1.0, 1.0]]
    (confidence * torch.tensor([[2.0, 3.0, 5.0]])).sum().backward()
    assert probability.grad is not None
    assert probability.grad.tolist() == [[2.0, 3.0, -5.0]]


def test_ratio_loss_is_least_at_the_target() -> None:
    def loss(kept: int) -> float:
        probability = torch.zeros(1, 60)
        probability[0, :kept] = 1
        return float(stream_ratio_loss(decide(probability, 0.5, None), 3.0))

    values = {kept: loss(kept) for kept in range(1, 61)}
    assert min(values, key=lambda kept: values[kept]) == 20
    assert values[20] == pytest.approx(1.0)


def test_ratio_loss_skips_padding() -> None:
    probability = torch.tensor([[1.0, 0.2, 0.7, 0.9]])
    short = stream_ratio_loss(decide(probability[:, :3], 0.5, None), 3.0)
    padded = stream_ratio_loss(decide(probability, 0.5, torch.tensor([[True, True, True, False]])), 3.0)
    torch.testing.assert_close(padded, short)


def test_repeated_decision() -> None:
    routing = decide(torch.tensor([[1.0, 0.0, 1.0]]), 0.5, None)
    twice: StreamRouting = routing.repeated(2)
    assert twice.positions.tolist() == [[0, 2], [0, 2]]
    assert twice.kept_mask is None
