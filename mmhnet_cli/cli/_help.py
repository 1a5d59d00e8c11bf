"""The help of a command: `-h` has what is asked for most, `--help` has it all. It has no frames: 60 columns do."""

import re
import shutil
import textwrap
from collections.abc import Iterable
from typing import Any

from typer.core import TyperCommand, TyperGroup

from mmhnet_cli.options.panels import EVERYWHERE

SHORT = frozenset(
    {
        *("prompt", "negative_prompt", "stem", "cues", "takes", "start", "end", "seed", "model", "steps", "output"),
        *("output_dir", "name", "on_exists", "loudness", "handles", "from_report", "dry_run", "recursive", "jobs"),
    }
)
"""Options that `-h` shows of commands that have more than MANY."""
MANY = 12
WIDEST, BESIDE_FROM = 100, 80
"""Columns: more are hard to read; from BESIDE_FROM on, what an option does stands beside its name."""
NAME_COLUMNS = 30
SHORTLY = "mmhnet.shortly"


class _Helpful:
    """What a command or a group needs for both helps."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Note which help is asked for, and read the arguments."""
        ctx.meta[SHORTLY] = "-h" in args and "--help" not in args
        return super().parse_args(ctx, args)  # type: ignore[misc]

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help for a window of any width."""
        width = min(shutil.get_terminal_size().columns, WIDEST)
        formatter.write("\n".join(_lines(self, ctx, bool(ctx.meta.get(SHORTLY)), width)) + "\n")


class HelpCommand(_Helpful, TyperCommand):
    """A command with both helps."""


class HelpGroup(_Helpful, TyperGroup):
    """A group of commands with both helps."""


def _lines(command: Any, ctx: Any, shortly: bool, width: int) -> Iterable[str]:
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    options = [one for one in command.params if one.param_type_name == "option"]
    commands = getattr(command, "commands", {})
    usage = " ".join(["[OPTIONS]", *(_usage(one) for one in arguments), *(["COMMAND ..."] if commands else [])])
    yield f"Usage: {ctx.command_path} {usage}"
    first, *rest = (command.help or "").strip().split("\n\n")
    for paragraph in [first] if shortly else [first, *rest]:
        yield from ("", *_wrapped(paragraph, width))
    if arguments or commands or shortly:
        yield ""
    for one in arguments:
        yield from _entry(str(one.metavar or one.name), one.help or "", width)
    for name, one in commands.items():
        yield from _entry(name, (one.help or "").split("\n\n")[0], width)
    own = [one for one in options if one.rich_help_panel != EVERYWHERE]
    if shortly:
        shown = [one for one in own if one.name in SHORT] if len(own) > MANY else own
        for one in [] if commands else shown:
            yield from _entry(_name(one), one.help or "", width)
        more = "More" if commands else "All options and examples"
        yield from ("", *_wrapped(f"{more}: {ctx.command_path} --help", width))
        return
    for panel in dict.fromkeys(one.rich_help_panel for one in [*own, *options]):
        yield from ("", f"{panel or 'Options'}:")
        for one in options:
            if one.rich_help_panel == panel:
                yield from _entry(_name(one), _whole(one), width)
    yield from _entry("-h, --help", "-h is the short help, --help this one.", width)
    if command.epilog:
        yield from ("", *_examples(command.epilog, width))


def _usage(argument: Any) -> str:
    name = str(argument.metavar or argument.name)
    return name if argument.required or name.startswith("[") else f"[{name}]"


def _name(option: Any) -> str:
    names = sorted(option.opts, key=len)
    value = "" if option.is_flag else (option.metavar or "").replace("<int range>", "N").replace("<float range>", "X")
    return f"{', '.join(names)} {value}".strip()


def _whole(option: Any) -> str:
    """Return what an option does, its default, and its name in the environment."""
    shown = option.show_default if isinstance(option.show_default, str) else option.default
    default = f" [{shown}]" if shown not in (None, "", [], (), False, True) else ""
    return f"{option.help or ''}{default}" + (f" {option.envvar}" if option.envvar else "")


def _entry(name: str, text: str, width: int) -> Iterable[str]:
    beside = NAME_COLUMNS if width >= BESIDE_FROM else 6
    wrapped = textwrap.wrap(text, max(20, width - beside), break_long_words=False, break_on_hyphens=False)
    if beside == NAME_COLUMNS and len(name) + 4 <= NAME_COLUMNS and wrapped:
        yield f"  {name}".ljust(beside) + wrapped.pop(0)
    else:
        yield f"  {name}"
    yield from (" " * beside + line for line in wrapped)


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(" ".join(text.split()), max(20, width), break_long_words=False, break_on_hyphens=False)


def _examples(epilog: str, width: int) -> Iterable[str]:
    """Yield the examples, each on a line of its own; one that is too long goes on after a backslash, as in a shell."""
    for line in filter(None, map(str.strip, epilog.split("\n"))):
        shown = ""
        for word in re.findall(r"(?:[^\s']|'[^']*')+", line):
            if shown and len(shown) + len(word) + 5 > width:
                yield f"{shown} \\"
                shown = "      " + word
            else:
                shown = f"{shown} {word}" if shown else (word if line.endswith(":") else f"  {word}")
        yield shown
