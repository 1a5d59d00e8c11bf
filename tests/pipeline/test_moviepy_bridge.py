from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from moviepy import ColorClip, VideoClip

from mmhnet_cli.audio.loudness import measure
from mmhnet_cli.bridges.moviepy import GenerateSound, clip_frames, sound_clip
from mmhnet_cli.encoders.mini import STREAMS
from mmhnet_cli.media.audio_file import read_audio
from mmhnet_cli.options import OutputOptions, SamplerOptions
from mmhnet_cli.pipeline.making.load import LoadedModel


def counting_clip(duration: float) -> VideoClip:
    """A clip whose brightness is its time in hundredths of a second."""
    return VideoClip(lambda t: np.full((90, 160, 3), round(t * 100), dtype=np.uint8), duration=duration)


@pytest.mark.slow
def test_sound_has_the_length_of_the_clip(tiny_model: LoadedModel) -> None:
    effect = GenerateSound("rain", model=tiny_model, sampler=SamplerOptions(steps=1))
    clip = counting_clip(1.3).with_effects([effect])
    assert clip.audio.duration == 1.3
    assert clip.audio.array.shape == (57330, 2)
    assert np.abs(clip.audio.array).max() > 0
    assert np.array_equal(clip.audio.to_soundarray(), clip.audio.array)


@pytest.mark.slow
def test_seed_and_rate_are_those_asked_for(tiny_model: LoadedModel) -> None:
    def make(seed: int) -> np.ndarray:
        options = SamplerOptions(steps=1, seed=seed)
        effect = GenerateSound(model=tiny_model, sampler=options, output=OutputOptions(sample_rate_hz=48000))
        return counting_clip(0.5).with_effects([effect]).audio.array

    assert make(1).shape == (24000, 2)
    assert np.array_equal(make(1), make(1))
    assert not np.array_equal(make(1), make(2))


def test_frames_are_those_of_the_clip() -> None:
    found: dict[int, list[int]] = {0: [], 1: []}
    for batch in clip_frames(counting_clip(1.9), STREAMS, Fraction("1.9")):
        stream = STREAMS[batch.stream]
        width, height = stream.size(160, 90)
        assert batch.frames.shape[1:] == (height, width, 3)
        assert batch.first == len(found[batch.stream])
        assert (batch.frames == batch.frames[:, :1, :1, :1]).all()
        found[batch.stream] += batch.frames[:, 0, 0, 0].tolist()
    assert found[0] == [round(k / 25 * 100) for k in range(48)]
    assert found[1] == [round(k / 2 * 100) for k in range(4)]


def test_a_clip_without_end_is_refused(tiny_model: LoadedModel) -> None:
    with pytest.raises(ValueError, match="no duration"):
        GenerateSound(model=tiny_model).apply(ColorClip((16, 16), color=(0, 0, 0)))


@pytest.mark.slow
def test_what_is_written_is_the_sound_of_the_clip_at_its_length(tiny_model: LoadedModel, tmp_path: Path) -> None:
    effect = GenerateSound("rain", model=tiny_model, sampler=SamplerOptions(steps=1))
    clip = counting_clip(1.3).with_fps(25).with_effects([effect])
    clip.audio.write_audiofile(tmp_path / "sound.wav", logger=None)
    written, rate_hz = read_audio(tmp_path / "sound.wav")
    assert rate_hz == 44100
    assert abs(written.shape[1] - 57330) <= 1  # moviepy cuts the product of length and rate to a whole number
    assert np.abs(written.T - clip.audio.array[: written.shape[1]]).max() < 2 / 32768


@pytest.mark.parametrize("name", ["sound.wav", "film.mp4"])
def test_a_tone_keeps_pitch_length_and_loudness(name: str, tmp_path: Path) -> None:
    tone = np.sin(2 * np.pi * 1000 * np.arange(2 * 44100) / 44100).astype(np.float32)[None]
    effect = GenerateSound()  # its own rate, as a script has it that names none
    clip = counting_clip(2).with_fps(25).with_audio(sound_clip(tone, effect.output))
    path = tmp_path / name
    if path.suffix == ".mp4":
        clip.write_videofile(path, audio_codec="aac", logger=None)
    else:
        clip.audio.write_audiofile(path, logger=None)
    written, rate_hz = read_audio(path)
    assert written.shape[0] == 2
    assert written.shape[1] / rate_hz == pytest.approx(2, abs=0.05)  # aac comes in blocks of 23 ms
    spectrum = np.abs(np.fft.rfft(written[0] * np.hanning(written.shape[1])))
    assert spectrum.argmax() * rate_hz / written.shape[1] == pytest.approx(1000, abs=0.5)
    assert measure(written, rate_hz).integrated_lufs == pytest.approx(-23, abs=0.2)
