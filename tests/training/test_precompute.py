"""Shards of features and mels: what they hold, and that they are made once and always the same."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch

from mmhnet_cli.codec.mel import LogMel, MelConfig
from mmhnet_cli.encoders.descriptors import CLIP_DIM, HEIGHT, SYNC_DIM, WIDTH, DescriptorExtractor
from mmhnet_cli.media.frames import FrameBatch
from mmhnet_cli.timeline import Timeline
from mmhnet_cli.training.precompute import (
    CLIP_S,
    TAKES,
    picture_features,
    picture_shard,
    precompute,
    scene_of,
    sound_mel,
    sound_shard,
)
from mmhnet_cli.training.world.kinds import KINDS
from mmhnet_cli.training.world.picture import render_picture
from mmhnet_cli.training.world.sound import render_sound
from tests.training.conftest import FIRST_SEED, SHARD


def test_shards_hold_a_training_clip_per_scene(shards: Path) -> None:
    latents = Timeline(Fraction(CLIP_S)).latents
    with np.load(shards / f"pictures-{FIRST_SEED}.npz") as pictures:
        assert pictures["clip"].shape == (SHARD, 8 * CLIP_S, CLIP_DIM)
        assert pictures["sync"].shape == (SHARD, 25 * CLIP_S, SYNC_DIM)
        assert all(pictures[name].dtype == np.float16 and np.isfinite(pictures[name]).all() for name in pictures)
    for take in TAKES:
        with np.load(shards / f"{take}-{FIRST_SEED}.npz") as sounds:
            assert sounds.files == ["mel"]
            assert sounds["mel"].shape == (SHARD, 128, 2 * latents)
            assert sounds["mel"].dtype == np.float16


def test_a_shard_made_again_is_the_same(shards: Path, tmp_path: Path) -> None:
    second = FIRST_SEED + SHARD
    for made in (picture_shard(tmp_path, second), sound_shard(tmp_path, second, "rescored")):
        assert made.read_bytes() == (shards / made.name).read_bytes()
    assert {path.suffix for path in tmp_path.iterdir()} == {".npz"}


def test_a_shard_that_is_there_is_not_made_again(tmp_path: Path) -> None:
    for path in (tmp_path / f"pictures-{FIRST_SEED}.npz", tmp_path / f"matched-{FIRST_SEED}.npz"):
        path.write_bytes(b"as it was")
    assert picture_shard(tmp_path, FIRST_SEED).read_bytes() == b"as it was"
    assert sound_shard(tmp_path, FIRST_SEED, "matched").read_bytes() == b"as it was"


@pytest.mark.processes
def test_a_complete_folder_is_only_counted(shards: Path) -> None:
    before = {path.name: path.stat().st_mtime_ns for path in shards.iterdir()}
    lines: list[str] = []
    precompute(shards, FIRST_SEED, 2, 1, lines.append)
    assert len(lines) == 2 * (1 + len(TAKES))
    assert lines[0] == f"1 of 10: pictures-{FIRST_SEED}.npz"
    assert lines[-1] == f"10 of 10: rescored_again-{FIRST_SEED + SHARD}.npz"
    assert {path.name: path.stat().st_mtime_ns for path in shards.iterdir()} == before


def test_takes_are_one_film(shards: Path) -> None:
    for seed in range(FIRST_SEED, FIRST_SEED + 2 * SHARD):
        matched, resounded, rescored = (scene_of(seed, take) for take in ("matched", "resounded", "rescored"))
        assert matched.shots == resounded.shots == rescored.shots
        assert resounded.kinds == matched.kinds
        for seen, heard in zip(matched.sources, rescored.sources, strict=True):
            assert heard.looks == seen.looks
            assert heard.kind != seen.kind
            assert heard.kind in KINDS


def test_takes_sound_different(shards: Path) -> None:
    mels = [np.load(shards / f"{take}-{FIRST_SEED}.npz")["mel"].astype(np.float32) for take in TAKES]
    assert np.abs(mels[0] - mels[1]).mean() > 0.1
    assert np.abs(mels[0] - mels[2]).mean() > 0.1


def test_the_mel_is_that_of_the_sound_with_silence_after_it() -> None:
    scene = scene_of(FIRST_SEED + 2, "matched")
    mel = sound_mel(scene, LogMel(MelConfig()))
    direct = LogMel(MelConfig())(torch.from_numpy(render_sound(scene))[None])[0].numpy()
    inside = direct.shape[1] - 2
    np.testing.assert_allclose(mel[:, :inside], direct[:, :inside], rtol=0, atol=0.01)


def test_slow_features_are_of_the_frames_shown_at_their_times() -> None:
    scene = scene_of(FIRST_SEED + 3, "matched")
    clip, sync = picture_features(scene)
    frames = np.stack(list(render_picture(scene, Fraction(25), WIDTH, HEIGHT)))
    extractor = DescriptorExtractor()
    extractor.push(FrameBatch(0, 0, frames))
    # An eighth of a second is 3.125 frames: the film shows the last frame that has begun.
    extractor.push(FrameBatch(1, 0, frames[[0, 3, 6, 9, 12, 15, 18, 21, 25]]))
    some, every = extractor.finish()
    np.testing.assert_allclose(clip[:9], some, rtol=0, atol=0.01)
    np.testing.assert_allclose(sync, every, rtol=0, atol=0.01)
