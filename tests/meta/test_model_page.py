"""The page of `config.json` has every field of a network, with its default and what it takes."""

import json
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import pytest

from mmhnet_cli.errors import BadOption
from mmhnet_cli.fields import Within, build, kinds_of
from mmhnet_cli.model.config import NetworkConfig
from mmhnet_cli.model.variants import VARIANTS

PAGE = Path(__file__).parents[2] / "docs" / "model.md"
ROW = re.compile(r"^\| `(network\.[\w.]+)` \| `(.+?)` \| (.+?) \| (.+) \|$", re.M)


def expected(config: Any, prefix: str) -> Iterator[tuple[str, str, str]]:
    """Name, default and range of each field."""
    hints = get_type_hints(type(config), include_extras=True)
    for entry in fields(config):
        value, hint = getattr(config, entry.name), hints[entry.name]
        if is_dataclass(value):
            yield from expected(value, f"{prefix}{entry.name}.")
        else:
            yield prefix + entry.name, json.dumps(value), takes(config, entry.name, hint)


def takes(config: Any, name: str, hint: Any) -> str:
    kinds = kinds_of(hint)
    if kinds[0] is bool:
        return "true or false"
    if kinds[0] is str:
        with pytest.raises(BadOption) as raised:
            replace(config, **{name: "?"})
        return raised.value.expected
    assert get_origin(hint) is Annotated
    [within] = [mark for mark in get_args(hint)[1:] if isinstance(mark, Within)]
    return f"{within}, or null" if NoneType in kinds else str(within)


def test_every_field_of_a_network_is_on_the_page() -> None:
    rows = ROW.findall(PAGE.read_text("utf-8"))
    assert [row[:3] for row in rows] == list(expected(NetworkConfig(), "network."))
    said = [row[3] for row in rows]
    assert all(len(text) > 4 for text in said) and len(set(said)) == len(said)


def test_the_names_of_the_page_build_a_network() -> None:
    """The other way round: a file with all that the page names is read."""
    values: dict[str, Any] = {}
    for name, default, *_ in ROW.findall(PAGE.read_text("utf-8")):
        *sections, last = name.split(".")[1:]
        place = values
        for section in sections:
            place = place.setdefault(section, {})
        place[last] = json.loads(default)
    assert build(NetworkConfig, values) == NetworkConfig() == replace(VARIANTS["s-44k"], attention_window_s=None)
