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
    up, down = (above > level) & (above >= below), (below > level) & (below > above)
    leader = torch.arange(level.shape[2], device=level.device) + up.long() - down.long()
    for _ in range(level.shape[2].bit_length()):
        leader = leader.gather(2, leader)
    return leader


def locked_turns(cycles: Tensor, leader: Tensor, before: PhaseState) -> Tensor:
    """Phases (B, n, O) in turns of what moves on by `cycles` (B, n, O) float64 turns per frame.

    An oscillator takes the phase that stood in its leader's place a frame before, plus the mean of both frequencies.
    """
    previous = torch.cat([before.cycles[:, None], cycles[:, :-1]], dim=1)
    turns, frames = before.turns, []
    for step, place in zip(((cycles + previous) / 2).unbind(1), leader.unbind(1), strict=True):
        turns = (turns + step).gather(1, place)
        frames.append(turns)
    return torch.stack(frames, dim=1) % 1.0
