"""Guidance."""

import pytest
import torch
from torch import Tensor

from mmhnet_cli.flow.guidance import guided, in_turn
from mmhnet_cli.flow.solvers import SOLVERS, Velocity
from mmhnet_cli.flow.times import uniform_times

X, T = torch.randn(1, 4, 2), torch.tensor([0.5])


def real(x: Tensor, t: Tensor) -> Tensor:
    return x + 1


def pair(x: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
    return x + 1, 2 * x


def test_scale_one_is_no_guidance_and_no_null_pass() -> None:
    def never(x: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
        raise AssertionError("the null pass was made")

    assert guided(real, never, 1.0) is real


def test_scale_weighs_real_against_null() -> None:
    torch.testing.assert_close(guided(real, pair, 4.5)(X, T), 4.5 * (X + 1) - 3.5 * 2 * X)
    torch.testing.assert_close(guided(real, pair, 0.0)(X, T), 2 * X)


def test_scales_near_one_meet_it() -> None:
    torch.testing.assert_close(guided(real, pair, 1 + 1e-6)(X, T), guided(real, pair, 1)(X, T), rtol=1e-4, atol=1e-4)


def test_one_velocity_has_every_turn() -> None:
    assert in_turn([real], uniform_times(5)) is real


@pytest.mark.parametrize("steps", [1, 2, 7, 25, 100])
def test_turns_change_with_every_step_whatever_their_number(steps: int) -> None:
    times = uniform_times(steps)
    velocity = in_turn([lambda x, t: torch.zeros_like(x), lambda x, t: torch.ones_like(x)], times)
    told = [float(velocity(X, t.unsqueeze(0)).mean()) for t in times[:-1]]
    assert told == [float(step % 2) for step in range(steps)]


@pytest.mark.parametrize(
    "times",
    [uniform_times(3), uniform_times(3).square(), torch.tensor([0, 0.9, 0.901, 1])],
    ids=["even", "late", "odd"],
)
@pytest.mark.parametrize(
    ("solver", "expected"),
    [("euler", [0, 1, 0]), ("midpoint", [0, 0, 1, 1, 0, 0]), ("heun", [0, 1, 1, 0, 0, 1])],
)
def test_turns_of_each_solver_on_any_grid(solver: str, expected: list[int], times: torch.Tensor) -> None:
    told: list[int] = []

    def telling(number: int) -> Velocity:
        def velocity(x: Tensor, t: Tensor) -> Tensor:
            told.append(number)
            return torch.zeros_like(x)

        return velocity

    SOLVERS[solver](in_turn([telling(0), telling(1)], times), X, times)
    assert told == expected
