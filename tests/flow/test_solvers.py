"""Solvers on equations with known solutions."""

import math
from typing import get_args

import pytest
import torch
from torch import Tensor

from mmhnet_cli.errors import BadOption
from mmhnet_cli.flow.solvers import SOLVERS, Solver, euler
from mmhnet_cli.flow.times import uniform_times
from mmhnet_cli.options import SolverName

START = torch.tensor([0.5, 1.0, 2.0], dtype=torch.float64).view(1, 3, 1)
ORDERS: dict[SolverName, int] = {"euler": 1, "midpoint": 2, "heun": 2}
"""What the literature says of each; one that is not here fails its test."""


def growth(x: Tensor, t: Tensor) -> Tensor:
    """dx/dt = x cos t, whose solution is x0 exp(sin t)."""
    return x * torch.cos(t.double()).view(-1, 1, 1)


def error(solver: Solver, steps: int) -> float:
    end = solver(growth, START, torch.linspace(0, 1, steps + 1, dtype=torch.float64), lambda done, total: None)
    return float((end - START * math.exp(math.sin(1))).abs().max())


def test_every_name_of_the_options_is_a_solver() -> None:
    assert get_args(SolverName) == tuple(SOLVERS)


@pytest.mark.parametrize("name", SOLVERS)
def test_order(name: SolverName) -> None:
    solver = SOLVERS[name]
    assert math.log2(error(solver, 64) / error(solver, 128)) == pytest.approx(ORDERS[name], abs=0.1)


@pytest.mark.parametrize("name", sorted(SOLVERS))
def test_a_straight_path_is_solved_in_one_step(name: str) -> None:
    data = torch.randn(2, 5, 3)
    noise = torch.randn(2, 5, 3)
    end = SOLVERS[name](lambda x, t: data - noise, noise, uniform_times(1), lambda done, total: None)
    torch.testing.assert_close(end, data)


def test_euler_is_its_definition() -> None:
    times = torch.tensor([0.0, 0.25, 1.0], dtype=torch.float64)
    middle = START + 0.25 * growth(START, torch.tensor([0.0]))
    assert torch.equal(euler(growth, START, times), middle + 0.75 * growth(middle, torch.tensor([0.25])))


@pytest.mark.parametrize("name", sorted(SOLVERS))
def test_start_is_left_alone_and_progress_is_told(name: str) -> None:
    start, seen = START.clone(), []
    SOLVERS[name](growth, start, uniform_times(3), lambda done, total: seen.append((done, total)))
    assert torch.equal(start, START)
    assert seen == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize("name", sorted(SOLVERS))
def test_half_precision_stays_and_every_item_gets_its_time(name: str) -> None:
    def velocity(x: Tensor, t: Tensor) -> Tensor:
        assert t.shape == (2,)
        return x

    start = torch.ones(2, 3, 1, dtype=torch.bfloat16)
    assert SOLVERS[name](velocity, start, uniform_times(2), lambda done, total: None).dtype == torch.bfloat16


def test_uniform_times() -> None:
    assert uniform_times(4).tolist() == [0, 0.25, 0.5, 0.75, 1]
    with pytest.raises(BadOption, match="steps"):
        uniform_times(0)
