"""How much memory and time a generation takes: an estimate by arithmetic, made before anything is loaded."""

import math
from dataclasses import dataclass
from fractions import Fraction

from mmhnet_cli.model.config import NetworkConfig
from mmhnet_cli.model.cost import (
    Tokens,
    kept_numbers_per_latent,
    live_numbers_per_latent,
    network_cost,
    uses_rotation,
)
from mmhnet_cli.models.registry import MODELS
from mmhnet_cli.models.spec import FLOAT32_BYTES, ModelSpec
from mmhnet_cli.options import LongForm, Precision, SamplerOptions
from mmhnet_cli.pipeline.estimate.machine import Machine, find_machine
from mmhnet_cli.pipeline.request import Job
from mmhnet_cli.timeline import Timeline

HALF_BYTES = 2

# What follows was measured with the mini on one core of an AMD EPYC server, where a large product in float32 runs at
# 94 G operations per second.

EFFICIENCY = 0.55
"""Operations of the networks per second over those of a large product: from 0.46 for the mini and 10 s of film to 0.79
for blocks of MMAudio small; 0.6 for CLIP and the vocoders."""

PIXEL_OPERATIONS = 200.0
"""Reading one pixel of the film: 3.8 ns for H.264, in which a network does so much. Other codecs differ."""

START_S = 4.0
"""Loading libraries and weights, reading and writing files."""

PROCESS_BYTES = 380_000_000
"""The program with its libraries, and what its allocator does not give back."""

PICTURES_HELD = 28
"""Pictures of the film that decoder and scalers hold, at `PICTURE_BYTES` a pixel."""

PICTURE_BYTES = 1.5

ALLOCATOR_SHARE = 1.5
"""Memory that the sampler takes over what it uses."""

CUDA_BYTES = 600_000_000
"""The context of a CUDA device and its libraries: a usual figure, not measured here."""

PAIRED_LATENTS = 4096
"""As in `model.network`, which is not to be had without loading torch."""

LEAST_HOP_S = 0.32
"""From one window to the next: one segment of sync features."""


@dataclass(frozen=True)
class Task:
    """What is asked for.

    duration: seconds of sound. picture_pixels, pictures_per_s: of the film. sample_rate_hz, channels: of the delivered
    sound. voices: sounds of one take. sounds: of all takes.
    """

    duration: Fraction
    picture_pixels: int
    pictures_per_s: float
    sampler: SamplerOptions
    long_form: LongForm
    precision: Precision
    sample_rate_hz: int
    channels: int = 1
    voices: int = 1
    sounds: int = 1


@dataclass(frozen=True)
class Estimate:
    """memory_bytes: the most at any time, on the device. time_s: None where nobody can tell. fits: None likewise."""

    model: str
    memory_bytes: int
    time_s: float | None
    fits: bool | None


@dataclass(frozen=True)
class Plan:
    """Estimates for the model that was asked for, and for every model of the table, wherever its weights are."""

    machine: Machine
    asked: Estimate
    models: tuple[Estimate, ...]


def estimate_job(job: Job) -> Plan:
    """Estimates for a job on this machine. Raises WeightsInvalid where the configuration of its model is not one."""
    machine, task = find_machine(job.request.device), task_of(job)
    table = tuple(estimate(entry.spec, task, machine) for entry in MODELS.values())
    return Plan(machine, estimate(job.model.spec.sized_as(job.model.parts), task, machine), table)


def task_of(job: Job) -> Task:
    """What a job asks for."""
    request, film = job.request, job.film
    return Task(
        duration=job.duration + 2 * request.output.handles_s,
        picture_pixels=film.width * film.height,
        pictures_per_s=float(film.frame_rate),
        sampler=request.sampler,
        long_form=request.long_form,
        precision=request.precision,
        sample_rate_hz=request.output.sample_rate_hz,
        channels=request.output.channels,
        voices=len(request.voices),
        sounds=len(request.voices) * len(job.takes),
    )


def estimate(model: ModelSpec, task: Task, machine: Machine) -> Estimate:
    """Memory and time of `task` with `model` on `machine`."""
    sampling = _sampling(model.network, task)
    memory_bytes = _memory_bytes(model, task, machine, sampling)
    fits = None if machine.free_bytes is None else memory_bytes <= machine.free_bytes
    return Estimate(model.name, memory_bytes, _time_s(model, task, machine, sampling), fits)


def window_count(config: NetworkConfig, duration: Fraction, form: LongForm) -> int:
    """Windows in which a film is sampled, as `long_form.plan_film` plans them; 1 is the film at once."""
    whole = form.mode == "whole" or (form.mode == "auto" and not uses_rotation(config))
    if whole or duration <= config.training_s:
        return 1
    hop_s = max(LEAST_HOP_S, config.training_s - form.overlap_s)
    return 1 + math.ceil((float(duration) - config.training_s) / hop_s)


@dataclass(frozen=True)
class _Sampling:
    """weights: of the network. operations: of one evaluation of the whole film, with guidance.

    live_numbers: at once during an evaluation. kept_numbers: from one to the next.
    """

    weights: int
    operations: float
    live_numbers: int
    kept_numbers: int


def _sampling(config: NetworkConfig, task: Task) -> _Sampling:
    passes = 1 if task.sampler.guidance_for(config.guidance) == 1 else 2
    windows = window_count(config, task.duration, task.long_form)
    clip = Timeline(task.duration if windows == 1 else Fraction(config.training_s), config.sequence)
    cost = network_cost(config, Tokens(clip.latents, clip.clip_frames, config.training_text_tokens))
    together = min(windows, task.long_form.windows_at_once) * clip.latents
    side_by_side = passes if together <= PAIRED_LATENTS else 1
    return _Sampling(
        weights=cost.weights,
        operations=passes * windows * cost.operations,
        live_numbers=side_by_side * together * live_numbers_per_latent(config),
        kept_numbers=passes * windows * clip.latents * kept_numbers_per_latent(config),
    )


def _memory_bytes(model: ModelSpec, task: Task, machine: Machine, sampling: _Sampling) -> int:
    half = machine.half if task.precision == "auto" else task.precision != "fp32"
    size = HALF_BYTES if half else FLOAT32_BYTES
    # The codec runs in float32 always. It and the network stay throughout, the encoders leave before the sampler runs.
    kept = size * sampling.weights + FLOAT32_BYTES * model.codec.weights
    encoding = float(size * (model.encoders.weights + model.encoders.working))
    sampling_bytes = ALLOCATOR_SHARE * size * (sampling.live_numbers + sampling.kept_numbers)
    decoding = float(FLOAT32_BYTES * model.codec.working)
    if machine.kind != "cuda":
        # Pictures and sound lie in the memory of the processor.
        encoding += PICTURES_HELD * PICTURE_BYTES * task.picture_pixels
        # Of every voice that with its fades and that at its level; of the mix as much, over all channels.
        copies = task.voices * (1 + task.channels) + 2 * task.channels
        rates_hz = model.network.sequence.sample_rate_hz + copies * task.sample_rate_hz
        decoding += FLOAT32_BYTES * rates_hz * float(task.duration)
    program = CUDA_BYTES if machine.kind == "cuda" else PROCESS_BYTES
    return round(program + kept + max(encoding, sampling_bytes, decoding))


def _time_s(model: ModelSpec, task: Task, machine: Machine, sampling: _Sampling) -> float | None:
    if machine.operations_per_s is None:
        return None
    evaluations = task.sampler.steps * (1 if task.sampler.solver == "euler" else 2)
    reading = PIXEL_OPERATIONS * task.picture_pixels * task.pictures_per_s + model.encoders.operations_per_s
    a_second = reading + task.sounds * model.codec.operations_per_s
    operations = float(task.duration) * a_second + task.sounds * evaluations * sampling.operations
    return START_S + operations / (EFFICIENCY * machine.operations_per_s)
