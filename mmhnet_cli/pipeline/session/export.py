"""Sessions for other programs: one file with the film, its sounds and its cues."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

from mmhnet_cli.errors import BadOption
from mmhnet_cli.media.output import atomic_output, resolve_output, same_file
from mmhnet_cli.pipeline.making.stages import Progress, no_progress
from mmhnet_cli.pipeline.session import to_aaf, to_edl, to_mov, to_otio, to_poly, to_reaper, to_table
from mmhnet_cli.pipeline.session.hand_over import HandOver, hand_over

Program = Literal["reaper", "otio", "aaf", "edl", "csv", "poly", "mov"]
Writer = Callable[[HandOver, Path, Path, Progress], None]


def _of_text(write: Callable[[HandOver, Path, Path], None]) -> Writer:
    return lambda session, folder, file, progress: write(session, folder, file)


WRITERS: dict[Program, tuple[str, Writer]] = {
    "reaper": (".rpp", _of_text(to_reaper.write)),
    "otio": (".otio", _of_text(to_otio.write)),
    "aaf": (".aaf", _of_text(to_aaf.write)),
    "edl": (".edl", _of_text(to_edl.write)),
    "csv": (".csv", _of_text(to_table.write)),
    "poly": ("_poly.wav", to_poly.write),
    "mov": ("_tracks.mov", to_mov.write),
}
"""Each program has what the name of its file ends in, and what writes it."""
MEDIA: tuple[Program, ...] = ("poly", "mov")
"""They hold sound themselves, and of each track one take."""


def export(session: HandOver, program: Program, path: Path, replace: bool, progress: Progress = no_progress) -> None:
    """Write a session. replace: what is there. Raises OutputExists, OutputUnwritable, ExtraMissing, or what is wrong
    with a sound or the film."""
    ending, writer = WRITERS[program]
    if program in MEDIA and path.suffix.lower() != Path(ending).suffix:
        raise BadOption("--output", str(path), f"a file that ends in {Path(ending).suffix}")
    with atomic_output(path, "overwrite" if replace else "error") as unfinished:
        writer(session, path.parent, unfinished, progress)


def export_report(
    report: Path,
    to: Program,
    path: Path | None = None,
    *,
    film: Path | None = None,
    cues: Path | None = None,
    take: int | None = None,
    replace: bool = False,
    progress: Progress = no_progress,
) -> tuple[Path, HandOver]:
    """Write the session of a report, and return where and what is in it. path: None is beside it, called after it.

    film, cues: as for `hand_over`. take: that one alone; None is all of them, or where only one has a place that
    which was picked, else the first.
    Raises what `hand_over` and `export` raise.
    """
    path = path or report.with_name(report.stem + WRITERS[to][0])
    resolve_output(path, "overwrite" if replace else "error")
    found = hand_over(report, film, cues)
    if take is not None:
        found = found.of_take(take)
    if replace and any(same_file(path, used) for used in (found.film.path, *(sound.path for sound in found.sounds))):
        raise BadOption("--output", str(path), "another file than the film and the sounds that go into it")
    export(found, to, path, replace=replace, progress=progress)
    return path, found
