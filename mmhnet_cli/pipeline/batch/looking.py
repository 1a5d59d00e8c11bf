"""Films looked at before the run, in processes of their own: what reads foreign files may crash, or never end."""

import multiprocessing
import os
import pickle
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path

from mmhnet_cli.errors import FilmFailed, FilmUnreadable, MMHNetError, WorkerLost, leaves
from mmhnet_cli.pipeline.asking.prepare import prepare
from mmhnet_cli.pipeline.request import GenerateRequest, Job

PATIENCE_S = 60.0
SLOWEST_BYTES_PER_S = 4_000_000
"""Every packet is read once, from a slow network at worst; a film that takes longer has caught its reader in a loop."""

MOST_BEGINS = 3
"""A process that ends before it looks at a film is begun so often at most: the machine is out of memory, or the
installation is broken."""

Found = Job | tuple[MMHNetError, ...]
"""A film shall get the one, or all of the others are wrong with it."""


def look_at_all(
    requests: Sequence[GenerateRequest],
    processes: int,
    tell: Callable[[int], None] = lambda done: None,
    patience_s: float = PATIENCE_S,
) -> list[Found]:
    """Do `prepare` for every request, in their order. tell: hears how many are done. A reader that dies costs its film.

    Raises WorkerLost where no process can be started.
    """
    found: dict[int, Found] = {}
    waiting = deque(enumerate(requests))
    lookers = [_Looker(patience_s) for _ in range(min(processes, len(requests)))]
    try:
        while len(found) < len(requests):
            for looker in lookers:
                if looker.request is None and waiting:
                    looker.give(*waiting.popleft())
            busy = [looker for looker in lookers if looker.request is not None]
            ready = wait([looker.connection for looker in busy], max(0.0, min(looker.left_s for looker in busy)))
            for looker in busy:
                answer = looker.answer() if looker.connection in ready else looker.out_of_time()
                if answer is not None:
                    found[looker.number] = answer
                    tell(len(found))
    finally:
        for looker in lookers:
            looker.end()
    return [found[number] for number in range(len(requests))]


class _Looker:
    """A process that looks at one film at a time, and the next one in its place when it is gone."""

    def __init__(self, patience_s: float) -> None:
        self.patience_s = patience_s
        self.request: GenerateRequest | None = None
        self.number = -1
        self.until = 0.0
        self.begun, self.begins = False, 0
        self.process, self.connection = _start()

    @property
    def left_s(self) -> float:
        return self.until - time.monotonic()

    def give(self, number: int, request: GenerateRequest) -> None:
        self.number, self.request = number, request
        self._wait_from_now()
        try:
            self.connection.send(request)
        except OSError:
            # It is dying; `answer` will find it gone.
            return

    def answer(self) -> Found | None:
        """Return what it found, or that it is gone; None where it has only just begun."""
        assert self.request is not None
        try:
            found: Found | None = self.connection.recv()
            if found is None:
                self.begun, self.begins = True, 0
                self._wait_from_now()
                return None
        except (EOFError, OSError):
            self.process.join()
            code = self.process.exitcode or 0
            how = f"signal {-code}" if code < 0 else f"exit code {code}"
            if not self.begun:
                self._begin_again(how)
                return None
            found = (FilmUnreadable(self.request.film, f"it crashed its reader ({how})"),)
            self._renew()
        self.request = None
        return found

    def _begin_again(self, how: str) -> None:
        """Begin again with the same film, which is not why it did not begin. Raises WorkerLost."""
        assert self.request is not None
        self.begins += 1
        if self.begins == MOST_BEGINS:
            raise WorkerLost(self.request.film, how)
        self._renew()
        self.give(self.number, self.request)

    def out_of_time(self) -> Found | None:
        """Return that it took too long; None as long as it has time left."""
        assert self.request is not None
        if self.left_s > 0:
            return None
        found = (FilmUnreadable(self.request.film, f"its reader did not come to an end in {self._patience_s:.0f} s"),)
        self._renew()
        self.request = None
        return found

    def end(self) -> None:
        self.process.kill()
        self.process.join()
        self.connection.close()

    @property
    def _patience_s(self) -> float:
        assert self.request is not None
        return self.patience_s + _size(self.request.film) / SLOWEST_BYTES_PER_S

    def _wait_from_now(self) -> None:
        self.until = time.monotonic() + self._patience_s

    def _renew(self) -> None:
        self.end()
        self.begun = False
        self.process, self.connection = _start()


def _start() -> tuple[SpawnProcess, Connection]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_look, args=(theirs,), name="looker", daemon=True)
    process.start()
    theirs.close()
    return process, ours


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _look(connection: Connection) -> None:
    """Live as a reader: take requests and send jobs or errors, until the other end is closed."""
    # Ctrl-C reaches all processes of a terminal; the run decides what becomes of this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    # On a machine with much to do, to start takes long, and is not the film's fault.
    connection.send(None)
    while True:
        try:
            request = connection.recv()
        except EOFError:
            return
        connection.send(_found(request))


def _end_with_parent() -> None:
    """End this process with its parent: a run that was killed cannot end a reader that is caught in a loop."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    wait([parent.sentinel])
    os._exit(1)


def _found(request: GenerateRequest) -> Found:
    try:
        return prepare(request)
    except Exception as error:
        # A fault of ours in one film is no reason to lose the others.
        return tuple(_portable(leaf, request.film) for leaf in leaves(error))


def foreseen(error: BaseException, film: Path) -> MMHNetError:
    """Return the error itself, or what was not foreseen as a fault of ours with one film of many."""
    return error if isinstance(error, MMHNetError) else FilmFailed(film, f"{type(error).__name__}: {error}")


def _portable(error: BaseException, film: Path) -> MMHNetError:
    """Return the error in a form that reaches another process."""
    known = foreseen(error, film)
    try:
        pickle.loads(pickle.dumps(known))
    except Exception:
        return FilmFailed(film, f"{type(error).__name__}: {error}")
    return known
