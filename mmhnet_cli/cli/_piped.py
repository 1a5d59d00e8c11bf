"""`-o -`: the sound on standard output, for a program that reads it there."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from mmhnet_cli.cli._session import Session
from mmhnet_cli.errors import BadOption

STANDARD_OUTPUT = Path("-")
NAME = "stdout.wav"


@contextmanager
def piped(session: Session, values: Mapping[str, Any], dry_run: bool) -> Iterator[Mapping[str, Any]]:
    """Yield the values of the options; for standard output those that make the sound in a folder of its own.

    It is written there at the end; nothing else is, and no report is kept. Raises BadOption for what asks for more.
    """
    if STANDARD_OUTPUT not in values["output"]:
        yield values
        return
    _check(session, values, dry_run)
    session.output.carries_sound = not dry_run
    with TemporaryDirectory(prefix="mmhnet-") as folder:
        wav = Path(folder) / NAME
        yield {**values, "output": (wav,), "output_dir": None, "keep": False, "on_exists": "error"}
        if not dry_run:
            session.output.sound(wav)


def _check(session: Session, values: Mapping[str, Any], dry_run: bool) -> None:
    problems = []
    if len(values["output"]) > 1:
        problems.append(BadOption("--output", "- and another", "- alone, or files: a pipe takes one sound"))
    if values["takes"] > 1:
        problems.append(BadOption("--takes", str(values["takes"]), "1 beside -o -: a pipe takes one sound"))
    problems += [
        BadOption(f"--{name}", "tracks", "left out beside -o -: they have no place in a pipe")
        for name in ("stem", "cues")
        if values[name]
    ]
    if session.output.mode == "json":
        problems.append(BadOption("--json", "results", "left out beside -o -: standard output is for the sound"))
    if not dry_run and sys.stdout.isatty():
        problems.append(BadOption("--output", "-", "a file: standard output is a terminal, which shows no sound"))
    if problems:
        raise ExceptionGroup("the pipe", problems)
