"""Where the files of stems lie that stay as they are."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mmhnet_cli.errors import BadOption, ReportMismatch
from mmhnet_cli.models.digests import file_sha256
from mmhnet_cli.options import GenerateRequest
from mmhnet_cli.pipeline.asking.names import is_film
from mmhnet_cli.pipeline.asking.report_file import file_of, read_report


def kept_files(request: GenerateRequest) -> dict[str, Path]:
    """Return by name the file of each stem that stays, as it was when it was chosen to.

    Raises ReportUnreadable, BadOption for a track or a take that there is not, or where nothing else is left to make,
    and ReportMismatch for a file that has changed since.
    """
    found = {}
    for one in request.kept:
        path = stem_file(one.report, one.take, one.name)
        digest = file_sha256(path) if path.is_file() else "no such file"
        if digest != one.sha256:
            raise ReportMismatch(one.report, path.name, one.sha256, digest)
        found[one.name] = path
    names = [stem.name for stem in request.stems]
    if strays := [name for name in found if name not in names]:
        raise BadOption("--keep", strays[0], f"a track that is made: {', '.join(names) or 'there are none'}")
    if found and len(found) == len(names):
        raise BadOption("--keep", ",".join(names), "some of the tracks: one at least is made around them")
    return found


def stem_file(report: Path, take: int, stem: str) -> Path:
    """Return where the WAV file of a stem lies. Raises ReportUnreadable or BadOption."""
    return file_of(report, str(told_of_stem(report, take, stem)["file"]))


def told_of_stem(report: Path, take: int, stem: str) -> dict[str, Any]:
    """Return what a report tells of the WAV file of a stem: `file` for sure. Raises ReportUnreadable or BadOption."""
    files = list(_sounds_of(read_report(report), take))
    for file in files:
        if file["stem"] == stem:
            return file
    known = ", ".join(str(file["stem"]) for file in files if file["stem"] is not None)
    raise BadOption("--keep", stem, f"a track of take {take} of {report.name}: {known or 'it has none'}")


def _sounds_of(content: dict[str, Any], take: int) -> Iterator[dict[str, Any]]:
    takes = content.get("takes")
    for one in takes if isinstance(takes, list) else ():
        files = one.get("files") if isinstance(one, dict) and one.get("take") == take else None
        for file in files if isinstance(files, list) else ():
            if isinstance(file, dict) and {"file", "stem"} <= file.keys() and not is_film(Path(str(file["file"]))):
                yield file
