"""The recogniser: what it takes in at a moment, how far it sees, and what it adds to the descriptors."""

import numpy as np
import pytest
import torch

from mmhnet_cli.encoders.descriptors import CLIP_DIM, SYNC_DIM
from mmhnet_cli.encoders.recogniser import Recogniser, RecogniserConfig, frames_together

CONFIG = RecogniserConfig(kinds=7, width=12)
REACH = 2 * (1 + 2 + 4)
"""Frames of 8 per second: kernel 5, three blocks, each reaching twice as far as the one before."""


@pytest.fixture(scope="module")
def recogniser() -> Recogniser:
    torch.manual_seed(3)
    return Recogniser(CONFIG).eval().requires_grad_(False)


def film(frames: int, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    clip = torch.randn(2, frames, CLIP_DIM, generator=generator)
    return clip, torch.randn(2, -(-frames * 25 // 8), SYNC_DIM, generator=generator)


@pytest.mark.parametrize("frames", [1, 8, 29])
def test_a_moment_holds_all_that_is_shown_in_it(frames: int) -> None:
    clip, sync = film(frames)
    together = frames_together(clip, sync)
    assert together.shape == (2, frames, CLIP_DIM + 2 * SYNC_DIM)
    for moment in range(frames):
        # Picture k of 25 is on screen from k / 25 on; this moment goes from m / 8 to (m + 1) / 8.
        first = max(k for k in range(sync.shape[1]) if 8 * k <= 25 * moment)
        beside = sync[:, [min(first + step, sync.shape[1] - 1) for step in range(4)]]
        expected = torch.cat((clip[:, moment], beside.mean(1), beside.amax(1)), -1)
        assert torch.equal(together[:, moment], expected)


def test_shares_stand_after_the_descriptors(recogniser: Recogniser) -> None:
    clip, sync = film(16)
    extended = recogniser.extend(clip, sync)
    assert extended.shape == (2, 16, CONFIG.clip_dim) == (2, 16, CLIP_DIM + 7)
    assert torch.equal(extended[..., :CLIP_DIM], clip)
    shares = extended[..., CLIP_DIM:].numpy()
    assert (shares > 0).all()
    assert shares.sum(-1) == pytest.approx(np.ones((2, 16)), abs=1e-6)


def test_it_sees_less_than_two_seconds_to_either_side(recogniser: Recogniser) -> None:
    clip, sync = film(64)
    changed = clip.clone()
    changed[:, 30] += 5
    moved = (recogniser(clip, sync) - recogniser(changed, sync)).abs().amax((0, 2)) > 1e-6
    assert moved.nonzero().flatten().tolist() == list(range(30 - REACH, 30 + REACH + 1))


def test_a_longer_film_keeps_its_beginning(recogniser: Recogniser) -> None:
    clip, sync = film(80)
    whole, cut = recogniser(clip, sync), recogniser(clip[:, :48], sync[:, :150])
    assert torch.allclose(whole[:, : 48 - REACH], cut[:, : 48 - REACH], atol=1e-5)


def test_descriptors_are_scaled_before_they_are_read(recogniser: Recogniser) -> None:
    other = Recogniser(CONFIG).eval().requires_grad_(False)
    other.load_state_dict(recogniser.state_dict())
    other.mean.fill_(2.0)
    other.std.fill_(4.0)
    clip, sync = film(16)
    assert torch.allclose(other(4 * clip + 2, 4 * sync + 2), recogniser(clip, sync), atol=1e-4)
