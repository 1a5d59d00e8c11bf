"""Processes that do tasks, and what is said of one that is gone."""

import os
import time

import pytest

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
