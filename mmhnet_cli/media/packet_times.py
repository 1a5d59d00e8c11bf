"""Times of a film's packets: start, length and rate, exact to the tick of the container."""

from fractions import Fraction
from itertools import pairwise

import numpy as np

from mmhnet_cli.timecode import meant_rate, nominal_rate

# Timestamps are rounded to the tick, and some writers cut where others round.
TOLERANCE_TICKS = Fraction(3, 2)
# Times that Matroska rounded stay so when they are copied to a finer clock.
MILLISECOND_S = Fraction(1, 1000)
# Where a frame lasts one or two ticks, as in AVI, more would hide a frame that is missing.
TOLERANCE_FRAMES = Fraction(1, 4)
# Pictures that last about as long as most do; others were lost, or are held.
REGULAR = (0.75, 1.25)
# Decoders keep no more pictures than these until they are shown.
MAX_REORDERED = 16
# A film of one picture without a length has to last for some time.
SINGLE_FRAME_S = Fraction(1, 25)


class PacketTimes:
    """It collects packets in file order, and answers in display order.

    time_base: how many seconds a tick has.
    """

    def __init__(self, time_base: Fraction) -> None:
        self.time_base = time_base
        self._untimed = 0
        self._pts: list[int] = []
        self._durations: list[int] = []
        self._lowest = 0
        self._highest = 0

    def __len__(self) -> int:
        return self._untimed + len(self._pts)

    def add(self, pts: int | None, duration: int) -> None:
        """Append a packet. pts, duration: ticks; a packet without a time follows the one before it, and where none of
        those before it has a time, `place_untimed` finds one.
        """
        if pts is None and not self._pts:
            self._untimed += 1
            return
        if pts is None:
            pts = self._pts[-1] + self._durations[-1]
        self._lowest = min(self._lowest, pts) if self._pts else pts
        self._highest = max(self._highest, pts) if self._pts else pts
        self._pts.append(pts)
        self._durations.append(duration)

    def place_untimed(self, claimed: tuple[Fraction, ...]) -> None:
        """Give times to the packets at the beginning that say none: those that are free among the first pictures, since
        packets come in another order than they are shown, and then those before. claimed: as in `constant_rate`.
        """
        if not self._untimed:
            return
        usual = self._usual_gap(claimed)
        known = sorted(self._pts)
        free = [
            earlier + round(place * usual)
            for earlier, later in pairwise(known[: MAX_REORDERED + 1])
            if later - earlier <= (MAX_REORDERED + 1) * usual  # else nothing is missing there but the signal
            for place in range(1, round((later - earlier) / usual))
        ][: self._untimed]
        first = known[0] if known else round(self._untimed * usual)
        for place in range(self._untimed - len(free), 0, -1):
            free.append(first - round(place * usual))
        for pts in free:
            self.add(pts, round(usual))
        self._untimed = 0

    def span(self) -> Fraction:
        """Return the seconds from the earliest picture to the beginning of the latest."""
        return (self._highest - self._lowest) * self.time_base

    def start(self) -> Fraction:
        """Return when the first picture is shown, in seconds."""
        return self._lowest * self.time_base

    def duration(self, rate: Fraction | None) -> Fraction:
        """Return the seconds from the first picture to the end of the last; whole frames at a constant `rate`."""
        measured = self.span() + self._last_duration()
        if rate is not None:
            unsaid = self._durations[int(np.argmax(self._pts))] <= 0
            # A container that counts milliseconds cannot say 1001/24000 s, but its frames can be counted.
            counted = len(self) / rate
            tolerance = min(2 * max(self.time_base, MILLISECOND_S), 1 / (2 * rate))
            if abs(counted - measured) <= tolerance or unsaid:
                return counted
        return measured

    def mean_rate(self) -> Fraction:
        """Return how many frames per second the whole film has."""
        return len(self) / (self.span() + self._last_duration())

    def nominal_rate(self) -> Fraction:
        """Return the rate that a film of variable rate is meant to have, and that its timecode counts at.

        From how long pictures last as a rule: the mean would count those that were lost, or cut off at the end.
        """
        gaps = np.diff(np.unique(np.array(self._pts, dtype=np.int64))).astype(np.float64)
        if not len(gaps):
            return nominal_rate(1 / SINGLE_FRAME_S)
        usual = float(np.median(gaps))
        shortest, longest = (share * usual for share in REGULAR)
        regular = gaps[(gaps >= shortest) & (gaps <= longest)]
        if not len(regular):  # as many of one length as of another
            regular = gaps
        return nominal_rate(Fraction(len(regular), int(regular.sum())) / self.time_base)

    def constant_rate(self, claimed: tuple[Fraction, ...]) -> Fraction | None:
        """Return the rate at which every frame lies on its place, to the tick or the millisecond; None for variable
        rate.

        claimed: what the container says; tried before the usual rates, because short films fit several.
        """
        # Some containers round the rate they claim, so that it is a millisecond off after an hour.
        claimed = tuple(meant_rate(rate) for rate in claimed)
        if len(self) < 2:
            return claimed[0] if claimed and claimed[0] else None
        estimate = (len(self) - 1) / self.span() if self.span() else Fraction(0)
        if not estimate:
            return None
        usual = (Fraction(round(estimate)), Fraction(round(estimate * 1001 / 1000) * 1000, 1001), estimate)
        ticks = np.sort(np.array(self._pts, dtype=np.int64)) - self._lowest
        errors = {rate: self._off_grid(ticks, rate) for rate in (*claimed, *usual) if rate}
        for rate, error in errors.items():
            if error <= min(TOLERANCE_TICKS * self.time_base, TOLERANCE_FRAMES / rate):
                return rate
        # Rounded times make every claim a little wrong: only rates that films are made at are believed.
        rounded = {rate: error for rate, error in errors.items() if rate.denominator in (1, 1001)}
        best = min(rounded, key=rounded.__getitem__, default=None)
        if best is None or rounded[best] > min(MILLISECOND_S, TOLERANCE_FRAMES / best):
            return None
        return best

    def _usual_gap(self, claimed: tuple[Fraction, ...]) -> Fraction:
        """Return how many ticks lie between pictures as a rule; what the container says where that is about right."""
        gaps = np.sort(np.diff(np.unique(np.array(self._pts, dtype=np.int64))))
        measured = Fraction(int(gaps[(len(gaps) - 1) // 2])) if len(gaps) else None
        for rate in claimed:
            gap = 1 / (rate * self.time_base) if rate else Fraction(0)
            if gap and (measured is None or REGULAR[0] <= gap / measured <= REGULAR[1]):
                return gap
        return measured or SINGLE_FRAME_S / self.time_base

    def _off_grid(self, ticks: np.ndarray, rate: Fraction) -> Fraction:
        """Return by how many seconds the worst picture is off its place at `rate`."""
        step = 1 / (rate * self.time_base)  # ticks per frame
        # Integers throughout: |tick * q - k * p| for a step of p / q ticks.
        p, q = step.numerator, step.denominator
        if (int(ticks[-1]) + 1) * q >= 1 << 62 or len(ticks) * p >= 1 << 62:
            return self.span()  # No rate that films are made at.
        error = np.abs(ticks * q - np.arange(len(ticks), dtype=np.int64) * p)
        return Fraction(int(error.max()), q) * self.time_base

    def _last_duration(self) -> Fraction:
        last = int(np.argmax(self._pts))
        if self._durations[last] > 0:
            return self._durations[last] * self.time_base
        # The writer left it out: the picture is held as long as the one before it.
        before = max((pts for pts in self._pts if pts < self._highest), default=None)
        return SINGLE_FRAME_S if before is None else (self._highest - before) * self.time_base
