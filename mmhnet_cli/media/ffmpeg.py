"""The one safe way to call the ffmpeg program."""

import contextlib
import math
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import imageio_ffmpeg

from mmhnet_cli.cores import count_cores
from mmhnet_cli.errors import FfmpegFailed, FfmpegMissing
from mmhnet_cli.media.limits import FORMATS, MAX_PIXELS, MAX_STREAMS, PROBE_BYTES, PROBE_US, PROTOCOLS

if sys.platform == "linux":
    import resource

# libavformat of ffmpeg 7.0; older ones begin Opus 6.5 ms early and put no PCM into mp4. Its number stands in every
# build; "version" may be a bare git hash.
MIN_LIBAVFORMAT = (61, 1)
TAIL_BYTES = 4000
WATCH_S = 0.2
MAX_ALLOC_BYTES = 1 << 30
MAX_MEMORY_BYTES = 8 << 30


@dataclass(frozen=True)
class FfmpegProgram:
    """An ffmpeg that can be run. Its origin is `option`, `PATH` or `imageio-ffmpeg`."""

    path: Path
    version: str
    origin: str


@dataclass(frozen=True)
class FfmpegInput:
    """A file to read, and the options that stand before its `-i`."""

    path: Path
    options: tuple[str, ...] = ()


def find_ffmpeg(explicit: Path | None = None) -> FfmpegProgram:
    """Return the program named by the user, else `ffmpeg` on PATH, else the one inside imageio-ffmpeg.

    A named program that does not work is an error; one on PATH that is older than 7.0 is passed over.
    """
    if explicit is not None:
        version = _version(explicit)
        if version is None:
            raise FfmpegMissing(f"{explicit} (not an ffmpeg program, version 7.0 or newer)")
        return FfmpegProgram(explicit, version, "option")
    bundled = sorted((Path(imageio_ffmpeg.__file__).parent / "binaries").glob("ffmpeg-*"))
    for path, origin in [(_on_path(), "PATH"), *((binary, "imageio-ffmpeg") for binary in bundled)]:
        version = None if path is None else _version(path)
        if path is not None and version is not None:
            return FfmpegProgram(path, version, origin)
    raise FfmpegMissing("ffmpeg 7.0 or newer on PATH, imageio-ffmpeg")


def run_ffmpeg(
    program: FfmpegProgram,
    action: str,
    inputs: Sequence[FfmpegInput],
    arguments: Sequence[str],
    muxer: str,
    output: Path,
    timeout_s: float,
    watch: Callable[[], None] | None = None,
) -> None:
    """Run ffmpeg once, writing (and replacing) `output`.

    action: what is being done, for the error. arguments: mapping, codecs, metadata; no file names. watch: is called
    meanwhile, a few times a second; what it raises ends the program.
    Raises FfmpegFailed with the end of its messages. The program and its children are gone when this returns or raises.
    """
    command = [*_command(program, inputs), *arguments, "-f", muxer, "-y", _file_url(output)]
    # Nothing here should write much more than it reads.
    max_file_bytes = 2 * sum(source.path.stat().st_size for source in inputs) + (256 << 20)
    status, tail = _run_bounded(command, timeout_s, max_file_bytes, watch)
    if status:
        raise FfmpegFailed(action, status, tail)


@contextmanager
def ffmpeg_pipe(
    program: FfmpegProgram, inputs: Sequence[FfmpegInput], arguments: Sequence[str], muxer: str, timeout_s: float
) -> Iterator[tuple[IO[bytes], Callable[[], tuple[int, str]]]]:
    """Run ffmpeg; give what it writes as `muxer`, to be read meanwhile, and what waits for its status and last words.

    timeout_s: how much processor time it may take, on one core. The program and its children are gone at the end of the
    block.
    """
    process = subprocess.Popen(
        [*_command(program, inputs), *arguments, "-f", muxer, "pipe:1"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdout is not None and process.stderr is not None
    output = process.stdout
    tail = bytearray()
    reader = threading.Thread(target=_keep_tail, args=(process.stderr, tail), daemon=True)

    def end() -> tuple[int, str]:
        # A program that has more to write would wait for ever for the reader that gave up. One whose words were all
        # read has closed its end before.
        output.close()
        status = process.wait()
        reader.join()
        return status, tail.decode(errors="replace").strip()

    try:
        _limit(process.pid, timeout_s, max_file_bytes=0)
        reader.start()
        yield output, end
    finally:
        _kill_group(process)
        if reader.ident is not None:
            reader.join()
        output.close()
        process.stderr.close()


def _command(program: FfmpegProgram, inputs: Sequence[FfmpegInput]) -> list[str]:
    """Return the program and its inputs, under the limits for untrusted files."""
    command = [str(program.path), "-hide_banner", "-nostdin", "-nostats", "-loglevel", "warning"]
    command += ["-max_alloc", str(MAX_ALLOC_BYTES)]
    for source in inputs:
        command += ["-protocol_whitelist", PROTOCOLS, "-format_whitelist", FORMATS]
        command += ["-max_pixels", str(MAX_PIXELS), "-max_streams", str(MAX_STREAMS)]
        command += ["-probesize", str(PROBE_BYTES), "-analyzeduration", str(PROBE_US)]
        command += [*source.options, "-i", _file_url(source.path)]
    return command


def _file_url(path: Path) -> str:
    # The prefix and the absolute path disarm names such as `-x.mp4`, `concat:a.mp4` and `pipe:0`.
    return f"file:{path.absolute()}"


def _on_path() -> Path | None:
    found = shutil.which("ffmpeg")
    if found is None:
        return None
    # Windows looks into the working folder first: a program that lies beside the films must not be run.
    path = Path(found).absolute()
    return None if path.parent == Path.cwd() else path


def _version(path: Path) -> str | None:
    """Return the version text of a program, or None where it is no ffmpeg or too old."""
    try:
        said = subprocess.run(
            [str(path), "-hide_banner", "-version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=20,
            check=True,
        ).stdout.decode(errors="replace")
    except (OSError, subprocess.SubprocessError):
        return None
    version = re.search(r"ffmpeg version (\S+)", said)
    library = re.search(r"libavformat\s+(\d+)\.\s*(\d+)", said)
    if version is None or library is None or (int(library[1]), int(library[2])) < MIN_LIBAVFORMAT:
        return None
    return version[1]


def _run_bounded(
    command: list[str], timeout_s: float, max_file_bytes: int, watch: Callable[[], None] | None = None
) -> tuple[int, str]:
    """Return exit status and end of stderr; after `timeout_s` they are -SIGKILL and a note."""
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,  # a child that reads stdin eats the file names of a shell loop
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stderr is not None
    tail = bytearray()
    reader = threading.Thread(target=_keep_tail, args=(process.stderr, tail), daemon=True)
    try:
        _limit(process.pid, timeout_s, max_file_bytes)
        reader.start()
        status = _watched(process, timeout_s, watch)
        note = ""
    except subprocess.TimeoutExpired:
        status, note = -9, f"stopped after {timeout_s:.0f} s"
    finally:
        _kill_group(process)
        if reader.ident is not None:
            reader.join()
        process.stderr.close()
    return status, (tail.decode(errors="replace") + note).strip()


def _watched(process: subprocess.Popen[bytes], timeout_s: float, watch: Callable[[], None] | None) -> int:
    """Return the status of a program when it ends. Raises TimeoutExpired, and what `watch` raises."""
    if watch is None:
        return process.wait(timeout_s)
    for _ in range(math.ceil(timeout_s / WATCH_S)):
        watch()
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.wait(WATCH_S)
    raise subprocess.TimeoutExpired(process.args, timeout_s)


def _keep_tail(pipe: IO[bytes], tail: bytearray) -> None:
    while chunk := pipe.read(1024):
        tail += chunk
        del tail[:-TAIL_BYTES]


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    if sys.platform == "win32":
        process.kill()
    else:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _limit(pid: int, timeout_s: float, max_file_bytes: int) -> None:
    """Bound memory, processor time and file size of the running child.

    Set from outside, which only Linux can: code between fork and exec is unsafe in a process with threads.
    """
    if sys.platform != "linux":
        return
    cpu_s = int(timeout_s * count_cores()) + 1
    limits = [
        (resource.RLIMIT_AS, MAX_MEMORY_BYTES),
        (resource.RLIMIT_CPU, cpu_s),
        (resource.RLIMIT_FSIZE, max_file_bytes),
    ]
    with contextlib.suppress(ProcessLookupError):
        for kind, bound in limits:
            _, hard = resource.prlimit(pid, kind)
            resource.prlimit(pid, kind, (bound if hard == resource.RLIM_INFINITY else min(bound, hard), hard))
