"""`make check` leaves out what starts processes: a test that does so without saying so fails."""

import multiprocessing
import subprocess
import sys

import pytest


def test_a_test_without_the_marker_starts_no_python_and_no_worker() -> None:
    with pytest.raises(pytest.fail.Exception, match=r"pytest\.mark\.processes"):
        subprocess.run([sys.executable, "-c", ""], check=True)
    with pytest.raises(pytest.fail.Exception, match=r"pytest\.mark\.processes"):
        multiprocessing.get_context("spawn").Process().start()


def test_other_programs_are_free_to_it() -> None:
    assert subprocess.run(["true"], check=True).returncode == 0


@pytest.mark.processes
def test_a_test_with_the_marker_may() -> None:
    assert subprocess.run([sys.executable, "-S", "-c", ""], check=True).returncode == 0
