"""The text beside a film that says what to hear in it: `street.txt` beside `street.mp4`."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

from mmhnet_cli.errors import BadOption
from mmhnet_cli.pipeline.found import Bounds, names_in, real, spelt
from mmhnet_cli.pipeline.texts import PROMPT, read_prompt, reason_of

SUFFIX = ".txt"


class TextsBeside:
    """Looks into each folder once."""

    def __init__(self) -> None:
        self._names: Callable[[Path], list[str]] = cache(names_in)

    def prompt(self, film: Path, bounds: Bounds) -> str:
        """The text beside `film`; empty where there is none. bounds: beside those, it may lie with the film itself.

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
        """The name as it would be written, before one in capital letters or in another spelling of the same letters."""
        exact = film.stem + SUFFIX
        alike = [name for name in self._names(film.parent) if _key(name) == _key(exact)]
        if not alike:
            return None
        return film.with_name(exact if exact in alike else alike[0])


def _key(name: str) -> tuple[str, str]:
    path = Path(name)
    return spelt(path.stem), path.suffix.lower()
