"""Written films are read back: counts, rates, durations, sound."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from mmhnet_cli.errors import BadOption, OutputUnwritable
from mmhnet_cli.training.world.picture import render_picture
from mmhnet_cli.training.world.script import make_scene
from mmhnet_cli.training.world.writer import main, write_film

SIZE = {"width": 128, "height": 72}


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mov"])
@pytest.mark.parametrize(
    ("fps", "duration_s", "frames"),
    [(Fraction(25), 2.0, 50), (Fraction(24000, 1001), 2.0, 48), (Fraction(30), 1.02, 31), (Fraction(60), 0.5, 30)],
)
def test_a_film_has_the_exact_frames_and_rate(
    tmp_path: Path, suffix: str, fps: Fraction, duration_s: float, frames: int
) -> None:
    path = tmp_path / f"film{suffix}"
    write_film(make_scene(3, duration_s), None, path, fps=fps, **SIZE)
    with av.open(str(path)) as film:
        (stream,) = film.streams
        times = [frame.pts * frame.time_base for frame in film.decode(video=0)]
        assert stream.codec_context.name == "h264"
        assert (stream.width, stream.height, stream.codec_context.pix_fmt) == (128, 72, "yuv420p")
        assert stream.average_rate == fps
        # Matroska keeps times in milliseconds.
        tolerance = Fraction(1, 2000) if suffix == ".mkv" else 0
        assert len(times) == frames
        assert all(abs(time - k / fps) <= tolerance for k, time in enumerate(times))
        if suffix != ".mkv":
            assert stream.duration * stream.time_base == frames / fps


def test_the_picture_is_what_was_drawn(tmp_path: Path) -> None:
    scene, path = make_scene(8, 1.0), tmp_path / "film.mp4"
    write_film(scene, None, path, width=256, height=144)
    with av.open(str(path)) as film:
        read = [frame.to_ndarray(format="rgb24").astype(float) for frame in film.decode(video=0)]
    drawn = list(render_picture(scene, Fraction(25), 256, 144))
    assert len(read) == len(drawn)
    assert max(np.abs(a - b).mean() for a, b in zip(read, drawn, strict=True)) < 6.0


def test_the_sound_is_there_in_full_and_in_place(tmp_path: Path) -> None:
    path, onset = tmp_path / "film.mp4", 44100
    tone = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(88200) / 44100).astype(np.float32)
    tone[:onset] = 0
    write_film(make_scene(3, 2.0), tone, path, **SIZE)
    with av.open(str(path)) as film:
        assert [stream.type for stream in film.streams] == ["video", "audio"]
        stream = film.streams.audio[0]
        assert (stream.codec_context.name, stream.rate, stream.codec_context.channels) == ("aac", 44100, 1)
        frames = [frame for frame in film.decode(audio=0) if frame.pts >= 0]
        start = round(frames[0].pts * frames[0].time_base * 44100)
        read = np.concatenate([frame.to_ndarray()[0] for frame in frames])
    assert start + len(read) >= len(tone)
    heard = start + int(np.argmax(np.abs(read) > 0.25))
    assert abs(heard - onset) < 220
    assert np.sqrt(np.mean(read[onset + 2000 - start : 86000 - start] ** 2)) == pytest.approx(
        0.5 / np.sqrt(2), rel=0.02
    )


def test_a_file_is_replaced_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(b"old")
    write_film(make_scene(3, 0.4), None, path, **SIZE)
    assert list(tmp_path.iterdir()) == [path]
    assert path.stat().st_size > 1000


def test_odd_sizes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadOption) as caught:
        write_film(make_scene(3, 1.0), None, tmp_path / "film.mp4", width=127, height=72)
    assert caught.value.found == "127x72"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["missing/film.mp4", "film.unknown", "film.webm"])
def test_what_cannot_be_written_is_said_and_leaves_nothing(tmp_path: Path, name: str) -> None:
    with pytest.raises(OutputUnwritable) as caught:
        write_film(make_scene(3, 1.0), None, tmp_path / name, **SIZE)
    assert caught.value.path == tmp_path / name
    assert not list(tmp_path.iterdir())


def test_the_command_writes_film_and_sound(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    options = [
        "--seed",
        "3",
        "--duration",
        "1.5",
        "--size",
        "128x72",
        "--fps",
        "24000/1001",
        "--kinds",
        "rain,footsteps",
    ]
    assert main([str(path), *options]) == 0
    with av.open(str(path)) as film:
        assert film.streams.video[0].frames == 36
        assert film.streams.video[0].average_rate == Fraction(24000, 1001)
        sound = np.concatenate([frame.to_ndarray()[0] for frame in film.decode(audio=0)])
    assert len(sound) >= 66150
    assert np.abs(sound).max() > 0.01


def test_the_command_can_be_silent(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    assert main([str(path), "--duration", "0.5", "--size", "64x36", "--silent"]) == 0
    with av.open(str(path)) as film:
        assert [stream.type for stream in film.streams] == ["video"]


@pytest.mark.parametrize(
    ("options", "said"), [(["--kinds", "rain,moo"], "moo"), (["--size", "wide"], "wide"), (["--size", "33x20"], "even")]
)
def test_the_command_refuses_what_it_cannot_do(
    tmp_path: Path, options: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main([str(tmp_path / "film.mp4"), "--duration", "0.5", *options])
    assert caught.value.code == 2
    assert said in capsys.readouterr().err
