"""A part sampled amid what is known."""

import pytest
import torch

from mmhnet_cli.flow.solvers import SOLVERS
from mmhnet_cli.flow.times import uniform_times
from mmhnet_cli.flow.within import within


@pytest.mark.parametrize("solver", list(SOLVERS))
def test_what_is_known_is_reached_and_seen_on_its_path(solver: str) -> None:
    generator = torch.Generator().manual_seed(0)
    start, known = (torch.randn(1, 6, 3, generator=generator, dtype=torch.float64) for _ in range(2))
    free = torch.tensor([[False, False, True, True, False, False]])
    seen = []

    def velocity(x: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        seen.append((float(t.flatten()[0]), x.clone()))
        # The free part goes where its neighbours are.
        return x.roll(1, 1) - x

    made = SOLVERS[solver](within(velocity, start, known, free), start, uniform_times(8), lambda step, steps: None)
    assert torch.allclose(made[~free], known[~free], atol=1e-12)
    assert not torch.allclose(made[free], known[free], atol=0.1)
    for t, x in seen:
        assert torch.allclose(x[~free], torch.lerp(start, known, t)[~free], atol=1e-12)


def test_all_free_is_the_velocity_itself() -> None:
    start = torch.randn(2, 4, 3)
    whole = within(lambda x, t: 2 * x, start, torch.zeros_like(start), torch.ones(2, 4, dtype=torch.bool))
    assert torch.equal(whole(start, torch.zeros(2)), 2 * start)
