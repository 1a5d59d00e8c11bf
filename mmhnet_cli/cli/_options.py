"""From choices to parameters of commands. Typer carries what stands on the command line as text; reading it is ours."""

import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

from mmhnet_cli.cli._progress import ProgressMode
from mmhnet_cli.options.choice import Choice, Option, option_of
from mmhnet_cli.options.panels import EVERYWHERE, FILES
from mmhnet_cli.options.tree import options_of

FilmArgument = Annotated[Path, typer.Argument(metavar="FILM", help="The film.", show_default=False)]
OptionalFilmArgument = Annotated[
    Path | None,
    typer.Argument(metavar="FILM", help="The film; with --from-report only where it has moved.", show_default=False),
]
DryRunOption = Annotated[
    bool,
    Choice("--dry-run", FILES, "Check everything and print the plan; write nothing.", more=("-n",), setting=False),
]
ReplaceOption = Annotated[bool, Choice("--force", FILES, "Replace a file that is there.", more=("-f",), setting=False)]


@dataclass(frozen=True)
class Common:
    """Options that every command takes, before its name or after it."""

    config: Annotated[
        Path | None,
        Choice(
            "--config",
            EVERYWHERE,
            "Settings from this file.",
            metavar="FILE",
            setting=False,
            environment="MMHNET_CONFIG",
        ),
    ] = None
    json: Annotated[bool, Choice("--json", EVERYWHERE, "Print results as one JSON object per line.", setting=False)] = (
        False
    )
    quiet: Annotated[
        bool, Choice("--quiet", EVERYWHERE, "Print results and errors only.", more=("-q",), setting=False)
    ] = False
    verbose: Annotated[
        bool, Choice("--verbose", EVERYWHERE, "Say more about what is done.", more=("-v",), setting=False)
    ] = False
    progress: Annotated[ProgressMode, Choice("--progress", EVERYWHERE, "How progress is shown.")] = "auto"
    no_color: Annotated[bool, Choice("--no-color", EVERYWHERE, "No colours (also NO_COLOR).", setting=False)] = False
    debug: Annotated[
        bool,
        Choice("--debug", EVERYWHERE, "Show the traceback of an error.", setting=False, environment="MMHNET_DEBUG"),
    ] = False


COMMON = options_of(Common)


def taking(options: Mapping[str, Option]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Let the `**values` of a command be these options, by name."""

    def extend(function: Callable[..., Any]) -> Callable[..., Any]:
        function.__dict__["options"] = options
        return function

    return extend


def options_taken(function: Callable[..., Any]) -> dict[str, Option]:
    """Return the options of a command by name, in the order of its help: those in place of `**values`, then its own."""
    found: dict[str, Option] = dict(function.__dict__.get("options", {}))
    for name, (hint, default) in _parameters(function).items():
        option = option_of(hint, default)
        if option is not None:
            found[name] = option
    return found


def arguments_of(function: Callable[..., Any]) -> list[inspect.Parameter]:
    """Return what a command takes besides options and its session, as Typer reads it."""
    return [
        _keyword(name, hint, default)
        for name, (hint, default) in _parameters(function).items()
        if name != "session" and option_of(hint, default) is None
    ]


def parameter(option: Option) -> inspect.Parameter:
    """Return an option as Typer reads it: its text, or whether a switch was given. Help shows its kind, range and
    default."""
    choice = option.choice
    attributes: dict[str, Any] = {
        "help": choice.help,
        "envvar": option.environment,
        "rich_help_panel": choice.panel,
        "show_default": True if option.unchosen[1] else choice.shown or True,
    }
    if option.is_switch:
        # The text of its variable as it stands.
        attributes["parser"] = _as_it_is
        return _keyword(choice.name, Annotated[bool, typer.Option(choice.option, *choice.more, **attributes)], False)
    attributes["metavar"] = choice.metavar or f"<{_kind(option)}>"
    if option.within is not None and option.kind in (int, float) and not option.words and not option.of_stem:
        attributes["min"] = option.within.least
        attributes["max"] = None if option.within.most == math.inf else option.within.most
    if option.words:
        attributes["autocompletion"] = lambda: list(option.words)
    kind: Any = list[str] if option.several else str | None
    default: Any = [] if option.several else option.unchosen[1] or None
    return _keyword(choice.name, Annotated[kind, typer.Option(choice.option, *choice.more, **attributes)], default)


def set_parameters(function: Any, parameters: list[inspect.Parameter]) -> None:
    # Typer reads both the signature and the annotations.
    """Let these be the parameters of the function that Typer sees."""
    function.__signature__ = inspect.Signature(parameters)
    function.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}


def _as_it_is(text: Any) -> Any:
    return text


def _kind(option: Option) -> str:
    return f"{option.kind.__name__} range" if option.within is not None else "|".join(option.words)


def _parameters(function: Callable[..., Any]) -> dict[str, tuple[Any, Any]]:
    """Return annotation and default of each parameter, but for `**values`."""
    hints = get_type_hints(function, include_extras=True)
    return {
        name: (hints[name], parameter.default)
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.kind is not inspect.Parameter.VAR_KEYWORD
    }


def _keyword(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default)
