"""A Reaper project: the film on a track, every track of sound with its takes, cues as regions, hits as markers."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

from mmhnet_cli.pipeline.session.hand_over import HandOver, PlacedSound
from mmhnet_cli.pipeline.session.paths import one_line, path_from

DROP, NOT_DROP = 1, 2
"""At 30 frames a second Reaper takes them for 29.97; at 24 the first stands for 23.976."""


def write(session: HandOver, folder: Path, file: Path) -> None:
    """Write the project to `file`; it will stand in `folder`."""
    file.write_text("\n".join(_lines(session, folder)) + "\n", encoding="utf-8", newline="\n")


def _lines(session: HandOver, folder: Path) -> Iterator[str]:
    offset = Fraction(0) if session.clock is None else session.clock.seconds
    yield '<REAPER_PROJECT 0.1 "7.0" 0'
    yield f"  PROJOFFS {_seconds(offset)} 0 0"
    yield f"  TIMEMODE 5 5 -1 {session.begins.labels_per_second} {_counting(session)} 0 -1"
    if session.sounds:
        yield f"  SAMPLERATE {session.sounds[0].sample_rate_hz} 1 0"
    yield from _marks(session)
    yield from _track("picture", _film_item(session, folder), muted=True)
    for name, takes in session.tracks.items():
        yield from _track(name, _sound_item(takes, folder), muted=session.is_sum(name))
    yield ">"


def _counting(session: HandOver) -> int:
    if session.rate.denominator == 1:
        return 0
    return NOT_DROP if session.begins.labels_per_second % 30 == 0 and not session.begins.drop else DROP


def _marks(session: HandOver) -> Iterator[str]:
    for number, cue in enumerate(session.cues, 1):
        name = _quoted(cue.title)
        yield f"  MARKER {number} {_seconds(cue.start)} {name} 1"
        yield f'  MARKER {number} {_seconds(cue.end)} "" 1'
    hits = sorted((time, strength, cue.title) for cue in session.cues for time, strength in cue.hits or ())
    for number, (time, strength, title) in enumerate(hits, 1):
        yield f"  MARKER {number} {_seconds(time)} {_quoted(f'hit {strength:g} {title}')} 0"


def _track(name: str, item: Sequence[str], muted: bool = False) -> Iterator[str]:
    yield "  <TRACK"
    yield f"    NAME {_quoted(name)}"
    yield f"    MUTESOLO {int(muted)} 0 0"
    yield from (f"    {line}" for line in item)
    yield "  >"


def _film_item(session: HandOver, folder: Path) -> list[str]:
    path = session.film.path
    source = ["  <SOURCE VIDEO", f"    FILE {_quoted(path_from(folder, path))}", "  >"]
    return [*_item(Fraction(0), session.film.duration), f"  NAME {_quoted(path.name)}", *source, ">"]


def _sound_item(takes: Sequence[PlacedSound], folder: Path) -> list[str]:
    first = takes[0]
    lines = _item(max(first.begin, Fraction(0)), first.seconds)
    for take in takes:
        lines += [
            *([] if take is first else ["  TAKE"]),
            f"  NAME {_quoted(take.path.name)}",
            f"  SOFFS {_seconds(Fraction(take.trimmed, take.sample_rate_hz))}",
            "  <SOURCE WAVE",
            f"    FILE {_quoted(path_from(folder, take.path))}",
            "  >",
        ]
    return [*lines, ">"]


def _item(position: Fraction, length: Fraction) -> list[str]:
    return ["<ITEM", f"  POSITION {_seconds(position)}", f"  LENGTH {_seconds(length)}", "  LOOP 0"]


def _seconds(value: Fraction) -> str:
    return f"{float(value):.12f}".rstrip("0").rstrip(".")


def _quoted(text: str) -> str:
    """Return a text in the first of Reaper's three quotation marks that is not in it; there is no way to escape one."""
    text = one_line(text)
    mark = next((mark for mark in "\"'`" if mark not in text), None)
    return f'"{text}"' if mark == '"' else f"{mark}{text}{mark}" if mark else f"`{text.replace('`', chr(39))}`"
