"""The codec's training data: a store of sounds, pieces of it by step, and the projection fitted on it."""

from pathlib import Path

import numpy as np
import pytest
import torch

from mmhnet_cli.training.sounds import INT16_SCALE, clip_samples, in_int16, sound_store
from mmhnet_cli.training.train_codec import fit_to_sounds, segment_batches
from mmhnet_cli.training.world.script import SceneConfig, make_scene
from mmhnet_cli.training.world.sound import render_sound
from tests.codec.small import small_codec

CONFIG = SceneConfig(kinds=("rain", "footsteps"))
SEEDS = range(1_000_000, 1_000_003)


def footsteps_in_rain(seed: int, duration_s: float) -> np.ndarray:
    return render_sound(make_scene(seed, duration_s, CONFIG))


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sounds") / "made" / "sounds.npy"
    sound_store(path, SEEDS, 1.5, footsteps_in_rain, lambda line: None, workers=1)
    return path


def test_a_clip_is_the_sound_in_sixteen_bits() -> None:
    clip = in_int16(footsteps_in_rain, 1.5, 1_000_000)
    assert clip.dtype == np.int16
    assert clip.shape == (clip_samples(1.5),) == (66150,)
    sound = footsteps_in_rain(1_000_000, 1.5)
    assert np.abs(clip / INT16_SCALE - sound).max() <= 0.5 / INT16_SCALE + 1e-7


def test_the_store_holds_a_clip_per_seed_and_is_made_once(path: Path) -> None:
    made = path.stat().st_mtime_ns
    store = sound_store(path, SEEDS, 1.5, footsteps_in_rain, lambda line: None, workers=1)
    assert path.stat().st_mtime_ns == made
    assert [entry.name for entry in path.parent.iterdir()] == ["sounds.npy"]
    for seed, clip in zip(SEEDS, store, strict=True):
        assert np.array_equal(clip, in_int16(footsteps_in_rain, 1.5, seed))


def test_a_store_of_another_size_is_refused(path: Path) -> None:
    with pytest.raises(ValueError, match="holds \\(3, 66150\\), expected \\(2, 66150\\)"):
        sound_store(path, SEEDS[:2], 1.5, footsteps_in_rain, lambda line: None, workers=1)


def test_pieces_depend_on_the_step_alone() -> None:
    store = np.random.default_rng(0).integers(-30000, 30000, (4, 8000)).astype(np.int16)
    one, other = segment_batches(store, 3, 2048, seed=1), segment_batches(store, 3, 2048, seed=1)
    first = one(0)
    assert first.shape == (3, 2048)
    assert first.dtype == torch.float32
    assert first.abs().max() <= 1
    assert torch.equal(one(5), other(5))
    assert torch.equal(other(0), first)
    assert not torch.equal(one(1), first)
    assert not torch.equal(segment_batches(store, 3, 2048, seed=2)(0), first)


def test_pieces_are_pieces_of_clips_at_other_levels() -> None:
    store = np.stack([np.arange(1, 5001), np.arange(5001, 10001)]).astype(np.int16)
    for step in range(20):
        for piece in segment_batches(store, 4, 512, seed=0)(step).double():
            # A ramp keeps its ratio of rise to level under any gain, which tells where it was cut.
            start = round(float(piece[0] / (piece[511] - piece[0]) * 511))
            gain = float(piece[0]) * INT16_SCALE / start
            assert -12.01 <= 20 * np.log10(gain) <= 3.01
            assert start <= 5000 - 511 or 5001 <= start <= 10000 - 511


def test_projection_and_ceiling_are_fitted_on_the_first_clips(path: Path) -> None:
    store, codec = np.load(path), small_codec()
    shares = fit_to_sounds(codec, store, clips=2, whitening=1.0)
    assert shares.shape == (24,)
    assert (shares.diff() <= 0).all()
    assert 0.8 < float(shares.sum()) <= 1
    whole = 64 * 1024
    sounds = torch.from_numpy(store[:2, :whole] / INT16_SCALE).float()
    latents = codec.projection.encode(codec.log_mel(sounds)).flatten(0, 1)
    assert torch.allclose(latents.mean(0), torch.zeros(24), atol=1e-2)
    assert torch.allclose(latents.std(0), torch.ones(24), atol=1e-2)
    mel = codec.log_mel(sounds).transpose(0, 1).flatten(1)
    assert torch.equal(codec.ceiling, mel.amax(1))  # fewer than 5,000 frames
