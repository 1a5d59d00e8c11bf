"""Placing sound between two channels."""

import pytest
import torch

from mmhnet_cli.codec.stereo import pan_at, placed


def test_pan_is_a_line_between_the_centres_of_latents() -> None:
    pan = pan_at(torch.tensor([-1.0, 0.0, 0.5]), 0, 24, 8)
    assert pan[:4].tolist() == pytest.approx([-1, -1, -1, -1])
    assert pan[4:12].tolist() == pytest.approx([(k + 0.5) / 8 - 1 for k in range(8)])
    assert pan[12:20].tolist() == pytest.approx([(k + 0.5) / 16 for k in range(8)])
    assert pan[20:].tolist() == pytest.approx([0.5] * 4)


@pytest.mark.parametrize(("first", "count"), [(0, 7), (5, 1), (7, 17), (30, 4)])
def test_pan_of_a_piece_is_a_piece_of_the_pan(first: int, count: int) -> None:
    curve = torch.rand(5, generator=torch.Generator().manual_seed(0)) * 2 - 1
    assert torch.equal(pan_at(curve, first, count, 8), pan_at(curve, 0, 40, 8)[first : first + count])


def test_the_edge_is_one_channel_alone() -> None:
    middle, side = torch.randn(2, 50, generator=torch.Generator().manual_seed(0))
    left = placed(middle, side, torch.full((50,), -1.0), 1.0)
    assert torch.equal(left, torch.stack([2 * middle, torch.zeros(50)]))
    right = placed(middle, side, torch.ones(50), 1.0)
    assert torch.equal(right, left.flip(0))


def test_the_mean_is_the_middle_wherever_it_is() -> None:
    middle, side, pan = torch.randn(3, 50, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    assert torch.allclose(placed(middle, side, pan.tanh(), 0.7).mean(0), middle, atol=1e-12)


def test_tones_are_in_the_middle_and_noise_at_both_sides() -> None:
    middle, side = torch.randn(2, 50, generator=torch.Generator().manual_seed(0))
    both = placed(middle, side, torch.zeros(50), 1.0)
    assert torch.equal(both, torch.stack([middle + side, middle - side]))
