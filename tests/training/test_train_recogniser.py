"""Training the recogniser: what a batch holds, and that it learns what a film shows."""

from pathlib import Path

import pytest
import torch

from mmhnet_cli.encoders.recogniser import Recogniser, RecogniserConfig, frames_together
from mmhnet_cli.training import train_recogniser
from mmhnet_cli.training.precompute import SHARD as TRAINING_SHARD
from mmhnet_cli.training.train_network import FIRST_SEED as NETWORK_SEED
from mmhnet_cli.training.train_recogniser import LEAST_STD, PictureBatches, Pictures, fit_scale, recognition_loss
from mmhnet_cli.training.trainer import Trainer, TrainerConfig
from mmhnet_cli.training.world.kinds import KINDS
from tests.training.conftest import FIRST_SEED, SHARD


@pytest.fixture
def pictures(shards: Path, monkeypatch: pytest.MonkeyPatch) -> Pictures:
    monkeypatch.setattr(train_recogniser, "SHARD", SHARD)
    return Pictures.load(shards, FIRST_SEED, 2)


def scaled(pictures: Pictures) -> Recogniser:
    torch.manual_seed(0)
    recogniser = Recogniser(RecogniserConfig(kinds=len(KINDS), width=32), dropout=0.1)
    fit_scale(recogniser, pictures)
    return recogniser


def batches(pictures: Pictures, **changes: float) -> PictureBatches:
    std = torch.ones(pictures.clip.shape[2] + pictures.sync.shape[2])
    return PictureBatches(pictures, std, size=8, **changes)


def test_its_films_are_not_those_of_the_network() -> None:
    assert train_recogniser.FIRST_SEED >= NETWORK_SEED + 20 * TRAINING_SHARD


def test_inputs_are_scaled_over_all_films(pictures: Pictures) -> None:
    recogniser = scaled(pictures)
    rows = frames_together(pictures.clip.float(), pictures.sync.float())
    even = (rows - recogniser.mean) / (recogniser.std - LEAST_STD).clamp_min(1e-3)
    assert even.mean((0, 1)).abs().max() < 1e-2
    moving = recogniser.std > 2 * LEAST_STD
    assert even[..., moving].flatten(0, 1).std(0).numpy() == pytest.approx(1.0, abs=1e-2)


def test_a_batch_depends_on_the_step_alone(pictures: Pictures) -> None:
    source = batches(pictures)
    assert all(map(torch.equal, source(5), batches(pictures)(5)))
    assert not torch.equal(source(5)[0], source(6)[0])
    clip, sync, seen = source(5)
    assert (clip.shape[0], sync.shape[0], seen.shape[0]) == (8, 8, 8)
    assert torch.allclose(seen.sum(-1), torch.ones(8, 64))


def test_cut_films_change_picture_and_kinds_at_once(pictures: Pictures) -> None:
    """Each moment is one of the store's films at that very moment, and after a cut it is one other to the end."""
    clip, _, seen = batches(pictures, cuts=1.0, noise=0.0)(0)
    cuts = 0
    for item, kinds in zip(clip, seen, strict=True):
        # Histograms, after the cells, are those of the mirror image too.
        same = (item[:, 224:] == pictures.clip[:, :, 224:].float()).all(-1)
        film = same.int().argmax(0)
        assert same.any(0).all()
        assert torch.equal(kinds, pictures.seen[film, torch.arange(64)])
        changes = int((film[1:] != film[:-1]).sum())
        assert changes <= 1
        cuts += changes
    assert cuts


def test_it_learns_what_its_films_show(pictures: Pictures, tmp_path: Path) -> None:
    recogniser = scaled(pictures)
    source = batches(pictures, noise=0.15)
    generator = torch.Generator().manual_seed(0)
    before, _ = recognition_loss(recogniser, source(1000), generator)
    config = TrainerConfig(steps=60, learning_rate=5e-3, warmup_steps=5)
    assert Trainer(recogniser, recognition_loss, source, config, tmp_path).run(lambda line: None)
    after, values = recognition_loss(recogniser, source(1000), generator)
    assert float(after.detach()) < 0.5 * float(before.detach())
    assert values["found"] > 0.9
