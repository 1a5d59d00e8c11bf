import shutil
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from mmhnet_cli.errors import FfmpegFailed, FfmpegMissing
from mmhnet_cli.media.ffmpeg import FfmpegInput, FfmpegProgram, ffmpeg_pipe, find_ffmpeg, run_ffmpeg
from tests.conftest import LISTS, MakeFilm, RunFfmpeg

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="needs shell scripts as programs")


def script(path: Path, text: str) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def fake_ffmpeg(path: Path, library: str) -> Path:
    return script(path, f'echo "ffmpeg version N-1-gabc Copyright"; echo "libavformat    {library}"')


def test_explicit_program_is_taken(ffmpeg: FfmpegProgram) -> None:
    assert find_ffmpeg(ffmpeg.path) == ffmpeg
    assert ffmpeg.origin == "option"
    assert ffmpeg.version


def test_explicit_program_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(FfmpegMissing):
        find_ffmpeg(tmp_path / "nothing")


@posix_only
def test_path_comes_before_bundled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    program = fake_ffmpeg(folder / "ffmpeg", "61.  1.100")
    monkeypatch.setenv("PATH", str(folder))
    assert find_ffmpeg() == FfmpegProgram(program, "N-1-gabc", "PATH")


@posix_only
def test_old_program_on_path_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_ffmpeg(tmp_path / "ffmpeg", "60. 16.100")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_ffmpeg().origin == "imageio-ffmpeg"


@posix_only
def test_program_beside_the_films_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script(tmp_path / "ffmpeg", f"touch {tmp_path}/ran")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert find_ffmpeg().origin == "imageio-ffmpeg"
    assert not (tmp_path / "ran").exists()


def test_failure_carries_what_ffmpeg_said(ffmpeg: FfmpegProgram, tmp_path: Path) -> None:
    source = tmp_path / "noise.mp4"
    source.write_bytes(b"no film" * 100)
    with pytest.raises(FfmpegFailed, match="remux") as failure:
        run_ffmpeg(ffmpeg, "remux", [FfmpegInput(source)], ["-c", "copy"], "mp4", tmp_path / "out.mp4", 20)
    assert failure.value.status != 0
    assert "Invalid data" in failure.value.tail


@pytest.mark.parametrize("name", ["-x.mp4", "concat:a.mp4", "pipe:0", "a:b.mp4", "data:,x.mp4"])
@posix_only
def test_odd_names_are_plain_files(ffmpeg: FfmpegProgram, b_frame_film: Path, tmp_path: Path, name: str) -> None:
    source = tmp_path / name
    shutil.copy(b_frame_film, source)
    output = tmp_path / ("-out" + name)
    run_ffmpeg(ffmpeg, "remux", [FfmpegInput(source)], ["-c", "copy"], "mp4", output, 20)
    assert output.stat().st_size > 1000


@pytest.mark.parametrize("name", LISTS)
def test_lists_that_name_other_files_are_refused(
    ffmpeg: FfmpegProgram, make_film: MakeFilm, tmp_path: Path, name: str
) -> None:
    other = make_film("mpeg2.ts", video=["-c:v", "mpeg2video", "-bf", "2"])
    shutil.copy(other, tmp_path / other.name)
    (tmp_path / name).write_text(LISTS[name].format(other=other, name=other.name))
    with pytest.raises(FfmpegFailed):
        run_ffmpeg(ffmpeg, "remux", [FfmpegInput(tmp_path / name)], ["-c", "copy"], "mp4", tmp_path / "o.mp4", 20)


@pytest.mark.slow
@posix_only
def test_interrupt_kills_the_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mark = tmp_path / "mark"
    program = script(tmp_path / "slow", f"sleep 1; touch {mark}")

    def interrupted(process: subprocess.Popen[bytes], timeout: float | None = None) -> int:
        monkeypatch.undo()
        raise KeyboardInterrupt

    monkeypatch.setattr(subprocess.Popen, "wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run_ffmpeg(FfmpegProgram(program, "1", "option"), "remux", [], [], "mp4", tmp_path / "o.mp4", 20)
    time.sleep(1.2)
    assert not mark.exists()


@pytest.mark.slow
@posix_only
def test_timeout_kills_the_group(tmp_path: Path) -> None:
    # The child of the program would write the mark a second later, were it still alive.
    mark = tmp_path / "mark"
    program = script(tmp_path / "slow", f"(sleep 1; touch {mark}) & sleep 30")
    begun = time.monotonic()
    with pytest.raises(FfmpegFailed, match="remux") as failure:
        run_ffmpeg(FfmpegProgram(program, "1", "option"), "remux", [], [], "mp4", tmp_path / "o.mp4", 0.2)
    assert "stopped after" in failure.value.tail
    assert time.monotonic() - begun < 20
    time.sleep(1.2)
    assert not mark.exists()


@posix_only
def test_flood_of_messages_is_cut_and_does_not_block(tmp_path: Path) -> None:
    program = script(tmp_path / "chatty", "yes x | head -c 3000000 >&2; echo the end >&2; exit 3")
    with pytest.raises(FfmpegFailed, match="remux") as failure:
        run_ffmpeg(FfmpegProgram(program, "1", "option"), "remux", [], [], "mp4", tmp_path / "o.mp4", 20)
    assert failure.value.status == 3
    assert failure.value.tail.endswith("the end")
    assert len(failure.value.tail) <= 4000


@posix_only
def test_stdin_is_empty(tmp_path: Path) -> None:
    program = script(tmp_path / "reader", 'test -z "$(cat)" || exit 9')
    before = threading.active_count()
    run_ffmpeg(FfmpegProgram(program, "1", "option"), "remux", [], [], "mp4", tmp_path / "o.mp4", 20)
    assert threading.active_count() == before


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="limits of another process can be set on Linux only")
def test_size_of_the_output_is_limited(ffmpeg: FfmpegProgram, tmp_path: Path) -> None:
    # The limits are set after the start, so the program waits a moment before it looks.
    program = script(tmp_path / "limits", "sleep 0.3; ulimit -f >&2; ulimit -v >&2; exit 1")
    source = tmp_path / "source"
    source.write_bytes(bytes(1 << 20))
    with pytest.raises(FfmpegFailed) as failure:
        run_ffmpeg(
            FfmpegProgram(program, "1", "option"), "remux", [FfmpegInput(source)], [], "mp4", tmp_path / "o.mp4", 20
        )
    blocks, kibibytes = map(int, failure.value.tail.split())
    assert blocks * 512 == (2 << 20) + (256 << 20)
    assert kibibytes == 8 << 20


@pytest.mark.slow
def test_a_program_that_still_writes_ends_when_nobody_reads_any_more(
    ffmpeg: FfmpegProgram, run_ffmpeg_program: RunFfmpeg, tmp_path: Path
) -> None:
    sound = tmp_path / "long.flac"
    run_ffmpeg_program("-f", "lavfi", "-i", "anullsrc=r=48000:d=600", sound)
    with ffmpeg_pipe(ffmpeg, [FfmpegInput(sound)], ["-c:a", "pcm_f32le"], "nut", 60) as (pipe, end):
        assert pipe.read(4)
        status, _ = end()
    assert status
