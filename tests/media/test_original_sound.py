from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from mmhnet_cli.errors import AudioUnreadable
from mmhnet_cli.media.audio_file import write_wav
from mmhnet_cli.media.ffmpeg import FfmpegProgram, find_ffmpeg
from mmhnet_cli.media.original_sound import read_original
from mmhnet_cli.media.probe import probe
from tests.conftest import MakeFilm, RunFfmpeg

RATE_HZ = 48000
LENGTH = 2 * RATE_HZ
HALF_POWER = 1 / np.sqrt(2)


def sound_file(path: Path, samples: np.ndarray, rate_hz: int = RATE_HZ) -> Path:
    write_wav(path, samples, rate_hz)
    return path


@pytest.fixture
def film_with(make_film: MakeFilm, run_ffmpeg_program: RunFfmpeg, tmp_path: Path) -> Callable[..., Path]:
    """2 s of film with the sound of a WAV file; more arguments for both."""

    def make(wav: Path, *output: str, before: Sequence[str] = (), name: str = "film.mov") -> Path:
        codec = () if "-c:a" in output else ("-c:a", "pcm_s24le")
        picture = make_film("plain.mp4")
        mapping = ("-map", "1:v", "-map", "0:a", "-c:v", "copy", *codec)
        run_ffmpeg_program(*before, "-i", wav, "-i", picture, *mapping, *output, tmp_path / name)
        return tmp_path / name

    return make


@pytest.mark.parametrize("rate_hz", [22050, 44100, 48000, 96000])
@pytest.mark.parametrize(("name", "codec"), [("a.mov", "pcm_s24le"), ("a.mp4", "aac"), ("a.mkv", "flac")])
def test_click_stays_in_place(
    film_with: Callable[..., Path], tmp_path: Path, rate_hz: int, name: str, codec: str
) -> None:
    samples = np.zeros((2, 3 * rate_hz))
    samples[:, rate_hz // 2] = 0.9
    film = film_with(sound_file(tmp_path / "a.wav", samples, rate_hz), "-c:a", codec, name=name)
    for wanted_hz in (RATE_HZ, 44100):
        sound = read_original(probe(film), wanted_hz, 2 * wanted_hz, find_ffmpeg())
        assert (sound.shape, sound.dtype) == ((2, 2 * wanted_hz), np.float32)
        assert int(np.abs(sound[0]).argmax()) == wanted_hz // 2


def test_equal_rate_is_exact(film_with: Callable[..., Path], tmp_path: Path) -> None:
    codes = np.random.default_rng(0).integers(-(1 << 23), 1 << 23, (2, LENGTH))
    film = film_with(sound_file(tmp_path / "a.wav", codes / (1 << 23)))
    np.testing.assert_array_equal(read_original(probe(film), RATE_HZ, LENGTH, find_ffmpeg()) * (1 << 23), codes)


@pytest.mark.parametrize(
    ("layout", "gains"),
    [
        ("mono", [[1]]),
        ("stereo", [[1, 0], [0, 1]]),
        ("5.1", [[1, 0], [0, 1], [HALF_POWER] * 2, [0, 0], [HALF_POWER, 0], [0, HALF_POWER]]),
        ("quad", [[1, 0], [0, 1], [HALF_POWER, 0], [0, HALF_POWER]]),
    ],
)
def test_channels(film_with: Callable[..., Path], tmp_path: Path, layout: str, gains: list[list[float]]) -> None:
    samples = np.zeros((len(gains), LENGTH))
    places = 1000 * (1 + np.arange(len(gains)))
    samples[np.arange(len(gains)), places] = 0.5
    film = film_with(sound_file(tmp_path / "a.wav", samples), before=("-channel_layout", layout))
    sound = read_original(probe(film), RATE_HZ, LENGTH, find_ffmpeg())
    np.testing.assert_allclose(sound[:, places].T, np.array(gains) / 2, atol=1e-6)
    assert np.count_nonzero(sound) == np.count_nonzero(gains)


def test_sum_may_pass_full_scale(film_with: Callable[..., Path], tmp_path: Path) -> None:
    film = film_with(sound_file(tmp_path / "a.wav", np.full((6, LENGTH), 0.9)), before=("-channel_layout", "5.1"))
    assert read_original(probe(film), RATE_HZ, LENGTH, find_ffmpeg()).max() == pytest.approx(
        0.9 * (1 + 2 * HALF_POWER), abs=1e-5
    )


@pytest.mark.parametrize("name", ["late.mov", "late.mkv", "late.ts"])
@pytest.mark.parametrize(("picture_s", "sound_s"), [("0.5", "0"), ("0", "0.5")])
def test_sound_and_picture_begin_at_different_times(
    make_film: MakeFilm, run_ffmpeg_program: RunFfmpeg, tmp_path: Path, name: str, picture_s: str, sound_s: str
) -> None:
    wav, film = tmp_path / "a.wav", tmp_path / name
    samples = np.zeros((2, LENGTH))
    samples[:, RATE_HZ] = 0.9
    sound_file(wav, samples)
    codec = "aac" if name.endswith("ts") else "pcm_s16le"
    mapping = ("-map", "0:v", "-map", "1:a", "-c:v", "copy", "-c:a", codec)
    picture = make_film("plain.mp4")
    run_ffmpeg_program("-itsoffset", picture_s, "-i", picture, "-itsoffset", sound_s, "-i", wav, *mapping, film)
    sound = read_original(probe(film), RATE_HZ, LENGTH, find_ffmpeg())
    place = RATE_HZ + round((Fraction(sound_s) - Fraction(picture_s)) * RATE_HZ)
    # The clock of a transport stream has 90000 ticks a second.
    assert abs(int(np.abs(sound[0]).argmax()) - place) <= 1
    missing = slice(0, place - RATE_HZ) if place > RATE_HZ else slice(LENGTH + place - RATE_HZ, None)
    assert not sound[:, missing].any()


def test_hole_stays_a_hole(film_with: Callable[..., Path], tmp_path: Path) -> None:
    wav = sound_file(tmp_path / "a.wav", np.full((2, LENGTH), 0.5))
    film = film_with(wav, "-af", "asetnsamples=480,aselect='lt(t,0.5)+gte(t,1)'", "-c:a", "pcm_s16le", name="a.mkv")
    sound = read_original(probe(film), RATE_HZ, LENGTH, find_ffmpeg())
    np.testing.assert_array_equal(np.flatnonzero(sound[0] == 0), np.arange(RATE_HZ // 2, RATE_HZ))


def test_track_that_players_choose(make_film: MakeFilm, run_ffmpeg_program: RunFfmpeg, tmp_path: Path) -> None:
    film = tmp_path / "two.mkv"
    wavs = [sound_file(tmp_path / f"{level}.wav", np.full((2, LENGTH), level)) for level in (0.25, 0.5)]
    mapping = ("-map", "0:v", "-map", "1:a", "-map", "2:a", "-c:v", "copy", "-c:a", "flac")
    marks = ("-disposition:a:0", "0", "-disposition:a:1", "default")
    run_ffmpeg_program("-i", make_film("plain.mp4"), "-i", wavs[0], "-i", wavs[1], *mapping, *marks, film)
    assert read_original(probe(film), RATE_HZ, LENGTH, find_ffmpeg()).max() == 0.5


def test_film_without_sound(make_film: MakeFilm) -> None:
    with pytest.raises(AudioUnreadable, match="no sound"):
        read_original(probe(make_film("plain.mp4")), RATE_HZ, LENGTH, find_ffmpeg())


def test_rate_that_no_sound_has(film_with: Callable[..., Path], tmp_path: Path) -> None:
    film = film_with(sound_file(tmp_path / "a.wav", np.zeros((1, 100)), 1000))
    with pytest.raises(AudioUnreadable, match="1000 Hz"):
        read_original(probe(film), RATE_HZ, LENGTH, find_ffmpeg())


def test_broken_text_beside_the_sound_is_no_reason_to_refuse_it(
    make_film: MakeFilm, ffmpeg: FfmpegProgram, tmp_path: Path
) -> None:
    whole = make_film("texts.flv", audio="sine=d=2", output=["-metadata", "author=Zwieback"])
    broken = tmp_path / "broken.flv"
    broken.write_bytes(whole.read_bytes().replace(b"Zwieback", b"\xff" * 8))
    samples = read_original(probe(broken), 48000, 48000, ffmpeg)
    assert np.array_equal(samples, read_original(probe(whole), 48000, 48000, ffmpeg))
    assert samples.any()
