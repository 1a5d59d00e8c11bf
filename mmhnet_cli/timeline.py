"""Seconds to exact counts. The only place where a duration becomes a number of frames, latents or samples."""

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated

from mmhnet_cli.errors import BadOption
from mmhnet_cli.fields import Within, check_fields


def exact_ratio(numerator: int, denominator: int) -> int:
    """Quotient of a division that must leave no rest. Raises ValueError otherwise."""
    quotient, rest = divmod(numerator, denominator)
    if rest:
        raise ValueError(f"{numerator} is not a multiple of {denominator}")
    return quotient


def round_half_up(value: Fraction) -> int:
    """Nearest integer; halves go up, so that equal durations never differ by Python's round-to-even."""
    return math.floor(value + Fraction(1, 2))


@dataclass(frozen=True)
class SequenceConfig:
    """Rates of the token sequences of one model.

    sample_rate_hz: rate of the codec's waveform.
    hop_samples: samples from one mel frame to the next.
    mel_frames_per_latent: mel frames that one latent step covers.
    clip_fps, sync_fps: frame rates of the two feature streams.
    """

    sample_rate_hz: Annotated[int, Within(8000, 192_000)] = 44100
    hop_samples: Annotated[int, Within(16, 16384)] = 512
    mel_frames_per_latent: Annotated[int, Within(1, 64)] = 2
    clip_fps: Annotated[int, Within(1, 120)] = 8
    sync_fps: Annotated[int, Within(1, 120)] = 25

    def __post_init__(self) -> None:
        check_fields(self)
        rate = Within(1, 400)
        if not rate.holds(float(self.latent_rate_hz)):
            raise BadOption("hop_samples", str(self.hop_samples), f"such that latent steps per second are {rate}")

    @property
    def samples_per_latent(self) -> int:
        return self.hop_samples * self.mel_frames_per_latent

    @property
    def latent_rate_hz(self) -> Fraction:
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
        """L, latent steps."""
        return math.ceil(self.duration * self.sequence.latent_rate_hz)

    @property
    def clip_frames(self) -> int:
        """V, frames at `clip_fps`; frame k is the picture shown at k / clip_fps seconds."""
        return math.ceil(self.duration * self.sequence.clip_fps)

    @property
    def sync_frames(self) -> int:
        """Frames at `sync_fps`; frame k is the picture shown at k / sync_fps seconds."""
        return math.ceil(self.duration * self.sequence.sync_fps)

    def output_samples(self, sample_rate_hz: int) -> int:
        """Samples of the delivered sound at `sample_rate_hz`."""
        return round_half_up(self.duration * sample_rate_hz)
