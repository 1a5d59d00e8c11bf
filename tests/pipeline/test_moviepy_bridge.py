from fractions import Fraction

import numpy as np
import pytest
from moviepy import ColorClip, VideoClip

from mmhnet_cli.bridges.moviepy import GenerateSound, clip_frames
from mmhnet_cli.encoders.descriptors import STREAMS
from mmhnet_cli.options import OutputOptions, SamplerOptions
from mmhnet_cli.pipeline.load import LoadedModel


def counting_clip(duration: float) -> VideoClip:
    """A clip whose brightness is its time in hundredths of a second."""
    return VideoClip(lambda t: np.full((90, 160, 3), round(t * 100), dtype=np.uint8), duration=duration)


def test_sound_has_the_length_of_the_clip(tiny_model: LoadedModel) -> None:
    effect = GenerateSound("rain", model=tiny_model, sampler=SamplerOptions(steps=1))
    clip = counting_clip(1.3).with_effects([effect])
    assert clip.audio.duration == 1.3
    assert clip.audio.array.shape == (62400, 1)
    assert np.abs(clip.audio.array).max() > 0
    assert np.isfinite(clip.audio.to_soundarray(fps=48000)).all()


def test_seed_and_rate_are_those_asked_for(tiny_model: LoadedModel) -> None:
    def make(seed: int) -> np.ndarray:
        options = SamplerOptions(steps=1, seed=seed)
        effect = GenerateSound(model=tiny_model, sampler=options, output=OutputOptions(sample_rate_hz=44100))
        return counting_clip(0.5).with_effects([effect]).audio.array

    assert make(1).shape == (22050, 1)
    assert np.array_equal(make(1), make(1))
    assert not np.array_equal(make(1), make(2))


def test_frames_are_those_of_the_clip() -> None:
    found: dict[int, list[int]] = {0: [], 1: []}
    for batch in clip_frames(counting_clip(1.9), STREAMS, Fraction("1.9")):
        stream = STREAMS[batch.stream]
        assert batch.frames.shape[1:] == (stream.height, stream.width, 3)
        assert batch.first == len(found[batch.stream])
        assert (batch.frames == batch.frames[:, :1, :1, :1]).all()
        found[batch.stream] += batch.frames[:, 0, 0, 0].tolist()
    assert found[0] == [round(k / 25 * 100) for k in range(48)]
    assert found[1] == [round(k / 8 * 100) for k in range(16)]


def test_a_clip_without_end_is_refused(tiny_model: LoadedModel) -> None:
    with pytest.raises(ValueError, match="no duration"):
        GenerateSound(model=tiny_model).apply(ColorClip((16, 16), color=(0, 0, 0)))
