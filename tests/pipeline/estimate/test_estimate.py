import os
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mmhnet_cli.model import network
from mmhnet_cli.model.cost import classifier_operations
from mmhnet_cli.model.variants import VARIANTS
from mmhnet_cli.models.model_files import ModelFiles
from mmhnet_cli.models.spec import FLOAT32_BYTES, PUBLIC_ENCODERS
from mmhnet_cli.options import Channels, LongForm, SamplerOptions, Stem
from mmhnet_cli.pipeline.asking.prepare import prepare
from mmhnet_cli.pipeline.estimate import estimate as module
from mmhnet_cli.pipeline.estimate.estimate import (
    CLASSIFIED_SHARE,
    CUDA_BYTES,
    EFFICIENCY,
    START_S,
    estimate,
    window_count,
)
from mmhnet_cli.pipeline.estimate.machine import Machine
from mmhnet_cli.pipeline.making.long_form import plan_film
from mmhnet_cli.pipeline.request import GenerateRequest, Job
from mmhnet_cli.timeline import Timeline

CPU = Machine("cpu", 16 * 10**9, 100e9)
STREET = Path(__file__).parents[3] / "examples" / "rain_street.mp4"


@pytest.fixture(scope="module")
def job() -> Job:
    """Sixty seconds in HD for the mini."""
    request = GenerateRequest(STREET, outputs=(Path("sound.wav"),))
    found = prepare(replace(request, sampler=SamplerOptions()))
    return changed(replace(found, film=replace(found.film, width=1920, height=1080)), seconds=60)


@pytest.fixture(scope="module")
def large(job: Job, tmp_path_factory: pytest.TempPathFactory) -> Job:
    """The same for the largest of MMAudio, whose file takes no place on the disk here."""
    network = tmp_path_factory.mktemp("large") / "network.safetensors"
    network.touch()
    os.truncate(network, round(4 * 1.03e9))
    name = "mmaudio-large-44k-v2"
    return replace(job, model=ModelFiles(name, network.parent, {"network": network}, None, variant=name))


def changed(job: Job, seconds: int | None = None, sampler: dict[str, Any] | None = None, **request: Any) -> Job:
    """With another length of the film, other fields of the sampler, or of the request."""
    own = {} if sampler is None else {"sampler": replace(job.request.sampler, guidance_own=False, **sampler)}
    end = job.end if seconds is None else job.start + seconds
    film = job.film if seconds is None else replace(job.film, duration=end)
    return replace(job, film=film, end=end, request=replace(job.request, **own, **request))


def memory(job: Job, machine: Machine = CPU) -> int:
    return estimate(job, machine).memory_bytes


def time_s(job: Job, machine: Machine = CPU) -> float:
    found = estimate(job, machine).time_s
    assert found is not None
    return found


def sampling_s(job: Job, **sampler: Any) -> float:
    """Seconds of a job, without those of one that samples nothing."""
    return time_s(changed(job, sampler=sampler)) - time_s(changed(job, sampler={**sampler, "steps": 0}))


def test_evaluations_are_counted(job: Job) -> None:
    once = sampling_s(job, steps=10, guidance=1)
    assert once > 0
    mini = VARIANTS["mini"]
    assert CPU.operations_per_s is not None
    # With guidance the classifier guides, in so many of the steps.
    latents = Timeline(job.end - job.start, mini.sequence).latents
    guiding = 10 * CLASSIFIED_SHARE * classifier_operations(mini, latents) / (EFFICIENCY * CPU.operations_per_s)
    assert sampling_s(job, steps=10, guidance=2) == pytest.approx(2 * once + guiding)
    assert sampling_s(job, steps=20, guidance=1) == pytest.approx(2 * once)
    for solver in ("midpoint", "heun"):
        assert sampling_s(job, steps=10, guidance=1, solver=solver) == pytest.approx(2 * once)
    stems = replace(job, request=replace(job.request, stems=tuple(Stem(name, "rain") for name in "abc")))
    takes = replace(stems, outputs=tuple(replace(job.outputs[0], take=take) for take in range(2)))
    assert sampling_s(takes, steps=10, guidance=1) == pytest.approx(6 * once)


def test_time_follows_film_and_machine(job: Job) -> None:
    minute = time_s(job) - START_S
    assert time_s(changed(job, seconds=120)) - START_S == pytest.approx(2 * minute, rel=0.01)
    assert time_s(job, replace(CPU, operations_per_s=200e9)) - START_S == pytest.approx(minute / 2)
    assert time_s(replace(job, film=replace(job.film, width=3840))) > time_s(job)


def test_the_largest_stage_counts(large: Job) -> None:
    # The encoders are the most here, whatever the sampler does.
    assert memory(large) == memory(changed(large, sampler={"guidance": 1}))
    assert memory(large) > FLOAT32_BYTES * PUBLIC_ENCODERS.weights + 4 * 1.03e9
    assert memory(changed(large, precision="bf16")) < 0.6 * memory(large)
    # Sampled at once, an hour takes more than they do.
    hour = changed(large, seconds=3600)
    assert memory(changed(hour, long_form=LongForm("whole", pieces="one"))) > 1.2 * memory(hour)


def test_voices_lie_on_disk(job: Job) -> None:
    rate_hz = 192000  # at which nothing takes more than the sound

    def voices(count: int, channels: Channels = "mono", seconds: int = 600) -> int:
        stems = tuple(Stem(str(number), "rain") for number in range(count))
        output = replace(job.request.output, channels=channels, sample_rate_hz=rate_hz)
        return memory(changed(job, seconds=seconds, stems=stems, output=output))

    mono = FLOAT32_BYTES * 600 * rate_hz
    assert voices(2) == voices(9) == voices(9, "dual-mono")
    assert voices(2, seconds=1200) - voices(2) == 2 * mono
    # One alone is in memory beside the curves of the limiter.
    assert voices(1) - voices(2) == mono
    assert voices(1, "stereo") - voices(1) == mono


def test_guidance_takes_its_passes_side_by_side_while_they_are_small(job: Job) -> None:
    def guided(seconds: int, guidance: float) -> int:
        small = replace(job, film=replace(job.film, width=1, height=1))
        one = changed(small, seconds=seconds, sampler={"guidance": guidance})
        return memory(one, replace(CPU, kind="cuda")) - CUDA_BYTES

    assert guided(180, 2) > 1.2 * guided(180, 1)
    assert guided(3600, 2) < 1.2 * guided(3600, 1)


def test_what_fits(large: Job) -> None:
    needed = memory(large)
    assert estimate(large, replace(CPU, free_bytes=needed)).fits is True
    assert estimate(large, replace(CPU, free_bytes=needed - 1)).fits is False
    assert estimate(large, replace(CPU, free_bytes=None)).fits is None


def test_a_gpu(large: Job) -> None:
    halves, floats = (estimate(large, Machine("cuda", 8 << 30, None, half)) for half in (True, False))
    assert halves.time_s is floats.time_s is None
    assert halves.memory_bytes < floats.memory_bytes
    # Its authors give 6 GB for this model in half precision.
    assert 5e9 < halves.memory_bytes < 7.5e9
    whole = estimate(changed(large, precision="fp32"), Machine("cuda", None, None, True))
    assert whole == replace(floats, fits=None)


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
