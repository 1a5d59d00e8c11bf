"""Sessions for other programs: one file with the film, its sounds and its cues."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

from mmhnet_cli.media.output import atomic_output, resolve_output
from mmhnet_cli.pipeline.session import to_aaf, to_edl, to_otio, to_reaper, to_table
from mmhnet_cli.pipeline.session.hand_over import HandOver, hand_over

Program = Literal["reaper", "otio", "aaf", "edl", "csv"]
Writer = Callable[[HandOver, Path, Path], None]
WRITERS: dict[Program, tuple[str, Writer]] = {
    "reaper": (".rpp", to_reaper.write),
    "otio": (".otio", to_otio.write),
    "aaf": (".aaf", to_aaf.write),
    "edl": (".edl", to_edl.write),
    "csv": (".csv", to_table.write),
}
"""Each program has the suffix of its file and what writes it."""


def export(session: HandOver, program: Program, path: Path, replace: bool) -> None:
    """Write a session. replace: what is there. Raises OutputExists, OutputUnwritable or ExtraMissing."""
    writer = WRITERS[program][1]
    with atomic_output(path, "overwrite" if replace else "error") as unfinished:
        writer(session, path.parent, unfinished)


def export_report(
    report: Path,
    to: Program,
    path: Path | None = None,
    *,
    film: Path | None = None,
    cues: Path | None = None,
    replace: bool = False,
) -> tuple[Path, HandOver]:
    """Write the session of a report, and return where and what is in it. path: None is beside it, called after it.

    film, cues: as for `hand_over`. Raises what `hand_over` and `export` raise.
    """
    path = path or report.with_suffix(WRITERS[to][0])
    resolve_output(path, "overwrite" if replace else "error")
    found = hand_over(report, film, cues)
    export(found, to, path, replace=replace)
    return path, found
