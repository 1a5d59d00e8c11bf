"""Our own cue sheet: a table (CSV) that a person edits in a spreadsheet."""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from fractions import Fraction

from mmhnet_cli.media.probe import VideoInfo
from mmhnet_cli.options.words import TIMECODE
from mmhnet_cli.pipeline.asking.tables import Written, name_of, read_table
from mmhnet_cli.pipeline.session.cues import Cue
from mmhnet_cli.pipeline.session.drafts import Draft, Flaw
from mmhnet_cli.timecode import Timecode, meant_rate
from mmhnet_cli.timeline import round_half_up

SAID = ("start", "end", "track", "prompt", "hits", "gain", "pan", "seed", "negative", "name", "picture")
"""Columns that say what to make, in the order in which they are written; start and end must be there."""
INFORMS = ("rate", "shot", "seen", "notes")
"""Columns for people, but for `rate`: labels per second that times are counted in."""
DECIMALS = ("gain", "pan", "rate")
TEXTS = ("track", "prompt", "negative", "name", "seen")
RATE = re.compile(r"\d{1,4}(\.\d{1,9})?")
SHOWN = 60
"""So much of what a stranger wrote is repeated in words about it."""
FORMULA = ("=", "+", "-", "@", "'")
"""A spreadsheet computes what begins with one of these, unless an apostrophe stands before it."""


def read(text: str, film: VideoInfo, clock: Timecode | None) -> Iterator[Draft | Flaw]:
    """Yield the rows. An unknown column is one flaw, not one in each row."""
    unknown: set[str] = set()
    for row in read_table(text, DECIMALS, ("start", "end")):
        if row.broken:
            yield Flaw(row.where, "", row.broken)
        elif all(cell is None for _, cell in row.pairs):
            yield from _flaws_of_head(row, unknown)
        else:
            cells = {name_of(column): cell for column, cell in row.pairs if name_of(column) not in unknown}
            yield from _row(row.where, cells, film, clock)


def _flaws_of_head(head: Written, unknown: set[str]) -> Iterator[Flaw]:
    seen: set[str] = set()
    for column, _ in head.pairs:
        name = name_of(column)
        if name not in (*SAID, *INFORMS):
            unknown.add(name)
            near = get_close_matches(name, (*SAID, *INFORMS), n=1)
            meant = f", perhaps {near[0]} is meant" if near else ""
            yield Flaw(head.where, column[:SHOWN], f"it is not known{meant}; there are {', '.join((*SAID, *INFORMS))}")
        elif name in seen:
            yield Flaw(head.where, column[:SHOWN], "it stands twice")
        seen.add(name)


def _row(row: str, cells: Mapping[str, str], film: VideoInfo, clock: Timecode | None) -> Iterator[Draft | Flaw]:
    rate = film.label_rate if clock is None else clock.rate
    if "rate" in cells and not _is_rate(cells["rate"], rate):
        found = f"{cells['rate'][:SHOWN]!r} is not that of the film's timecode, {float(rate):.3f}"
        yield Flaw(row, "rate", f"{found}: its times would be others")
        return
    missing = [column for column in ("start", "end") if column not in cells]
    yield from (Flaw(row, column, "it is empty; a cue needs its time") for column in missing)
    if not missing:
        hits = tuple(_hit(text) for text in cells.get("hits", "").split())
        said = {column: _plain(column, cells[column]) for column in SAID if column in cells and column not in TIMES}
        yield Draft(row, _with_point(cells["start"]), _with_point(cells["end"]), said, hits)


TIMES = ("start", "end", "hits")


def _is_rate(text: str, rate: Fraction) -> bool:
    return RATE.fullmatch(text) is not None and meant_rate(Fraction(text)) == rate


def _hit(text: str) -> tuple[str, str]:
    time, _, strength = text.partition("@")
    return _with_point(time), strength.replace(",", ".")


def _with_point(time: str) -> str:
    """Return seconds that have a decimal comma with a point; a timecode may have one in its last place."""
    return time if TIMECODE.fullmatch(time) else time.replace(",", ".")


def _plain(column: str, cell: str) -> str:
    """Return a text without the apostrophe that keeps a spreadsheet from computing it."""
    return cell[1:] if column in TEXTS and cell[:1] == "'" and cell[1:2] in FORMULA else cell


def written(cues: Sequence[Cue], clock: Timecode | None, informed: Sequence[Mapping[str, str]] = ()) -> bytes:
    """Return a sheet that a spreadsheet reads: UTF-8 with a mark, as Excel wants it.

    clock: times are timecode, to the frame, from this one of the first picture; None writes seconds. informed: for each
    cue what stands in columns for people.
    """
    rate = {} if clock is None else {"rate": f"{float(clock.rate):.3f}".rstrip("0").rstrip(".")}
    notes = [{**rate, **note} for note in informed or [{} for _ in cues]]
    told = [column for column in INFORMS if any(column in note for note in notes)]
    file = io.StringIO(newline="")
    table = csv.writer(file)
    table.writerow([*SAID, *told])
    for cue, note in zip(cues, notes, strict=True):
        cells = {**_cells(cue if clock is None else cue.on_frames(clock.rate), clock), **note}
        table.writerow([_guarded(column, cells.get(column, "")) for column in (*SAID, *told)])
    return file.getvalue().encode("utf-8-sig")


def _cells(cue: Cue, clock: Timecode | None) -> dict[str, str]:
    return {
        "start": time_of(cue.start, clock),
        "end": time_of(cue.end, clock),
        "hits": " ".join(_written_hit(time, strength, clock) for time, strength in cue.hits or ()),
        **said_of(cue),
    }


def said_of(cue: Cue) -> dict[str, str]:
    """Return what a cue says beside its times, by column; nothing where it is as usual."""
    return {
        "prompt": cue.prompt,
        "track": cue.track,
        "gain": f"{cue.gain_db:g}" if cue.gain_db else "",
        "pan": "" if cue.pan is None else f"{cue.pan:g}",
        "seed": "" if cue.seed is None else str(cue.seed),
        "negative": cue.negative,
        "name": cue.name,
        "picture": "" if cue.picture else "no",
    }


def _written_hit(time: Fraction, strength: float, clock: Timecode | None) -> str:
    return time_of(time, clock) + ("" if strength == 1 else f"@{strength:g}")


def time_of(seconds: Fraction, clock: Timecode | None) -> str:
    """Return a moment of the film in its timecode, or in seconds to the millionth where it has none."""
    if clock is None:
        return f"{float(seconds):.6f}".rstrip("0").rstrip(".")
    return str(clock + round_half_up(seconds * clock.rate))


def _guarded(column: str, cell: str) -> str:
    return f"'{cell}" if column in TEXTS and cell.startswith(FORMULA) else cell
