"""The training loop: schedule, moving average, and runs that go on after an interruption as if there was none."""

import math
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from torch import Tensor, nn

from mmhnet_cli.errors import LossNotFinite, WeightsInvalid
from mmhnet_cli.training.trainer import Trainer, TrainerConfig, learning_rate

CONFIG = TrainerConfig(steps=24, learning_rate=0.05, warmup_steps=4, save_every=5, report_every=6)


def small_module() -> nn.Module:
    torch.manual_seed(0)
    module = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 2))
    module.register_buffer("constant", torch.full((2,), 7.0))
    return module


def batch_of(step: int) -> Tensor:
    return torch.randn(5, 3, generator=torch.Generator().manual_seed(1000 + step))


def loss(module: nn.Module, batch: Tensor, generator: torch.Generator) -> tuple[Tensor, dict[str, float]]:
    """Squared error to a sum, with noise drawn from the trainer's generator."""
    noisy = batch + 0.1 * torch.randn(batch.shape, generator=generator)
    error = (module(noisy) - batch.sum(1, keepdim=True)).square().mean()
    return error, {"error": float(error.detach())}


def make(folder: Path, config: TrainerConfig = CONFIG) -> Trainer:
    return Trainer(small_module(), loss, batch_of, config, folder)


def silent(line: str) -> None:
    assert line.startswith("step ")


def weights(trainer: Trainer) -> dict[str, Tensor]:
    return {**{f"trained.{name}": p.detach() for name, p in trainer.parameters.items()}, **trainer.averaged_state()}


def same(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def test_learning_rate_warms_up_and_falls_to_zero() -> None:
    config = TrainerConfig(steps=1100, learning_rate=0.2, warmup_steps=100)
    assert learning_rate(0, config) == pytest.approx(0.2 / 101)
    assert learning_rate(49, config) == pytest.approx(0.2 * 50 / 101)
    assert learning_rate(99, config) == pytest.approx(0.2 * 100 / 101)
    assert learning_rate(100, config) == 0.2
    assert learning_rate(350, config) == pytest.approx(0.1 * (1 + math.sqrt(0.5)))
    assert learning_rate(600, config) == pytest.approx(0.1)
    assert learning_rate(1100, config) == pytest.approx(0, abs=1e-12)
    rates = [learning_rate(step, config) for step in range(1100)]
    assert rates[:101] == sorted(rates[:101])
    assert rates[100:] == sorted(rates[100:], reverse=True)
    assert min(rates) > 0


def test_the_loss_falls_and_each_report_is_a_mean(tmp_path: Path) -> None:
    lines: list[str] = []
    assert make(tmp_path).run(lines.append)
    assert [line.split("  ")[0] for line in lines] == [f"step {step}/24" for step in (6, 12, 18, 24)]
    errors = [float(line.split("error ")[1].split()[0]) for line in lines]
    assert errors[-1] < 0.7 * errors[0]


@pytest.mark.parametrize("stop", [1, 5, 13])
def test_an_interrupted_run_ends_as_one_that_was_not(tmp_path: Path, stop: int) -> None:
    whole = make(tmp_path / "whole")
    whole.run(silent)

    def failing(module: nn.Module, batch: Tensor, generator: torch.Generator) -> tuple[Tensor, dict[str, float]]:
        if torch.equal(batch, batch_of(stop)):
            raise KeyboardInterrupt
        return loss(module, batch, generator)

    with pytest.raises(KeyboardInterrupt):
        Trainer(small_module(), failing, batch_of, CONFIG, tmp_path / "cut").run(silent)
    resumed = make(tmp_path / "cut")
    assert resumed.step == stop // 5 * 5
    assert resumed.run(silent)
    assert same(weights(resumed), weights(whole))


def test_a_run_out_of_time_saves_and_says_so(tmp_path: Path) -> None:
    trainer = make(tmp_path)
    assert not trainer.run(silent, until=time.monotonic() - 1)
    assert trainer.step == 0
    again = make(tmp_path)
    assert again.run(silent)
    assert again.run(silent)
    whole = make(tmp_path / "whole")
    whole.run(silent)
    assert same(weights(again), weights(whole))


def test_a_finished_run_is_loaded_whole(tmp_path: Path) -> None:
    first = make(tmp_path)
    first.run(silent)
    second = make(tmp_path)
    assert second.step == 24
    assert same(weights(second), weights(first))


def test_the_average_follows_the_weights(tmp_path: Path) -> None:
    trainer = make(tmp_path, TrainerConfig(steps=3, learning_rate=0.05, warmup_steps=0, save_every=1, report_every=1))
    expected = {name: p.detach().clone() for name, p in trainer.parameters.items()}

    def follow(line: str) -> None:
        # Reported once per step here. It starts at 0.1, so that the first steps are forgotten.
        decay = (0.1, 2 / 11, 3 / 12)[trainer.step - 1]
        for name, parameter in trainer.parameters.items():
            expected[name] = decay * expected[name] + (1 - decay) * parameter.detach()

    trainer.run(follow)
    state = trainer.averaged_state()
    assert set(state) == {"0.weight", "0.bias", "2.weight", "2.bias", "constant"}
    assert torch.equal(state["constant"], torch.full((2,), 7.0))
    for name, value in expected.items():
        assert torch.allclose(state[name], value, atol=1e-6)
        assert not torch.equal(state[name], trainer.parameters[name])


def test_the_average_is_slow_in_the_end(tmp_path: Path) -> None:
    config = TrainerConfig(steps=6, learning_rate=0.05, warmup_steps=0, ema_decay=0.2)
    fast = make(tmp_path / "fast", config)
    fast.run(silent)
    slow = make(tmp_path / "slow", TrainerConfig(steps=6, learning_rate=0.05, warmup_steps=0))
    slow.run(silent)
    for name, parameter in fast.parameters.items():
        assert torch.equal(parameter, slow.parameters[name])
        assert (fast.average[name] - parameter).norm() < (slow.average[name] - parameter).norm()


def test_a_checkpoint_is_whole_or_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trainer = make(tmp_path)
    trainer.run(silent)
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint.safetensors"]
    before = trainer.checkpoint.read_bytes()
    with safe_open(trainer.checkpoint, "pt") as file:
        assert file.metadata() == {"step": "24", "updates": "24"}

    def full_disk(tensors: dict[str, Tensor], path: Path, metadata: dict[str, str]) -> None:
        path.write_bytes(before[: len(before) // 2])
        raise OSError("no space left on device")

    monkeypatch.setattr("mmhnet_cli.models.checkpoint.save_file", full_disk)
    with pytest.raises(OSError, match="no space left"):
        trainer.save()
    assert trainer.checkpoint.read_bytes() == before
    assert make(tmp_path).step == 24


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_gradient_that_is_not_finite_is_not_taken(tmp_path: Path, bad: float) -> None:
    seen: list[dict[str, Tensor]] = []

    def sometimes_bad(module: nn.Module, batch: Tensor, generator: torch.Generator) -> tuple[Tensor, dict[str, float]]:
        seen.append({name: p.detach().clone() for name, p in module.named_parameters()})
        error, values = loss(module, batch, generator)
        return error * (bad if len(seen) == 3 else 1), values

    trainer = Trainer(small_module(), sometimes_bad, batch_of, CONFIG, tmp_path)
    assert trainer.run(silent)
    assert same(seen[2], seen[3])
    assert not same(seen[3], seen[4])
    assert all(value.isfinite().all() for value in weights(trainer).values())


def test_frozen_parameters_stay(tmp_path: Path) -> None:
    module = small_module()
    first = module.get_submodule("0")
    first.requires_grad_(False)
    before = {name: value.clone() for name, value in first.state_dict().items()}
    trainer = Trainer(module, loss, batch_of, CONFIG, tmp_path)
    trainer.run(silent)
    assert set(trainer.parameters) == {"2.weight", "2.bias"}
    assert same(dict(first.state_dict()), before)


def test_batches_that_are_gathered_are_one_step(tmp_path: Path) -> None:
    """Two batches of five are as one of ten."""

    def plain(module: nn.Module, batch: Tensor, generator: torch.Generator) -> tuple[Tensor, dict[str, float]]:
        error = (module(batch) - batch.sum(1, keepdim=True)).square().mean()
        return error, {"error": float(error.detach())}

    def both(step: int) -> Tensor:
        return torch.cat([batch_of(2 * step), batch_of(2 * step + 1)])

    values: list[dict[str, float]] = []
    gathered = Trainer(small_module(), plain, batch_of, replace(CONFIG, accumulate=2), tmp_path / "two")
    gathered.run(silent, log=lambda step, means: values.append(means))
    one = Trainer(small_module(), plain, both, CONFIG, tmp_path / "one")
    one.run(silent, log=lambda step, means: values.append(means))
    assert all(torch.allclose(value, weights(one)[name], atol=1e-5) for name, value in weights(gathered).items())
    assert values[3]["error"] == pytest.approx(values[7]["error"], rel=1e-4)


def test_gradients_that_stay_bad_end_the_run(tmp_path: Path) -> None:
    def worse(module: nn.Module, batch: Tensor, generator: torch.Generator) -> tuple[Tensor, dict[str, float]]:
        error, values = loss(module, batch, generator)
        return error * (math.nan if any(torch.equal(batch, batch_of(step)) for step in range(7, 24)) else 1), values

    trainer = Trainer(small_module(), worse, batch_of, CONFIG, tmp_path)
    with pytest.raises(LossNotFinite) as raised:
        trainer.run(silent)
    assert (raised.value.path, raised.value.step, raised.value.saved) == (tmp_path, 17, 15)
    assert all(value.isfinite().all() for value in weights(make(tmp_path)).values())


def test_a_checkpoint_of_another_module_is_refused(tmp_path: Path) -> None:
    make(tmp_path).save()
    with pytest.raises(WeightsInvalid, match="module"):
        Trainer(nn.Sequential(nn.Linear(3, 9)), loss, batch_of, CONFIG, tmp_path)
