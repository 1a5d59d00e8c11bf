"""Regions and markers as Reaper exports them: a table with #, Name, Start, End and Length."""

from collections.abc import Iterator

from mmhnet_cli.media.probe import VideoInfo
from mmhnet_cli.pipeline.asking.tables import name_of, read_table
from mmhnet_cli.pipeline.session.drafts import Draft, Flaw
from mmhnet_cli.timecode import Timecode

COLUMNS = ("#", "name", "start", "end")


def is_reaper(text: str) -> bool:
    """Tell whether a table is one of Reaper, by its first line."""
    return text.lstrip().startswith(("#,", "#;", "#\t", '"#"'))


def read(text: str, film: VideoInfo, clock: Timecode | None) -> Iterator[Draft | Flaw]:
    """Yield a cue for each region, and a mark for each marker."""
    for row in read_table(text, (), COLUMNS):
        cells = {name_of(column): cell for column, cell in row.pairs}
        if row.broken:
            yield Flaw(row.where, "", row.broken)
        elif None not in cells.values():
            if "start" not in cells:
                yield Flaw(row.where, "Start", "it is empty; a region needs its time")
            else:
                said = {"prompt": cells.get("name", "")}
                yield Draft(row.where, cells["start"], cells.get("end"), said)
