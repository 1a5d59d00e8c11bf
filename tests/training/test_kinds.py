"""Kinds as a second task: the shares of each moment, and that they are learnt."""

import pytest
import torch

from mmhnet_cli.training.dataset import Store
from mmhnet_cli.training.kinds import kinds_in_time
from mmhnet_cli.training.train_network import flow_loss
from mmhnet_cli.training.world.kinds import KINDS
from mmhnet_cli.training.world.script import SceneConfig, make_scene, rescore
from tests.training.test_train_network import batches, small_module


def test_each_moment_has_the_kinds_of_its_shot() -> None:
    scene = make_scene(7, 20.0, SceneConfig(shot_s=(3.0, 6.0), sources_per_shot=(0.4, 0.4, 0.2)))
    heard = rescore(scene, 3)
    moments = 200
    kinds = kinds_in_time(heard, moments, lambda source: source.kind)
    looks = kinds_in_time(heard, moments, lambda source: source.looks)
    assert torch.allclose(kinds.sum(1), torch.ones(moments))
    assert torch.equal(looks, kinds_in_time(scene, moments, lambda source: source.kind))
    for source in heard.sources:
        inside = [index for index in range(moments) if source.start_s <= (index + 0.5) / 10 < source.end_s]
        assert inside
        assert (kinds[inside, list(KINDS).index(source.kind)] > 0).all()
    assert {int((row > 0).sum()) for row in kinds} > {1}


@pytest.mark.slow
def test_kinds_are_read_from_all_tokens_and_learnt(store: Store) -> None:
    module = small_module()
    source = batches(store, module)
    drawn = [source(step) for step in range(3)]
    optimiser = torch.optim.Adam(module.parameters(), 3e-3)
    reported: list[dict[str, float]] = []
    for step in range(60):
        loss, values = flow_loss(module, drawn[step % 3], torch.Generator().manual_seed(step))
        reported.append(values)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    for name in ("heard", "seen"):
        assert reported[0][name] > 2.5
        # At some times and without conditions they cannot be read, so one step says little.
        assert sum(values[name] for values in reported[-12:]) / 12 < 0.5 * reported[0][name]
