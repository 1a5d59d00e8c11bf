"""Muon: equal steps in all directions of a matrix."""

import math
from pathlib import Path

import pytest
import torch
from torch import nn

from mmhnet_cli.training.muon import Muon, is_matrix, orthogonalised
from mmhnet_cli.training.trainer import Trainer, TrainerConfig
from tests.training.test_trainer import same, silent, weights


@pytest.mark.parametrize("shape", [(24, 24), (16, 60), (60, 16)])
def test_singular_vectors_stay_and_values_come_near_one(shape: tuple[int, int]) -> None:
    torch.manual_seed(0)
    u, _, v = torch.linalg.svd(torch.randn(shape, dtype=torch.float64), full_matrices=False)
    matrix = u @ torch.diag(torch.logspace(0, -1.5, min(shape), dtype=torch.float64)) @ v
    turned = u.T @ orthogonalised(matrix) @ v.T
    assert ((turned.diagonal() > 0.6) & (turned.diagonal() < 1.3)).all()
    torch.testing.assert_close(turned, torch.diag(turned.diagonal()), atol=1e-9, rtol=0)


def test_the_first_step_has_the_size_that_its_rate_says() -> None:
    torch.manual_seed(0)
    weight = nn.Parameter(torch.zeros(32, 16, 3))
    weight.grad = torch.randn(32, 16, 3) * 1e-3
    Muon([weight], lr=0.5).step()
    # 32 orthogonal rows of 48: their root mean square is 1 / sqrt(48), times 0.2 sqrt(48).
    rms = float(weight.detach().square().mean().sqrt())
    assert 0.7 * 0.1 < rms < 1.2 * 0.1
    assert float((weight.detach() * weight.grad).sum()) < 0


def test_momentum_is_a_mean_that_looks_ahead() -> None:
    """Three equal gradients give three equal directions."""
    weight = nn.Parameter(torch.zeros(16, 16))
    optimiser = Muon([weight], lr=1.0)
    steps = []
    for _ in range(3):
        before = weight.detach().clone()
        weight.grad = torch.eye(16)
        optimiser.step()
        steps.append(before - weight.detach())
    torch.testing.assert_close(steps[0], steps[2])
    assert optimiser.state[weight]["momentum"][0, 0] == pytest.approx(1 - 0.95**3)


def test_weights_of_one_shape_step_as_each_by_itself() -> None:
    torch.manual_seed(0)
    shapes = [(16, 20), (20, 16, 3), (16, 20), (20, 16, 3), (16, 20)]
    starts = [torch.randn(shape) for shape in shapes]
    together, alone = ([nn.Parameter(start.clone()) for start in starts] for _ in range(2))
    optimisers = [Muon(together), *(Muon([one]) for one in alone)]
    for _ in range(3):
        for one, other in zip(together, alone, strict=True):
            one.grad = torch.randn_like(one)
            other.grad = one.grad.clone()
        together[2].grad = alone[2].grad = None
        for optimiser in optimisers:
            optimiser.step()
    for one, other in zip(together, alone, strict=True):
        torch.testing.assert_close(one, other, atol=1e-5, rtol=1e-5)


def test_weights_without_gradient_stay() -> None:
    weight = nn.Parameter(torch.ones(16, 16))
    Muon([weight], lr=1.0).step()
    assert torch.equal(weight.detach(), torch.ones(16, 16))


@pytest.mark.parametrize(
    ("name", "shape", "answer"),
    [
        ("mix.weight", (16, 16), True),
        ("conv.weight", (32, 8, 3), True),
        ("depthwise.weight", (352, 1, 5), False),
        ("norm.weight", (64,), False),
        ("empty_text", (1, 128), False),
        ("text.embedding.weight", (4096, 128), False),
    ],
)
def test_which_weights_are_matrices(name: str, shape: tuple[int, ...], answer: bool) -> None:
    assert is_matrix(name, torch.zeros(shape)) == answer


def wide_module() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(16, 32), nn.Tanh(), nn.Linear(32, 2))


def test_a_run_with_both_optimisers_resumes_exactly(tmp_path: Path) -> None:
    config = TrainerConfig(steps=12, learning_rate=0.02, warmup_steps=2, save_every=4, report_every=4, muon=True)

    def batch_of(step: int) -> torch.Tensor:
        return torch.randn(8, 16, generator=torch.Generator().manual_seed(step))

    def loss(module: nn.Module, batch: torch.Tensor, generator: torch.Generator) -> tuple:
        if fail_at is not None and torch.equal(batch, batch_of(fail_at)):
            raise KeyboardInterrupt
        error = (module(batch) - batch[:, :2]).square().mean()
        return error, {"error": float(error.detach())}

    fail_at: int | None = None
    whole = Trainer(wide_module(), loss, batch_of, config, tmp_path / "whole")
    assert {name for name, optimiser in whole.optimiser_of.items() if isinstance(optimiser, Muon)} == {"0.weight"}
    whole.run(silent)
    fail_at = 6
    with pytest.raises(KeyboardInterrupt):
        Trainer(wide_module(), loss, batch_of, config, tmp_path / "cut").run(silent)
    fail_at = None
    resumed = Trainer(wide_module(), loss, batch_of, config, tmp_path / "cut")
    assert resumed.step == 4
    resumed.run(silent)
    assert same(weights(resumed), weights(whole))
    assert math.isfinite(sum(float(p.detach().sum()) for p in resumed.parameters.values()))
