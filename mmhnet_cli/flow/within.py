"""Sampling a part of a sequence amid what is known of it.

On the straight path from noise to data, where the data are known, the velocity is known too: it is their difference, at
every t. Known latents with that velocity stay on their path, and the free ones between them are sampled in their
company, at every step as noisy as they are.
"""

import torch
from torch import Tensor

from mmhnet_cli.flow.path import target_velocity
from mmhnet_cli.flow.solvers import Velocity


def within(velocity: Velocity, start: Tensor, known: Tensor, free: Tensor) -> Velocity:
    """Return the velocity that samples what is free, and leads all else to `known`.

    start: the noise that the solver begins with, known: data, both (B, L, C); free (B, L) bool.
    """
    path, free = target_velocity(start, known), free.unsqueeze(-1)

    def velocity_within(x: Tensor, t: Tensor) -> Tensor:
        return torch.where(free, velocity(x, t), path)

    return velocity_within
