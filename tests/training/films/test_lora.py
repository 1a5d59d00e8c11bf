"""Adapters: they alone train, begin as nothing, and are part of the weights in the end."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from mmhnet_cli.errors import BadOption
from mmhnet_cli.model.network import Network
from mmhnet_cli.models.checkpoint import read_tensors, save_tensors
from mmhnet_cli.training.films.config import LoraConfig, read_run_config
from mmhnet_cli.training.films.export import averaged_state
from mmhnet_cli.training.films.first_weights import Teacher
from mmhnet_cli.training.films.lora import adapt, merge
from mmhnet_cli.training.films.run_folder import CHECKPOINT_FILE, START_FILE, read_run
from mmhnet_cli.training.films.train import Training, train
from tests.model.small import SMALL, awake, features, latents
from tests.training.films.drawn import drawn_data, small_recipe

CONFIG = LoraConfig(rank=3, alpha=6.0)


def velocity(network: Network) -> Tensor:
    conditions = network.condition(features(SMALL, 2, 1, 3), 20)
    return network.velocity(latents(SMALL, 2, 20), torch.tensor([0.2, 0.7]).double(), conditions)


def adapted(config: LoraConfig = CONFIG) -> tuple[Network, dict[str, Tensor]]:
    torch.manual_seed(3)
    network = awake(Network(SMALL))
    before = {name: value.clone() for name, value in network.state_dict().items()}
    adapt(network, config, seed=0)
    return network.double(), before


@torch.no_grad()
def test_adapters_begin_as_nothing_and_leave_nothing() -> None:
    network, before = adapted()
    here = velocity(network)
    merge(network)
    after = network.state_dict()
    assert after.keys() == before.keys()
    assert all(torch.equal(value, before[name]) for name, value in after.items())
    assert torch.equal(velocity(network), here)


def test_they_alone_train() -> None:
    network, before = adapted()
    trained = {name: p for name, p in network.named_parameters() if p.requires_grad}
    matrices = [name for name, value in before.items() if name.startswith("trunk.") and name.endswith("weight")
                and value.ndim > 1 and min(len(value), value[0].numel()) >= 16]  # fmt: skip
    assert len(trained) == 2 * len(matrices) > 40
    numbers = sum(3 * (len(before[name]) + before[name][0].numel()) for name in matrices)
    assert sum(p.numel() for p in trained.values()) == numbers
    velocity(network).square().sum().backward()
    # With B at zero, A has no gradient yet that is not.
    assert all(bool(p.grad is not None and p.grad.any()) for name, p in trained.items() if name.endswith(".b"))
    few = adapted(replace(CONFIG, targets=("trunk.single_modal.1",)))[0]
    names = [name for name, p in few.named_parameters() if p.requires_grad]
    assert names and all(name.startswith("trunk.single_modal.1.") for name in names)


@torch.no_grad()
def test_the_merged_network_computes_what_the_adapted_one_does() -> None:
    network, before = adapted()
    start = velocity(network)
    generator = torch.Generator().manual_seed(1)
    up, down = {}, {}
    for name, p in network.named_parameters():
        weight = name.replace(".parametrizations.weight.0", ".weight")
        if name.endswith(".b"):
            p.copy_(torch.randn(p.shape, generator=generator, dtype=p.dtype) / 5)
            up[weight.removesuffix(".b")] = p.clone()
        elif name.endswith(".a"):
            down[weight.removesuffix(".a")] = p.clone()
    here = velocity(network)
    assert (here - start).norm() > 0.01 * start.norm()
    merge(network)
    assert torch.equal(velocity(network), here)
    # By the equation.
    for name in up:
        expected = before[name] + 6 / 3 * (up[name] @ down[name]).view_as(before[name])
        assert torch.allclose(network.state_dict()[name], expected, atol=1e-12)


def test_a_target_that_is_none_is_told() -> None:
    with pytest.raises(BadOption, match=r"lora\.targets"):
        adapted(replace(CONFIG, targets=("trunk", "trunc")))
    with pytest.raises(BadOption, match="targets"):
        LoraConfig(rank=1, targets=())


@pytest.mark.slow
def test_a_fine_tuning_is_exported_as_plain_weights(tmp_path: Path) -> None:
    data = drawn_data(tmp_path / "data")
    torch.manual_seed(5)
    save_tensors(tmp_path / "network.safetensors", awake(Network(SMALL)).float().state_dict())
    recipe = small_recipe(tmp_path / "recipe.toml", checkpoint_blocks=True, accumulate=1)
    recipe.write_text(recipe.read_text() + "[lora]\nrank = 2\ntargets = ['trunk.multimodal']\n")
    config, network = read_run_config(str(recipe))
    teacher = Teacher("it", tmp_path / "network.safetensors", "CC0-1.0")
    asked = Training(config, network, data, tmp_path / "run", torch.device("cpu"), teacher)
    with pytest.raises(BadOption, match="--init-from"):
        train(replace(asked, teacher=None, out=tmp_path / "none"), str)
    assert train(asked, str).steps == 4
    assert train(replace(asked, out=tmp_path / "plain", config=replace(config, checkpoint_blocks=False)), str)
    kept, again = (read_tensors(tmp_path / name / CHECKPOINT_FILE)[0] for name in ("run", "plain"))
    assert all("multimodal" in name and name[-2:] in (".a", ".b") for name in kept)
    assert all(torch.allclose(value, again[name], atol=1e-5) for name, value in kept.items())

    def stop(done: int, steps: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(replace(asked, out=tmp_path / "cut"), str, stop)
    assert train(replace(asked, out=tmp_path / "cut"), str).steps == 4
    resumed = read_tensors(tmp_path / "cut" / CHECKPOINT_FILE)[0]
    assert all(torch.equal(value, resumed[name]) for name, value in kept.items())
    tensors, steps = averaged_state(asked.out, read_run(asked.out))
    start = read_tensors(asked.out / START_FILE)[0]
    assert (steps, tensors.keys()) == (4, start.keys())
    changed = {name for name in start if not torch.equal(start[name], tensors[name])}
    assert changed and all(name.startswith("trunk.multimodal.") for name in changed)
