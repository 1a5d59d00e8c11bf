"""From the options of `mmhnet batch`, and of the rows of its list, to what each film shall get."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import typer

from mmhnet_cli.cli import _options as o
from mmhnet_cli.cli._request import request_for
from mmhnet_cli.cli._session import Session
from mmhnet_cli.errors import BadOption

if TYPE_CHECKING:
    from mmhnet_cli.pipeline.batch.inputs import Entry
    from mmhnet_cli.pipeline.batch.plan import Asked
    from mmhnet_cli.pipeline.request import GenerateRequest


def asked_for(session: Session, entries: "Sequence[Entry]", values: Mapping[str, Any]) -> "list[Asked]":
    """What every film shall get, and what is wrong with that so far. values: of the command's options."""
    from mmhnet_cli.pipeline.batch.plan import Asked

    found = [_request(session, entry, values) for entry in entries]
    return [Asked(entry, request, tuple(wrong)) for entry, (request, wrong) in zip(entries, found, strict=True)]


def _request(session: Session, entry: "Entry", values: Mapping[str, Any]) -> "tuple[GenerateRequest, list[Exception]]":
    """What a film shall get, and what is wrong with it so far."""
    found: list[Exception] = [] if entry.problem is None else [entry.problem]
    return request_for(entry.film, _values(session, entry, values, found), found), found


def _values(
    session: Session, entry: "Entry", values: Mapping[str, Any], problems: list[Exception]
) -> Mapping[str, Any]:
    """The options for one film: those of its row over those of the command, checked as on the command line.

    A text beside the film stands above a prompt of the command, and below its stems.
    """
    from mmhnet_cli.pipeline.batch.manifest import overruled

    command = getattr(session.ctx.find_root().command, "commands", {})["generate"]
    parameters = {parameter.name: parameter for parameter in command.params}
    own: dict[str, Any] = {}
    with typer.Context(command, info_name="generate") as ctx:
        for name, value in entry.options.items():
            plain = [str(one) for one in value] if isinstance(value, list) else str(value)
            try:
                own[name] = parameters[name].process_value(ctx, plain)
            except typer.BadParameter as problem:
                where = f"{name} of {entry.film.name}" + (f" ({entry.origin})" if entry.origin else "")
                problems.append(BadOption(where, str(value), problem.message))
    if entry.prompt and not values["stem"]:
        own["prompt"] = entry.prompt
    left_out = {name: o.GENERATION[name][1] for name in overruled(own)}
    folder = values["output_dir"]
    return {**values, **left_out, **own, "output_dir": None if folder is None else folder / entry.folder}
