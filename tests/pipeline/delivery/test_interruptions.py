"""What is for one run only leaves nothing behind, at whatever moment its maker is interrupted."""

import gc
import sys
import warnings
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from types import FrameType

import pytest

from mmhnet_cli.media.output import atomic_output
from mmhnet_cli.media.temporary import temporary_file
from mmhnet_cli.pipeline.delivery.lock import output_lock, waiting_lock


def test_an_interruption_at_any_moment_leaves_no_temporary_file(tmp_path: Path) -> None:
    def work() -> None:
        with temporary_file(tmp_path, ".wav") as path:
            path.write_bytes(b"half")

    moments = interrupted_at_every_moment(work, lambda: list(tmp_path.iterdir()) == [])
    assert moments > 30


def test_an_interruption_at_any_moment_leaves_nothing_or_the_whole(tmp_path: Path) -> None:
    target = tmp_path / "film.wav"

    def work() -> None:
        target.unlink(missing_ok=True)
        with atomic_output(target, "error") as path:
            path.write_bytes(b"whole")

    def is_clean() -> bool:
        return list(tmp_path.iterdir()) in ([], [target]) and (not target.exists() or target.read_bytes() == b"whole")

    moments = interrupted_at_every_moment(work, is_clean)
    assert moments > 50


@pytest.mark.parametrize("lock", [output_lock, waiting_lock])
def test_an_interruption_at_any_moment_frees_the_lock(
    tmp_path: Path, lock: Callable[[Path], AbstractContextManager[None]]
) -> None:
    def work() -> None:
        with lock(tmp_path / "street.json"):
            pass

    assert interrupted_at_every_moment(work, lambda: list(tmp_path.iterdir()) == []) > 30


def interrupted_at_every_moment(work: Callable[[], None], is_clean: Callable[[], bool]) -> int:
    """Run `work` again and again, each time broken off one moment later, until it ends. Gives their number."""
    with warnings.catch_warnings():
        # A file that was opened and not yet named is closed by Python, which says so.
        warnings.simplefilter("ignore", ResourceWarning)
        moment = 0
        while interrupted(work, moment):
            assert is_clean(), moment
            moment += 1
        gc.collect()
    return moment


def interrupted(work: Callable[[], None], moment: int) -> bool:
    """Run `work`, and interrupt it after so many moments; whether it was still at it."""
    left = moment

    def interrupt(frame: FrameType, event: str, argument: object) -> None:
        nonlocal left
        # CPython looks for signals where a function of Python begins and where one of C has ended.
        left -= event in ("call", "c_return")
        if left == -1:
            raise KeyboardInterrupt

    sys.setprofile(interrupt)
    try:
        work()
    except KeyboardInterrupt:
        return True
    finally:
        sys.setprofile(None)
    return False
