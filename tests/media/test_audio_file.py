import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

from mmhnet_cli.errors import AudioUnreadable, FilmNotFound, FilmTooLarge, OutputUnwritable
from mmhnet_cli.media import audio_file
from mmhnet_cli.media.audio_file import quantise, read_audio, write_wav
from tests.conftest import MakeFilm, RunFfmpeg


def test_codes_come_back_exactly(tmp_path: Path) -> None:
    codes = np.array([[0, 1, -1, 2**22, -(2**23), 2**23 - 1], [5, -5, 123456, -123456, 7, -7]])
    write_wav(tmp_path / "a.wav", codes * 2.0**-23, 48000, 24)
    stored, rate = soundfile.read(tmp_path / "a.wav", dtype="int32", always_2d=True)
    assert rate == 48000
    np.testing.assert_array_equal(stored.T, codes << 8)


def test_rounds_to_nearest_and_clips(tmp_path: Path) -> None:
    step = 2.0**-23
    samples = np.array([[0.9 * step, 0.4 * step, -0.1 * step, -0.6 * step, 1.0, 1.5, -1.0, -1.5]])
    write_wav(tmp_path / "a.wav", samples, 48000)
    stored, _ = soundfile.read(tmp_path / "a.wav", dtype="int32")
    np.testing.assert_array_equal(stored >> 8, [1, 0, 0, -1, 2**23 - 1, 2**23 - 1, -(2**23), -(2**23)])


def test_sixteen_bits_are_dithered_without_bias_and_repeatably(tmp_path: Path) -> None:
    step = 2.0**-15
    quiet = np.full((1, 200_000), 0.3 * step)
    write_wav(tmp_path / "a.wav", quiet, 44100, 16)
    write_wav(tmp_path / "b.wav", quiet, 44100, 16)
    assert (tmp_path / "a.wav").read_bytes() == (tmp_path / "b.wav").read_bytes()
    stored, _ = soundfile.read(tmp_path / "a.wav", dtype="int16")
    assert set(np.unique(stored)) == {-1, 0, 1}
    assert stored.mean() == pytest.approx(0.3, abs=0.01)
    assert soundfile.info(tmp_path / "a.wav").subtype == "PCM_16"
    write_wav(tmp_path / "c.wav", quiet, 44100, 16, dither_seed=1)
    other, _ = soundfile.read(tmp_path / "c.wav", dtype="int16")
    assert abs(np.corrcoef(stored, other)[0, 1]) < 0.02


@pytest.mark.parametrize("channels", [1, 2, 3, 6])
@pytest.mark.parametrize("bits", [16, 24, 32])
def test_soundfile_reads_what_was_quantised(tmp_path: Path, channels: int, bits: int) -> None:
    samples = np.random.default_rng(2).uniform(-1.1, 1.1, (channels, 1001))
    write_wav(tmp_path / "a.wav", samples, 48000, bits)
    stored, _ = soundfile.read(tmp_path / "a.wav", dtype="float32" if bits == 32 else "int32", always_2d=True)
    codes = quantise(samples.T, bits, np.random.default_rng(0))
    np.testing.assert_array_equal(stored, codes if bits == 32 else codes << (32 - bits))


def test_float_is_kept_also_above_full_scale(tmp_path: Path) -> None:
    samples = np.array([[0.1, -2.5, 1e-9]], dtype=np.float32)
    write_wav(tmp_path / "a.wav", samples, 48000, 32)
    stored, _ = soundfile.read(tmp_path / "a.wav", dtype="float32")
    np.testing.assert_array_equal(stored, samples[0])


@pytest.mark.parametrize("bad", [np.zeros((2, 4), dtype=np.int16), np.zeros(4), np.full((1, 4), np.nan)])
def test_what_is_no_sound_is_not_written(tmp_path: Path, bad: np.ndarray) -> None:
    with pytest.raises(ValueError, match="samples must be"):
        write_wav(tmp_path / "a.wav", bad, 48000)


def test_unknown_depth(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="bits"):
        write_wav(tmp_path / "a.wav", np.zeros((1, 4)), 48000, 20)


def test_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(OutputUnwritable):
        write_wav(tmp_path / "none" / "a.wav", np.zeros((1, 4)), 48000)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device here plays a full disk")
@pytest.mark.parametrize("length", [4, 200_000])
def test_full_disk(length: int) -> None:
    with pytest.raises(OutputUnwritable, match="No space left"):
        write_wav(Path("/dev/full"), np.zeros((1, length)), 48000)


def test_blocks_join(tmp_path: Path) -> None:
    samples = np.random.default_rng(1).uniform(-1, 1, (2, audio_file.BLOCK_SAMPLES * 2 + 77))
    write_wav(tmp_path / "a.wav", samples, 48000)
    read, _ = read_audio(tmp_path / "a.wav")
    assert read.dtype == np.float32
    np.testing.assert_array_equal(read, np.rint(samples * 2**23).clip(None, 2**23 - 1).astype(np.float32) / 2**23)
    np.testing.assert_array_equal(quantise(samples, 24, np.random.default_rng(0)), np.rint(read * 2.0**23))


@pytest.mark.parametrize(
    ("name", "codec"),
    [("a.flac", "flac"), ("a.m4a", "aac"), ("a.mp3", "libmp3lame"), ("a.ogg", "libvorbis"), ("a.mkv", "libopus")],
)
def test_reads_other_formats_in_place(run_ffmpeg_program: RunFfmpeg, tmp_path: Path, name: str, codec: str) -> None:
    click = np.zeros((2, 96000))
    click[:, 48000] = 0.9
    write_wav(tmp_path / "click.wav", click, 48000)
    run_ffmpeg_program("-i", tmp_path / "click.wav", "-c:a", codec, "-b:a", "192k", tmp_path / name)
    samples, rate = read_audio(tmp_path / name)
    assert (samples.shape[0], rate) == (2, 48000)
    assert abs(int(np.abs(samples[0]).argmax()) - 48000) <= (0 if codec == "flac" else 2)


def test_reads_the_sound_of_a_film(make_film: MakeFilm) -> None:
    samples, rate = read_audio(make_film("two_seconds.mov", audio="sine=d=2"))
    assert (samples.shape[0], rate) == (1, 44100)
    assert samples.shape[1] == pytest.approx(2 * 44100, abs=2048)


def test_what_has_no_sound(make_film: MakeFilm, tmp_path: Path) -> None:
    with pytest.raises(AudioUnreadable, match="no sound"):
        read_audio(make_film("plain.mp4"))
    (tmp_path / "a.wav").write_bytes(b"RIFF but nothing more")
    with pytest.raises(AudioUnreadable):
        read_audio(tmp_path / "a.wav")
    write_wav(tmp_path / "b.wav", np.zeros((1, 0)), 48000)
    with pytest.raises(AudioUnreadable, match="no samples"):
        read_audio(tmp_path / "b.wav")
    with pytest.raises(FilmNotFound):
        read_audio(tmp_path / "none.wav")


def test_length_is_counted_and_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_wav(tmp_path / "a.wav", np.zeros((1, 48000)), 8000)
    monkeypatch.setattr(audio_file, "MAX_SOUND_BYTES", 5 * 8000 * 4)
    with pytest.raises(FilmTooLarge, match="decoded sound"):
        read_audio(tmp_path / "a.wav")


@pytest.mark.parametrize("rate_hz", [20, 3999, 768_001])
@pytest.mark.parametrize("suffix", [".wav", ".mka"])
def test_a_rate_that_no_sound_has_is_refused(
    run_ffmpeg_program: RunFfmpeg, tmp_path: Path, suffix: str, rate_hz: int
) -> None:
    path = tmp_path / f"odd{suffix}"
    run_ffmpeg_program("-f", "s16le", "-ar", rate_hz, "-i", "pipe:0", "-c:a", "pcm_s16le", path, stdin=bytes(20_000))
    with pytest.raises(AudioUnreadable, match=f"its rate is {rate_hz} Hz"):
        read_audio(path)


@pytest.mark.slow
def test_sound_in_crumbs_of_one_sample_takes_time_by_its_length_alone(
    run_ffmpeg_program: RunFfmpeg, tmp_path: Path
) -> None:
    path = tmp_path / "crumbs.mka"
    crumbs = ("-af", "asetnsamples=n=1:p=0", "-c:a", "pcm_s16le")
    run_ffmpeg_program("-f", "lavfi", "-i", "sine=r=48000", "-t", "0.5", *crumbs, path)
    began = time.process_time()
    samples, _ = read_audio(path)
    assert samples.shape == (1, 24000)
    # 15 s and more where each crumb looks at all that came before: a second of them took a minute.
    assert time.process_time() - began < 10
