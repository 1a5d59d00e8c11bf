"""Sounds as they might be recorded: faults that are switched off do nothing, those that are on do what they say."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from benchmarks.evaluation.recordings import Recordings, recorded
from mmhnet_cli.codec.mel import band_edges_hz
from mmhnet_cli.hearing.kinds import MEL

QUIET = Recordings(often=0.0, tilt=0.0, floor=(20.0, 20.0))
"""Nothing but a floor too deep to matter."""


@pytest.fixture
def sounds() -> Tensor:
    return torch.randn(4, 64, 150, generator=torch.Generator().manual_seed(0)) - 4


def rng() -> np.random.Generator:
    return np.random.default_rng(3)


def test_nothing_happens_without_faults(sounds: Tensor) -> None:
    assert torch.allclose(recorded(sounds, sounds.flip(0), MEL, rng(), QUIET), sounds, atol=1e-3)


def test_the_floor_lies_under_the_loudest_point(sounds: Tensor) -> None:
    silent = sounds.clone()
    silent[:, :, 1:] = -60
    made = recorded(silent, silent, MEL, rng(), replace(QUIET, floor=(6.0, 6.0)))
    assert torch.allclose(made[:, :, 1:], (silent.amax((1, 2)) - 6)[:, None, None].expand(-1, 64, 149))


def test_a_tilt_is_the_same_at_all_times(sounds: Tensor) -> None:
    change = recorded(sounds, sounds, MEL, rng(), replace(QUIET, tilt=0.5)) - sounds
    assert change.std(2).max() < 1e-2 and change.std(1).min() > 0.1


def test_all_faults_together_leave_numbers_of_the_same_shape(sounds: Tensor) -> None:
    made = recorded(sounds, sounds.flip(0), MEL, rng(), Recordings(often=1.0))
    assert made.shape == sounds.shape and made.dtype == torch.float32 and bool(made.isfinite().all())
    assert torch.equal(made, recorded(sounds, sounds.flip(0), MEL, rng(), Recordings(often=1.0)))
    assert (made - sounds).abs().mean() > 0.5


def test_a_cut_takes_away_what_lies_beyond() -> None:
    flat = torch.zeros(1, 64, 150)
    how = Recordings(1.0, 0.0, (20.0, 20.0), (30.0, 30.0), (1.0, 1.0), 0.0, 0.0, (200.0, 200.0), (5000.0, 5000.0))
    # The same seed makes the same place, with cuts beyond all bands and within.
    without = recorded(flat, flat, MEL, rng(), replace(how, low_hz=(1.0, 1.0), high_hz=(9e5, 9e5)))
    lost = (without - recorded(flat, flat, MEL, rng(), how))[0].mean(1)
    assert torch.allclose(lost[20:40], torch.zeros(20), atol=0.05)
    # 24 dB per octave are 4 nepers for each factor of e.
    centres = torch.from_numpy(band_edges_hz(MEL)[1:-1])
    assert lost[0] == pytest.approx(4 * float(torch.log(200 / centres[0])), abs=0.1)
    assert lost[-1] == pytest.approx(4 * float(torch.log(centres[-1] / 5000)), abs=0.1)
