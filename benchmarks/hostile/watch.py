"""Tasks in processes of their own, under limits, and what became of each. Linux."""

import faulthandler
import gc
import json
import os
import re
import resource
import selectors
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NoReturn

Grade = Literal["fine", "refused", "unforeseen", "outside", "memory", "hang", "abort"]
"""From what a user would like best to what is worst."""
GRADES: tuple[Grade, ...] = ("fine", "refused", "unforeseen", "outside", "memory", "hang", "abort")

OURS = re.compile(r'File "[^"]*?(mmhnet_cli/[^"]+)", line (\d+)')
DUMP = " (most recent call first):"
"""With which faulthandler begins."""


@dataclass(frozen=True)
class Finding:
    """How a task ended. words: for `refused` the classes of the errors, else what a developer wants to know."""

    grade: Grade
    words: str = ""


@dataclass(frozen=True)
class Bounds:
    """What a task may take: wall seconds, and bytes of memory above what its process began with.

    address_bytes, file_bytes: what the system refuses to give, so that one task cannot harm the machine.
    """

    seconds: float = 60.0
    memory_bytes: int = 1 << 30
    address_bytes: int = 6 << 30
    file_bytes: int = 1 << 30


@dataclass(frozen=True)
class Verdict:
    """What became of a task. memory_bytes: its peak above what its process began with."""

    finding: Finding
    seconds: float
    memory_bytes: int


@dataclass(frozen=True)
class Task:
    """Something to do. log: receives all that it prints. do: gives what it found; must not be called here."""

    name: str
    log: Path
    do: Callable[[], Finding]


@dataclass(frozen=True)
class _Child:
    task: Task
    pid: int
    pipe: int
    began: float
    first_bytes: int


def watch(tasks: Iterable[Task], bounds: Bounds, jobs: int = 1) -> Iterator[tuple[Task, Verdict]]:
    """Do the tasks, `jobs` at a time, each in a fork of this process, which must have one thread only."""
    # What is there is never collected, so that children do not copy it by looking at it.
    gc.freeze()
    with selectors.DefaultSelector() as ends:
        running: dict[int, _Child] = {}
        try:
            for task in tasks:
                while len(running) >= jobs:
                    yield from _ended(ends, running, bounds)
                child = _start(task, bounds)
                running[child.pipe] = child
                ends.register(child.pipe, selectors.EVENT_READ)
            while running:
                yield from _ended(ends, running, bounds)
        finally:
            for child in running.values():
                _kill(child.pid)


def _start(task: Task, bounds: Bounds) -> _Child:
    reading, writing = os.pipe()
    first_bytes = _own_bytes()
    pid = os.fork()
    if not pid:
        _do(task, bounds, writing)
    os.close(writing)
    return _Child(task, pid, reading, time.monotonic(), first_bytes)


def _do(task: Task, bounds: Bounds, pipe: int) -> NoReturn:
    """In the child: do the task and tell what it found. Whatever happens, the child ends here."""
    try:
        log = os.open(task.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(log, 1)
        os.dup2(log, 2)
        faulthandler.enable(log)
        faulthandler.dump_traceback_later(0.8 * bounds.seconds, file=log)
        cpu_s = int(bounds.seconds * (os.cpu_count() or 1)) + 1
        for kind, bound in (
            (resource.RLIMIT_AS, bounds.address_bytes),
            (resource.RLIMIT_FSIZE, bounds.file_bytes),
            (resource.RLIMIT_CPU, cpu_s),
            (resource.RLIMIT_CORE, 0),
        ):
            resource.setrlimit(kind, (bound, bound))
        finding = _found(task.do)
        # What is let go of now may be what was broken.
        gc.collect()
        children_bytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss << 10
        os.write(pipe, json.dumps([finding.grade, finding.words[:1000], children_bytes]).encode())
    finally:
        os._exit(0)


def _found(do: Callable[[], Finding]) -> Finding:
    try:
        return do()
    except MemoryError:
        return Finding("memory", "MemoryError")
    except BaseException as error:
        return Finding("unforeseen", f"{type(error).__name__}: {error}")


def _ended(ends: selectors.BaseSelector, running: dict[int, _Child], bounds: Bounds) -> Iterator[tuple[Task, Verdict]]:
    """Wait until a child has ended, or its time is over; the verdicts of those for which that is so."""
    oldest = min(child.began for child in running.values())
    ready = {key.fd for key, _ in ends.select(max(0.0, oldest + bounds.seconds - time.monotonic()))}
    for pipe, child in list(running.items()):
        seconds = time.monotonic() - child.began
        if pipe in ready or seconds >= bounds.seconds:
            ends.unregister(pipe)
            del running[pipe]
            yield child.task, _verdict(child, pipe in ready, seconds, bounds)


def _verdict(child: _Child, ended: bool, seconds: float, bounds: Bounds) -> Verdict:
    if not ended:
        _kill(child.pid)
    said = _read(child.pipe) if ended else b""
    _, status, usage = os.wait4(child.pid, 0)
    told: tuple[Grade, str, int] = json.loads(said) if said else ("abort", "", 0)
    grade, words, children_bytes = told
    finding = Finding(grade, words)
    memory_bytes = max(usage.ru_maxrss << 10, children_bytes) - child.first_bytes
    if not ended:
        finding = Finding("hang", _place(child.task.log))
    elif not said:
        reason = signal.Signals(os.WTERMSIG(status)).name if os.WIFSIGNALED(status) else f"exit {status}"
        finding = Finding("abort", f"{reason} {_place(child.task.log)}")
    elif finding.grade != "memory" and memory_bytes > bounds.memory_bytes:
        finding = Finding("memory", f"{memory_bytes >> 20} MB, then {finding.grade} {finding.words}")
    return Verdict(finding, seconds, max(0, memory_bytes))


def _read(pipe: int) -> bytes:
    with open(pipe, "rb") as file:
        return file.read()


def _place(log: Path) -> str:
    """The innermost place of ours in what `faulthandler` left in the log."""
    # Before it stands what commands printed, tracebacks too.
    _, _, dump = log.read_text(errors="replace").partition(DUMP)
    found = OURS.search(dump)
    return f"at {found[1]}:{found[2]}" if found else "outside of mmhnet"


def _kill(pid: int) -> None:
    """Kill a process and the programs that it started."""
    with suppress(OSError):
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            _kill(int(child))
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _own_bytes() -> int:
    """What a fork of this process begins with: mapped files count only once they are looked at."""
    status = Path("/proc/self/status").read_text()
    return sum(
        int(kilobytes) << 10 for kilobytes in re.findall(r"^Rss(?:Anon|Shmem):\s+(\d+) kB", status, re.MULTILINE)
    )
