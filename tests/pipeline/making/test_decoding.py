"""From latents to sound: where sounds stand, and two channels whose mean is the one."""

from copy import deepcopy
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import torch

from mmhnet_cli.pipeline.making.decoding import Sides, decode
from mmhnet_cli.pipeline.making.load import LoadedModel
from mmhnet_cli.timeline import SequenceConfig, Timeline

DURATION = Fraction(3, 2)


def ignore(done: int) -> None:
    pass


def test_places_are_those_of_the_middles_of_latents() -> None:
    timeline = Timeline(DURATION, SequenceConfig(mel_frames_per_latent=4))
    # A straight line in time: at the middle of frame k, (k + 0.5) / 25 s, its value is that time.
    pan = ((np.arange(38) + 0.5) / 25).astype(np.float32)
    found = Sides(pan).at_latents(timeline.latents, timeline)
    assert found is not None and found.dtype == torch.float32
    middles = (np.arange(timeline.latents) + 0.5) * 4 * 512 / 44100
    inside = (middles >= pan[0]) & (middles <= pan[-1])
    assert inside.sum() > 25
    assert found.numpy()[inside] == pytest.approx(middles[inside], abs=1e-6)
    # Beyond the middles of the first and the last frame, their places go on.
    assert found.numpy()[~inside] == pytest.approx(np.clip(middles, pan[0], pan[-1])[~inside], abs=1e-6)
    assert Sides().at_latents(timeline.latents, timeline) is None


@pytest.mark.parametrize("pan", [None, np.linspace(-0.7, 0.7, 38).astype(np.float32)], ids=["middle", "moving"])
def test_the_mean_of_two_channels_is_the_one(tiny_model: LoadedModel, pan: np.ndarray | None) -> None:
    codec = deepcopy(tiny_model.codec)
    # The noise is what differs between the sides; that of the tiny model is silence.
    codec.vocoder.noise.normal_(generator=torch.Generator().manual_seed(1))
    model, timeline = replace(tiny_model, codec=codec), Timeline(DURATION, tiny_model.sequence)
    channels = model.network.config.latent_channels
    latents = torch.randn(timeline.latents, channels, generator=torch.Generator().manual_seed(0))
    one = decode(model, latents, timeline, 48000, 72000, ignore)
    two = decode(model, latents, timeline, 48000, 72000, ignore, Sides(pan))
    assert (one.shape, two.shape) == ((1, 72000), (2, 72000))
    assert np.abs(two.mean(0) - one[0]).max() < 1e-4 * np.abs(one).max()
    assert np.abs(two[0] - two[1]).max() > 0.01 * np.abs(one).max()
