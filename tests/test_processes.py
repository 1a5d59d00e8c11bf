"""Processes that do tasks, and what is said of one that is gone."""

import os
import subprocess
import sys
import time

import pytest

from mmhnet_cli.cli import _processes
from mmhnet_cli.processes import Alive, Gone, Processes

pytestmark = pytest.mark.processes


class Leaving:
    """It lets go of the other end, and needs a while to leave with the code that it is given."""

    def __call__(self, code: int, alive: Alive) -> None:
        os.closerange(3, 256)
        time.sleep(0.5)
        os._exit(code)


def test_one_that_takes_a_while_to_end_says_why_itself() -> None:
    tasks = iter([7])
    found = list(Processes(Leaving, 1).run(lambda: next(tasks, None)))
    assert found == [(7, Gone("exit code 7"))]


def test_others_have_time_to_keep_what_was_learnt() -> None:
    """Of those that train together one fails at once; the other needs a while to see it, and to end by itself."""
    programs = ("raise SystemExit(1)", "import time; time.sleep(1)")
    processes = [subprocess.Popen([sys.executable, "-c", program]) for program in programs]
    try:
        _processes._wait(processes)
        assert [process.poll() for process in processes] == [1, 0]
    finally:
        _processes._end(processes)
