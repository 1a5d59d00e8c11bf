"""JSON values from a stranger into our frozen data: every type and every number is looked at before it is believed."""

import dataclasses
import re
from collections.abc import Collection, Mapping
from fractions import Fraction
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")

LIMITS: Mapping[str, tuple[float, float]] = {
    "takes": (1, 99),
    "steps": (1, 1000),
    "guidance": (0, 100),
    "seed": (0, 2**31 - 1),
    "gain_db": (-60, 60),
    "sample_rate_hz": (8000, 192000),
    "integrated_lufs": (-60, -5),
    "true_peak_dbtp": (-20, 0),
    "tolerance_lu": (0, 10),
    "short_term_max_lufs": (-60, 0),
    "original_gain_db": (-60, 24),
    "duck_db": (0, 60),
    "handles_s": (0, 3600),
    "overlap_s": (0, 60),
    "windows_at_once": (1, 64),
}
"""Of numbers, by field: what the options of the command line take as well. Others are bounded by LARGEST."""
LARGEST = 1e12
LONGEST_TEXT = 100_000
MOST_PARTS = 64
NUMBER = re.compile(r"-?\d{1,18}(?:\.\d{1,18}|/\d{1,18})?")


def checked(kind: type[T], values: Any) -> T:
    """The dataclass `kind` of a JSON object; fields that are missing have their default. Raises ValueError."""
    return kind(**checked_fields(kind, values, [field.name for field in dataclasses.fields(kind)]))  # type: ignore[arg-type]


def checked_fields(kind: type, values: Any, names: Collection[str]) -> dict[str, Any]:
    """Those fields of `kind` that a JSON object has, all of them among `names`. Raises ValueError."""
    if not isinstance(values, dict):
        raise ValueError(f"{kind.__name__} is not an object")
    strays = values.keys() - set(names)
    if strays:
        raise ValueError(f"{min(strays)!r} is not known")
    hints = get_type_hints(kind)
    required = [
        field.name
        for field in dataclasses.fields(kind)
        if field.default is field.default_factory is dataclasses.MISSING and field.name in names
    ]
    for name in required:
        if name not in values:
            raise ValueError(f"{name} is missing")
    return {name: _value(name, hints[name], value) for name, value in values.items()}


def _value(name: str, hint: Any, value: Any) -> Any:
    """`value` as what the type of its field says."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return _one_of(name, arguments, value)
    if origin is Literal:
        # Looked for by type as well: True is no 1.
        if any(value == known and type(value) is type(known) for known in arguments):
            return value
        raise ValueError(f"{name} is none of {', '.join(map(str, arguments))}")
    if origin is tuple:
        if not isinstance(value, list) or len(value) > MOST_PARTS:
            raise ValueError(f"{name} is not a list of at most {MOST_PARTS}")
        return tuple(_value(name, arguments[0], part) for part in value)
    if dataclasses.is_dataclass(hint):
        return checked(hint, value)  # type: ignore[arg-type]
    return _plain(name, hint, value)


def _one_of(name: str, hints: Collection[Any], value: Any) -> Any:
    if value is None and NoneType in hints:
        return None
    wrong = None
    for hint in hints:
        if hint is not NoneType:
            try:
                return _value(name, hint, value)
            except ValueError as error:
                wrong = error
    raise wrong or ValueError(f"{name} is {value!r}")


def _plain(name: str, hint: Any, value: Any) -> Any:
    if hint in (int, float):
        kinds: tuple[type, ...] = (int,) if hint is int else (int, float)
        if isinstance(value, bool) or not isinstance(value, kinds):
            raise ValueError(f"{name} is not a number")
        return _within(name, value)
    if hint is bool:
        if not isinstance(value, bool):
            raise ValueError(f"{name} is neither true nor false")
        return value
    if not isinstance(value, str) or len(value) > LONGEST_TEXT or "\0" in value:
        raise ValueError(f"{name} is not a text")
    if hint is Fraction:
        if NUMBER.fullmatch(value) is None or re.search("/0+$", value):
            raise ValueError(f"{name} is not a number")
        return _within(name, Fraction(value))
    return Path(value) if hint is Path else value


def _within(name: str, number: Any) -> Any:
    lowest, highest = LIMITS.get(name, (-LARGEST, LARGEST))
    if not lowest <= number <= highest:  # as for NaN
        raise ValueError(f"{name} is not from {lowest:g} to {highest:g}")
    return number
