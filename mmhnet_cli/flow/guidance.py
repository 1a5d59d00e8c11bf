"""Classifier-free guidance as a wrapper of velocities."""

from collections.abc import Callable

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
