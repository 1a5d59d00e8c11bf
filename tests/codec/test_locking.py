"""Who follows whom, and the phase of those who follow, against closed forms."""

import pytest
import torch
from torch import Tensor

from mmhnet_cli.codec.locking import PhaseState, leaders, locked_turns

LEVEL = torch.tensor([[[1.0, 3.0, 2.0, 0.0, 4.0, 5.0, 5.0, 1.0]]])


def test_everyone_follows_the_peak_that_its_neighbours_lead_up_to() -> None:
    assert leaders(LEVEL, torch.ones(1, 1, 7).bool()).tolist() == [[[1, 1, 1, 5, 5, 5, 6, 6]]]


def test_nobody_follows_what_is_not_alike() -> None:
    assert leaders(LEVEL, torch.zeros(1, 1, 7).bool()).tolist() == [[[0, 1, 2, 3, 4, 5, 6, 7]]]
    alike = torch.tensor([[[True, True, True, True, False, True, True]]])
    assert leaders(LEVEL, alike).tolist() == [[[1, 1, 1, 4, 4, 5, 6, 6]]]


def start(oscillators: int) -> PhaseState:
    return PhaseState(torch.zeros(1, oscillators).double(), torch.zeros(1, oscillators).double())


def test_alone_a_phase_is_the_sum_of_mean_frequencies() -> None:
    cycles = torch.rand(1, 30, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    turns = locked_turns(cycles, torch.arange(4).expand(1, 30, 4), start(4))
    mean = (cycles + torch.cat([torch.zeros(1, 1, 4).double(), cycles[:, :-1]], dim=1)) / 2
    assert torch.allclose(turns, mean.cumsum(1) % 1, atol=1e-12)


def test_a_partial_that_moves_on_takes_its_phase_along() -> None:
    """Oscillator 0 leads for ten frames, then 1, both at 0.3 turns a frame: the phase runs on as if it were one."""
    cycles = torch.full((1, 20, 2), 0.3).double()
    leader = torch.tensor([0] * 10 + [1] * 10)[None, :, None].expand(1, 20, 2)
    turns = locked_turns(cycles, leader, start(2))
    expected = (0.15 + 0.3 * torch.arange(20)).double() % 1
    assert torch.allclose(turns[0, :, 0], expected, atol=1e-12)
    assert torch.equal(turns[..., 0], turns[..., 1])


@pytest.mark.parametrize("cuts", [(1, 17), (20, 39)])
def test_phase_goes_on_from_piece_to_piece(cuts: tuple[int, int]) -> None:
    generator = torch.Generator().manual_seed(1)
    leader = leaders(torch.randn(2, 40, 6, generator=generator), torch.ones(2, 40, 5).bool())
    cycles = torch.rand(2, 40, 6, generator=generator, dtype=torch.float64).gather(2, leader)
    state = PhaseState(torch.zeros(2, 6).double(), cycles[:, 0])
    whole, pieces = locked_turns(cycles, leader, state), list[Tensor]()
    for first, last in ((0, cuts[0]), cuts, (cuts[1], 40)):
        pieces.append(locked_turns(cycles[:, first:last], leader[:, first:last], state))
        state = PhaseState(pieces[-1][:, -1], cycles[:, last - 1])
    assert (torch.cat(pieces, dim=1) - whole + 0.5).remainder(1).sub(0.5).abs().max() < 1e-12
