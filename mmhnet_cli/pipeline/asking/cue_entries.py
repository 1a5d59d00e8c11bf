"""What a report tells of the files of single cues, and which of them stay as they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmhnet_cli.errors import ReportMismatch, ReportUnreadable
from mmhnet_cli.models.digests import file_sha256
from mmhnet_cli.options import GenerateRequest
from mmhnet_cli.options.sampling import LARGEST_SEED
from mmhnet_cli.pipeline.asking.report_file import file_of, read_report

if TYPE_CHECKING:
    from mmhnet_cli.pipeline.asking.names import Output

MOST_SAMPLES = 1 << 40


@dataclass(frozen=True)
class CueFile:
    """The file of one cue, as it was written."""

    path: Path
    track: str
    first: int
    """Its first sample is this one of its track."""
    samples: int
    seed: int


def cue_files_of(report: Path, take: Mapping[str, Any]) -> dict[int, CueFile]:
    """Return the files of cues of a take of a report, by the number of the cue in its request, from 0.

    Raises ReportUnreadable for a report that tells no such thing, and ReportMismatch for a file that has changed since.
    """
    found: dict[int, CueFile] = {}
    listed = take.get("cues", [])
    try:
        for entry in listed:
            number = _whole(entry["cue"], 1)
            path = file_of(report, str(entry["file"]))
            digest = file_sha256(path) if path.is_file() else "no such file"
            if digest != entry["sha256"]:
                raise ReportMismatch(report, path.name, str(entry["sha256"]), digest)
            places = _whole(entry["first_sample"], 0), _whole(entry["samples"], 1)
            seed = _whole(entry["seed"], 0, LARGEST_SEED)
            found[number - 1] = CueFile(path, str(entry["stem"]), *places, seed)
    except (KeyError, TypeError, ValueError) as error:
        raise ReportUnreadable(report, f"what it says of its cues is not complete ({error})") from error
    return dict(sorted(found.items()))


def kept_cues(request: GenerateRequest, outputs: "Sequence[Output]") -> dict[int, CueFile]:
    """Return the files of cues whose tracks stay, by the number of the cue in the request, as far as they are among its
    outputs. Raises as `cue_files_of`, and ReportUnreadable where not every one of them has one.
    """
    found: dict[int, CueFile] = {}
    cues = {output.cue: output.stem for output in outputs if output.cue is not None}
    for one in request.kept if cues else ():
        takes = read_report(one.report).get("takes")
        told = [take for take in takes if isinstance(take, dict)] if isinstance(takes, list) else []
        take = next((take for take in told if take.get("take") == one.take), {})
        files = [file for file in cue_files_of(one.report, take).values() if file.track == one.name]
        numbers = sorted(cue for cue, track in cues.items() if track == one.name)
        if len(files) != len(numbers):
            reason = f"it names {len(files)} files of cues of {one.name}, which has {len(numbers)} cues"
            raise ReportUnreadable(one.report, reason)
        found.update(zip(numbers, files, strict=True))
    return found


def _whole(value: Any, least: int, most: int = MOST_SAMPLES) -> int:
    if type(value) is not int or not least <= value <= most:
        raise ValueError(f"{value!r:.40} is no whole number from {least} to {most}")
    return value
