"""Solvers of dx/dt = v(x, t) over a grid of times: pure functions of velocity, start and grid."""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from torch import Tensor

from mmhnet_cli.options import SolverName

Velocity = Callable[[Tensor, Tensor], Tensor]
"""(latents (B, L, C), t (B,)) -> velocity (B, L, C)."""

Progress = Callable[[int, int], None]
"""Called after each step with the steps done and the steps in all."""

Solver = Callable[[Velocity, Tensor, Tensor, Progress], Tensor]
"""It takes velocity, start (B, L, C), times (N + 1,) and progress, and returns the end (B, L, C)."""


def silent(done: int, total: int) -> None:
    """Tell nobody of the progress."""


def euler(velocity: Velocity, start: Tensor, times: Tensor, progress: Progress = silent) -> Tensor:
    """Solve to first order, with one evaluation a step, at its left end. start (B, L, C), times (N + 1,) -> (B, L,
    C).
    """
    x = start
    for t, step in _steps(times, start, progress):
        x = x + step * velocity(x, t)
    return x


def midpoint(velocity: Velocity, start: Tensor, times: Tensor, progress: Progress = silent) -> Tensor:
    """Solve to second order, with two evaluations a step: the velocity half a step ahead. Shapes as `euler`."""
    x = start
    for t, step in _steps(times, start, progress):
        half = x + step / 2 * velocity(x, t)
        x = x + step * velocity(half, t + step / 2)
    return x


def heun(velocity: Velocity, start: Tensor, times: Tensor, progress: Progress = silent) -> Tensor:
    """Solve to second order, with two evaluations a step: the mean of the velocities at both ends. Shapes are those of
    `euler`."""
    x = start
    for t, step in _steps(times, start, progress):
        first = velocity(x, t)
        second = velocity(x + step * first, t + step)
        x = x + step / 2 * (first + second)
    return x


def _steps(times: Tensor, start: Tensor, progress: Progress) -> Iterator[tuple[Tensor, float]]:
    """Yield left end (B,) and size of each step; progress is told once the step is done."""
    grid = times.tolist()
    for index in range(len(grid) - 1):
        # A step is a plain number: it leaves latents of half precision as they are.
        yield times[index].to(start.device).expand(start.shape[0]), grid[index + 1] - grid[index]
        progress(index + 1, len(grid) - 1)


SOLVERS: Mapping[SolverName, Solver] = MappingProxyType({"euler": euler, "midpoint": midpoint, "heun": heun})
"""Every solver by the name that a user chooses it by."""
