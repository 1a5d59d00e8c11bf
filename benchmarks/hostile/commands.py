"""Commands of mmhnet, run in this process, and what a user would make of their ends."""

import io
import json
import os
import traceback
from collections.abc import Callable, Iterable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import Any

from benchmarks.hostile.watch import GRADES, OURS, Finding
from mmhnet_cli.cli._errors import tell
from mmhnet_cli.cli._output import Output
from mmhnet_cli.cli._words.row import UNFORESEEN
from mmhnet_cli.cli.app import main


@dataclass(frozen=True)
class Answer:
    """What a command said. records: its lines of JSON. complaints: its stderr."""

    code: int
    records: tuple[dict[str, Any], ...]
    complaints: str

    @property
    def finding(self) -> Finding:
        """Return what the exit code and the errors of the answer come to."""
        errors = [record for record in self.records if "error" in record]
        faults = [record["message"] for record in errors if record["exit_code"] == UNFORESEEN]
        if self.code == UNFORESEEN or faults:
            places = OURS.findall(self.complaints)
            # The innermost line of ours stands last in a traceback.
            place = " at {}:{}".format(*places[-1]) if places else ""
            words = (faults or self.complaints.strip().splitlines() or [""])[-1] + place
            return Finding("memory" if "MemoryError" in words else "unforeseen", words)
        if self.code:
            return Finding("refused", ", ".join(sorted({record["error"] for record in errors})) or "usage")
        return Finding("fine")


def command(*arguments: object) -> Answer:
    """One command line of mmhnet, without its first word."""
    options = ("--json", "--debug", "--progress", "off")
    return answer(lambda: main([*map(str, arguments), *options]))


def call(task: Callable[[], object]) -> Answer:
    """A part of mmhnet, with its errors told as a command would."""

    def run() -> int:
        try:
            task()
        except Exception as error:
            traceback.print_exc()
            return tell(error, Output("json"))
        return 0

    return answer(run)


def answer(run: Callable[[], int]) -> Answer:
    """What `run` says and returns; an error that leaves it is a traceback in the user's face."""
    said, complaints = io.StringIO(), io.StringIO()
    with redirect_stdout(said), redirect_stderr(complaints):
        try:
            code = run()
        except Exception:
            traceback.print_exc()
            code = UNFORESEEN
    # Into the log, for whoever replays the case.
    os.write(1, f"{said.getvalue()}\n{complaints.getvalue()}\n".encode(errors="backslashreplace"))
    records = [json.loads(line) for line in said.getvalue().splitlines() if line.startswith("{")]
    return Answer(code, tuple(records), complaints.getvalue())


def worst(findings: Iterable[Finding]) -> Finding:
    """The first of the gravest."""
    return max(findings, key=lambda finding: GRADES.index(finding.grade))
