"""`mmhnet spot`: a first cue sheet of a film."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from mmhnet_cli.cli._looking import look
from mmhnet_cli.cli._options import FilmArgument, ReplaceOption
from mmhnet_cli.cli._session import Session
from mmhnet_cli.options.choice import Choice
from mmhnet_cli.options.delivery import FirstTimecode
from mmhnet_cli.options.panels import FILES

if TYPE_CHECKING:
    from mmhnet_cli.pipeline.session.spot import Spotted

HELP = """Write a first cue sheet of a film, to be edited in a spreadsheet.

A row for each shot with what is seen in it, and for what hits a row of its own with the times of its hits. All times
are the film's timecode, or seconds where it has none.
"""
EXAMPLES = """Examples:

mmhnet spot reel1.mov

mmhnet spot reel1.mp4 --timecode 01:00:00:00 -o spotting/reel1.csv
"""
SheetOption = Annotated[
    Path | None,
    Choice(
        "--output",
        FILES,
        "The sheet to write.",
        more=("-o",),
        metavar="FILE",
        shown="FILM_cues.csv beside the film",
        setting=False,
    ),
]


def spot(
    session: Session,
    film: FilmArgument,
    output: SheetOption = None,
    timecode: FirstTimecode = "auto",
    force: ReplaceOption = False,
) -> None:
    """Write what the picture proposes as a cue sheet, and print where."""
    from fractions import Fraction

    from mmhnet_cli.media.output import atomic_output, resolve_output
    from mmhnet_cli.media.probe import probe
    from mmhnet_cli.pipeline.asking.chosen_part import clock_of, doubts_of
    from mmhnet_cli.pipeline.session import table
    from mmhnet_cli.pipeline.session.cuts import cut_at
    from mmhnet_cli.pipeline.session.spot import spotted

    path = output or film.with_name(f"{film.stem}_cues.csv")
    info = probe(film)
    clock = clock_of(timecode, info)
    # Before the look, which takes a while.
    resolve_output(path, "overwrite" if force else "error")
    for doubt in doubts_of(timecode, info, clock, Fraction(0)):
        session.output.warning(doubt)
    found = spotted(info, look(session, info), lambda first: cut_at(info, first, lambda second, reason: None))
    content = table.written([one.cue for one in found], clock, [one.notes for one in found])
    with atomic_output(path, "overwrite" if force else "error") as unfinished:
        unfinished.write_bytes(content)
    shots, hits = {one.shot for one in found}, sum(len(one.cue.hits or ()) for one in found)
    session.output.note(f"{len(shots)} shots, {len(found)} cues, {hits} hits.")
    facts = {"type": "spot", "film": str(film), "output": str(path), "timecode": None if clock is None else str(clock)}
    session.output.result(str(path), {**facts, "cues": [_facts(one) for one in found]})


def _facts(one: "Spotted") -> dict[str, Any]:
    cue = one.cue
    return {
        "start_s": str(cue.start),
        "end_s": str(cue.end),
        "track": cue.track,
        "prompt": cue.prompt,
        "hits": [{"time_s": str(time), "strength": strength} for time, strength in cue.hits or ()],
        "shot": one.shot,
        "seen": dict(one.seen),
    }
