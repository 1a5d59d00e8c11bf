"""What lies beside a film and says what to hear in it: `street.txt` or `street_cues.csv` beside `street.mp4`."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path

from mmhnet_cli.errors import BadOption
from mmhnet_cli.options.cues import SHEET_SUFFIXES
from mmhnet_cli.pipeline.asking.found import Bounds, names_in, real, spelt
from mmhnet_cli.pipeline.asking.texts import PROMPT, read_prompt, reason_of

TEXT = ".txt"
SHEETS = tuple(f"{mark}cues{suffix}" for suffix in SHEET_SUFFIXES for mark in ("_", "."))
"""The first of them is what `mmhnet spot` writes."""
SHEET = "a cue sheet"


class Beside:
    """It looks into each folder once."""

    def __init__(self) -> None:
        self._names: Callable[[Path], Mapping[str, list[str]]] = cache(_names_in)

    def prompt(self, film: Path, bounds: Bounds) -> str:
        """Return the text beside `film`; empty where there is none. bounds: where it may lie, besides the folder of the
        film.

        Raises BadOption for a text that cannot be used: without it, the film would get another sound than was meant.
        """
        path = self._path(film, (TEXT,))
        if path is None:
            return ""
        try:
            _check(film, path, bounds)
            return read_prompt(path)
        except (OSError, ValueError) as error:
            raise BadOption("the prompt file", str(path), f"{PROMPT} ({reason_of(error)})") from error

    def sheet(self, film: Path, bounds: Bounds) -> Path | None:
        """Return where the cue sheet beside `film` lies, which is not read here; None where there is none.

        bounds: as for `prompt`. Raises BadOption for one that leads out of them, and where there are two.
        """
        path = self._path(film, SHEETS)
        if path is None:
            return None
        try:
            _check(film, path, bounds)
        except ValueError as error:
            raise BadOption("the cue sheet", str(path), f"{SHEET} ({error})") from error
        return path

    def _path(self, film: Path, endings: Sequence[str]) -> Path | None:
        """Return the path of what is called after the film, as it would be written, before one in capitals or in
        another spelling. Raises BadOption where several endings are there."""
        found = []
        for ending in endings:
            exact = film.stem + ending
            alike = self._names(film.parent).get(spelt(film.stem) + ending, [])
            found += [exact if exact in alike else alike[0]] if alike else []
        if len(found) > 1:
            raise BadOption("the cue sheet", f"{found[0]} and {found[1]}", "one beside each film")
        return film.with_name(found[0]) if found else None


def _check(film: Path, path: Path, bounds: Bounds) -> None:
    """Raise ValueError for a file beside a film that leads elsewhere."""
    if not bounds.and_also(real(film).parent).hold(path):
        raise ValueError(f"it leads to {real(path)}, out of the folder; only --allow-outside permits that")


def _names_in(folder: Path) -> Mapping[str, list[str]]:
    """Return the names of what lies in a folder beside films, by the film's name and the ending in small letters."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for name in names_in(folder):
        for ending in (TEXT, *SHEETS):
            if name.lower().endswith(ending):
                found[spelt(name[: -len(ending)]) + ending].append(name)
    return dict(found)
