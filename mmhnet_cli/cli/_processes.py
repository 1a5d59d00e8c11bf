"""A command in several processes of this machine that find each other, as torchrun and `accelerate launch` start them.

The main one, number 0, speaks for all. What the others say is kept, and told where the main one does not know why it
had to end.
"""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO

from mmhnet_cli.cli._words.row import UNFORESEEN
from mmhnet_cli.cores import count_cores
from mmhnet_cli.errors import ProcessLost

POLL_S = 0.1
GRACE_S = 60.0
"""So long the others have to see that one is gone, keep what was learnt, and end by themselves."""
END_S = 20.0
"""So long they have to end when they are asked to."""
MOST_TOLD = 20_000


def company() -> tuple[int, int]:
    """Return how many processes train together, and how many of them here, as the launcher of this one has said."""
    return _number("WORLD_SIZE"), max(1, _number("LOCAL_WORLD_SIZE"))


def run_together(arguments: Sequence[str], count: int, out: Path) -> int:
    """Run the command line in so many processes, and return the exit code of the main one.

    out: the folder of the training. Raises ProcessLost where the main process ends without a word.
    """
    with ExitStack() as stack:
        errors = [stack.enter_context(tempfile.TemporaryFile("w+")) for _ in range(1, count)]
        processes = _start(arguments, count, errors)
        try:
            _wait(processes)
        except KeyboardInterrupt as stop:
            # The main process says that it was stopped.
            _end(processes)
            return 128 + int(getattr(stop, "number", signal.SIGINT))
        finally:
            _end(processes)
        codes = [process.returncode for process in processes]
        if codes[0] == UNFORESEEN or codes[0] < 0:
            _tell_others(codes[1:], errors)
        if codes[0] < 0:
            raise ProcessLost(out, f"the main one was ended by signal {-codes[0]}")
        return codes[0]


def _start(arguments: Sequence[str], count: int, errors: Sequence[IO[str]]) -> list["subprocess.Popen[bytes]"]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    shared = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    shared |= {"WORLD_SIZE": str(count), "LOCAL_WORLD_SIZE": str(count)}
    shared["OMP_NUM_THREADS"] = os.environ.get("OMP_NUM_THREADS") or str(max(1, count_cores() // count))
    return [
        subprocess.Popen(
            [sys.executable, "-m", "mmhnet_cli", *arguments],
            env={**os.environ, **shared, "RANK": str(number), "LOCAL_RANK": str(number)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL if number else None,
            stderr=errors[number - 1] if number else None,
        )
        for number in range(count)
    ]


def _wait(processes: Sequence["subprocess.Popen[bytes]"]) -> None:
    """Wait until all have ended, or one has failed and the others had their time."""
    until = float("inf")
    while any(process.poll() is None for process in processes) and time.monotonic() < until:
        if until == float("inf") and any(process.returncode for process in processes):
            until = time.monotonic() + GRACE_S
        time.sleep(POLL_S)


def _end(processes: Sequence["subprocess.Popen[bytes]"]) -> None:
    until = time.monotonic() + END_S
    for process in processes:
        if process.poll() is None:
            process.terminate()
    for process in processes:
        try:
            process.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _tell_others(codes: Sequence[int], errors: Sequence[IO[str]]) -> None:
    """Print what the first one said that failed for a reason of its own."""
    for code, file in zip(codes, errors, strict=True):
        if code > UNFORESEEN:
            file.seek(0)
            sys.stderr.write(file.read(MOST_TOLD))
            return


def _number(name: str) -> int:
    text = os.environ.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 7 else 0
