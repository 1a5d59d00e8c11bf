"""The network's loss on a tiny store: finite, reproducible, and felt by every part that is trained."""

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from mmhnet_cli.encoders.descriptors import SYNC_DIM
from mmhnet_cli.encoders.recogniser import Recogniser, RecogniserConfig
from mmhnet_cli.encoders.text import SubwordTextEncoder, TextConfig
from mmhnet_cli.model.network import Network
from mmhnet_cli.training.dataset import BatchConfig, BatchSource, Store
from mmhnet_cli.training.objective import HEARD_WEIGHT, RATIO_WEIGHT, SEEN_WEIGHT
from mmhnet_cli.training.train_network import (
    ConditionedNetwork,
    flow_loss,
)
from mmhnet_cli.training.trainer import Trainer, TrainerConfig
from tests.model.small import small_config

RECOGNISER = RecogniserConfig(kinds=3, width=8, blocks=1)
SIZES = {
    "latent_channels": 6,
    "clip_dim": RECOGNISER.clip_dim,
    "sync_dim": SYNC_DIM,
    "text_dim": 16,
    "empty_text_tokens": 1,
}


def small_module(**changes: Any) -> ConditionedNetwork:
    torch.manual_seed(0)
    text = SubwordTextEncoder(TextConfig(width=16))
    return ConditionedNetwork(Network(small_config(**SIZES, **changes)), text, Recogniser(RECOGNISER), torch.ones(6))


def batches(store: Store, module: ConditionedNetwork) -> BatchSource:
    # Dropped conditions stand beside kept ones, so that the learned empties are trained too.
    return BatchSource(store, module.text, BatchConfig(size=4, drop_video=0.3, drop_text=0.3, drop_both=0.2))


def test_three_steps_are_finite_and_reach_everything(store: Store, tmp_path: Path) -> None:
    module = small_module()
    source = batches(store, module)
    lines: list[str] = []
    config = TrainerConfig(steps=3, learning_rate=3e-3, warmup_steps=0, report_every=1)
    words = module.text.embedding.weight.detach().clone()
    recogniser = [tensor.clone() for tensor in module.recogniser.state_dict().values()]
    trainer = Trainer(module, flow_loss, source, config, tmp_path)
    assert trainer.run(lines.append)
    for line in lines:
        values = dict(zip(line.split()[4::2], map(float, line.split()[5::2]), strict=True))
        assert set(values) == {"flow", "heard", "seen", "ratio", "kept", "norm"}
        assert all(map(math.isfinite, values.values()))
        assert 0 < values["kept"] <= 1
    assert not torch.equal(module.text.embedding.weight, words)
    assert all(map(torch.equal, module.recogniser.state_dict().values(), recogniser))
    loss, _ = flow_loss(module, source(3), torch.Generator().manual_seed(3))
    loss.backward()
    for name, parameter in trainer.parameters.items():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name
        assert parameter.grad.any(), name


def test_an_untrained_network_misses_by_the_variance_of_the_velocity(store: Store) -> None:
    """Without preconditioning it starts at velocity 0, so the loss is the mean square of data minus noise."""
    module = small_module(preconditioned=False)
    batch = batches(store, module)(0)
    loss, values = flow_loss(module, batch, torch.Generator().manual_seed(0))
    assert values["flow"] == pytest.approx(1 + float(batch.latents.square().mean()), rel=0.05)
    kinds = HEARD_WEIGHT * values["heard"] + SEEN_WEIGHT * values["seen"]
    assert float(loss.detach()) == pytest.approx(values["flow"] + kinds + RATIO_WEIGHT * values["ratio"], rel=1e-6)


def test_without_hierarchy_there_is_no_ratio(store: Store) -> None:
    module = small_module(routing=None)
    loss, values = flow_loss(module, batches(store, module)(0), torch.Generator().manual_seed(0))
    assert set(values) == {"flow", "heard", "seen"}
    kinds = HEARD_WEIGHT * values["heard"] + SEEN_WEIGHT * values["seen"]
    assert float(loss.detach()) == pytest.approx(values["flow"] + kinds, rel=1e-6)


def test_a_generator_decides_times_and_noise(store: Store) -> None:
    module = small_module()
    batch = batches(store, module)(0)

    def value(seed: int) -> float:
        return float(flow_loss(module, batch, torch.Generator().manual_seed(seed))[0].detach())

    assert value(1) == value(1)
    assert value(1) != value(2)


def test_dropped_conditions_are_not_seen(store: Store) -> None:
    """With everything dropped, two batches with the same latents have the same loss, whatever they show and say."""
    module = small_module()
    torch.manual_seed(1)
    for parameter in module.network.parameters():
        if not parameter.any():
            torch.nn.init.normal_(parameter, std=0.1)
    source = BatchSource(store, module.text, BatchConfig(size=4, drop_both=1.0))
    one, other = source(0), source(1)
    mixed = replace(one, clip=other.clip, sync=other.sync, words=other.words)
    first, second = (float(flow_loss(module, b, torch.Generator().manual_seed(0))[0].detach()) for b in (one, mixed))
    assert first == pytest.approx(second, rel=1e-6)
    seen = replace(mixed, drop_video=~one.drop_video, drop_text=~one.drop_text)
    third = float(flow_loss(module, seen, torch.Generator().manual_seed(0))[0].detach())
    assert third != pytest.approx(first, rel=1e-4)


def test_channels_weigh_as_they_are_told(store: Store) -> None:
    module = small_module()
    batch = batches(store, module)(0)

    def flow(weights: torch.Tensor) -> float:
        module.weights = weights
        return flow_loss(module, batch, torch.Generator().manual_seed(0))[1]["flow"]

    alone = [flow(row) for row in torch.eye(6)]
    weights = torch.tensor([3.0, 1.0, 1.0, 0.5, 0.5, 0.0])
    assert flow(weights) == pytest.approx(sum(w * a for w, a in zip(weights.tolist(), alone, strict=True)), rel=1e-5)
    other = ConditionedNetwork(module.network, module.text, module.recogniser, 7 * weights)
    assert float(other.weights.mean()) == pytest.approx(1)
