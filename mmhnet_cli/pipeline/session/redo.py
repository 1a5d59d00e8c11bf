"""A stretch of a take made anew, in the company of what surrounds it; all else stays as it is, to the bit.

The kept latents around the stretch are led along their path while the stretch is sampled (`flow.within`); its sound is
then put in the place of the old one, with fades outside it. Only some seconds are read, sampled and decoded.
"""

import math
from contextlib import ExitStack
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from mmhnet_cli.errors import BadOption, BadRange, LatentsMissing, ReportUnreadable
from mmhnet_cli.options.request import MIX, STEM_SEEDS
from mmhnet_cli.options.sampling import LARGEST_SEED
from mmhnet_cli.pipeline.asking.chosen_part import seconds_in_film
from mmhnet_cli.pipeline.asking.prepare import prepare
from mmhnet_cli.pipeline.asking.report_file import check_film, check_model, request_of
from mmhnet_cli.pipeline.delivery import files as delivery
from mmhnet_cli.pipeline.delivery.claim import claim
from mmhnet_cli.pipeline.delivery.latents import cue_key, latents_path
from mmhnet_cli.pipeline.delivery.report import Report
from mmhnet_cli.pipeline.generate import GenerateResult, film_timeline
from mmhnet_cli.pipeline.making.cued import HeardCue
from mmhnet_cli.pipeline.making.load import LoadedModel
from mmhnet_cli.pipeline.making.stages import Progress, Stages, no_progress
from mmhnet_cli.pipeline.request import Job
from mmhnet_cli.pipeline.session.redo_cues import CueStretch, renewed_cues, touched_cues
from mmhnet_cli.pipeline.session.relaid import FADE, relaid
from mmhnet_cli.pipeline.session.renamed import of_take
from mmhnet_cli.pipeline.session.stretch import CONTEXT_S, Stretch, kept_latents, renewed
from mmhnet_cli.pipeline.session.take_file import EarlierTake, picked_take, read_take
from mmhnet_cli.timeline import round_half_up

NAMED = "redo"


@dataclass(frozen=True)
class RedoRequest:
    """What shall be another one in a take.

    first, last: seconds from the film's first picture, or its timecode. take: None is the one that was picked, else the
    first. voice: a stem; None is the mix of a take
    without stems. prompt, negative_prompt: None are those of the take. seed: None counts on from it.
    film, model: None are those that the report names.
    """

    report: Path
    first: Fraction | str
    last: Fraction | str
    take: int | None = None
    voice: str | None = None
    prompt: str | None = None
    negative_prompt: str | None = None
    seed: int | None = None
    film: Path | None = None
    model: str | None = None
    device: str = "auto"
    cache_gb: float = 0.0


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
        voice = request.voices[self.voice]
        own = voice.prompt
        if request.cues is not None:
            cues = touched_cues(request, voice.name, self.first, self.last)
            own = "; ".join(dict.fromkeys(cue.prompt for cue in cues if cue.prompt))
        prompt = own if asked.prompt is None else asked.prompt
        away = request.away(self.voice) if asked.negative_prompt is None else asked.negative_prompt
        return prompt, away


def prepare_redo(asked: RedoRequest) -> RedoJob:
    """Check a redo before a network is loaded.

    Raises BadOption, BadRange, ReportUnreadable, ReportMismatch, LatentsMissing, and what `prepare` raises.
    """
    take = read_take(asked.report, asked.take or picked_take(asked.report))
    changes = {} if asked.model is None else {"model": asked.model}
    # What stayed in the take is sound like any other now.
    request = request_of(
        asked.report, asked.film, "rename", device=asked.device, cache_gb=asked.cache_gb, kept=(), **changes
    )
    voices = [voice.name for voice in request.voices]
    named = asked.voice if request.stems else MIX
    if named not in voices or (not request.stems and asked.voice is not None):
        expected = f"one of {', '.join(voices)}" if request.stems else "left out: the take has no stems"
        raise BadOption("--track", asked.voice or "nothing", expected)
    voice = voices.index(named)
    job = prepare(of_take(request, take.number, NAMED))
    if missing := [
        output.path.name for output in job.outputs if output.cue is not None and output.cue not in take.cues
    ]:
        raise ReportUnreadable(asked.report, f"take {take.number} has no file of a cue for {missing[0]}")
    job = replace(job, kept_cues=take.cues)
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
    if request.cues is None:
        take.latents(named)
    else:
        touched_cues(job.request, named, first, last)
        if not any(key.startswith(cue_key(named, "")) for key in take.kept()):
            raise LatentsMissing(latents_path(take.report), take.report)
    return RedoJob(asked, take, job, first, last, voice, seed)


def redo(redo_job: RedoJob, model: LoadedModel, progress: Progress = no_progress) -> GenerateResult:
    """Make the stretch anew, and write the take with it under new names. Raises as `generate`, and ReportMismatch."""
    check_model(redo_job.asked.report, model.sha256)
    with claim(redo_job.job) as job:
        return _redo(replace(redo_job, job=job), model, Stages(model.device, progress))


def _redo(asked: RedoJob, model: LoadedModel, stages: Stages) -> GenerateResult:
    job, report = asked.job, Report(asked.job, model)
    name = job.request.voices[asked.voice].name
    heard: dict[int, HeardCue] = {}
    if job.request.cues is None:
        kept = asked.take.latents(name)
        if tuple(kept.shape) != (kept_latents(job, model), model.network.config.latent_channels):
            raise LatentsMissing(asked.take.report, asked.take.report)
        stretch = Stretch(asked.first, asked.last, asked.words, asked.seed)
        latents, sound, begin = renewed(job, model, stretch, kept, stages, report.lost)
        others, at = {name: latents}, begin - job.first_film_sample
    else:
        cues = _of_cues(asked, name)
        first, last = _region(asked, model)
        others, sound, heard = renewed_cues(job, model, cues, asked.take.kept(), (first, last), stages, report.lost)
        at = round_half_up(first / model.sequence.latent_rate_hz * job.request.output.sample_rate_hz)
    with stages.stage("level"):
        heard = {number: one for number, one in heard.items() if number in asked.take.cues}
        job = replace(job, kept_cues={n: file for n, file in asked.take.cues.items() if n not in heard})
        # Which cues stay is known only now.
        report.job = job
        sounds = relaid(job, asked.take, asked.voice, (asked.first, asked.last), sound, at, heard)
    problems: delivery.Problems = []
    with ExitStack() as files, stages.stage("write"):
        written = delivery.write(job, model, 0, sounds, files, problems, dither=False)
        published = delivery.publish_files(job, written, problems)
    if published:
        report.add(0, sounds, published, [])
        report.head["redone"] = [*asked.take.redone, _facts(asked, name)]
        report.keep(0, {**asked.take.kept(), **others})
        delivery.publish_latents(job, report.latents, problems)
        delivery.publish_report(job, report.content(stages.seconds), False, problems)
    delivery.raise_problems(problems, (*report.written, job.report) if report.written else ())
    made = (*(output.path for output in job.outputs), job.report)
    dropped = tuple(name for file in published for name in file.dropped)
    return GenerateResult(made, report.facts(stages.seconds), dropped)


def _region(asked: RedoJob, model: LoadedModel) -> tuple[int, int]:
    """Return from which latent of the take to which a track of cues is made anew: the stretch with its fades."""
    rate_hz, origin = model.sequence.latent_rate_hz, asked.job.start - asked.job.request.output.handles_s
    first = max(0, math.floor((asked.first - FADE - origin) * rate_hz))
    return first, min(film_timeline(asked.job, model).latents, math.ceil((asked.last + FADE - origin) * rate_hz))


def _of_cues(asked: RedoJob, track: str) -> CueStretch:
    words, context_s = (asked.asked.prompt, asked.asked.negative_prompt), Fraction(CONTEXT_S)
    return CueStretch(asked.take.report, track, asked.first, asked.last, *words, asked.seed, FADE, context_s)


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
