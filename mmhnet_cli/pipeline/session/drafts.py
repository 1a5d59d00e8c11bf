"""A cue as a file has it, before anything of it is believed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

Moment = str | Fraction
"""As it is written, or exact seconds from the first picture where the file says those."""


@dataclass(frozen=True)
class Draft:
    """A row of a sheet."""

    row: str
    """It names the place in the file."""
    start: Moment
    end: Moment | None = None
    """None makes it a mark: it lasts until the next mark, else to the end of the film, and hits where it stands."""
    cells: Mapping[str, str] = field(default_factory=dict)
    """What else is given has its text by the name of its column."""
    hits: tuple[tuple[Moment, str], ...] = ()
    """They have their strengths, which are empty where nobody gave one."""


@dataclass(frozen=True)
class Flaw:
    """What is wrong with a sheet, and where: in a row, in a column of it, or as a whole where these are empty."""

    row: str
    column: str
    reason: str
