"""How much memory and time a generation takes: an estimate by arithmetic, made before anything is loaded."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from mmhnet_cli.model.config import NetworkConfig
from mmhnet_cli.model.cost import Tokens, classifier_operations, operations, uses_rotation
from mmhnet_cli.models.spec import FLOAT32_BYTES, ModelSpec
from mmhnet_cli.options import LongForm
from mmhnet_cli.pipeline.estimate.machine import Machine
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

BESIDE_S = {"load model": 2.0, "load encoders": 0.5, "read prompt": 0.5, "level": 0.5, "write": 0.5}
"""How that is shared among stages."""

USUAL_RATE = 1e11
"""Operations of a large product per second, where nothing is measured: some cores of a processor."""

CLASSIFIED_SHARE = 0.6
"""In such a share of the steps a classifier guides, see `flow.guidance`."""

PROCESS_BYTES, CUDA_BYTES = 380_000_000, 600_000_000
"""The program with its libraries, and what its allocator does not give back; the context of a CUDA device and its
libraries, which is a usual figure, not measured here."""

PICTURES_BYTES = 28 * 1.5
"""For each pixel: pictures of the film that decoder and scalers hold, times bytes."""

ALLOCATOR_SHARE = 1.5
"""Memory that the sampler takes over what it uses."""

LIVE_WIDTHS, LIVE_INNER_WIDTHS, KEPT_CONDITION_WIDTHS = 15, 3, 3
"""Numbers alive at once for each latent, in widths of the stream and in inner widths of its gated unit; and kept for it
from step to step, in widths of the condition. Counted as the slope of live storage over length: 10.6 k for S, 21.0 k
for L, 9.9 k for MMAudio small, 3.5 k for the mini."""

PAIRED_LATENTS = 4096
"""As in `model.network`, which is not to be had without loading torch."""

LIMITER_CURVES = 2
"""Of the gain that was tried last, and of the next one: a number for each sample."""

LEAST_HOP_S = 0.32
"""From one window to the next: one segment of sync features."""


@dataclass(frozen=True)
class Estimate:
    """What a job takes of a machine."""

    model: str
    memory_bytes: int
    """It takes so many at any time at most, on the device."""
    time_s: float | None
    """It is None where nobody can tell."""
    windows: int
    fits: bool | None
    """It is None where nobody can tell."""


def estimate(job: Job, machine: Machine) -> Estimate:
    """Estimate memory and time of `job` on `machine`. Raises WeightsInvalid for its model's configuration."""
    spec = job.model.spec.sized_as(job.model.parts)
    spans = _spans(spec, job)
    memory_bytes = _memory_bytes(spec, job, machine, spans)
    fits = None if machine.free_bytes is None else memory_bytes <= machine.free_bytes
    windows = sum(span.windows for span in spans)
    return Estimate(spec.name, memory_bytes, _time_s(spec, job, machine, spans), windows, fits)


@dataclass(frozen=True)
class _Span:
    """What is sampled by itself."""

    duration: Fraction
    windows: int
    clip: Timeline
    """It has the counts of one window."""


def _spans(spec: ModelSpec, job: Job) -> list[_Span]:
    """Return the pieces of a job, one after the other; cues are taken for the whole of what they lie in."""
    request, spans = job.request, []
    durations = [piece.end - piece.begin for piece in job.pieces]
    if request.cues is not None:
        durations = [job.duration + 2 * request.output.handles_s]
    for duration in durations:
        windows = window_count(spec.network, duration, request.long_form)
        clip = Timeline(duration if windows == 1 else Fraction(spec.network.training_s), spec.network.sequence)
        spans.append(_Span(duration, windows, clip))
    return spans


def window_count(config: NetworkConfig, duration: Fraction, form: LongForm) -> int:
    """Return in how many windows a film is sampled, as `long_form.plan_film` plans them; 1 is the film at once."""
    whole = form.mode == "whole" or (form.mode == "auto" and not uses_rotation(config))
    if whole or duration <= config.training_s:
        return 1
    hop_s = max(LEAST_HOP_S, config.training_s - form.overlap_s)
    return 1 + math.ceil((float(duration) - config.training_s) / hop_s)


def _memory_bytes(spec: ModelSpec, job: Job, machine: Machine, spans: Sequence[_Span]) -> int:
    """Return what the job takes at most. Spans are sampled one after the other."""
    request, config, passes = job.request, spec.network, _passes(spec, job)
    size = _float_bytes(job, machine)
    together = max(min(span.windows, request.long_form.windows_at_once) * span.clip.latents for span in spans)
    live = (passes if together <= PAIRED_LATENTS else 1) * together
    live *= LIVE_WIDTHS * config.width + LIVE_INNER_WIDTHS * config.ffn_width
    kept = passes * max(span.windows * span.clip.latents for span in spans)
    kept *= KEPT_CONDITION_WIDTHS * config.condition_width
    encoding = float(size * (spec.encoders.weights + spec.encoders.working))
    decoding = float(FLOAT32_BYTES * spec.codec.working)
    if machine.kind != "cuda":
        # Pictures and sound lie in the memory of the processor.
        encoding += PICTURES_BYTES * job.film.width * job.film.height
        decoding += FLOAT32_BYTES * _sound_numbers(spec, job, spans)
    stages = max(encoding, ALLOCATOR_SHARE * size * (live + kept), decoding)
    return kept_bytes(job, machine) + round(stages)


def _sound_numbers(spec: ModelSpec, job: Job, spans: Sequence[_Span]) -> float:
    """Return how many numbers of sound are in memory at once at most. Of several voices or pieces each goes to disk
    when it is made, as their mix does; what is done to them is done stretch by stretch."""
    request, rate_hz = job.request, job.request.output.sample_rate_hz
    made = 2 if job.channels == "stereo" else 1
    chosen = float(job.duration + 2 * request.output.handles_s)
    longest = max(float(span.duration) for span in spans)
    if request.cues is not None:
        longest = min(longest, max((float(cue.end - cue.start) for cue in request.cues), default=0.0))
    alone = made if len(request.voices) == len(spans) == 1 and request.cues is None else 0
    # A voice as the codec gives it and at the rate of the files; the curves of two limiters; a film's own sound.
    decoded = made * (spec.rate_hz + rate_hz) * longest
    original = 3 * job.channel_count if request.output.film.original == "mix" else 0
    return max(decoded, (alone + LIMITER_CURVES + original) * rate_hz * chosen)


def kept_bytes(job: Job, machine: Machine) -> int:
    """Return what of the memory of `job` a worker keeps from film to film: the program, the network and the codec.

    They stay throughout, the encoders leave before the sampler runs. Raises WeightsInvalid.
    """
    spec = job.model.spec.sized_as(job.model.parts)
    network = job.model.parts["network"].stat().st_size / FLOAT32_BYTES
    program = CUDA_BYTES if machine.kind == "cuda" else PROCESS_BYTES
    # The codec runs in float32 always.
    return round(program + _float_bytes(job, machine) * network + FLOAT32_BYTES * spec.codec.weights)


def _float_bytes(job: Job, machine: Machine) -> int:
    precision = job.request.precision
    half = machine.half if precision == "auto" else precision != "fp32"
    return HALF_BYTES if half else FLOAT32_BYTES


def _time_s(spec: ModelSpec, job: Job, machine: Machine, spans: Sequence[_Span]) -> float | None:
    """Return the seconds that the job takes, or None where nobody can tell."""
    if machine.operations_per_s is None:
        return None
    return START_S + sum(_work(spec, job, spans).values()) / (EFFICIENCY * machine.operations_per_s)


def stage_shares(job: Job) -> dict[str, float]:
    """Return what share of its time each stage of `job` takes, about, as on a processor; the sum is 1.

    Stages have their names without what tells several of a name apart. Raises WeightsInvalid.
    """
    spec = job.model.spec.sized_as(job.model.parts)
    work = _work(spec, job, _spans(spec, job))
    seconds = {**BESIDE_S, **{stage: operations / (EFFICIENCY * USUAL_RATE) for stage, operations in work.items()}}
    return {stage: one / sum(seconds.values()) for stage, one in seconds.items()}


def _work(spec: ModelSpec, job: Job, spans: Sequence[_Span]) -> dict[str, float]:
    """Return the operations of each stage that grows with the film."""
    sampler, film = job.request.sampler, job.film
    sounds = len(job.request.voices) * len(job.takes)
    evaluations, passes = sampler.steps * (1 if sampler.solver == "euler" else 2), _passes(spec, job)
    duration = sum(float(span.duration) for span in spans)
    words = spec.network.training_text_tokens
    classified = CLASSIFIED_SHARE if passes == 2 else 0.0
    evaluated = sum(
        span.windows
        * (
            passes * operations(spec.network, Tokens(span.clip.latents, span.clip.clip_frames, words))
            + classified * classifier_operations(spec.network, span.clip.latents)
        )
        for span in spans
    )
    seen = PIXEL_OPERATIONS * film.width * film.height * float(film.frame_rate) + spec.encoders.operations_per_s
    return {
        "read film": duration * seen,
        "sample": sounds * evaluations * evaluated,
        "decode": duration * sounds * spec.codec.operations_per_s,
    }


def _passes(spec: ModelSpec, job: Job) -> int:
    return 1 if job.request.sampler.guidance_for(spec.network.guidance) == 1 else 2
