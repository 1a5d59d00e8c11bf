"""The training loop: AdamW, for matrices also Muon, warm-up and cosine decay, weights averaged, checkpoints."""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from mmhnet_cli.errors import LossNotFinite, WeightsInvalid
from mmhnet_cli.models.checkpoint import NO_ENTRY, compare_shapes, read_tensors, save_tensors, shapes_of
from mmhnet_cli.training.muon import Muon, is_matrix
from mmhnet_cli.training.team import Team, add_gradients

MOMENTS = ("exp_avg", "exp_avg_sq", "momentum")
"""Running means of the optimisers, by their names in the state: the first two are AdamW's, the last Muon's."""
MOST_LOST = 10
"""After so many steps in a row whose gradient is not finite, nothing can be expected of the next one."""
SAVE_S = 600.0
"""A run that is killed has lost so much at most."""


@dataclass(frozen=True)
class TrainerConfig:
    """steps: of the whole run; the learning rate warms up over `warmup_steps`, then falls to zero along a cosine.

    muon: whether Muon takes the steps of the matrices; AdamW takes all others.
    ema_decay: of the moving average that becomes the result; it starts lower, so that early steps are forgotten.
    accumulate: so many batches make one step.
    """

    steps: int
    learning_rate: float = 1e-3
    warmup_steps: int = 100
    betas: tuple[float, float] = (0.9, 0.95)
    weight_decay: float = 1e-6
    muon: bool = False
    clip_norm: float = 1.0
    ema_decay: float = 0.995
    accumulate: int = 1
    save_every: int = 50
    report_every: int = 25


def learning_rate(step: int, config: TrainerConfig) -> float:
    """Rate used for step 0, 1, ... steps - 1."""
    if step < config.warmup_steps:
        return config.learning_rate * (step + 1) / (config.warmup_steps + 1)
    share = (step - config.warmup_steps) / max(1, config.steps - config.warmup_steps)
    return config.learning_rate * (1 + math.cos(math.pi * min(share, 1.0))) / 2


class Trainer:
    """Runs `loss(module, batch_of(number), generator)` to the last step, saving into `folder`.

    Batches are numbered through; they and random draws depend on the number alone, so a run that was interrupted goes
    on as if it had not been.

    team: the processes that share the batches of a step; all of them take the same step, the main one alone writes.
    draws_on: the device of the generator; the CPU draws the same for every device, and slowly.
    """

    def __init__(
        self,
        module: nn.Module,
        loss: Callable[[Any, Any, torch.Generator], tuple[Tensor, dict[str, float]]],
        batch_of: Callable[[int], Any],
        config: TrainerConfig,
        folder: Path,
        team: Team | None = None,
        draws_on: torch.device | str = "cpu",
    ) -> None:
        self.team = Team() if team is None else team
        self.module, self.loss, self.batch_of, self.config, self.folder = module, loss, batch_of, config, folder
        self.parameters = {name: p for name, p in module.named_parameters() if p.requires_grad}
        self.average = {name: p.detach().clone() for name, p in self.parameters.items()}
        matrices = [name for name, p in self.parameters.items() if config.muon and is_matrix(name, p)]
        others = [name for name in self.parameters if name not in matrices]
        self.optimiser_of: dict[str, torch.optim.Optimizer] = {}
        if others:
            adamw = torch.optim.AdamW(
                [self.parameters[name] for name in others], betas=config.betas, weight_decay=config.weight_decay
            )
            self.optimiser_of |= dict.fromkeys(others, adamw)
        if matrices:
            self.optimiser_of |= dict.fromkeys(matrices, Muon(self.parameters[name] for name in matrices))
        self.draws_on = draws_on
        self.step = self.saved = self.lost = 0
        self.checkpoint = folder / "checkpoint.safetensors"
        if self.checkpoint.exists():
            self._resume()

    def run(
        self,
        report: Callable[[str], None],
        until: float = math.inf,
        log: Callable[[int, dict[str, float]], None] = lambda step, values: None,
    ) -> bool:
        """Train to the last step or to the time `until` (time.monotonic seconds); True when the last step is done.

        report, log: hear of the means since they last did, as a line and as numbers. Raises LossNotFinite.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        sums: dict[str, float] = {}
        since, started = 0, time.monotonic()
        saved_s = started
        while self.step < self.config.steps and time.monotonic() < until:
            for name, value in self._step().items():
                sums[name] = sums.get(name, 0.0) + value
            since += 1
            if self.step % self.config.report_every == 0:
                seconds = (time.monotonic() - started) / since
                values = "  ".join(f"{name} {total / since:.4f}" for name, total in sums.items())
                report(f"step {self.step}/{self.config.steps}  {seconds:.2f} s/step  {values}")
                log(self.step, {name: total / since for name, total in sums.items()} | {"seconds": seconds})
                sums, since, started = {}, 0, time.monotonic()
            if self.step % self.config.save_every == 0 or time.monotonic() - saved_s > SAVE_S:
                self.save()
                saved_s = time.monotonic()
        self.save()
        return self.step >= self.config.steps

    def _step(self) -> dict[str, float]:
        values: dict[str, float] = {}
        accumulate = self.config.accumulate
        parts_of_step = accumulate * self.team.share(accumulate).count
        for number in self.team.numbers(self.step, accumulate):
            generator = torch.Generator(self.draws_on).manual_seed(number)
            loss, parts = self.loss(self.module, self.batch_of(number), generator)
            (loss / parts_of_step).backward()
            for name, value in parts.items():
                values[name] = values.get(name, 0.0) + value / parts_of_step
        values = add_gradients(self.team, self.parameters.values(), values)
        norm = nn.utils.clip_grad_norm_(self.parameters.values(), self.config.clip_norm)
        for optimiser in set(self.optimiser_of.values()):
            for group in optimiser.param_groups:
                group["lr"] = learning_rate(self.step, self.config)
            if torch.isfinite(norm):
                optimiser.step()
            optimiser.zero_grad(set_to_none=True)
        self.lost = 0 if torch.isfinite(norm) else self.lost + 1
        if self.lost == MOST_LOST:
            raise LossNotFinite(self.folder, self.step + 1, self.saved)
        decay = min(self.config.ema_decay, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            torch._foreach_lerp_(list(self.average.values()), list(self.parameters.values()), 1 - decay)
        self.step += 1
        return values | {"norm": float(norm)}

    @contextmanager
    def averaged(self) -> Iterator[None]:
        """Let the module have the moving average for a while, in place of what it has learnt."""
        self._swap()
        try:
            yield
        finally:
            self._swap()

    def _swap(self) -> None:
        for name, parameter in self.parameters.items():
            parameter.data, self.average[name] = self.average[name], parameter.data

    def averaged_state(self) -> dict[str, Tensor]:
        """State dict of the module with the moving average in place of the trained parameters."""
        return {**self.module.state_dict(), **self.average}

    def save(self) -> None:
        """Write the checkpoint under a temporary name, then rename it; of several processes, the main one does."""
        if self.team.is_main:
            self._write()
        self.saved = self.step

    def _write(self) -> None:
        tensors: dict[str, Tensor] = {f"average.{name}": value for name, value in self.average.items()}
        tensors |= {f"module.{name}": parameter for name, parameter in self.parameters.items()}
        updates = 0
        for name, parameter in self.parameters.items():
            state = self.optimiser_of[name].state.get(parameter, {})
            tensors |= {f"{key}.{name}": state[key] for key in MOMENTS if key in state}
            updates = max(updates, int(state.get("step", 0)))
        save_tensors(self.checkpoint, tensors, {"step": str(self.step), "updates": str(updates)})

    def _resume(self) -> None:
        """Go on from the checkpoint. Raises WeightsInvalid where it is not one of this module."""
        tensors, metadata = read_tensors(self.checkpoint)
        found = shapes_of(tensors)
        for part in ("module", "average"):
            expected = {f"{part}.{name}": tuple(parameter.shape) for name, parameter in self.parameters.items()}
            own = {key: shape for key, shape in found.items() if key.startswith(f"{part}.")}
            compare_shapes(self.checkpoint, own, expected)
        for name in ("step", "updates"):
            if not metadata.get(name, "").isdecimal():
                raise WeightsInvalid(self.checkpoint, name, "a number of steps", metadata.get(name, NO_ENTRY))
        self.step = self.saved = int(metadata["step"])
        # Steps whose gradient was not finite are counted, but the optimisers have not seen them.
        updates = torch.tensor(float(metadata["updates"]))
        with torch.no_grad():
            for name, parameter in self.parameters.items():
                parameter.copy_(tensors[f"module.{name}"])
                self.average[name].copy_(tensors[f"average.{name}"])
                saved = {
                    key: tensors[f"{key}.{name}"].to(parameter.device) for key in MOMENTS if f"{key}.{name}" in tensors
                }
                if saved and isinstance(self.optimiser_of[name], Muon) == ("momentum" in saved):
                    # Muon counts no steps, and does not mind one more entry.
                    self.optimiser_of[name].state[parameter] = {"step": updates.clone(), **saved}
