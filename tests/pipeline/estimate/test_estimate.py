from dataclasses import replace
from fractions import Fraction
from types import SimpleNamespace

import pytest

from mmhnet_cli.model import network
from mmhnet_cli.model.config import VARIANTS
from mmhnet_cli.models.registry import MODELS
from mmhnet_cli.models.spec import FLOAT32_BYTES, PUBLIC_ENCODERS
from mmhnet_cli.options import LongForm, SamplerOptions
from mmhnet_cli.pipeline.estimate import estimate as module
from mmhnet_cli.pipeline.estimate.estimate import CUDA_BYTES, START_S, Task, estimate, window_count
from mmhnet_cli.pipeline.estimate.machine import Machine
from mmhnet_cli.pipeline.making.long_form import plan_film
from mmhnet_cli.timeline import Timeline

CPU = Machine("cpu", 16 * 10**9, 100e9)
MINI = MODELS["mini"].spec
LARGE = MODELS["mmaudio-large-44k-v2"].spec
TASK = Task(Fraction(60), 1920 * 1080, 25.0, SamplerOptions(), LongForm(), "auto", 48000)


def sampling_s(**changes: object) -> float:
    """Seconds of a task, without those of one that samples nothing."""
    task = replace(TASK, **{"sampler": SamplerOptions(), **changes})
    return time_of(task) - time_of(replace(task, sampler=replace(task.sampler, steps=0)))


def time_of(task: Task, machine: Machine = CPU) -> float:
    found = estimate(MINI, task, machine).time_s
    assert found is not None
    return found


def test_evaluations_are_counted() -> None:
    once = sampling_s(sampler=SamplerOptions(steps=10, guidance=1))
    assert once > 0
    assert sampling_s(sampler=SamplerOptions(steps=10)) == pytest.approx(2 * once)
    assert sampling_s(sampler=SamplerOptions(steps=20, guidance=1)) == pytest.approx(2 * once)
    for solver in ("midpoint", "heun"):
        assert sampling_s(sampler=SamplerOptions(steps=10, guidance=1, solver=solver)) == pytest.approx(2 * once)
    assert sampling_s(sampler=SamplerOptions(steps=10, guidance=1), sounds=6) == pytest.approx(6 * once)


def test_time_follows_film_and_machine() -> None:
    minute = time_of(TASK) - START_S
    assert time_of(replace(TASK, duration=Fraction(120))) - START_S == pytest.approx(2 * minute, rel=0.01)
    assert time_of(TASK, replace(CPU, operations_per_s=200e9)) - START_S == pytest.approx(minute / 2)
    assert time_of(replace(TASK, picture_pixels=3840 * 2160)) > time_of(TASK)


def test_the_largest_stage_counts() -> None:
    def memory(**changes: object) -> int:
        return estimate(LARGE, replace(TASK, **changes), CPU).memory_bytes

    # The encoders are the most here, whatever the sampler and the codec do.
    assert memory() == memory(voices=4, sounds=4) == memory(sampler=SamplerOptions(guidance=1))
    assert memory() > FLOAT32_BYTES * PUBLIC_ENCODERS.weights + 4 * 1.03e9
    assert memory(precision="bf16") < 0.6 * memory()
    # Sampled at once, an hour takes more than they do.
    assert memory(duration=Fraction(3600), long_form=LongForm("whole")) > 1.2 * memory(duration=Fraction(3600))


def test_every_voice_is_kept() -> None:
    def memory(**changes: int) -> int:
        task = replace(TASK, duration=Fraction(300), **changes)
        return estimate(MINI, task, CPU).memory_bytes

    mono = FLOAT32_BYTES * 300 * 48000
    assert memory(voices=4) - memory(voices=3) == 2 * mono
    assert memory(voices=3, channels=2) - memory(voices=3) == 5 * mono
    assert memory(voices=3, sounds=12) == memory(voices=3)


def test_guidance_takes_its_passes_side_by_side_while_they_are_small() -> None:
    def memory(seconds: int, guidance: float) -> int:
        task = replace(TASK, duration=Fraction(seconds), picture_pixels=1, sampler=SamplerOptions(guidance=guidance))
        return estimate(MINI, task, replace(CPU, kind="cuda")).memory_bytes - CUDA_BYTES

    assert memory(180, 2) > 1.7 * memory(180, 1)
    assert memory(3600, 2) < 1.2 * memory(3600, 1)


def test_what_fits() -> None:
    needed = estimate(LARGE, TASK, CPU).memory_bytes
    assert estimate(LARGE, TASK, replace(CPU, free_bytes=needed)).fits is True
    assert estimate(LARGE, TASK, replace(CPU, free_bytes=needed - 1)).fits is False
    assert estimate(LARGE, TASK, replace(CPU, free_bytes=None)).fits is None


def test_a_gpu() -> None:
    halves, floats = (estimate(LARGE, TASK, Machine("cuda", 8 << 30, None, half)) for half in (True, False))
    assert halves.time_s is floats.time_s is None
    assert halves.memory_bytes < floats.memory_bytes
    # Its authors give 6 GB for this model in half precision.
    assert 5e9 < halves.memory_bytes < 7.5e9
    assert estimate(LARGE, replace(TASK, precision="fp32"), Machine("cuda", None, None, True)) == replace(
        floats, fits=None
    )


@pytest.mark.parametrize("name", ["mini", "mmaudio-small-16k", "s-44k"])
@pytest.mark.parametrize("mode", ["auto", "windows", "whole"])
def test_windows_are_those_of_the_sampler(name: str, mode: str) -> None:
    config, form = VARIANTS[name], LongForm(mode)
    built = SimpleNamespace(config=config, uses_rotation="mmaudio" in name)
    for tenths in (1, 79, 80, 81, 100, 127, 129, 300, 600, 601, 3000, 36000):
        duration = Fraction(tenths, 10)
        planned = plan_film(built, Timeline(duration, config.sequence).latents, form)
        assert window_count(config, duration, form) == len(planned.strides), duration


def test_an_overlap_without_room_is_no_crash() -> None:
    assert window_count(VARIANTS["mmaudio-small-16k"], Fraction(60), LongForm(overlap_s=8.0)) > 100


def test_constants_that_cannot_be_imported() -> None:
    assert module.PAIRED_LATENTS == network.PAIRED_LATENTS
