"""What places, microphones and codecs do to a sound without making it another: for the training of a judge.

Sounds are windows of log-mel magnitudes in nepers, as `codec.mel` gives them.
"""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from mmhnet_cli.codec.mel import MelConfig, band_edges_hz
from mmhnet_cli.training.mixing import SIZES, Bins, Place, placed


@dataclass(frozen=True)
class Recordings:
    """How sounds are recorded. `often` is the probability of each fault but the tilt and the floor, which all have.

    tilt: deviation of each of 5 knots of the spectrum, nepers. floor: least and most depth of the noise under the
    loudest point, nepers. company: the same of another sound. squeezed: factors of all depths, as of a limiter.
    rough: most deviation of every point by itself, nepers. smeared: most share of the mean over 80 ms.
    low_hz, high_hz: beyond these a sound may have been cut.
    """

    often: float = 0.4
    tilt: float = 0.25
    floor: tuple[float, float] = (5.0, 8.0)
    company: tuple[float, float] = (1.2, 4.0)
    squeezed: tuple[float, float] = (0.75, 1.1)
    rough: float = 0.4
    smeared: float = 0.8
    low_hz: tuple[float, float] = (60.0, 300.0)
    high_hz: tuple[float, float] = (4000.0, 16000.0)


def recorded(
    sounds: Tensor, others: Tensor, mel: MelConfig, rng: np.random.Generator, how: Recordings = Recordings()
) -> Tensor:
    """(B, bins, T) of single sounds -> the same somewhere, recorded and coded. others: heard beside some of them."""

    def some() -> Tensor:
        return _column(rng.random(len(sounds)) < how.often)

    def drawn(bounds: tuple[float, float]) -> Tensor:
        return _column(rng.uniform(*bounds, len(sounds)).astype(np.float32))

    x = torch.stack([_placed(sound, mel, rng, how.often) for sound in sounds])
    beside = others - _peak(others) + _peak(x) - drawn(how.company)
    x = torch.where(some(), torch.logaddexp(2 * x, 2 * beside) / 2, x)
    x = torch.where(some(), _peak(x) + (x - _peak(x)) * drawn(how.squeezed), x)
    x = x + how.tilt * _wavy(len(x), mel.bins, rng) + _cuts(some(), some(), mel, rng, how)
    x = torch.where(some(), _coded(x, drawn((0, how.smeared)), drawn((0, how.rough)), rng), x)
    return torch.logaddexp(x, _peak(x) - drawn(how.floor))


def _placed(sound: Tensor, mel: MelConfig, rng: np.random.Generator, often: float) -> Tensor:
    """One sound (bins, T) at a distance, in a room, larger or smaller; each with its own probability."""
    place = Place(
        distance=float(rng.uniform(0, 1)) if rng.random() < often else 0.0,
        room_s=float(rng.uniform(0.2, 4.0)) if rng.random() < often else 0.0,
        size=float(rng.choice(SIZES)) if rng.random() < often else 1.0,
    )
    return sound if place == Place() else torch.from_numpy(placed(sound.numpy(), place, Bins(mel, None)))


def _cuts(low: Tensor, high: Tensor, mel: MelConfig, rng: np.random.Generator, how: Recordings) -> Tensor:
    """Nepers (B, bins, 1) that filters of 24 dB per octave take away below or above a frequency of their own."""
    centres = torch.from_numpy(band_edges_hz(mel)[1:-1]).float()[None, :, None]
    below, above = (
        _column(np.exp(rng.uniform(np.log(least), np.log(most), len(low))).astype(np.float32))
        for least, most in (how.low_hz, how.high_hz)
    )
    under = torch.log(centres / below).clamp(max=0) * low
    over = torch.log(above / centres).clamp(max=0) * high
    return 4 * (under + over)


def _coded(x: Tensor, smeared: Tensor, rough: Tensor, rng: np.random.Generator) -> Tensor:
    """Smear attacks and roughen what was even, as decoding from few numbers does."""
    mean = F.avg_pool1d(F.pad(x, (2, 1), mode="replicate"), 4, stride=1)
    return x + smeared * (mean - x) + rough * torch.from_numpy(rng.standard_normal(x.shape).astype(np.float32))


def _wavy(count: int, bins: int, rng: np.random.Generator) -> Tensor:
    """Random lines (count, bins, 1) through 5 knots of deviation 1."""
    knots = torch.from_numpy(rng.standard_normal((count, 1, 5)).astype(np.float32))
    return F.interpolate(knots, bins, mode="linear")[:, 0, :, None]


def _peak(x: Tensor) -> Tensor:
    return x.amax((1, 2), keepdim=True)


def _column(values: np.ndarray) -> Tensor:
    return torch.from_numpy(values)[:, None, None]
