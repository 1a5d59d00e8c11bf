"""One film from beginning to end: features, latents, sound, level, files."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from mmhnet_cli.audio.waves import Waves
from mmhnet_cli.encoders.extract import frame_count
from mmhnet_cli.encoders.protocol import Encoders, Picture, Shot
from mmhnet_cli.media.frames import Lost, refuse
from mmhnet_cli.options import Cue, Stem
from mmhnet_cli.pipeline.delivery import files as delivery
from mmhnet_cli.pipeline.delivery.claim import claim
from mmhnet_cli.pipeline.delivery.cue_files import HeardCues
from mmhnet_cli.pipeline.delivery.doubts import quiet_voices
from mmhnet_cli.pipeline.delivery.files import WrittenFile
from mmhnet_cli.pipeline.delivery.kept import kept_latents, kept_sound
from mmhnet_cli.pipeline.delivery.latents import cue_key
from mmhnet_cli.pipeline.delivery.report import Report
from mmhnet_cli.pipeline.delivery.sounds import sounds_of
from mmhnet_cli.pipeline.making.allocator import give_back_memory
from mmhnet_cli.pipeline.making.cued import CuedPart, HeardCue, cued_parts, cued_sound
from mmhnet_cli.pipeline.making.held import HeldSound, Scratch
from mmhnet_cli.pipeline.making.load import LoadedModel
from mmhnet_cli.pipeline.making.pieces import FilmPiece, decode_pieces, decode_pieces_into, sample_pieces
from mmhnet_cli.pipeline.making.sampling import Part
from mmhnet_cli.pipeline.making.seen import Sight, sight_of
from mmhnet_cli.pipeline.making.seen_pieces import EncodedPiece, encode_pieces
from mmhnet_cli.pipeline.making.stages import Progress, Stages, no_progress
from mmhnet_cli.pipeline.request import Job
from mmhnet_cli.timeline import Timeline

WRITE_STEPS = 100
"""Pictures that are coded anew take a while."""


@dataclass(frozen=True)
class GenerateResult:
    """What came of a job."""

    files: tuple[Path, ...]
    """These were written, the report last."""
    report: dict[str, Any]
    """It is the content of the report."""
    dropped: tuple[str, ...]
    """These streams of the film an output could not hold."""


def generate(job: Job, model: LoadedModel, progress: Progress = no_progress) -> GenerateResult:
    """Make the sound of `job` and write its outputs, which nobody else of this program writes meanwhile.

    Nothing half-done stays when this raises; what is complete stays, and OutputsFailed names it.
    """
    with claim(job) as claimed:
        return generate_claimed(claimed, model, progress)


def generate_claimed(job: Job, model: LoadedModel, progress: Progress = no_progress) -> GenerateResult:
    """Do as `generate` does, for a job from `claim`.

    Picture and words are encoded once for all stems and takes. A take that is done is on disk, in the report as well.
    """
    stages = Stages(model.device, progress)
    with stages.stage("load encoders"):
        encoders = model.load_encoders()
    report = Report(job, model)
    encoded = encode(job, model, encoders, stages, report.lost, report.film_sha256)
    report.see(encoded.shots)
    # Their memory is the sampler's now, and what they left in pieces too.
    del encoders
    give_back_memory()
    dropped: list[str] = []
    for take in job.takes:
        rendered = render(job, model, encoded, take, stages)
        dropped += deliver(job, model, take, rendered, report, stages)
        # Its sounds leave the disk before the next ones come.
        del rendered
    files = (*(output.path for output in job.outputs), job.report)
    return GenerateResult(files, report.facts(stages.seconds), tuple(dict.fromkeys(dropped)))


@dataclass(frozen=True)
class Encoded:
    """What is known of a film before it is sampled."""

    pieces: tuple[EncodedPiece, ...]
    """They hold the voices; there are none where the request has cues."""
    tracks: tuple[tuple[CuedPart, ...], ...]
    """They hold the cues of each voice; there are none where the request has no cues."""
    shots: tuple[Shot, ...]
    """They count from the first picture of the film, and are those of its chosen part with handles."""

    @property
    def places(self) -> tuple[FilmPiece, ...]:
        """Return where the pieces lie."""
        return tuple(piece.place for piece in self.pieces)


@torch.inference_mode()
def encode(
    job: Job, model: LoadedModel, encoders: Encoders, stages: Stages, lost: Lost, film_sha256: str = ""
) -> Encoded:
    """Return the features of every voice. `lost` hears of damaged pictures, unless the request wants none.

    film_sha256: that of the film, where it was taken already.
    """
    lost = refuse(job.film.path) if job.request.strict else lost
    sight = sight_of(job, encoders, film_sha256)
    if job.request.cues is not None:
        return _encode_cues(sight, model, stages, lost)
    pieces, shots = encode_pieces(sight, model, stages, lost)
    return Encoded(pieces, (), shots)


def _encode_cues(sight: Sight, model: LoadedModel, stages: Stages, lost: Lost) -> Encoded:
    """Return the features of every cue. They lie at fixed places of the film by themselves."""
    job, encoders = sight.job, sight.encoders
    duration, handle_s = film_timeline(job, model).duration, job.request.output.handles_s
    start, end = job.start - handle_s, job.end + handle_s
    with stages.stage("read film", frame_count(encoders.streams, duration)) as done:
        picture = sight.picture(start, end, lost, done)
    if (hits := job.hits_from(start)) is not None:
        picture = replace(picture, sync=encoders.with_hits(picture.sync, hits))
    with stages.stage("read prompt"):
        tracks = _tracks(job, model, encoders, picture)
    first = float(start)
    shots = tuple(replace(shot, start_s=shot.start_s + first, end_s=shot.end_s + first) for shot in picture.shots)
    return Encoded((), tracks, shots)


@dataclass(frozen=True)
class Rendered:
    """A take before it is levelled: one of each for every voice."""

    sounds: list[Waves]
    """They are (1 or 2, n). A single one of a single piece is an array, any other lies on disk."""
    latents: dict[str, Tensor]
    """They are (L, C), what the sounds were decoded from, by the name of the cue (`cue_key`), or of the voice, all of
    whose pieces stand one after the other."""
    cues: Mapping[int, HeardCue] = field(default_factory=dict)
    """They are those that get files of their own, by their number in the request."""
    seen: Mapping[int, str] = field(default_factory=dict)
    """The picture shows this kind most while the cue of this number lasts."""


def render(job: Job, model: LoadedModel, encoded: Encoded, take: int, stages: Stages) -> Rendered:
    """Return every voice of a take, each with its own seed."""
    request, scratch = job.request, Scratch(job.report.parent)
    heard = HeardCues(job.request, encoded.shots, scratch)
    rendered = Rendered([], {}, heard.found, heard.seen)
    for one in request.kept:
        rendered.latents.update(kept_latents(one))
    for number, voice in enumerate(request.voices):
        if voice.name in job.kept:
            rendered.sounds.append(scratch.held(kept_sound(job, voice.name)))
            continue
        if encoded.tracks:
            track = scratch.silence(2 if job.channels == "stereo" else 1, job.samples)
            cues = _track(job, model, encoded, number, take, stages, track, heard)
            rendered.sounds.append(track)
            rendered.latents.update((cue_key(voice.name, cue), latents) for cue, latents in cues.items())
            continue
        detail = f" {voice.name}" if request.stems else ""
        detail += f", take {take + 1} of {request.takes}" if request.takes > 1 else ""
        parts = [part_of(job, piece, number, take) for piece in encoded.pieces]
        with stages.stage("sample", request.sampler.steps * len(parts), detail) as done:
            latents = sample_pieces(model, encoded.places, parts, request.sampler, done)
        rendered.sounds.append(decode(job, model, latents, encoded, stages, detail))
        rendered.latents[voice.name] = latents
    return rendered


def _tracks(job: Job, model: LoadedModel, encoders: Encoders, picture: Picture) -> tuple[tuple[CuedPart, ...], ...]:
    """Return what is sampled for the cues of each track; nothing where there are no cues."""
    request, origin_s = job.request, job.start - job.request.output.handles_s
    latents = film_timeline(job, model).latents

    def of(stem: Stem) -> tuple[CuedPart, ...]:
        own = [cue for cue in request.cues or () if cue.track == stem.name and stem.name not in job.kept]
        return cued_parts(model, encoders, picture, own, origin_s, latents, stem.negative_prompt)

    return tuple(of(stem) for stem in request.stems) if request.cues is not None else ()


def _track(
    job: Job,
    model: LoadedModel,
    encoded: Encoded,
    number: int,
    take: int,
    stages: Stages,
    sound: HeldSound,
    heard: HeardCues,
) -> dict[int, Tensor]:
    """Make the sound (1 or 2, n) of a track of cues, and return the latents of each, as `cued_sound`; `heard` gets
    them."""
    request, parts = job.request, encoded.tracks[number]
    detail = f" {request.stems[number].name}" + (f", take {take + 1} of {request.takes}" if request.takes > 1 else "")

    def seed(cue: Cue) -> int:
        if cue.seed is None:
            return request.seed(number, take)
        return cue.seed if request.variation else cue.seed + take

    with stages.stage("sample", max(1, len(parts)) * request.sampler.steps, detail) as done:
        return cued_sound(
            model,
            parts,
            seed,
            request.sampler,
            request.long_form,
            job.start - request.output.handles_s,
            request.output.sample_rate_hz,
            sound,
            done,
            heard.add,
            request.turn(number, take),
        )


def part_of(job: Job, piece: EncodedPiece, voice: int, take: int) -> Part:
    """Return what is sampled of a piece for voice number `voice` in take number `take`, both from 0."""
    request, place = job.request, piece.place
    return Part(
        piece.voices[voice],
        place.timeline.latents,
        request.seed(voice, take),
        request.long_form,
        place.first,
        request.turn(voice, take),
    )


def decode(job: Job, model: LoadedModel, latents: Tensor, encoded: Encoded, stages: Stages, detail: str = "") -> Waves:
    """Decode latents (L, C) of all pieces of a voice to its sound (1 or 2, n), as `Rendered` has it.

    Raises SoundNotFinite, and OutputUnwritable where there is no room on the disk.
    """
    pans = [piece.pan for piece in encoded.pieces] if job.channels == "stereo" else None
    rate_hz, begin, places = job.request.output.sample_rate_hz, job.first_film_sample, encoded.places
    with stages.stage("decode", len(latents), detail) as done:
        if len(places) == 1 == len(job.request.voices):
            return decode_pieces(model, places, latents, pans, rate_hz, slice(begin, begin + job.samples), done)
        sound = Scratch(job.report.parent).silence(1 if pans is None else 2, job.samples)
        decode_pieces_into(sound, model, places, latents, pans, rate_hz, begin, done)
    return sound


def deliver(
    job: Job,
    model: LoadedModel,
    take: int,
    rendered: Rendered,
    report: Report,
    stages: Stages,
    announce: Callable[[Sequence[WrittenFile]], None] = lambda written: None,
) -> tuple[str, ...]:
    """Mix, level and write a take, with the report so far; return the film's streams that an output could not hold.

    announce: is told of the complete files before they get their names.
    Raises what went wrong, as OutputsFailed where some files of the job could be made.
    """
    quiet = quiet_voices(job, take, rendered.sounds)
    with stages.stage("level"):
        sounds = sounds_of(job, rendered.sounds, rendered.cues, rendered.seen)
    problems: delivery.Problems = []
    with ExitStack() as files, stages.stage("write", WRITE_STEPS) as done:
        written = delivery.write(
            job,
            model,
            take,
            sounds,
            files,
            problems,
            seen=report.seen_most,
            told=lambda share: done(int(share * WRITE_STEPS)),
        )
        announce(written)
        published = delivery.publish_files(job, written, problems)
    if published:
        may_replace = bool(report.takes) or job.request.output.on_exists in ("skip", "overwrite")
        report.add(take, sounds, published, quiet)
        if job.request.output.kept and rendered.latents:
            report.keep(take, rendered.latents)
            delivery.publish_latents(job, report.latents, problems)
        delivery.publish_report(job, report.content(stages.seconds), may_replace, problems)
    delivery.raise_problems(problems, (*report.written, job.report) if report.written else ())
    return tuple(name for file in published for name in file.dropped)


def film_timeline(job: Job, model: LoadedModel) -> Timeline:
    """Return counts of what the model makes: the chosen part of the film with its handles."""
    return Timeline(job.duration + 2 * job.request.output.handles_s, model.sequence)
