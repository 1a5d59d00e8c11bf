"""What every command shares: the global options, the settings, and the one place where errors become words."""

import inspect
import signal
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from types import FrameType
from typing import Any, get_type_hints

import typer

from mmhnet_cli.cli import _errors, _progress, _settings
from mmhnet_cli.cli._options import COMMON, arguments_of, options_taken, parameter, set_parameters
from mmhnet_cli.cli._output import Mode, Output
from mmhnet_cli.cli._settings import resolve
from mmhnet_cli.cli._whole import Whole
from mmhnet_cli.errors import Interrupted, MMHNetError
from mmhnet_cli.options.choice import Option


@dataclass(frozen=True)
class Session:
    """The world of one command: where it speaks, and the settings in force."""

    ctx: typer.Context
    output: Output
    settings: dict[str, _settings.Setting]
    """These are in force for all its options, by name, and the global ones."""
    files: dict[str, _settings.FileValue]
    """Configuration files say these."""
    options: Mapping[str, Option]
    """The command has these of its own."""
    problems: Sequence[MMHNetError]
    """These are wrong with its options."""

    def check(self) -> None:
        """Raise what is wrong with the options, all of it."""
        if self.problems:
            raise ExceptionGroup("the options", list(self.problems))

    def progress(self, whole: Callable[[], Whole] | None = None) -> AbstractContextManager[_progress.StageProgress]:
        return _progress.progress(self.settings["progress"].value, self.output, whole)


class _Terminated(KeyboardInterrupt):
    """SIGTERM or SIGHUP, raised where Ctrl-C would be, so that the same clean-up runs."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


def command(function: Callable[..., None], collects: bool = False) -> Callable[..., None]:
    """Make `function(session, ...)` a command: it gains the global options, and its errors gain words and a code.

    Its options are read, from wherever they come, before it runs. collects: it tells of those that cannot be used
    itself, together with what else is wrong.
    """
    own = options_taken(function)
    arguments = arguments_of(function)

    @wraps(function)
    def run(ctx: typer.Context, **values: Any) -> None:
        given = _given(ctx, {**own, **COMMON})
        output, debug = _output(given), False
        try:
            with _terminable():
                common, _ = resolve(COMMON, given, {})
                debug = common["debug"].value
                files = _settings.file_values(common["config"].value, Path.cwd())
                settings, problems = resolve({**own, **COMMON}, given, files)
                session = Session(ctx, output, settings, files, own, problems)
                if not collects:
                    session.check()
                chosen = {name: settings[name].value for name in own}
                function(session, **{argument.name: values[argument.name] for argument in arguments}, **chosen)
            output.check()
        except typer.Exit:
            raise
        except (KeyboardInterrupt, Exception) as error:
            if debug:
                output.traceback(traceback.format_exc())
            raise typer.Exit(_errors.tell(_named(error), output)) from None

    context = inspect.Parameter("ctx", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)
    set_parameters(run, [context, *arguments, *map(parameter, own.values()), *map(parameter, COMMON.values())])
    return run


def with_common(function: Callable[..., None]) -> Callable[..., None]:
    """Let Typer give the global options to `function(ctx, ...)`, which leaves them to the commands below it."""
    own = [one for one in inspect.signature(function).parameters.values() if one.kind is not one.VAR_KEYWORD]
    hints = get_type_hints(function, include_extras=True)
    typed = [one.replace(annotation=hints[one.name]) for one in own]
    set_parameters(function, [*typed, *map(parameter, COMMON.values())])
    return function


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


def _given(ctx: typer.Context, options: Mapping[str, Option]) -> dict[str, Any]:
    """Return what stands on the command line, by name: the option after the command's name, or a global one before
    it.
    """
    found: dict[str, Any] = {}
    for place in (ctx.find_root(), ctx):
        for name in options:
            source = place.get_parameter_source(name)
            if source is not None and source.name == "COMMANDLINE":
                found[name] = place.params[name]
    return found


def _wants(given: Mapping[str, Any], switch: str) -> bool:
    return bool(given.get(switch, False))


def _output(given: Mapping[str, Any]) -> Output:
    mode: Mode = "json" if _wants(given, "json") else "quiet" if _wants(given, "quiet") else "human"
    return Output(mode, _wants(given, "verbose"), color=not _wants(given, "no_color"))
