"""Starting noise."""

import pytest
import torch

from mmhnet_cli.flow.noise import BLOCK_LATENTS, noise


@pytest.mark.parametrize("length", [1, 255, 256, 257, 700])
def test_a_longer_film_keeps_its_beginning(length: int) -> None:
    assert torch.equal(noise(7, length, 5), noise(7, 2000, 5)[:, :length])


def test_a_seed_gives_what_it_always_gave() -> None:
    found = noise(7, 300, 2)[0, [0, 299]]
    expected = [[1.2048143148422241, 1.7607946395874023], [0.7382789254188538, -0.15599749982357025]]
    assert found.tolist() == expected


def test_shape_type_and_spread() -> None:
    x = noise(42, 5000, 20)
    assert (x.shape, x.dtype) == ((1, 5000, 20), torch.float32)
    assert abs(x.mean()) < 0.01
    assert abs(x.std() - 1) < 0.01


def test_seed_and_block_change_everything() -> None:
    base = noise(1, BLOCK_LATENTS, 8)
    for other in (noise(2, BLOCK_LATENTS, 8), noise(1, 512, 8)[:, 256:]):
        assert abs((base * other).mean()) < 0.1
    assert torch.equal(base, noise(1, BLOCK_LATENTS, 8))


def test_global_generator_is_left_alone() -> None:
    before = torch.random.get_rng_state()
    noise(1, 10, 2)
    assert torch.equal(before, torch.random.get_rng_state())


@pytest.mark.parametrize("first", [-300, -256, -1, 0, 5, 255, 256, 1000])
def test_a_part_of_a_film_has_the_noise_of_the_film(first: int) -> None:
    whole = torch.cat([noise(7, 1024, 3, -512), noise(7, 1536, 3, 512)], 1)
    assert torch.equal(noise(7, 300, 3, first), whole[:, 512 + first : 812 + first])
