"""Windows over a long sequence: the plan, the blend, and films of windows solved as one."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import Tensor

from mmhnet_cli.flow.noise import noise
from mmhnet_cli.flow.solvers import SOLVERS, Velocity, euler
from mmhnet_cli.flow.times import uniform_times
from mmhnet_cli.flow.windows import WindowPlan, blend, groups, plan_windows, regular_starts, split, windowed
from tests.seams import SeamRatio, edge_ratio

PLANS = {
    "one": plan_windows((0,), 7),
    "two": plan_windows((0, 4), 7),
    "no_overlap": plan_windows((0, 7), 7),
    "uneven_end": plan_windows((0, 207, 220), 345),
    "five_deep": plan_windows(regular_starts(50, 2), 11),
    "training": plan_windows(regular_starts(12920 - 345, 207), 345),
}
plans = pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)


def draw(*shape: int, dtype: torch.dtype = torch.float64) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(3), dtype=dtype)


def spread(plan: WindowPlan) -> Tensor:
    """The shares on the sequence, (windows, L)."""
    shares = torch.zeros(len(plan.starts), plan.latents)
    for row, start, weight in zip(shares, plan.starts, plan.shares, strict=True):
        row[start : start + plan.length] = weight
    return shares


@plans
def test_shares_sum_to_exactly_one(plan: WindowPlan) -> None:
    shares = spread(plan)
    assert shares.dtype == torch.float32
    # In float32 and in either order: not one latent is a rounding error off.
    assert (shares.sum(0) == 1).all()
    assert (shares.flip(0).cumsum(0)[-1] == 1).all()
    assert all(sum(map(Fraction, column)) == 1 for column in shares[:, :40].T.tolist())
    assert ((shares >= 0) & (shares <= 1)).all()


def test_two_windows_meet_in_a_raised_cosine() -> None:
    plan = plan_windows((0, 60), 100)
    place = (torch.arange(40, dtype=torch.float64) + 0.5) / 40
    rise = (1 - torch.cos(torch.pi * place)) / 2
    assert plan.shares.tolist()[0][:60] == [1.0] * 60
    assert plan.shares.tolist()[1][40:] == [1.0] * 60
    torch.testing.assert_close(plan.shares[1, :40].double(), rise, rtol=0, atol=1e-6)
    torch.testing.assert_close(plan.shares[0, 60:].double(), rise.flip(0), rtol=0, atol=1e-6)


@pytest.mark.parametrize("name", ["two", "uneven_end", "five_deep", "training"])
def test_shares_are_smooth_and_small_at_the_edges(name: str) -> None:
    plan = PLANS[name]
    overlaps = [before + plan.length - after for before, after in pairwise(plan.starts)]
    steps = torch.nn.functional.pad(spread(plan), (1, 1)).diff(dim=1)[:, 1:-1]
    # The slope of a raised cosine is pi / 2 over its length; a third window adds at most as much again.
    assert steps.abs().max() < torch.pi / min(overlaps)


def test_starts_end_with_the_sequence() -> None:
    assert regular_starts(0, 5) == (0,)
    assert regular_starts(3, 5) == (0, 3)
    assert regular_starts(10, 5) == (0, 5, 10)
    assert regular_starts(11, 5) == (0, 5, 10, 11)
    assert regular_starts(1000, 5)[:150] == regular_starts(2000, 5)[:150]
    assert plan_windows(regular_starts(11, 5), 7).latents == 18


@pytest.mark.parametrize("starts", [(), (1, 3), (0, 3, 3), (0, 4, 2), (0, 8)])
def test_windows_that_do_not_cover_are_refused(starts: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="windows of 7 latents at"):
        plan_windows(starts, 7)


def test_edges_are_where_the_set_of_windows_changes() -> None:
    assert PLANS["one"].edges == ()
    assert PLANS["two"].edges == (4, 7)
    assert PLANS["no_overlap"].edges == (7,)
    assert PLANS["uneven_end"].edges == (207, 220, 345, 552)


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_groups_hold_every_window_once(size: int) -> None:
    count = len(PLANS["training"].starts)
    found = groups([PLANS["training"]], size)
    assert [index for group in found for index in range(count)[group]] == list(range(count))
    assert max(group.stop - group.start for group in found) == min(size, count)


@plans
def test_split_holds_the_sequence_and_blend_restores_it(plan: WindowPlan) -> None:
    latents = draw(1, plan.latents, 3)
    windows = split(latents, plan)
    assert windows.shape == (len(plan.starts), plan.length, 3)
    for window, start in zip(windows, plan.starts, strict=True):
        assert torch.equal(window, latents[0, start : start + plan.length])
    torch.testing.assert_close(blend(windows, plan), latents, rtol=1e-14, atol=1e-14)
    # Weights times 1 or -1 are not rounded, so what is blended is the same number to the bit.
    signs = latents.sign().float()
    assert torch.equal(blend(split(signs, plan), plan), signs)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
def test_one_window_is_unchanged(dtype: torch.dtype) -> None:
    velocities = draw(1, 7, 3, dtype=torch.float32).to(dtype)
    out = blend(velocities, PLANS["one"])
    assert out.dtype == dtype
    assert torch.equal(out, velocities)


def test_latents_of_one_window_keep_its_velocity() -> None:
    plan = plan_windows((0, 60), 100)
    velocities = draw(2, 100, 3, dtype=torch.float32)
    out = blend(velocities, plan)
    assert torch.equal(out[0, :60], velocities[0, :60])
    assert torch.equal(out[0, 100:], velocities[1, 40:])


def per_latent(latents: Tensor, t: Tensor) -> Tensor:
    """A velocity that sees each latent alone, and the time."""
    return torch.sin(3 * latents) * (1 + t.view(-1, 1, 1)) - 0.4 * latents


@plans
@pytest.mark.parametrize("name", sorted(SOLVERS))
def test_what_sees_each_latent_alone_is_solved_as_one(plan: WindowPlan, name: str) -> None:
    start, times = draw(1, plan.latents, 2), uniform_times(4).double()
    velocity = windowed(lambda x, t, which: per_latent(x, t), [plan], 3)
    whole = SOLVERS[name](per_latent, start, times, lambda done, total: None)
    joined = SOLVERS[name](velocity, start, times, lambda done, total: None)
    torch.testing.assert_close(joined, whole, rtol=1e-12, atol=1e-12)


def test_every_window_gets_its_number_its_time_and_the_batch() -> None:
    plan, seen = PLANS["uneven_end"], []

    def velocity(latents: Tensor, t: Tensor, which: slice) -> Tensor:
        seen.append((which, tuple(latents.shape), t.tolist()))
        return torch.arange(3.0)[which].view(-1, 1, 1).expand_as(latents)

    out = windowed(velocity, [plan], 2)(torch.zeros(1, plan.latents, 1), torch.tensor([0.5]))
    assert seen == [(slice(0, 2), (2, 345, 1), [0.5, 0.5]), (slice(2, 3), (1, 345, 1), [0.5])]
    expected = (spread(plan) * torch.arange(3.0).unsqueeze(1)).sum(0)
    torch.testing.assert_close(out[0, :, 0], expected)


@plans
def test_the_batch_changes_nothing(plan: WindowPlan) -> None:
    def velocity(latents: Tensor, t: Tensor, which: slice) -> Tensor:
        return latents.mean(1, keepdim=True) + latents.roll(1, 1) * t.view(-1, 1, 1)

    latents, t = draw(1, plan.latents, 3), torch.tensor([0.3], dtype=torch.float64)
    outs = [windowed(velocity, [plan], batch)(latents, t) for batch in (1, 2, 8, 1000)]
    assert all(torch.equal(outs[0], out) for out in outs[1:])


@pytest.mark.parametrize("at_once", [1, 2, 100])
def test_sequences_side_by_side_are_each_as_alone(at_once: int) -> None:
    """Of other lengths, windows and times; what one window is told depends on its own sequence alone."""
    several = [PLANS["uneven_end"], plan_windows((0,), 100), plan_windows((0, 60), 100), plan_windows((0,), 345)]
    longest = max(plan.latents for plan in several)
    times = torch.arange(4, dtype=torch.float64) / 4
    latents = torch.zeros(4, longest, 3, dtype=torch.float64)
    for row, plan in enumerate(several):
        latents[row, : plan.latents] = draw(1, plan.latents, 3)[0]
    told: list[int] = []

    def velocity(windows: Tensor, t: Tensor, which: slice) -> Tensor:
        told.extend(range(which.start, which.stop))
        assert windows.shape[1] == 345
        return per_latent(windows, t)

    out = windowed(velocity, several, at_once)(latents, times)
    assert told == list(range(7))
    for row, plan in enumerate(several):
        own = slice(row, row + 1)
        alone = windowed(lambda x, t, which: per_latent(x, t), [plan], 8)(latents[own, : plan.latents], times[own])
        assert torch.equal(out[own, : plan.latents], alone)
        assert not out[row, plan.latents :].any()


def test_a_step_between_windows_becomes_a_ramp() -> None:
    """Windows that disagree by 1: nowhere does the blend move by more than the raised cosine's steepest step."""
    plan = PLANS["training"]

    def velocity(latents: Tensor, t: Tensor, which: slice) -> Tensor:
        level = torch.arange(len(plan.starts), dtype=latents.dtype)[which] % 2
        return level.view(-1, 1, 1).expand_as(latents)

    step: Velocity = windowed(velocity, [plan], 8)
    out = step(torch.zeros(1, plan.latents, 1, dtype=torch.float64), torch.zeros(1))[0, :, 0]
    assert out.min() == 0
    assert out.max() == 1
    assert out.diff().abs().max() < 1.1 * torch.pi / 2 / (345 - 207)


def one_level_or_the_other(latents: Tensor, t: Tensor) -> Tensor:
    """The exact velocity for data whose every clip is 1 or -1 throughout, plus normal deviations of 0.2.

    With d = (1 - t)^2 + 0.04 t^2 the data are expected at s + 0.04 t (x - t s) / d, given their level s, whose
    expectation is tanh(t / d sum x). Every window must make up its mind, as a network does about the kind of a sound.
    """
    time = t.view(-1, 1, 1)
    d = (1 - time) ** 2 + 0.04 * time**2
    level = torch.tanh(time / d * latents.sum(1, keepdim=True))
    data = level + 0.04 * time / d * (latents - time * level)
    return (data - latents) / (1 - time)


def solve_levels(hop: int) -> tuple[SeamRatio, float]:
    """Seams of 20 windows' length in windows of 250, and how far the windows have made up their minds, 0 to 1."""
    plan = plan_windows(regular_starts(19 * 250, hop), 250)
    velocity = windowed(lambda x, t, which: one_level_or_the_other(x, t), [plan], 4)
    end = euler(velocity, noise(5, plan.latents, 1).double(), uniform_times(50).double())[0, :, 0].numpy()
    steps = np.abs(np.diff(end))
    between = np.arange(len(steps)) + 0.5
    return edge_ratio(steps, between, np.array(plan.edges) - 0.5, 1.0), float(np.abs(end).mean())


def test_windows_that_decide_for_themselves_leave_no_seam_where_they_overlap() -> None:
    apart, decided = solve_levels(250)
    assert decided > 0.9
    assert apart.median > 1.5
    assert apart.largest > 2
    together, decided = solve_levels(150)
    assert decided > 0.8
    assert together.median < 1.2
    assert together.largest < 1.2
