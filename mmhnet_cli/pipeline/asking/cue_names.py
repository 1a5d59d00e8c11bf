"""What the file of one cue is called by: which it is, in which shot it begins, when, and with which words and seed."""

from fractions import Fraction
from typing import TYPE_CHECKING

from mmhnet_cli.errors import BadOption
from mmhnet_cli.media.limits import MAX_SOUND_BYTES
from mmhnet_cli.options import Cue, GenerateRequest
from mmhnet_cli.pipeline.asking.names import CueName
from mmhnet_cli.pipeline.asking.place import place_in_film
from mmhnet_cli.pipeline.asking.templates import shortened
from mmhnet_cli.pipeline.asking.ucs import FIELD, cue_ucs_name, cut_words, words_of

if TYPE_CHECKING:
    from mmhnet_cli.media.probe import VideoInfo
    from mmhnet_cli.models.model_files import ModelFiles
    from mmhnet_cli.timecode import Timecode

DIGITS = 3
NAME_BYTES = 60
MOST_FILES = 20_000
"""So many files of cues are written at most, in all takes."""


def cue_names(
    request: GenerateRequest,
    model: "ModelFiles",
    film: "VideoInfo",
    start: Fraction,
    end: Fraction,
    clock: "Timecode | None",
) -> tuple[CueName, ...]:
    """Return what the cues between two moments, and in their handles, are called by; nothing where they get no files.

    Raises BadOption where they would be more files, or more sound, than is held at once.
    """
    if not request.output.cue_files or request.cues is None:
        return ()
    first, last = start - request.output.handles_s, end + request.output.handles_s
    inside = [number for number, cue in enumerate(request.cues) if cue.end > first and cue.start < last]
    _check(request, inside, first, last)
    tracks = [stem.name for stem in request.stems]
    rows = [cue.row or number for number, cue in enumerate(request.cues, 1)]
    digits = max(DIGITS, len(str(max(rows))))
    found = []
    for number in inside:
        cue = request.cues[number]
        values = {"index": f"{rows[number]:0{digits}}", "cue": called(cue), **place_in_film(cue.start, cue.end, clock)}
        if cue.shot is not None:
            values["shot"] = f"{cue.shot:0{DIGITS}}"
        if FIELD in request.name:
            values["ucs"] = str(cue_ucs_name(request, model, cue))
        seed = request.seed(tracks.index(cue.track), 0) if cue.seed is None else cue.seed
        found.append(CueName(number, cue.track, seed, values))
    return tuple(found)


def called(cue: Cue) -> str:
    """Return what a cue is called in the name of its file: its name, else the first of its words."""
    return shortened(cue.name, NAME_BYTES) if cue.name else cut_words([*words_of([cue.prompt]), ""])


def _check(request: GenerateRequest, inside: list[int], first: Fraction, last: Fraction) -> None:
    files = len(inside) * request.takes
    if files > MOST_FILES:
        raise BadOption("--cue-files", f"{files} cues in all takes", f"at most {MOST_FILES} files: choose a part")
    cues = [(request.cues or ())[number] for number in inside]
    seconds = sum(min(cue.end, last) - max(cue.start, first) for cue in cues)
    # Of stereo in floating point; all cues of a take lie on disk until its level is known.
    if seconds * request.output.sample_rate_hz * 8 > MAX_SOUND_BYTES:
        hours = f"{float(seconds) / 3600:.1f} hours of cues"
        raise BadOption("--cue-files", hours, f"cues of {MAX_SOUND_BYTES >> 30} GiB of sound at most: choose a part")
