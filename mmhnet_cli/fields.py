"""Fields of configurations that come from files: the type and the range of each stand on it, and are checked once.

A number of a file decides how much memory is asked for and how long is worked, so it is not believed before.
"""

import math
import sys
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from fractions import Fraction
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from mmhnet_cli.errors import BadOption

Config = TypeVar("Config")

_WORDS = {int: "a whole number", float: "a number", bool: "true or false", str: "a name"}
_SHORT = 60


@dataclass(frozen=True)
class Within:
    """It holds the least and most of a number, or of each where a field holds several, and what divides it, with which
    rest."""

    least: float
    most: float
    multiple_of: int = 1
    rest: int = 0

    def holds(self, value: float) -> bool:
        """Tell whether a value lies inside."""
        whole = self.multiple_of == 1 or value % self.multiple_of == self.rest
        return self.least <= value <= self.most and whole

    def __str__(self) -> str:
        if self.most == math.inf:
            return f"of at least {self.least:.10g}"
        kind = {(2, 0): "an even number ", (2, 1): "an odd number "}.get((self.multiple_of, self.rest), "")
        return f"{kind}from {self.least:.10g} to {self.most:.10g}"


@dataclass(frozen=True)
class AtMost:
    """It holds the most parts of a field that has several."""

    parts: int


ODD = {"multiple_of": 2, "rest": 1}
EVEN = {"multiple_of": 2, "rest": 0}


def kinds_of(hint: Any) -> tuple[Any, ...]:
    """Return the types that an annotation allows, without what stands beside them."""
    bare = get_args(hint)[0] if get_origin(hint) is Annotated else hint
    return get_args(bare) if get_origin(bare) in (Union, UnionType) else (bare,)


def expected_of(kind: Any, within: Within | None = None) -> str:
    """Return what a value of this type must be, in words."""
    if get_origin(kind) is tuple:
        return "a list"
    word = {str: "a text", Fraction: "a number", Path: "a path"}.get(kind) or _words(kind)
    return word if within is None else f"{word} {within}"


def check_fields(config: Any) -> None:
    """Raise BadOption for the first field of a dataclass whose value has another type, or lies outside its range."""
    hints = get_type_hints(type(config), include_extras=True)
    for entry in fields(config):
        _check(entry.name, hints[entry.name], getattr(config, entry.name))


def build(kind: type[Config], values: Any, name: str = "") -> Config:
    """Build the dataclass `kind` from an object of JSON, sections within it too.

    name: of the object, for errors. Raises BadOption for the first name that no field has, for a field that is missing
    and has no default, and as `check_fields`.
    """
    if not isinstance(values, Mapping):
        raise BadOption(name, shown(values), "a section with names and values")
    hints, prefix = get_type_hints(kind), f"{name}." if name else ""
    known = {entry.name: entry for entry in fields(kind)}  # type: ignore[arg-type]
    for key, value in values.items():
        if key not in known:
            raise BadOption(prefix + shown(key).strip("'"), shown(value), "a known field")
    for key, entry in known.items():
        if key not in values and entry.default is MISSING and entry.default_factory is MISSING:
            raise BadOption(prefix + key, "nothing", "a value")
    built = {key: _built(hints[key], value, prefix + key) for key, value in values.items()}
    try:
        return kind(**built)
    except BadOption as error:
        raise BadOption(prefix + error.name, error.found, error.expected) from error
    except ValueError as error:
        raise BadOption(name or kind.__name__, str(error), "sizes that fit together") from error


def shown(value: object) -> str:
    """Return a value of a file for an error: short, whatever it is."""
    if value is None:
        return "nothing"
    if isinstance(value, Mapping | list | tuple):
        return f"{'an object' if isinstance(value, Mapping) else 'a list'} of {len(value)}"
    if isinstance(value, int) and abs(value) > 10**18:
        return "a number beyond 10^18"
    text = repr(value)
    return text if len(text) <= _SHORT else f"{text[:_SHORT]}..."


def _built(hint: Any, value: Any, name: str) -> Any:
    options = kinds_of(hint)
    section = next((option for option in options if isinstance(option, type) and is_dataclass(option)), None)
    if section is not None and not (value is None and NoneType in options):
        return build(section, value, name)
    # JSON knows no tuples.
    return tuple(value) if isinstance(value, list) else value


def _check(name: str, hint: Any, value: Any) -> None:
    within = None
    if get_origin(hint) is Annotated:
        hint, within = get_args(hint)
    options = kinds_of(hint)
    if value is None and NoneType in options:
        return
    several = get_origin(options[0]) is tuple
    kind = get_args(options[0])[0] if several else options[0]
    members = value if several and isinstance(value, tuple) else (value,)
    if several is not isinstance(value, tuple) or not all(_is(kind, member) for member in members):
        raise BadOption(name, shown(value), f"a list of {_words(kind)}s" if several else _words(kind))
    if within is not None and not all(within.holds(member) for member in members):
        raise BadOption(name, shown(value), f"{within}, or null" if NoneType in options else str(within))


def _is(kind: Any, value: Any) -> bool:
    if get_origin(kind) is Literal:
        return value in get_args(kind)
    if isinstance(value, bool):
        # For Python, True is a number.
        return kind is bool
    if kind is float:
        # So are whole numbers beyond all that a float holds; NaN is below nothing.
        return isinstance(value, int | float) and abs(value) <= sys.float_info.max
    return isinstance(value, kind)


def _words(kind: Any) -> str:
    if get_origin(kind) is Literal:
        return f"one of {', '.join(map(str, get_args(kind)))}"
    return _WORDS.get(kind, "a section")
