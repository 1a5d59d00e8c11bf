"""`mmhnet export`: a session for another program."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from mmhnet_cli.cli._options import ReplaceOption
from mmhnet_cli.cli._session import Session
from mmhnet_cli.errors import BadOption
from mmhnet_cli.fields import Within
from mmhnet_cli.options.choice import Choice
from mmhnet_cli.options.panels import FILES, SOUND

HELP = """Hand a sound over to another program, as a session with the film.

Takes the report beside a sound. The film, all its WAV files and takes are at their place; cues are regions, hits are
markers.
"""
EXAMPLES = """Examples:

mmhnet export reel1_mmhnet.json --to reaper

mmhnet export reel1_mmhnet.json --to poly --take 2

mmhnet export reel1_mmhnet.json --to edl --cues reel1_cues.csv -o hand_over/reel1.edl
"""
ReportArgument = Annotated[
    Path, typer.Argument(metavar="REPORT", help="The report beside the sound, a .json file.", show_default=False)
]
ToOption = Annotated[
    Literal["reaper", "otio", "aaf", "edl", "csv", "poly", "mov"] | None,
    Choice(
        "--to",
        FILES,
        "The program, or the kind of file: otio and aaf need the extras of that name, csv has the cues alone, poly is "
        "one WAV file with all tracks, mov the film with all tracks.",
        metavar="reaper|otio|aaf|edl|csv|poly|mov",
        setting=False,
    ),
]
SessionOption = Annotated[
    Path | None,
    Choice(
        "--output",
        FILES,
        "The file to write.",
        more=("-o",),
        metavar="FILE",
        shown="called after the report, beside it",
        setting=False,
    ),
]
CuesOption = Annotated[
    Path | None,
    Choice(
        "--cues",
        FILES,
        "A cue sheet of the film: .csv, .edl, .otio, .srt, .vtt, or what Reaper and Pro Tools export.",
        metavar="SHEET",
        shown="what was asked for",
        setting=False,
    ),
]
WhereOption = Annotated[
    Path | None,
    Choice(
        "--film",
        FILES,
        "The film, or its folder, where it has moved.",
        metavar="FILM",
        setting=False,
    ),
]


OneTakeOption = Annotated[
    int | None,
    Within(1, 99),
    Choice(
        "--take",
        SOUND,
        "This take alone; poly and mov hold one.",
        metavar="N",
        shown="all, or the picked, else the first",
        setting=False,
    ),
]


def export(
    session: Session,
    report: ReportArgument,
    to: ToOption = None,
    output: SessionOption = None,
    cues: CuesOption = None,
    take: OneTakeOption = None,
    film: WhereOption = None,
    force: ReplaceOption = False,
) -> None:
    """Write the session, and print where."""
    from mmhnet_cli.pipeline.session.export import WRITERS, export_report

    if to is None:
        raise BadOption("--to", "nothing", f"one of {', '.join(WRITERS)}")
    with session.progress() as progress:
        path, found = export_report(
            report, to, output, film=film, cues=cues, take=take, replace=force, progress=progress
        )
    facts = {"type": "export", "to": to, "report": str(report), "output": str(path)}
    session.output.result(str(path), {**facts, "sounds": len(found.sounds), "cues": len(found.cues)})
