"""Seconds to exact counts. The only place where a duration becomes a number of frames, latents or samples."""

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated

from mmhnet_cli.errors import BadOption
from mmhnet_cli.fields import Within, check_fields


def exact_ratio(numerator: int, denominator: int) -> int:
    """Divide without a rest. Raises ValueError where there is one."""
    quotient, rest = divmod(numerator, denominator)
    if rest:
        raise ValueError(f"{numerator} is not a multiple of {denominator}")
    return quotient


def round_half_up(value: Fraction) -> int:
    """Return the nearest integer; halves go up, so that equal durations never differ by Python's round-to-even."""
    return math.floor(value + Fraction(1, 2))


@dataclass(frozen=True)
class SequenceConfig:
    """Rates of the token sequences of one model."""

    sample_rate_hz: Annotated[int, Within(8000, 192_000)] = 44100
    """The codec's waveform has it."""
    hop_samples: Annotated[int, Within(16, 16384)] = 512
    """So many samples lie from one mel frame to the next."""
    mel_frames_per_latent: Annotated[int, Within(1, 64)] = 2
    """One latent step covers so many."""
    clip_fps: Annotated[int, Within(1, 120)] = 8
    """The features of CLIP have this frame rate."""
    sync_fps: Annotated[int, Within(1, 120)] = 25
    """The features of sync have this frame rate."""

    def __post_init__(self) -> None:
        check_fields(self)
        rate = Within(1, 400)
        if not rate.holds(float(self.latent_rate_hz)):
            raise BadOption("hop_samples", str(self.hop_samples), f"such that latent steps per second are {rate}")

    @property
    def samples_per_latent(self) -> int:
        """Return how many samples of the codec's waveform one latent step covers."""
        return self.hop_samples * self.mel_frames_per_latent

    @property
    def latent_rate_hz(self) -> Fraction:
        """Return how many latent steps a second has."""
        return Fraction(self.sample_rate_hz, self.samples_per_latent)


@dataclass(frozen=True)
class Timeline:
    """Exact counts for a film, or a part of it, of `duration` seconds.

    Token counts round up, so that the tokens cover the whole duration; `output_samples` rounds to the nearest sample.
    """

    duration: Fraction
    sequence: SequenceConfig = SequenceConfig()

    @property
    def latents(self) -> int:
        """Return L, how many latent steps there are."""
        return math.ceil(self.duration * self.sequence.latent_rate_hz)

    @property
    def clip_frames(self) -> int:
        """Return V, how many frames there are at `clip_fps`; frame k is the picture shown at k / clip_fps seconds."""
        return math.ceil(self.duration * self.sequence.clip_fps)

    @property
    def sync_frames(self) -> int:
        """Return how many frames there are at `sync_fps`; frame k is the picture shown at k / sync_fps seconds."""
        return math.ceil(self.duration * self.sequence.sync_fps)

    def output_samples(self, sample_rate_hz: int) -> int:
        """Return how many samples the delivered sound has at `sample_rate_hz`."""
        return round_half_up(self.duration * sample_rate_hz)
