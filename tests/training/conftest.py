"""Two shards of two scenes each, made once for all tests of this package."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from mmhnet_cli.codec.projection import PatchProjection
from mmhnet_cli.training import dataset, precompute
from mmhnet_cli.training.dataset import Store
from mmhnet_cli.training.precompute import TAKES, picture_shard, sound_shard

FIRST_SEED = 2_000_002
"""Two scenes of two shots, then two of one."""
SHARD = 2


@pytest.fixture(scope="package")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Folder with two shards; shards stay so small while this fixture lives."""
    folder = tmp_path_factory.mktemp("shards")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(precompute, "SHARD", SHARD)
        patch.setattr(dataset, "SHARD", SHARD)
        for seed in (FIRST_SEED, FIRST_SEED + SHARD):
            picture_shard(folder, seed)
            for take in TAKES:
                sound_shard(folder, seed, take)
        yield folder


@pytest.fixture(scope="package")
def store(shards: Path) -> Store:
    """All four scenes, with latents of six channels."""
    mels = [np.load(shards / f"matched-{seed}.npz")["mel"] for seed in (FIRST_SEED, FIRST_SEED + SHARD)]
    projection = PatchProjection(128, 2, 6)
    projection.fit(torch.from_numpy(np.concatenate(mels)).float())
    return Store(shards, FIRST_SEED, 2, projection)
