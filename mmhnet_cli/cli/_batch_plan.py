"""Turns the options of `mmhnet batch`, and of the rows of its list, into what each film shall get."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mmhnet_cli.cli._request import request_for
from mmhnet_cli.errors import BadOption
from mmhnet_cli.options.table import CHOICES, said_by

if TYPE_CHECKING:
    from mmhnet_cli.pipeline.batch.inputs import Entry
    from mmhnet_cli.pipeline.batch.plan import Asked
    from mmhnet_cli.pipeline.request import GenerateRequest


def asked_for(entries: "Sequence[Entry]", values: Mapping[str, Any]) -> "list[Asked]":
    """Return what every film shall get, and what is wrong with that so far. values: those of the command's options."""
    from mmhnet_cli.pipeline.batch.plan import Asked

    found = [_request(entry, values) for entry in entries]
    return [Asked(entry, request, tuple(wrong)) for entry, (request, wrong) in zip(entries, found, strict=True)]


def _request(entry: "Entry", values: Mapping[str, Any]) -> "tuple[GenerateRequest, list[Exception]]":
    """Return what a film shall get, and what is wrong with it so far."""
    found: list[Exception] = [] if entry.problem is None else [entry.problem]
    return request_for(entry.film, _values(entry, values, found), found), found


def _values(entry: "Entry", values: Mapping[str, Any], problems: list[Exception]) -> Mapping[str, Any]:
    """Return the options for one film: those of its row over those of the command, checked as on the command line.

    A text or a cue sheet beside the film stands above a prompt of the command, and below its stems.
    """
    from mmhnet_cli.pipeline.batch.manifest import overruled

    own: dict[str, Any] = {}
    for name, said in entry.options.items():
        option = CHOICES[name]
        where = f"column {option.key} in {entry.origin}"
        try:
            texts = [str(text) for text in (said if isinstance(said, list) else [said])]
            read = tuple(option.read(text, where) for text in texts)
            own[name] = read if option.several else read[0]
        except BadOption as problem:
            problems.append(problem)
    if not values["stem"]:
        own |= {"prompt": entry.prompt} if entry.prompt else {}
        own |= {"cues": entry.cues} if entry.cues is not None else {}
    left_out = {name: CHOICES[name].default for name in overruled(own) | said_by(CHOICES, own)}
    folder = values["output_dir"]
    return {**values, **left_out, **own, "output_dir": None if folder is None else folder / entry.folder}
