"""A long latent sequence as overlapping windows of one length, denoised together: each is evaluated by itself at every
step, and the velocities are blended over the overlaps.

The windows share one noise and one state, so they agree where they overlap and no seam is left (Bar-Tal et al. 2023,
"MultiDiffusion", along time and for velocities).
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor

from mmhnet_cli.flow.solvers import Velocity

WindowsVelocity = Callable[[Tensor, Tensor, slice], Tensor]
"""(latents (N, length, C), t (N,), which N of the windows) -> velocity (N, length, C)."""

WEIGHT_STEPS = 2**20
"""Weights are multiples of 1 / WEIGHT_STEPS, so that float32 adds them up without rounding."""


@dataclass(frozen=True)
class WindowPlan:
    """Windows that cover a sequence without a gap."""

    starts: tuple[int, ...]
    """Each window begins at such a latent; they rise from 0."""
    length: int
    """Every window has so many latents."""
    shares: Tensor
    """They are (windows, length) float32, the share of each window in the blend; at every latent they sum to exactly
    1.
    """

    @property
    def latents(self) -> int:
        """Return L, how many latents the sequence has; the last window ends with it."""
        return self.starts[-1] + self.length

    @property
    def edges(self) -> tuple[int, ...]:
        """Return the latents inside the sequence where a window begins or has just ended: where a seam would be."""
        ends = (start + self.length for start in self.starts[:-1])
        return tuple(sorted({*self.starts[1:], *ends}))


def regular_starts(last: int, hop: int) -> tuple[int, ...]:
    """Return 0, hop, 2 hop, ... and `last`, however near that is: a longer sequence begins as a shorter one.

    For L latents in windows of W, `last` is L - W.
    """
    return (*range(0, last, hop), last)


def plan_windows(starts: Sequence[int], length: int) -> WindowPlan:
    """Return the plan with these starts. Raises ValueError where windows leave a gap, or do not rise from 0."""
    steps = [after - before for before, after in pairwise(starts)]
    if not starts or starts[0] != 0 or any(not 0 < step <= length for step in steps):
        raise ValueError(f"windows of {length} latents at {list(starts)} do not cover a sequence one after the other")
    return WindowPlan(tuple(starts), length, _shares(starts, length))


def _shares(starts: Sequence[int], length: int) -> Tensor:
    """Each window fades in over the one before it, and takes that share of what the windows after it leave.

    Where two windows overlap, these are the two halves of a raised cosine; where more do, shares still sum to 1.
    """
    shares = torch.empty(len(starts), length)
    left = torch.ones(starts[-1] + length, dtype=torch.float64)
    for index in range(len(starts) - 1, -1, -1):
        overlap = starts[index - 1] + length - starts[index] if index else 0
        rise = torch.ones(length, dtype=torch.float64)
        rise[:overlap] = (math.pi / 2 * (torch.arange(overlap, dtype=torch.float64) + 0.5) / overlap).sin().square()
        here = left[starts[index] : starts[index] + length]
        share = (rise * here * WEIGHT_STEPS).round() / WEIGHT_STEPS
        shares[index] = share
        here -= share
    return shares


def split(latents: Tensor, plan: WindowPlan) -> Tensor:
    """Cut a sequence into its windows. latents (1, L, C) -> (windows, length, C)."""
    return torch.stack([latents[0, start : start + plan.length] for start in plan.starts])


def blend(velocities: Tensor, plan: WindowPlan) -> Tensor:
    """Blend the windows to one sequence, (windows, length, C) -> (1, L, C), added up in float32 or better.

    A latent that only one window covers keeps its value to the bit.
    """
    exact = torch.promote_types(velocities.dtype, torch.float32)
    shares = plan.shares.to(velocities.device, exact).unsqueeze(-1)
    whole = torch.zeros(plan.latents, velocities.shape[2], dtype=exact, device=velocities.device)
    for start, velocity, weight in zip(plan.starts, velocities, shares, strict=True):
        whole[start : start + plan.length] += weight * velocity
    return whole.unsqueeze(0).to(velocities.dtype)


def groups(plans: Sequence[WindowPlan], size: int) -> tuple[slice, ...]:
    """Return which windows are taken at once: those of all plans in turn, `size` of them at most."""
    count = sum(len(plan.starts) for plan in plans)
    return tuple(slice(first, min(first + size, count)) for first in range(0, count, size))


def windowed(velocity_of_windows: WindowsVelocity, plans: Sequence[WindowPlan], at_once: int) -> Velocity:
    """Return the velocity of whole sequences, (B, L, C), from those of their windows, `at_once` of them together.

    plans: one for each sequence; their windows are counted on from one sequence to the next. Sequences and windows that
    are shorter than the longest are padded at the end with zeros.
    """
    counts = [len(plan.starts) for plan in plans]
    longest = max(plan.length for plan in plans)
    owner = torch.arange(len(plans)).repeat_interleave(torch.tensor(counts))

    def velocity(latents: Tensor, t: Tensor) -> Tensor:
        cut = [split(latents[row : row + 1, : plan.latents], plan) for row, plan in enumerate(plans)]
        windows = torch.cat([_to_length(own, longest) for own in cut])
        times = t[owner.to(t.device)]
        turns = groups(plans, at_once)
        found = torch.cat([velocity_of_windows(windows[turn], times[turn], turn) for turn in turns]).split(counts)
        wholes = [blend(own[:, : plan.length], plan) for own, plan in zip(found, plans, strict=True)]
        return torch.cat([_to_length(whole, latents.shape[1]) for whole in wholes])

    return velocity


def _to_length(tokens: Tensor, length: int) -> Tensor:
    return F.pad(tokens, (0, 0, 0, length - tokens.shape[1]))
