"""Starting noise."""

import pytest
import torch

from mmhnet_cli.flow.noise import BLOCK_LATENTS, noise


@pytest.mark.parametrize("length", [1, 255, 256, 257, 700])
def test_a_longer_film_keeps_its_beginning(length: int) -> None:
    assert torch.equal(noise(7, 0, length, 5), noise(7, 0, 2000, 5)[:, :length])


def test_shape_type_and_spread() -> None:
    x = noise(42, 0, 5000, 20)
    assert (x.shape, x.dtype) == ((1, 5000, 20), torch.float32)
    assert abs(x.mean()) < 0.01
    assert abs(x.std() - 1) < 0.01


def test_seed_take_and_block_change_everything() -> None:
    base = noise(1, 0, BLOCK_LATENTS, 8)
    for other in (noise(2, 0, BLOCK_LATENTS, 8), noise(1, 1, BLOCK_LATENTS, 8), noise(1, 0, 512, 8)[:, 256:]):
        assert abs((base * other).mean()) < 0.1
    assert torch.equal(base, noise(1, 0, BLOCK_LATENTS, 8))


def test_global_generator_is_left_alone() -> None:
    before = torch.random.get_rng_state()
    noise(1, 0, 10, 2)
    assert torch.equal(before, torch.random.get_rng_state())
