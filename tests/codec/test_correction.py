"""The correction against what it must leave alone, what it must mend, and its stream against the whole."""

import math

import pytest
import torch
from torch import Tensor

from mmhnet_cli.codec.correction import BandCorrection, CorrectionStream
from mmhnet_cli.codec.mel import LogMel, MelConfig
from tests.codec.small import white_noise

FRAMES = 40
CORRECTION = BandCorrection(MelConfig())
MARGIN = CORRECTION.margin


def sound_and_mel(seed: int = 0) -> tuple[Tensor, Tensor]:
    """Noise (1, FRAMES * 512 + 2 * margin) and the mel (1, 128, FRAMES) that it has."""
    sound = white_noise(FRAMES * 512 + 2 * MARGIN, seed=seed)
    spectra = CORRECTION.spectra(sound)
    magnitude = torch.sqrt(spectra.abs().square() + 1e-9)
    return sound, torch.log(magnitude @ CORRECTION.filters.T).transpose(1, 2)


def test_what_is_right_stays_as_it_is() -> None:
    sound, mel = sound_and_mel()
    assert torch.allclose(CORRECTION(sound, mel), sound[:, MARGIN:-MARGIN], atol=1e-6)


def test_its_frames_are_those_of_the_front_end() -> None:
    sound, mel = sound_and_mel()
    inner = LogMel(MelConfig())(sound[:, MARGIN:-MARGIN])
    assert torch.allclose(inner[:, :, 2:-2], mel[:, :, 2:-2], atol=1e-4)


@pytest.mark.parametrize("nepers", [-1.5, 0.4, 1.9, 2.0, 5.0])
def test_a_wrong_level_is_mended_up_to_its_reach(nepers: float) -> None:
    sound, mel = sound_and_mel()
    expected = sound[:, MARGIN:-MARGIN] * math.exp(min(nepers, 2.0))
    assert torch.allclose(CORRECTION(sound, mel + nepers), expected, rtol=1e-4, atol=1e-5)


def test_one_pass_halves_the_distance_to_another_noise() -> None:
    sound, mel = sound_and_mel()
    wanted = sound_and_mel(seed=1)[1]
    again = LogMel(MelConfig())(CORRECTION(sound, wanted))
    before, after = ((x - wanted)[:, :, 2:-2].abs().mean() for x in (mel, again))
    assert after < 0.6 * before


@pytest.mark.parametrize("block", [1, 100, 512, 768, 5000, 10**6])
def test_blocks_join_to_the_whole(block: int) -> None:
    sound, wanted = sound_and_mel()[0], sound_and_mel(seed=1)[1]
    stream = CorrectionStream(CORRECTION, wanted[0], rows=2)
    rows = torch.cat([sound, 2 * sound])
    if block == 1:
        rows = rows[:, : 4 * 512]
        stream = CorrectionStream(CORRECTION, wanted[0, :, :1], rows=2)
        sound, wanted = sound[:, : 4 * 512], wanted[:, :, :1]
    joined = torch.cat([stream.push(piece) for piece in rows.split(block, dim=1)], dim=1)
    whole = CORRECTION(sound, wanted)
    assert joined.shape == (2, whole.shape[1])
    assert torch.allclose(joined, torch.cat([whole, 2 * whole]), rtol=1e-5, atol=1e-6)


def test_windows_must_overlap_by_three_quarters() -> None:
    with pytest.raises(ValueError, match="1024 samples are not 4 hops of 512"):
        BandCorrection(MelConfig(fft_samples=1024))
