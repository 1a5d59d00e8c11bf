"""Guidance as wrappers of velocities: classifier-free, and by what a classifier says."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import pairwise

import torch
from torch import Tensor

from mmhnet_cli.flow.solvers import Velocity

PairedVelocity = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]
"""(latents (B, L, C), t (B,)) -> real and null velocity, (B, L, C) each, from one batched pass."""

EARLY = 0.01
"""The share of a step that counts as the next one's already."""

CLASSIFIED_FROM, CLASSIFIED_TO = 0.1, 0.7
"""Before, nobody could say what is heard; after, what is heard has been decided."""


def guided(velocity: Velocity, paired_velocity: PairedVelocity, guidance_scale: float) -> Velocity:
    """Return v = null + scale (real - null). At scale 1 this is the real velocity, and the null pass is never made."""
    if guidance_scale == 1:
        return velocity

    def guide(latents: Tensor, t: Tensor) -> Tensor:
        real, null = paired_velocity(latents, t)
        return null + guidance_scale * (real - null)

    return guide


def in_turn(velocities: Sequence[Velocity], times: Tensor) -> Velocity:
    """Take the velocities by turns, each for a step of the grid `times` (N + 1,): about their mean, at the cost of one.

    At the end of a step it is the next one's turn, so heun, which looks there, takes the mean of two.
    """
    if len(velocities) == 1:
        return velocities[0]
    # A step ends a little early, because t may lie a rounding error before the next one.
    ends = [end - EARLY * (end - begin) for begin, end in pairwise(times.tolist())]

    def velocity(latents: Tensor, t: Tensor) -> Tensor:
        step = bisect_right(ends, float(t[0]))
        return velocities[step % len(velocities)](latents, t)

    return velocity


def classifier_guided(velocity: Velocity, gradient: Velocity, scale: float, bound: float) -> Velocity:
    """Return v + scale (1 - t) / t gradient: classifier guidance (Dhariwal and Nichol 2021) on the straight path, where
    the score of x_t counts (1 - t) / t in the velocity.

    gradient: (latents (B, L, C), t (B,)) -> (B, L, C), by x_t, of the logarithm of a probability. It moves the velocity
    of a latent step at most `bound` times as far as that is long.
    """

    def guide(latents: Tensor, t: Tensor) -> Tensor:
        found = velocity(latents, t)
        if not CLASSIFIED_FROM <= float(t[0]) < CLASSIFIED_TO:
            return found
        time = t.view(-1, 1, 1).float()
        push = scale * (1 - time) / time * gradient(latents, t).float()
        longest = bound * found.float().norm(dim=-1, keepdim=True)
        share = (longest / push.norm(dim=-1, keepdim=True).clamp_min(torch.finfo(torch.float32).tiny)).clamp_max(1)
        return found + (push * share).to(found.dtype)

    return guide
