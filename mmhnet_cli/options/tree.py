"""From annotated dataclasses, one within another, to the table of their options, and from values back to them."""

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass, replace
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from mmhnet_cli.fields import kinds_of
from mmhnet_cli.options.choice import Choice, Option, Unreported, mark_of, option_of

Config = TypeVar("Config")


def options_of(kind: type, of_stem: bool = False) -> dict[str, Option]:
    """The options of a dataclass and of the dataclasses in it, by name, in the order of their fields.

    A dataclass of which there are several, in a tuple, is one of stems: each of its options names the stem.
    """
    found: dict[str, Option] = {}
    hints = get_type_hints(kind, include_extras=True)
    for entry in fields(kind):
        default = entry.default_factory() if entry.default_factory is not MISSING else entry.default
        option = option_of(hints[entry.name], default, of_stem)
        if option is not None:
            found[option.choice.name] = option if not of_stem else replace(option, several=True, default=())
        part, several = part_of(hints[entry.name])
        if part is not None:
            found |= options_of(part, several)
    return found


def filled(kind: type[Config], values: Mapping[str, Any], **given: Any) -> Config:
    """A `kind` with the values of options, by their names; what nobody chose is as its field says.

    given: fields that are known otherwise.
    """
    return kind(**given, **_chosen(kind, values, given.keys()))


def _chosen(kind: type, values: Mapping[str, Any], without: Any = ()) -> dict[str, Any]:
    chosen: dict[str, Any] = {}
    hints = get_type_hints(kind, include_extras=True)
    for entry in fields(kind):
        if entry.name in without:
            continue
        choice = mark_of(hints[entry.name], Choice)
        if choice is not None and not (choice.said_by and values.get(choice.name) is None) and choice.name in values:
            chosen[entry.name] = values[choice.name]
        part, several = part_of(hints[entry.name])
        if part is None or several:
            continue
        inner = _chosen(part, values)
        if choice is None and (inner or entry.default is not None):
            chosen[entry.name] = part(**inner)
        elif entry.name in chosen:
            # Chosen as a whole, and a field of it besides, as a preset and its ceiling.
            own = {name: value for name, value in inner.items() if value is not None}
            chosen[entry.name] = replace(chosen[entry.name], **own)
    return chosen


def part_of(hint: Any) -> tuple[type | None, bool]:
    """The dataclass that a field holds, if it does, and whether it holds several."""
    for kind in kinds_of(hint):
        several = get_origin(kind) is tuple
        inner = get_args(kind)[0] if several else kind
        if isinstance(inner, type) and is_dataclass(inner):
            return inner, several
    return None, False


def reported(kind: type) -> list[str]:
    """The fields of a dataclass that make the files what they are."""
    hints = get_type_hints(kind, include_extras=True)
    return [entry.name for entry in fields(kind) if mark_of(hints[entry.name], Unreported) is None]
