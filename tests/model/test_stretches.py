"""Where tokens lie in time."""

from fractions import Fraction

import pytest
import torch

from mmhnet_cli.model.stretches import SHARES, place_in_stretches, stretch_of_tokens, sum_of_window, window_starts

CPU = torch.device("cpu")


@pytest.mark.parametrize("rate_hz", [Fraction(44100, 2048), Fraction(44100, 1024), Fraction(31250, 1000), Fraction(8)])
@pytest.mark.parametrize("window_s", [1.5, 8.0, 10.0])
def test_a_stretch_is_a_fifth_of_the_window_at_every_rate(rate_hz: Fraction, window_s: float) -> None:
    stretch = stretch_of_tokens(100_000, rate_hz, window_s, CPU)
    begins = [Fraction(index) / rate_hz for index in (0, 1, 17, 4321, 99_999)]
    expected = [int(second / (Fraction(window_s) / SHARES)) for second in begins]
    assert stretch[[0, 1, 17, 4321, 99_999]].tolist() == expected
    assert torch.equal(stretch[:500], stretch_of_tokens(500, rate_hz, window_s, CPU))


def test_there_and_back() -> None:
    stretch = torch.tensor([[0, 0, 2, 2, 2, 5], [1, 1, 3, 0, 0, 0]])
    mask = torch.tensor([[True] * 6, [True] * 3 + [False] * 3])
    places = place_in_stretches(stretch, mask, 6, torch.tensor([6, 4]))
    tokens = torch.arange(1.0, 13).view(2, 6, 1)
    spread = places.spread(tokens)
    assert spread[0, :, :, 0].tolist() == [[1, 2, 0], [0, 0, 0], [3, 4, 5], [0, 0, 0], [0, 0, 0], [6, 0, 0]]
    assert spread[1, :, :, 0].tolist() == [[0, 0, 0], [7, 8, 0], [0, 0, 0], [9, 0, 0], [0, 0, 0], [0, 0, 0]]
    assert torch.equal(places.gather(spread), tokens * mask.unsqueeze(-1))
    assert places.stretch.tolist() == [[0, 0, 2, 2, 2, 5], [1, 1, 3, 6, 6, 6]]


def test_a_window_is_two_stretches_on_each_side() -> None:
    sums = torch.tensor([1.0, 10, 100, 1000, 10_000, 100_000]).view(1, 6, 1)
    assert sum_of_window(sums).flatten().tolist() == [111, 1111, 11_111, 111_110, 111_100, 111_000]


def test_windows_lie_within_their_film() -> None:
    ends = torch.tensor([8, 6, 3])
    stretch = torch.arange(8).expand(3, -1)
    starts = window_starts(place_in_stretches(stretch, stretch < ends.unsqueeze(1), 8, ends))
    assert starts.tolist() == [[0, 0, 0, 1, 2, 3, 3, 3], [0, 0, 0, 1, 1, 1, 1, 1], [0] * 8]
