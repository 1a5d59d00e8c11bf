"""The classifier learns to name what is heard, also in noise."""

from pathlib import Path

import pytest
import torch

from mmhnet_cli.model.noisy_classifier import NoisyClassifier
from mmhnet_cli.training.train_classifier import begun, naming_loss
from mmhnet_cli.training.trainer import Trainer, TrainerConfig
from tests.model.small import small_config
from tests.training.test_objective import KINDS, drawn


@pytest.mark.slow
def test_it_learns_three_kinds(tmp_path: Path) -> None:
    """A kind is a channel that is louder by four."""

    def clips(number: int) -> object:
        batch = drawn(number, items=16)
        batch.latents[..., :3] += 4 * batch.heard[..., :3]
        return batch

    torch.manual_seed(0)
    config = small_config(
        latent_channels=6, clip_dim=KINDS, classifier_width=16, classifier_blocks=2, classifier_kinds=KINDS
    )
    classifier = begun(NoisyClassifier(config), torch.ones(6))
    said: list[dict[str, float]] = []
    trainer = Trainer(
        classifier,
        naming_loss,
        clips,
        TrainerConfig(steps=60, learning_rate=0.01, warmup_steps=5, report_every=20),
        tmp_path,
    )
    assert trainer.run(lambda line: None, log=lambda step, values: said.append(values))
    assert said[0]["names"] > 2 > said[-1]["names"]
    assert said[-1]["right"] > 0.6
