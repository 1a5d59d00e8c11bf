"""Preconditioning: the linear guess is the best there is, and what it leaves has unit scale."""

import pytest
import torch

from mmhnet_cli.flow.path import point_on_path, target_velocity
from mmhnet_cli.model.preconditioning import Preconditioning

SPREAD = torch.tensor([0.5, 1.0, 7.0])
TIMES = [0.0, 0.04, 0.3, 0.5, 0.9, 1.0]


def drawn(time: float, count: int = 40_000) -> tuple[Preconditioning, torch.Tensor, torch.Tensor, torch.Tensor]:
    """The module with times (1,), points on the path and their velocities (1, count, 3)."""
    module = Preconditioning(3)
    module.spread.copy_(SPREAD)
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn(1, count, 3, generator=generator)
    data = torch.randn(1, count, 3, generator=generator) * SPREAD
    t = torch.tensor([time])
    return module, t, point_on_path(noise, data, t), target_velocity(noise, data)


@pytest.mark.parametrize("time", TIMES)
def test_what_enters_has_unit_scale(time: float) -> None:
    module, t, latents, _ = drawn(time)
    torch.testing.assert_close(module.enter(latents, t).std((0, 1)), torch.ones(3), atol=0.02, rtol=0)


@pytest.mark.parametrize("time", TIMES)
def test_what_is_left_to_learn_has_unit_scale_and_is_not_linear_in_what_enters(time: float) -> None:
    module, t, latents, velocity = drawn(time)
    zero, one = (module.leave(latents, t, torch.full_like(latents, value)) for value in (0.0, 1.0))
    left = (velocity - zero) / (one - zero)
    torch.testing.assert_close(left.std((0, 1)), torch.ones(3), atol=0.02, rtol=0)
    shared = (left * module.enter(latents, t)).mean((0, 1))
    torch.testing.assert_close(shared, torch.zeros(3), atol=0.02, rtol=0)


def test_half_precision_stays_half() -> None:
    module, t, latents, _ = drawn(0.3, 10)
    half = latents.bfloat16()
    assert module.enter(half, t).dtype == module.leave(half, t, half).dtype == torch.bfloat16
