"""Blocks that are computed again give the same gradients, and keep less."""

from typing import Any

import torch
from torch import Tensor

from mmhnet_cli.model.network import Network
from mmhnet_cli.training.films.recompute import recompute_blocks
from tests.model.small import SMALL, awake, features, latents


def gradients(again: bool) -> tuple[dict[str, Tensor], int]:
    """The gradient of each parameter, and the bytes that the way back keeps, but for the parameters."""
    torch.manual_seed(2)
    network = awake(Network(SMALL))
    if again:
        recompute_blocks(network)
    own = {p.untyped_storage().data_ptr() for p in network.parameters()}
    kept: dict[int, int] = {}

    def pack(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own:
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    def unpack(tensor: Any) -> Any:
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, unpack):
        conditions = network.condition(features(SMALL, 2, 2, 3), 40)
        velocity = network.velocity(latents(SMALL, 2, 40), torch.tensor([0.2, 0.7]).double(), conditions)
        loss = velocity.square().sum()
    loss.backward()
    return {name: p.grad for name, p in network.named_parameters() if p.grad is not None}, sum(kept.values())


def test_the_same_gradients_with_less_kept() -> None:
    (expected, much), (found, little) = gradients(again=False), gradients(again=True)
    assert found.keys() == expected.keys()
    assert all(torch.equal(value, expected[name]) for name, value in found.items())
    assert little < 0.5 * much
