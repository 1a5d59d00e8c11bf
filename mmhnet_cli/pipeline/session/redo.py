"""A stretch of a take made anew, in the company of what surrounds it; all else stays as it is, to the bit.

The kept latents around the stretch are led along their path while the stretch is sampled (`flow.within`); its sound is
then put in the place of the old one, with fades outside it. Only some seconds are read, sampled and decoded.
"""

from contextlib import ExitStack
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from mmhnet_cli.audio.level import PEAK_MARGIN_DB, GainDecision
from mmhnet_cli.audio.limiter import limiter_gain
from mmhnet_cli.audio.loudness import measure
from mmhnet_cli.audio.splice import splice
from mmhnet_cli.errors import BadOption, BadRange, LatentsMissing
from mmhnet_cli.options import GenerateRequest
from mmhnet_cli.options.request import MIX, STEM_SEEDS
from mmhnet_cli.options.sampling import LARGEST_SEED
from mmhnet_cli.pipeline.asking.chosen_part import seconds_in_film
from mmhnet_cli.pipeline.asking.prepare import prepare
from mmhnet_cli.pipeline.asking.report_file import check_film, check_model, request_of
from mmhnet_cli.pipeline.delivery import files as delivery
from mmhnet_cli.pipeline.delivery.claim import claim
from mmhnet_cli.pipeline.delivery.level import Level
from mmhnet_cli.pipeline.delivery.report import Report
from mmhnet_cli.pipeline.generate import GenerateResult
from mmhnet_cli.pipeline.making.load import LoadedModel
from mmhnet_cli.pipeline.making.stages import Progress, Stages, no_progress
from mmhnet_cli.pipeline.request import Job
from mmhnet_cli.pipeline.session.renamed import of_take
from mmhnet_cli.pipeline.session.stretch import Stretch, kept_latents, renewed
from mmhnet_cli.pipeline.session.take_file import EarlierTake, read_take
from mmhnet_cli.timeline import round_half_up

FADE_S = 0.2
NAMED = "redo"


@dataclass(frozen=True)
class RedoRequest:
    """What shall be another one in a take.

    first, last: seconds from the film's first picture, or its timecode. voice: a stem; None is the mix of a take
    without stems. prompt, negative_prompt: None are those of the take. seed: None counts on from it.
    film, model: None are those that the report names.
    """

    report: Path
    first: Fraction | str
    last: Fraction | str
    take: int = 1
    voice: str | None = None
    prompt: str | None = None
    negative_prompt: str | None = None
    seed: int | None = None
    film: Path | None = None
    model: str | None = None
    device: str = "auto"


@dataclass(frozen=True)
class RedoJob:
    """A redo that is possible. job: has the new files. first, last: seconds from the first picture of the film."""

    asked: RedoRequest
    take: EarlierTake
    job: Job
    first: Fraction
    last: Fraction
    voice: int
    seed: int

    @property
    def words(self) -> tuple[str, str]:
        """Return what the stretch shall sound like, and what not."""
        request, asked = self.job.request, self.asked
        prompt = request.voices[self.voice].prompt if asked.prompt is None else asked.prompt
        away = request.away(self.voice) if asked.negative_prompt is None else asked.negative_prompt
        return prompt, away


def prepare_redo(asked: RedoRequest) -> RedoJob:
    """Check a redo before a network is loaded.

    Raises BadOption, BadRange, ReportUnreadable, ReportMismatch, LatentsMissing, and what `prepare` raises.
    """
    take = read_take(asked.report, asked.take)
    changes = {} if asked.model is None else {"model": asked.model}
    request = request_of(asked.report, asked.film, "rename", device=asked.device, **changes)
    voices = [voice.name for voice in request.voices]
    named = asked.voice if request.stems else MIX
    if named not in voices or (not request.stems and asked.voice is not None):
        expected = f"one of {', '.join(voices)}" if request.stems else "left out: the take has no stems"
        raise BadOption("--track", str(asked.voice), expected)
    voice = voices.index(named)
    job = prepare(of_take(request, take.number, NAMED))
    check_film(asked.report, job.film.path)
    first = seconds_in_film("--from", asked.first, job.film, job.timecode)
    last = seconds_in_film("--to", asked.last, job.film, job.timecode)
    handle_s = job.request.output.handles_s
    begin, end = job.start - handle_s, job.end + handle_s
    if not begin <= first < last <= end:
        raise BadRange(first, last, job.film.duration, "", f"{float(begin):.3f} to {float(end):.3f} s of the take")
    seed = asked.seed
    if seed is None:
        seed = (job.request.seed(voice, 0) + (1 + len(take.redone)) * len(voices) * STEM_SEEDS) % (LARGEST_SEED + 1)
    take.latents(named)
    return RedoJob(asked, take, job, first, last, voice, seed)


def redo(redo_job: RedoJob, model: LoadedModel, progress: Progress = no_progress) -> GenerateResult:
    """Make the stretch anew, and write the take with it under new names. Raises as `generate`, and ReportMismatch."""
    check_model(redo_job.asked.report, model.sha256)
    with claim(redo_job.job) as job:
        return _redo(replace(redo_job, job=job), model, Stages(model.device, progress))


def _redo(asked: RedoJob, model: LoadedModel, stages: Stages) -> GenerateResult:
    job, report = asked.job, Report(asked.job, model)
    name = job.request.voices[asked.voice].name
    stretch = Stretch(asked.first, asked.last, asked.words, asked.seed)
    kept = asked.take.latents(name)
    if tuple(kept.shape) != (kept_latents(job, model), model.network.config.latent_channels):
        raise LatentsMissing(asked.take.report, asked.take.report)
    latents, sound, begin = renewed(job, model, stretch, kept, stages, report.lost)
    with stages.stage("level"):
        sounds = _sounds(asked, sound, begin - job.first_film_sample)
    problems: delivery.Problems = []
    with ExitStack() as files, stages.stage("write"):
        written = delivery.write(job, model, 0, sounds, files, problems, dither=False)
        published = delivery.publish_files(job, written, problems)
    if published:
        report.add(0, sounds, published, [])
        report.head["redone"] = [*asked.take.redone, _facts(asked, name)]
        kept = [latents if voice.name == name else asked.take.latents(voice.name) for voice in job.request.voices]
        report.keep(0, kept)
        delivery.publish_latents(job, report.latents, problems)
        delivery.publish_report(job, report.content(stages.seconds), False, problems)
    delivery.raise_problems(problems, (*report.written, job.report) if report.written else ())
    made = (*(output.path for output in job.outputs), job.report)
    dropped = tuple(name for file in published for name in file.dropped)
    return GenerateResult(made, report.facts(stages.seconds), dropped)


def _sounds(asked: RedoJob, sound: np.ndarray, at: int) -> delivery.Sounds:
    """Put the sound, which begins at sample `at` of the take, in its place, at the level of the take."""
    job, request = asked.job, asked.job.request
    rate_hz, voice = request.output.sample_rate_hz, request.voices[asked.voice]
    gain_db = asked.take.gain_db + voice.gain_db
    old = asked.take.sound(None)
    new = np.broadcast_to(sound, (len(old), sound.shape[1])) * np.float32(10 ** (gain_db / 20))

    def sample_at(seconds: Fraction) -> int:
        return round_half_up((seconds - job.first_sample) * rate_hz)

    stretch = slice(sample_at(asked.first), min(sample_at(asked.last), old.shape[1]))

    def laid(samples: np.ndarray) -> np.ndarray:
        return splice(samples, new, at, stretch, round(FADE_S * rate_hz))

    stems: tuple[np.ndarray, ...] = ()
    if not request.stems:
        mix = laid(old)
    else:
        parts = {stem.name: asked.take.sound(stem.name) for stem in request.stems}
        before, after = parts[voice.name], laid(parts[voice.name])
        parts[voice.name] = after
        touched = _touched(stretch, rate_hz, old.shape[1])
        mix = old.copy()
        mix[:, touched] += after[:, touched] - before[:, touched]
        stems = tuple(parts[stem.name] for stem in request.stems)
    mix, stems = _limited(mix, stems, _touched(stretch, rate_hz, old.shape[1]), request, rate_hz)
    handle = slice(job.handle_samples, job.handle_samples + job.picture_samples)
    gain = GainDecision(asked.take.gain_db, "off", 0.0)
    level = Level(measure(old[:, handle], rate_hz), gain, None, measure(mix[:, handle], rate_hz))
    film = delivery.film_sound(job, mix) if any(output.is_film for output in job.outputs) else None
    return delivery.Sounds(mix, stems, film, level)


def _touched(stretch: slice, rate_hz: int, length: int) -> slice:
    """Return the samples that a redo may change: the stretch and its fades."""
    fade = round(FADE_S * rate_hz)
    return slice(max(0, stretch.start - fade), min(length, stretch.stop + fade))


def _limited(
    mix: np.ndarray, stems: tuple[np.ndarray, ...], touched: slice, request: GenerateRequest, rate_hz: int
) -> tuple[np.ndarray, tuple[np.ndarray, ...]]:
    """Hold the true peak of what was changed under the ceiling, with one curve for the mix and all its stems."""
    ceiling_dbtp = request.output.loudness.true_peak_dbtp - PEAK_MARGIN_DB
    curve = limiter_gain(mix[:, touched], rate_hz, ceiling_dbtp)
    # Nothing new is at the outer ends of the fades: there the curve leads back to 1, and leaves no step.
    fade = min(round(FADE_S * rate_hz), len(curve) // 2)
    share = np.ones(len(curve), np.float32)
    rise = np.linspace(0, 1, fade, endpoint=False, dtype=np.float32)
    share[:fade] = rise if touched.start else 1
    share[len(share) - fade :] = rise[::-1] if touched.stop < mix.shape[1] else 1
    held = 1 - share * (1 - curve)
    for samples in (mix, *stems):
        samples[:, touched] *= held
    return mix, stems


def _facts(asked: RedoJob, voice: str) -> dict[str, Any]:
    prompt, away = asked.words
    return {
        "from_s": str(asked.first),
        "to_s": str(asked.last),
        "voice": voice,
        "prompt": prompt,
        "negative_prompt": away,
        "seed": asked.seed,
        "parent": asked.take.report.name,
        "take": asked.take.number,
    }
