"""A report made again otherwise: some of its tracks stay to the bit, or its gain does; the rest is as is asked now."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from mmhnet_cli.errors import BadOption, ReportMismatch
from mmhnet_cli.models.digests import file_sha256
from mmhnet_cli.options import Cue, GenerateRequest, KeptStem, OnExists, Stem
from mmhnet_cli.options.delivery import LOCKED
from mmhnet_cli.pipeline.asking.kept_files import stem_file, told_of_stem
from mmhnet_cli.pipeline.asking.report_file import check_repeatable, read_report, request_of
from mmhnet_cli.pipeline.session.cues import with_tracks
from mmhnet_cli.pipeline.session.renamed import of_take
from mmhnet_cli.pipeline.session.take_file import chosen_take, gain_of


@dataclass(frozen=True)
class Otherwise:
    """What of a report stays, and what of the rest is another; None is as it was.

    keep: tracks whose files stay. gain: in dB, or LOCKED, that of the report. stems: by name, those fields of them that
    are others; a name that the report has not is a new one. cues: of tracks that do not stay.
    """

    keep: tuple[str, ...] = ()
    gain: float | str | None = None
    prompt: str | None = None
    negative_prompt: str | None = None
    stems: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    cues: tuple[Cue, ...] | None = None
    seed: int | None = None
    takes: int = 1

    @property
    def mark(self) -> str:
        """Return what stands in the names of the new files."""
        return "keep" if self.keep else "gain"


def otherwise_request(
    report: Path, asked: Otherwise, film: Path | None, on_exists: OnExists, **changes: Any
) -> GenerateRequest:
    """Return the request for a take of a report made again otherwise. film, changes: as for `request_of`.

    Raises BadOption for what cannot be, ReportUnreadable, ReportMismatch, and what `request_of` raises.
    """
    take = chosen_take(report, "--keep" if asked.keep else "--gain")
    if not _redone(report) <= set(asked.keep):
        check_repeatable(report)
    one = of_take(request_of(report, film, on_exists, **changes), take, asked.mark)
    request = _with_words(_with_cues(one, asked), asked)
    # With the seeds that they had, whatever their place is now.
    seeds = {voice.name: one.seed(number, 0) for number, voice in enumerate(one.voices)}
    if asked.seed is None:
        stems = tuple(replace(one, seed=seeds.get(one.name) if one.seed is None else one.seed) for one in request.stems)
        request = replace(request, stems=stems)
    else:
        request = replace(request, sampler=replace(request.sampler, seed=asked.seed, seed_drawn=False))
    request = replace(request, name=f"{request.name}{{take}}", takes=asked.takes)
    if asked.keep:
        if asked.gain not in (None, LOCKED):
            raise BadOption(
                "--gain", str(asked.gain), f"{LOCKED}, or left out beside --keep: what stays keeps its level"
            )
        return with_kept(request, report, take, asked.keep, seeds)
    gain_db = gain_of(report, take) if isinstance(asked.gain, str) else asked.gain
    return replace(request, output=replace(request.output, gain_db=gain_db))


def with_kept(
    request: GenerateRequest, report: Path, take: int, names: tuple[str, ...], seeds: Mapping[str, int]
) -> GenerateRequest:
    """Return a request that makes its other stems around those of a take of a report, at the gain of that take.

    seeds: by name, what stays was made with. Raises BadOption, ReportUnreadable, or ReportMismatch where a file that
    shall stay is not there, or has changed.
    """
    digests = {name: _digest(report, take, name) for name in dict.fromkeys(names)}
    kept = tuple(KeptStem(name, report, take, digest) for name, digest in digests.items())
    stems = tuple(replace(one, seed=seeds[one.name]) if one.name in digests else one for one in request.stems)
    output = replace(request.output, gain_db=gain_of(report, take))
    return replace(request, stems=stems, kept=kept, output=output)


def _digest(report: Path, take: int, name: str) -> str:
    """Return the digest of a stem's file, which is the one that the report has."""
    path, told = stem_file(report, take, name), str(told_of_stem(report, take, name).get("sha256"))
    found = file_sha256(path) if path.is_file() else "no such file"
    if found != told:
        raise ReportMismatch(report, path.name, told, found)
    return found


def _redone(report: Path) -> set[str]:
    """Return the voices of which a part was made anew."""
    redone = read_report(report).get("redone")
    return {str(one.get("voice")) for one in redone if isinstance(one, dict)} if isinstance(redone, list) else set()


def _with_cues(request: GenerateRequest, asked: Otherwise) -> GenerateRequest:
    """Put the cues of another sheet in the place of those whose tracks do not stay."""
    if asked.cues is None:
        return request
    if request.cues is None:
        raise BadOption("--cues", "a sheet", "left out: the report is of a film without one")
    away = request.stems[0].negative_prompt if request.stems else ""
    new = with_tracks(replace(request, cues=asked.cues, stems=(), negative_prompt=away))
    own = [cue for cue in request.cues if cue.track in asked.keep]
    cues = sorted([*own, *(cue for cue in new.cues or () if cue.track not in asked.keep)], key=lambda cue: cue.start)
    both = with_tracks(replace(request, cues=tuple(cues), stems=(), negative_prompt=away))
    return replace(both, negative_prompt="")


def _with_words(request: GenerateRequest, asked: Otherwise) -> GenerateRequest:
    """Give a request other words: its own, or those of its stems."""
    for option, text in (("--prompt", asked.prompt), ("--negative-prompt", asked.negative_prompt)):
        if text is not None and request.stems:
            raise BadOption(option, text, "left out: the report has stems, of which --stem and --stem-negative tell")
    if asked.stems and request.cues is not None:
        raise BadOption("--stem", next(iter(asked.stems)), "left out: the report has cues, of which --cues has others")
    for name in asked.stems:
        if name in asked.keep:
            raise BadOption("--stem", name, "another one than those that --keep names")
    if not request.stems and not asked.stems:
        prompt = request.prompt if asked.prompt is None else asked.prompt
        away = request.negative_prompt if asked.negative_prompt is None else asked.negative_prompt
        return replace(request, prompt=prompt, negative_prompt=away)
    return replace(request, stems=_changed(request, asked.stems))


def _changed(request: GenerateRequest, said: Mapping[str, Mapping[str, Any]]) -> tuple[Stem, ...]:
    """Return the stems of a request with what is said of them by name, new ones behind. Raises BadOption for one that
    is neither in the report nor has a prompt."""
    stems = {stem.name: stem for stem in request.stems}
    for name, values in said.items():
        if name not in stems and "prompt" not in values:
            raise BadOption("--stem", name, f"a stem of the report, or a new one with a prompt: {', '.join(stems)}")
        stems[name] = replace(stems.get(name, Stem(name, "")), **values)
    return tuple(stems.values())
