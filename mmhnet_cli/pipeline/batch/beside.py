"""The text beside a film that says what to hear in it: `street.txt` beside `street.mp4`."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

from mmhnet_cli.errors import BadOption
from mmhnet_cli.pipeline.asking.found import Bounds, names_in, real, spelt
from mmhnet_cli.pipeline.asking.texts import PROMPT, read_prompt, reason_of

SUFFIX = ".txt"


class TextsBeside:
    """It looks into each folder once."""

    def __init__(self) -> None:
        self._texts: Callable[[Path], Mapping[str, list[str]]] = cache(_texts_in)

    def prompt(self, film: Path, bounds: Bounds) -> str:
        """Return the text beside `film`; empty where there is none. bounds: where it may lie, besides the folder of the
        film.

        Raises BadOption for a text that cannot be used: without it, the film would get another sound than was meant.
        """
        path = self._path(film)
        if path is None:
            return ""
        try:
            if not bounds.and_also(real(film).parent).hold(path):
                raise ValueError(f"it leads to {real(path)}, out of the folder; only --allow-outside permits that")
            return read_prompt(path)
        except (OSError, ValueError) as error:
            raise BadOption("the prompt file", str(path), f"{PROMPT} ({reason_of(error)})") from error

    def _path(self, film: Path) -> Path | None:
        """Return the text's path as it would be written, before one in capitals or in another spelling."""
        exact = film.stem + SUFFIX
        alike = self._texts(film.parent).get(spelt(film.stem), [])
        if not alike:
            return None
        return film.with_name(exact if exact in alike else alike[0])


def _texts_in(folder: Path) -> Mapping[str, list[str]]:
    """Return the names of the texts in a folder, by the film that each is for."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for name in names_in(folder):
        if name.lower().endswith(SUFFIX):
            found[spelt(name[: -len(SUFFIX)])].append(name)
    return dict(found)
