"""What every command shares: the global options, the settings, and the one place where errors become words."""

import inspect
import signal
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from types import FrameType
from typing import Any, get_type_hints

import typer

from mmhnet_cli.cli import _errors, _progress, _settings
from mmhnet_cli.cli._options import COMMON
from mmhnet_cli.cli._output import Mode, Output
from mmhnet_cli.errors import Interrupted


@dataclass(frozen=True)
class Session:
    """The world of one command: where it speaks, and the settings in force."""

    ctx: typer.Context
    output: Output
    settings: dict[str, _settings.Setting]
    files: dict[str, _settings.FileValue]

    def progress(self) -> AbstractContextManager[_progress.StageProgress]:
        return _progress.progress(self.settings["progress"].value, self.output)


class _Terminated(KeyboardInterrupt):
    """SIGTERM or SIGHUP, raised where Ctrl-C would be, so that the same clean-up runs."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


def taking(options: Mapping[str, tuple[Any, Any]]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Replace the `**values` of a function by one parameter per option: parameter name -> (type, default)."""

    def extend(function: Callable[..., Any]) -> Callable[..., Any]:
        hints = get_type_hints(function, include_extras=True)
        own = [
            parameter.replace(annotation=hints.get(name, parameter.annotation))
            for name, parameter in inspect.signature(function).parameters.items()
            if parameter.kind is not inspect.Parameter.VAR_KEYWORD
        ]
        # In the order of the help: arguments, the shared options, then what only this command has.
        last = [parameter for parameter in own if parameter.kind is inspect.Parameter.KEYWORD_ONLY]
        first = [parameter for parameter in own if parameter not in last]
        _set_signature(function, [*first, *_parameters(options), *last])
        return function

    return extend


def command(function: Callable[..., None]) -> Callable[..., None]:
    """Make `function(session, ...)` a command: it gains the global options, and its errors gain words and a code."""
    hints = get_type_hints(function, include_extras=True)
    own = [
        parameter.replace(annotation=hints[name], kind=inspect.Parameter.KEYWORD_ONLY)
        for name, parameter in inspect.signature(function).parameters.items()
        if name != "session"
    ]

    @wraps(function)
    def run(ctx: typer.Context, **values: Any) -> None:
        common = {name: _before_or_after(ctx, name, values.pop(name)) for name in COMMON}
        mode: Mode = "json" if common["json"] else "quiet" if common["quiet"] else "human"
        output = Output(mode, common["verbose"], color=not common["no_color"])
        try:
            with _terminable():
                files = _settings.file_values(common["config"], Path.cwd())
                settings = _settings.resolve(ctx, files)
                if _source(ctx, "progress") == "DEFAULT" and _source(ctx.find_root(), "progress") == "COMMANDLINE":
                    settings["progress"] = _settings.Setting(common["progress"], "option --progress")
                values |= {name: entry.value for name, entry in settings.items() if name in values}
                function(Session(ctx, output, settings, files), **values)
            output.check()
        except typer.Exit:
            raise
        except (KeyboardInterrupt, Exception) as error:
            if common["debug"]:
                output.traceback(traceback.format_exc())
            raise typer.Exit(_errors.report(_named(error), output)) from None

    context = inspect.Parameter("ctx", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)
    _set_signature(run, [context, *own, *_parameters(COMMON)])
    return run


def _named(error: BaseException) -> BaseException:
    if isinstance(error, KeyboardInterrupt):
        return Interrupted(error.number if isinstance(error, _Terminated) else signal.SIGINT)
    return error


@contextmanager
def _terminable() -> Iterator[None]:
    """Let a request to end, or the end of the terminal, clean up as Ctrl-C does."""

    def terminate(number: int, frame: FrameType | None) -> None:
        # Once: a shell that ends may say so twice, and the second time must not break off the clean-up.
        for other in before:
            signal.signal(other, signal.SIG_IGN)
        raise _Terminated(number)

    numbers = [signal.SIGTERM] if sys.platform == "win32" else [signal.SIGTERM, signal.SIGHUP]
    # What `nohup` has made deaf stays so.
    before = {number: signal.getsignal(number) for number in numbers}
    before = {number: handler for number, handler in before.items() if handler is not signal.SIG_IGN}
    for number in before:
        signal.signal(number, terminate)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _before_or_after(ctx: typer.Context, name: str, value: Any) -> Any:
    """The option after the command's name if it is there, else the one before it."""
    if _source(ctx, name) == "COMMANDLINE" or _source(ctx.find_root(), name) != "COMMANDLINE":
        return value
    return ctx.find_root().params[name]


def _source(ctx: Any, name: str) -> str:
    source = ctx.get_parameter_source(name)
    return source.name if source is not None else "DEFAULT"


def _parameters(options: Mapping[str, tuple[Any, Any]]) -> list[inspect.Parameter]:
    return [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default)
        for name, (annotation, default) in options.items()
    ]


def _set_signature(function: Any, parameters: list[inspect.Parameter]) -> None:
    # Typer reads both the signature and the annotations.
    function.__signature__ = inspect.Signature(parameters)
    function.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
