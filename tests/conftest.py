"""Small real films, made once per run by the ffmpeg program that the package itself would find without one on PATH."""

import functools
import gc
import hashlib
import multiprocessing.process
import os
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import numpy as np
import pytest

from mmhnet_cli.media.ffmpeg import FfmpegProgram, find_ffmpeg

UNMARKED = "a test that starts Python or a worker is marked: pytest.mark.processes"
BITS = 8
WIDTH, HEIGHT = 96, 64

HLS = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\nfile://{other}\n#EXT-X-ENDLIST\n"
DASH = """<?xml version="1.0"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT4S" minBufferTime="PT1S"
 profiles="urn:mpeg:dash:profile:isoff-on-demand:2011"><Period><AdaptationSet mimeType="video/mp4">
<Representation id="1" bandwidth="1000"><BaseURL>file://{other}</BaseURL></Representation></AdaptationSet></Period></MPD>
"""
# Lists that make a reader open another file, under harmless and under honest names.
LISTS = {
    "x.m3u8": HLS,
    "hls.mp4": HLS,
    "dash.mp4": DASH,
    "x.mpd": DASH,
    "concat.mp4": "ffconcat version 1.0\nfile '{other}'\n",
    "concat.txt": "ffconcat version 1.0\nfile '{name}'\n",
}


def numbered_picture(number: int, width: int = WIDTH, height: int = HEIGHT) -> np.ndarray:
    """A picture (height, width, 3) whose vertical bars, white for 1, are the bits of `number`."""
    bits = np.array([number >> bit & 1 for bit in range(BITS)], dtype=np.uint8)
    columns = bits[np.arange(width) * BITS // width] * 255
    return np.broadcast_to(columns[None, :, None], (height, width, 3)).copy()


def read_number(picture: np.ndarray) -> int:
    """The number in a picture of `numbered_picture`, at any size."""
    centres = ((np.arange(BITS) + 0.5) * picture.shape[1] / BITS).astype(int)
    middle = picture[picture.shape[0] // 4 : -(picture.shape[0] // 4), centres].mean(axis=(0, 2))
    return sum(int(value > 127) << bit for bit, value in enumerate(middle))


def pytest_collection_finish() -> None:
    """What is imported by now stays: no collection has to look through it again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def hub_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache of the hub for the whole run: what is seen in a film is looked at once, by whichever test comes first."""
    base = tmp_path_factory.getbasetemp()
    return (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "hub"


@pytest.fixture(autouse=True)
def _away_from_the_users_cache(hub_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(hub_cache))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(hub_cache))


WITH_EYES = ("encoders.mini", "pipeline.making.looking", "training.films.looking")
MOST_LOOKS = 1000  # of 20 KB a picture at most, 16 pictures each: 300 MB


@pytest.fixture(scope="session", autouse=True)
def _one_pair_of_eyes() -> Iterator[None]:
    """Each of the two networks that look at films is read once, and looks at the same pictures once.

    Nothing changes the networks, and what they see rests on the pictures alone. To read them was most of what it took
    to load a small model, and to look with them most of what it took to use one.
    """
    if "torch" not in sys.modules:  # Nothing that was collected has eyes.
        yield
        return
    from mmhnet_cli.encoders.published_eyes import load_eyes

    @functools.cache
    def load(published: Any) -> Any:
        eyes = load_eyes(published)
        eyes.late_maps, eyes.forward = _once_for_the_same(eyes.late_maps), _once_for_the_same(eyes.forward)
        return eyes

    with pytest.MonkeyPatch.context() as patch:
        for name in WITH_EYES:
            patch.setattr(f"mmhnet_cli.{name}.load_eyes", load)
        yield


def _once_for_the_same(look: Callable[[Any], Any]) -> Callable[[Any], Any]:
    looks: dict[tuple[Any, ...], Any] = {}

    def remembered(pictures: Any) -> Any:
        asked = (*pictures.shape, hashlib.sha256(pictures.numpy().tobytes()).digest())
        if asked not in looks:
            if len(looks) >= MOST_LOOKS:
                looks.clear()
            looks[asked] = look(pictures)
        return looks[asked].clone()

    return remembered


@pytest.fixture(autouse=True)
def _no_process_in_silence(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A test without the marker `processes` starts neither Python nor a worker; other programs are free to it."""
    if request.node.get_closest_marker("processes"):
        return
    start = subprocess.Popen.__init__

    def watched(self: Any, args: Any, *more: Any, **named: Any) -> None:
        if sys.executable in ([args] if isinstance(args, str) else map(str, args)):
            pytest.fail(UNMARKED)
        start(self, args, *more, **named)

    monkeypatch.setattr(subprocess.Popen, "__init__", watched)
    monkeypatch.setattr(multiprocessing.process.BaseProcess, "start", lambda process: pytest.fail(UNMARKED))


@pytest.fixture(scope="session")
def ffmpeg() -> FfmpegProgram:
    return find_ffmpeg(Path(imageio_ffmpeg.get_ffmpeg_exe()))


RunFfmpeg = Callable[..., str]


@pytest.fixture(scope="session")
def run_ffmpeg_program(ffmpeg: FfmpegProgram) -> RunFfmpeg:
    """Run ffmpeg with these arguments; gives what it said."""

    def run(*arguments: object, stdin: bytes = b"") -> str:
        command = [str(ffmpeg.path), "-hide_banner", "-nostats", "-y", *map(str, arguments)]
        done = subprocess.run(command, input=stdin, capture_output=True, timeout=60, check=False)
        said = done.stderr.decode(errors="replace")
        assert done.returncode == 0, said
        return said

    return run


MakeFilm = Callable[..., Path]


@pytest.fixture(scope="session")
def make_film(tmp_path_factory: pytest.TempPathFactory, run_ffmpeg_program: RunFfmpeg) -> MakeFilm:
    """Make a film of numbered pictures; the same arguments give the same file.

    name: file name. count: pictures. rate: ffmpeg's text. video, output: arguments for the encoder and the file.
    audio: filter description of a sound to add. size: (width, height).
    """
    folder = tmp_path_factory.mktemp("films")

    def make(
        name: str,
        count: int = 48,
        rate: str = "24",
        video: Sequence[str] = ("-c:v", "libx264", "-preset", "ultrafast", "-g", "12"),
        audio: str | None = None,
        output: Sequence[str] = (),
        size: tuple[int, int] = (WIDTH, HEIGHT),
    ) -> Path:
        # A folder for each way to make it: films of one name, made for different tests, are different films.
        asked = repr((count, rate, *video, audio, *output, size))
        path = folder / f"{zlib.crc32(asked.encode()):08x}" / name
        if path.exists():
            return path
        path.parent.mkdir(exist_ok=True)
        raw = b"".join(numbered_picture(number, *size).tobytes() for number in range(count))
        sound = [] if audio is None else ["-f", "lavfi", "-i", audio]
        run_ffmpeg_program(
            *("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{size[0]}x{size[1]}", "-r", rate, "-i", "pipe:0"),
            *(*sound, *video, "-pix_fmt", "yuv420p", *output, path),
            stdin=raw,
        )
        return path

    return make


@pytest.fixture
def b_frame_film(make_film: MakeFilm) -> Path:
    """96 pictures, 24 per second, with B-frames and long groups, so that decoding and display order differ."""
    return make_film("b.mp4", count=96, video=["-c:v", "libx264", "-bf", "3", "-g", "30", "-preset", "veryfast"])


VFR_TIMES = [number / 24 if number < 48 else 2 + (number - 48) / 12 for number in range(72)]


@pytest.fixture
def vfr_film(make_film: MakeFilm) -> Path:
    """48 pictures at 24 per second, then 24 at 12 per second: 4 s, shown at VFR_TIMES."""
    return make_film(
        "vfr.mp4",
        count=72,
        video=["-vf", "settb=1/24000,setpts='if(lt(N,48),N*1000,48000+(N-48)*2000)'", "-c:v", "libx264"],
        output=["-fps_mode", "vfr", "-enc_time_base", "1/24000", "-video_track_timescale", "24000"],
    )


other_containers = pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("vp8.webm", ["-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8"]),
        ("mpeg4.avi", ["-c:v", "mpeg4", "-bf", "2"]),
        ("prores.mov", ["-c:v", "prores_ks"]),
        ("mpeg2.ts", ["-c:v", "mpeg2video", "-bf", "2"]),
        ("h265.mkv", ["-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none"]),
    ],
)
"""Films in other containers and codecs than the fixtures' own: arguments `name` and `codec` of `make_film`."""
