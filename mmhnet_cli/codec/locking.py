"""Oscillators that stand for one partial follow the loudest of them, so that they add and never cancel.

When a partial glides from one oscillator's reach into the next one's, the next goes on with the phase that stood in its
place (the phase locking of Laroche and Dolson, 1999). So a gliding partial stays one partial.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor


@dataclass(frozen=True)
class PhaseState:
    """Oscillators after a frame: phase in turns and frequency in turns per hop, each (B, oscillators) float64."""

    turns: Tensor
    cycles: Tensor


def leaders(level: Tensor, alike: Tensor) -> Tensor:
    """Index (B, n, O) of the oscillator that each one follows: step by step to the loudest neighbour.

    level: (B, n, O). alike: (B, n, O - 1), whether an oscillator and the next may be one partial.
    """
    apart = level.new_full((), float("-inf"))
    below = F.pad(torch.where(alike, level[..., :-1], apart), (1, 0), value=float("-inf"))
    above = F.pad(torch.where(alike, level[..., 1:], apart), (0, 1), value=float("-inf"))
    # The oscillator itself comes first, so that it wins where all are equal.
    step = torch.stack([level, below, above], dim=-1).argmax(-1)
    leader = torch.arange(level.shape[2], device=level.device) + torch.tensor([0, -1, 1], device=level.device)[step]
    for _ in range(level.shape[2].bit_length()):
        leader = leader.gather(2, leader)
    return leader


def locked_turns(cycles: Tensor, leader: Tensor, before: PhaseState | None) -> Tensor:
    """Phases (B, n, O) in turns of what moves on by `cycles` (B, n, O) float64 turns per frame.

    An oscillator takes the phase that its leader's place had a frame before, plus the mean of both frequencies; `locked_turns_ref`
    says it frame by frame. Here steps are joined two by two, then four by four, and so on.
    """
    first = cycles[:, :1] if before is None else before.cycles[:, None]
    previous = torch.cat([first, cycles[:, :-1]], dim=1)
    turns, source = ((cycles + previous) / 2).gather(2, leader), leader.clone()
    reach = 1
    while reach < turns.shape[1]:
        later = source[:, reach:]
        # What is read is a copy by the time that it is written over.
        turns[:, reach:] += turns[:, :-reach].gather(2, later)
        source[:, reach:] = source[:, :-reach].gather(2, later)
        turns -= turns.floor()
        reach *= 2
    if before is not None:
        turns = turns + before.turns[:, None].expand_as(turns).gather(2, source)
    return turns % 1.0


def locked_turns_ref(cycles: Tensor, leader: Tensor, before: PhaseState) -> Tensor:
    """`locked_turns`, frame by frame."""
    turns, last, frames = before.turns, before.cycles, []
    for now, place in zip(cycles.unbind(1), leader.unbind(1), strict=True):
        turns = (turns + (now + last) / 2).gather(1, place) % 1.0
        last = now
        frames.append(turns)
    return torch.stack(frames, dim=1)
