"""Sessions for other programs: one file with the film, its sounds and its cues."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

from mmhnet_cli.media.output import atomic_output
from mmhnet_cli.pipeline.session import to_aaf, to_edl, to_otio, to_reaper, to_table
from mmhnet_cli.pipeline.session.hand_over import HandOver

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
