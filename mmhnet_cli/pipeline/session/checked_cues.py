"""From the rows of a sheet to cues: everything is looked at, and what is wrong is told all at once."""

import unicodedata
from collections.abc import Callable, Iterable
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Any

from mmhnet_cli.errors import BadOption, SheetInvalid
from mmhnet_cli.fields import Within, expected_of
from mmhnet_cli.media.probe import VideoInfo
from mmhnet_cli.options import words
from mmhnet_cli.options.choice import mark_of
from mmhnet_cli.options.request import OF_THE_MIX, TIME, is_of_the_mix
from mmhnet_cli.pipeline.asking.chosen_part import seconds_in_film
from mmhnet_cli.pipeline.asking.texts import PROMPT_CHARACTERS, check_prompt
from mmhnet_cli.pipeline.session.cues import FX, Cue, CueSheet, track_name
from mmhnet_cli.pipeline.session.drafts import Draft, Flaw, Moment
from mmhnet_cli.timecode import Timecode

MAX_CUES = 10_000
MAX_HITS = 100_000
"""Of a sheet: fourteen hits a second over two hours."""
MAX_PROBLEMS = 100
"""Nobody reads more of them, and a file that is no sheet has one in every line."""
NAME_CHARACTERS = 100
SHOWN = 60
"""So much of what stands in a sheet is repeated in words about it."""


def checked_sheet(path: Path, rows: Iterable[Draft | Flaw], film: VideoInfo, clock: Timecode | None) -> CueSheet:
    """Return the cues of all rows, in order of time.

    clock: timecode of the first picture, None where the film has none. Raises an ExceptionGroup with a SheetInvalid for
    each thing that is wrong.
    """
    check = _Check(path, film, clock)
    with suppress(_TooManyProblems):
        for row in rows:
            check.add(row)
        check.close_marks()
    if check.problems:
        raise ExceptionGroup("the sheet", check.problems)
    return CueSheet(tuple(sorted(check.cues, key=lambda cue: (cue.start, cue.end))))


class _TooManyProblems(Exception):
    """It says that the rest of a sheet need not be read."""


class _Check:
    """It grows row by row, and keeps what is wrong."""

    def __init__(self, path: Path, film: VideoInfo, clock: Timecode | None) -> None:
        self.path, self.film, self.clock = path, film, clock
        self.cues: list[Cue] = []
        self.marks: list[tuple[Draft, Fraction, dict[str, Any]]] = []
        self.problems: list[SheetInvalid] = []
        self.rows_of_names: dict[str, str] = {}
        self.count, self.hit_count = 0, 0

    def refuse(self, row: str, column: str, reason: str) -> None:
        self.problems.append(SheetInvalid(self.path, row, column, reason))
        if len(self.problems) == MAX_PROBLEMS:
            self.problems.append(SheetInvalid(self.path, "", "", "so much is wrong that the rest of it was not read"))
            raise _TooManyProblems

    def add(self, row: Draft | Flaw) -> None:
        if isinstance(row, Flaw):
            self.refuse(row.row, row.column, row.reason)
            return
        self.count += 1
        if self.count > MAX_CUES:
            self.refuse(row.row, "", f"there are more than {MAX_CUES} cues")
            raise _TooManyProblems
        start = self._start(row)
        end = None if row.end is None else self._end(row, start)
        hits = self._hits(row, start, end)
        said = {"prompt": "", "row": self.count, **dict(self._said(row))}
        if start is not None and row.end is None:
            self.marks.append((row, start, said))
        elif start is not None and end is not None:
            self.cues.append(Cue(start, end, hits=hits, **said))

    def close_marks(self) -> None:
        """Let each mark last until the next one that is later, else to the end of the film."""
        later = end = self.film.duration
        for _, start, said in sorted(self.marks, key=lambda mark: mark[1], reverse=True):
            if start < later:
                later, end = start, later
            self.cues.append(Cue(start, end, hits=((start, 1.0),), **said))

    def _start(self, row: Draft) -> Fraction | None:
        start = self._moment(row.row, "start", row.start)
        if start is not None and not 0 <= start < self.film.duration:
            self.refuse(row.row, "start", f"{_shown(row.start)} is outside the film{self._whole(row.start)}")
            return None
        return start

    def _end(self, row: Draft, start: Fraction | None) -> Fraction | None:
        end = self._moment(row.row, "end", row.end or "")
        if end is None:
            return None
        # The last picture may end within a label, or a frame of another rate.
        over = end - self.film.duration
        if 0 < over < 1 / self.film.label_rate:
            end = self.film.duration
        if not 0 <= end <= self.film.duration:
            self.refuse(row.row, "end", f"{_shown(row.end)} is outside the film{self._whole(row.end)}")
            return None
        if start is not None and end <= start:
            self.refuse(row.row, "end", f"{_shown(row.end)} is not after its start, {_shown(row.start)}")
            return None
        return end

    def _moment(self, row: str, column: str, text: Moment) -> Fraction | None:
        if isinstance(text, Fraction):
            return text
        try:
            return seconds_in_film(column, words.moment(text), self.film, self.clock)
        except BadOption as refused:
            self.refuse(row, column, f"{_shown(text)} cannot be; it must be {refused.expected}")
        except ValueError:
            self.refuse(row, column, f"{_shown(text)} cannot be; it must be {TIME}")
        return None

    def _hits(
        self, row: Draft, start: Fraction | None, end: Fraction | None
    ) -> tuple[tuple[Fraction, float], ...] | None:
        self.hit_count += len(row.hits)
        if self.hit_count > MAX_HITS:
            self.refuse(row.row, "hits", f"there are more than {MAX_HITS} hits")
            raise _TooManyProblems
        hits = []
        for written, strength in row.hits:
            time = self._moment(row.row, "hits", written)
            if time is not None and ((start is not None and time < start) or (end is not None and time >= end)):
                self.refuse(row.row, "hits", f"{_shown(written)} is outside its cue")
            try:
                hits.append((time or Fraction(0), _strength(strength)))
            except ValueError:
                self.refuse(row.row, "hits", f"{strength[:SHOWN]!r} cannot be; strengths are above 0, up to 1")
        return tuple(sorted(hits)) or None

    def _said(self, row: Draft) -> Iterable[tuple[str, Any]]:
        """Yield the fields of the cue that its other cells say."""
        for column, text in {"prompt": "", "track": FX, **row.cells}.items():
            field, read, expected = FIELDS[column]
            try:
                yield field, read(text)
            except ValueError as error:
                why = expected or str(error)
                self.refuse(row.row, column, f"{_shown(text)} cannot be; it must be {why}")
            else:
                if column == "name":
                    self._check_name(row.row, text)

    def _check_name(self, row: str, name: str) -> None:
        """Refuse a second row of one name: files are called by it, on systems that know no capitals too."""
        key = unicodedata.normalize("NFC", name).casefold()
        first = self.rows_of_names.setdefault(key, row)
        if first != row:
            self.refuse(row, "name", f"{_shown(name)} is the name of {first} already")

    def _whole(self, moment: Moment | None) -> str:
        lasts = f"lasts {float(self.film.duration):.3f} s"
        if self.clock is not None:
            return f", which begins at {self.clock} and {lasts}"
        if isinstance(moment, str) and words.TIMECODE.fullmatch(moment):
            return f", which has no timecode (--timecode gives its first picture one) and {lasts}"
        return f", which {lasts}"


def _shown(text: Moment | None) -> str:
    shown = f"{float(text):.3f} s" if isinstance(text, Fraction) else repr(text)
    return shown if len(shown) <= SHOWN else f"{shown[:SHOWN]}..."


def _strength(text: str) -> float:
    strength = float(text) if text else 1.0
    if not 0 < strength <= 1:
        raise ValueError(text)
    return strength


def _words(text: str) -> str:
    check_prompt(text)
    return text


def _name(text: str) -> str:
    if not text or len(text) > NAME_CHARACTERS or not text.isprintable():
        raise ValueError(text)
    return text


def _track(text: str) -> str:
    if is_of_the_mix(track_name(_name(text))):
        raise ValueError(text)
    return text


def _within(field: str, read: Callable[[str], Any]) -> tuple[str, Callable[[str], Any], str]:
    """Return how a field of a cue that has a range is read, and what it takes."""
    within: Within = mark_of(Cue.__annotations__[field], Within)

    def checked(text: str) -> Any:
        value = read(text)
        if not within.holds(value):
            raise ValueError(text)
        return value

    return field, checked, expected_of(int if read is words.whole else float, within)


TEXT = f"a text of at most {PROMPT_CHARACTERS} characters"
NAME = f"a text of at most {NAME_CHARACTERS} characters, without control characters"
FIELDS: dict[str, tuple[str, Callable[[str], Any], str]] = {
    "prompt": ("prompt", _words, TEXT),
    "negative": ("negative", _words, TEXT),
    "track": ("track", _track, f"{NAME}, but for {' and '.join(OF_THE_MIX)}, which are the sum of all tracks"),
    "name": ("name", _name, NAME),
    "gain": _within("gain_db", words.number),
    "pan": _within("pan", words.number),
    "seed": _within("seed", words.whole),
    "picture": ("picture", words.switch, "yes or no"),
}
"""By column: the field of a cue, how its text is read, and what it must be."""
