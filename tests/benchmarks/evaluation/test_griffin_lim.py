"""Griffin and Lim's method as a yardstick: it must come near the mel it is given, and nearer with every turn."""

import pytest
import torch
from torch import Tensor

from benchmarks.evaluation.griffin_lim import griffin_lim, linear_magnitudes
from mmhnet_cli.codec.mel import LogMel, MelConfig
from mmhnet_cli.training.world.script import SceneConfig, make_scene
from mmhnet_cli.training.world.sound import render_sound

HOP = MelConfig().hop_samples


@pytest.fixture(scope="module")
def log_mel() -> LogMel:
    return LogMel(MelConfig())


def mel_of_kind(log_mel: LogMel, kind: str) -> Tensor:
    """(1, 128, 64) of a procedural sound."""
    sound = torch.from_numpy(render_sound(make_scene(3, 1.0, SceneConfig(kinds=(kind,)))))
    return log_mel(sound[: 64 * HOP][None])


def distance(log_mel: LogMel, sound: Tensor, mel: Tensor) -> float:
    return float((log_mel(sound) - mel).abs().mean())


@pytest.mark.parametrize("kind", ["footsteps", "rain", "bell"])
def test_it_comes_near_and_nearer(log_mel: LogMel, kind: str) -> None:
    mel = mel_of_kind(log_mel, kind)
    far, near, nearest = (distance(log_mel, griffin_lim(log_mel, mel, count), mel) for count in (0, 3, 16))
    assert far > near > nearest
    assert nearest < 0.35


def test_length_and_seed(log_mel: LogMel) -> None:
    mel = mel_of_kind(log_mel, "rain").expand(2, -1, -1)
    sound = griffin_lim(log_mel, mel, 2)
    assert sound.shape == (2, 64 * HOP)
    assert torch.equal(sound, griffin_lim(log_mel, mel, 2))
    assert not torch.allclose(sound, griffin_lim(log_mel, mel, 2, seed=1), atol=1e-3)


def test_linear_magnitudes_are_positive_and_give_the_mel_back(log_mel: LogMel) -> None:
    mel = mel_of_kind(log_mel, "rain")
    distances = []
    for count in (0, 5, 30):
        magnitudes = linear_magnitudes(log_mel, mel, count)
        assert magnitudes.shape == (1, 1025, 64)
        assert magnitudes.min() >= 0
        distances.append(float((torch.log((log_mel.filters @ magnitudes).clamp(min=1e-5)) - mel).abs().mean()))
    assert distances[0] > distances[1] > distances[2]
    assert distances[2] < 1e-3
