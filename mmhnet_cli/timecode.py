"""SMPTE timecode (ST 12-1) as exact counts: labels to frames, seconds and samples since midnight, and back."""

import re
from dataclasses import dataclass
from fractions import Fraction

from mmhnet_cli.timeline import round_half_up

DROP_FRAME_LABELS = 30
"""Labels a second that drop-frame was made for; twice and four times as many drop as much."""
NOMINAL_RATES = (
    *(Fraction(labels) for labels in (24, 25, 30, 48, 50, 60, 100, 120)),
    *(Fraction(labels * 1000, 1001) for labels in (24, 30, 48, 60, 120)),  # nothing was ever made at 24.975
)
"""Rates that timecode is made at."""
# Rates written in decimals or in whole nanoseconds, as 29.97, are meant; 30 and 29.97 lie three times further apart.
ROUNDED = Fraction(3, 10_000)
MINUTES_PER_DAY = 24 * 60
# Some editors write a semicolon in all three places; the last separator tells drop-frame.
LABEL = re.compile(r"(\d\d)[:;](\d\d)[:;](\d\d)([:;,])(\d{2,3})", re.ASCII)


@dataclass(frozen=True)
class Timecode:
    """A frame of the timecode day.

    frames: frames since midnight. rate: true frames per second, for example 24000/1001. drop: whether labels are left
    out, so that they keep to the clock at 29.97 frames per second; some recorders do so at 30, where they do not.
    Raises ValueError for drop-frame at a rate that has none, for a rate without labels, and for frames outside the day.
    """

    frames: int
    rate: Fraction
    drop: bool = False

    def __post_init__(self) -> None:
        if self.labels_per_second < 1:
            raise ValueError(f"there is no timecode at {self.rate} frames per second")
        if self.drop and self.labels_per_second % DROP_FRAME_LABELS:
            raise ValueError(f"drop-frame timecode exists at 29.97 and 59.94 frames per second, not at {self.rate}")
        if not 0 <= self.frames < self.frames_per_day:
            raise ValueError(f"frame {self.frames} is not one of the {self.frames_per_day} of a day")

    @classmethod
    def parse(cls, text: str, rate: Fraction, drop: bool | None = None) -> "Timecode":
        """Return the frame that `HH:MM:SS:FF`, or with `;` or `,` before FF the drop-frame label, names at `rate`.

        drop: whether it is a drop-frame label, however it is written; None goes by how it is written. Raises ValueError
        for what is no label of that rate, such as 00:01:00;00, which drop-frame leaves out.
        """
        match = LABEL.fullmatch(text.strip())
        if match is None:
            raise ValueError(f"{text!r} is not a timecode HH:MM:SS:FF, or HH:MM:SS;FF for drop-frame")
        hours, minutes, seconds, frame = (int(match[place]) for place in (1, 2, 3, 5))
        midnight = cls(0, rate, drop=says_drop(text) if drop is None else drop)
        if hours > 23 or minutes > 59 or seconds > 59 or frame >= midnight.labels_per_second:
            raise ValueError(
                f"{text!r} is not a timecode at {rate} frames per second: it goes to 23:59:59 "
                f"and frame {midnight.labels_per_second - 1}"
            )
        if seconds == 0 and minutes % 10 and frame < midnight.labels_dropped:
            raise ValueError(f"{text!r} is left out by drop-frame timecode: no minute but each tenth has this frame")
        minutes += 60 * hours
        dropped = midnight.labels_dropped * (minutes - minutes // 10)
        return midnight + ((60 * minutes + seconds) * midnight.labels_per_second + frame - dropped)

    @property
    def labels_per_second(self) -> int:
        """Return the whole number that stands for the rate in labels: 24 for 23.976."""
        return round_half_up(self.rate)

    @property
    def labels_dropped(self) -> int:
        """Return how many labels are left out at the beginning of every minute but each tenth: 2 at 29.97, 4 at
        59.94.
        """
        return self.labels_per_second // 15 if self.drop else 0

    @property
    def frames_per_day(self) -> int:
        """Return how many frames a day has."""
        minutes_with_drop = MINUTES_PER_DAY - MINUTES_PER_DAY // 10
        return MINUTES_PER_DAY * 60 * self.labels_per_second - minutes_with_drop * self.labels_dropped

    @property
    def seconds(self) -> Fraction:
        """Return the seconds since midnight by the clock: 01:00:00:00 at 23.976 is 3603.6 s."""
        return self.frames / self.rate

    def samples(self, sample_rate_hz: int, offset: Fraction = Fraction(0)) -> int:
        """Return the samples from midnight to `offset` seconds after this frame, to the nearest, from 0 each day."""
        day = self.frames_per_day / self.rate
        return round_half_up((self.seconds + offset) % day * sample_rate_hz)

    def at_rate(self, rate: Fraction) -> "Timecode | None":
        """Return the same moment as a frame of another `rate`; None where none begins then."""
        frames = self.seconds * rate
        if frames.denominator != 1 or (self.drop and round_half_up(rate) % DROP_FRAME_LABELS):
            return None
        return Timecode(frames.numerator, rate, self.drop)

    def __add__(self, frames: int) -> "Timecode":
        """Return the timecode `frames` later, or earlier where negative; begins again after a day."""
        return Timecode((self.frames + frames) % self.frames_per_day, self.rate, self.drop)

    def __str__(self) -> str:
        # A minute that drops has fewer frames; the first of ten minutes has them all, so it is longer by the drop.
        minute = 60 * self.labels_per_second - self.labels_dropped
        tens, rest = divmod(self.frames, 10 * minute + self.labels_dropped)
        minutes_dropped = 9 * tens + max(0, rest - self.labels_dropped) // minute
        seconds, frame = divmod(self.frames + minutes_dropped * self.labels_dropped, self.labels_per_second)
        separator = ";" if self.drop else ":"
        return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{separator}{frame:02}"


def says_drop(text: str) -> bool:
    """Tell whether a label is written as one of drop-frame."""
    match = LABEL.fullmatch(text.strip())
    return match is not None and match[4] != ":"


def nominal_rate(rate: Fraction) -> Fraction:
    """Return that rate which timecode is made at and is nearest to a measured `rate`, which is above 0."""
    return min(NOMINAL_RATES, key=lambda nominal: max(rate / nominal, nominal / rate))


def meant_rate(rate: Fraction) -> Fraction:
    """Return that rate which timecode is made at and `rate` is a rounded form of; `rate` itself where it is none."""
    return next((nominal for nominal in NOMINAL_RATES if abs(rate / nominal - 1) <= ROUNDED), rate)
