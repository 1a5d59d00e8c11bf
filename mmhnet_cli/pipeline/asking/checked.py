"""JSON values from a stranger into our frozen data: every type and every number is looked at before it is believed."""

import dataclasses
import re
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from types import NoneType
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from mmhnet_cli.errors import BadOption
from mmhnet_cli.fields import AtMost, Within, expected_of, kinds_of, shown
from mmhnet_cli.options.choice import mark_of
from mmhnet_cli.options.tree import reported

T = TypeVar("T")

ANY = Within(-1e12, 1e12)
"""It holds for a number whose field says no range."""
LONGEST_TEXT = 100_000
MOST_PARTS = AtMost(64)
"""A list of a field that says nothing else has no more."""
NUMBER = re.compile(r"-?\d{1,18}(?:\.\d{1,18}|/\d{1,18})?")


def checked(kind: type[T], values: Any, name: str = "") -> T:
    """Return the dataclass `kind` that a JSON object says; a field that is missing has its default.

    name: of the object, for errors. Raises BadOption for the first value that cannot be used.
    """
    return kind(**checked_fields(kind, values, name))


def checked_fields(kind: type, values: Any, name: str = "") -> dict[str, Any]:
    """Return those fields of `kind` that a JSON object gives, named as in a report. Raises BadOption."""
    if not isinstance(values, dict):
        raise BadOption(name or kind.__name__, shown(values), "an object")
    prefix, names = f"{name}." if name else "", reported(kind)
    if strays := values.keys() - set(names):
        raise BadOption(prefix + shown(min(strays)).strip("'"), shown(values[min(strays)]), "a known field")
    for entry in dataclasses.fields(kind):
        has_default = not entry.default is entry.default_factory is dataclasses.MISSING
        if entry.name in names and entry.name not in values and not has_default:
            raise BadOption(prefix + entry.name, "nothing", "a value")
    hints = get_type_hints(kind, include_extras=True)
    return {key: _value(prefix + key, hints[key], value) for key, value in values.items()}


def _value(name: str, hint: Any, value: Any) -> Any:
    """Return `value` as one of the types that the annotation of its field names, inside its range. Raises BadOption."""
    kinds = kinds_of(hint)
    if value is None and NoneType in kinds:
        return None
    within = mark_of(hint, Within)
    most = mark_of(hint, AtMost) or MOST_PARTS
    plain = [kind for kind in kinds if kind is not NoneType]
    for kind in plain:
        if isinstance(kind, type) and dataclasses.is_dataclass(kind):
            return checked(kind, value, name)
        if get_origin(kind) is tuple and isinstance(value, list) and (parts := _parts(kind, value, most)) is not None:
            named = enumerate(zip(parts, value, strict=True))
            return tuple(_value(f"{name}[{number}]", part, entry) for number, (part, entry) in named)
        with suppress(ValueError):
            return _plain(kind, within or ANY, value)
    raise BadOption(name, shown(value), " or ".join(expected_of(kind, within) for kind in plain))


def _parts(kind: Any, value: list[Any], most: AtMost) -> tuple[Any, ...] | None:
    """Return the kind of each part of a tuple; None where it cannot have so many."""
    parts = get_args(kind)
    if parts[-1] is Ellipsis:
        return parts[:1] * len(value) if len(value) <= most.parts else None
    return parts if len(value) == len(parts) else None


def _plain(kind: Any, within: Within, value: Any) -> Any:
    """Return `value` as this kind. Raises ValueError where it is not of it, or outside its range."""
    if get_origin(kind) is Literal:
        # By type as well: True is no 1.
        return _if(any(value == known and type(value) is type(known) for known in get_args(kind)), value)
    if kind in (int, float):
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return _if(is_number and (kind is float or isinstance(value, int)) and within.holds(value), value)
    if kind is bool:
        return _if(isinstance(value, bool), value)
    text = _if(isinstance(value, str) and len(value) <= LONGEST_TEXT and "\0" not in value, value)
    if kind is Fraction:
        exact = Fraction(_if(NUMBER.fullmatch(text) is not None and not re.search("/0+$", text), text))
        return _if(within.holds(exact), exact)  # type: ignore[arg-type]
    return Path(_if(kind is Path, text)) if kind is not str else text


def _if(holds: bool, value: Any) -> Any:
    if not holds:
        raise ValueError
    return value
