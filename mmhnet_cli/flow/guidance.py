"""Classifier-free guidance as a wrapper of velocities."""

import math
from collections.abc import Callable, Sequence

from torch import Tensor

from mmhnet_cli.flow.solvers import Velocity

PairedVelocity = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]
"""(latents (B, L, C), t (B,)) -> real and null velocity, (B, L, C) each, from one batched pass."""


def guided(velocity: Velocity, paired_velocity: PairedVelocity, guidance_scale: float) -> Velocity:
    """v = null + scale (real - null). At scale 1 this is the real velocity, and the null pass is never made."""
    if guidance_scale == 1:
        return velocity

    def guide(latents: Tensor, t: Tensor) -> Tensor:
        real, null = paired_velocity(latents, t)
        return null + guidance_scale * (real - null)

    return guide


def in_turn(velocities: Sequence[Velocity], steps: int) -> Velocity:
    """The velocities by turns, each for a step of the uniform time grid: about their mean, at the cost of one.

    At the end of a step it is the next one's turn, so heun, which looks there, takes the mean of two.
    """
    if len(velocities) == 1:
        return velocities[0]

    def velocity(latents: Tensor, t: Tensor) -> Tensor:
        # A little more, because t may lie a rounding error before its step.
        step = math.floor(float(t[0]) * steps + 0.01)
        return velocities[step % len(velocities)](latents, t)

    return velocity
