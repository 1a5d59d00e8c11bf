"""Decisions of the routers and the ratio loss."""

import pytest
import torch

from mmhnet_cli.model.config import RoutingConfig
from mmhnet_cli.model.routing import (
    MultimodalRouter,
    StreamRouting,
    TemporalRouter,
    decide,
    kept_share,
    stream_ratio_loss,
)


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
