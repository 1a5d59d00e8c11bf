"""Mends a film's clock where it is damaged: it turns back, leaps, wraps, or is missing at the beginning."""

from collections.abc import Iterator
from fractions import Fraction

from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from mmhnet_cli.media.source import as_fraction, packets

# Their edit lists may show a part again, whose packets lie before those already seen; their tables cannot be damaged
# in this way.
TABLES = frozenset({"mov", "mp4", "avi"})
BROADCAST = frozenset({"mpegts", "mpeg"})
SAID_EVERY_S = Fraction(7, 10)
"""In these a picture need not have a time, but so often one has (ISO/IEC 13818-1, 2.7.4)."""
# What leaps further in them than a lost signal lasts is another recording.
MAX_LEAP_S = 600
# Times that are not in the order of decoding by less than this are jitter, which changes nothing.
MAX_JITTER_S = 1
# Writers of FLV leave the sign out, readers believe in 32 bits: times before 0 stand 2^31 ms behind or before the rest.
WRAPS = {"flv": 1 << 31}


class Clock:
    """It sets the times of packets right, in file order.

    The times of an undamaged film are left as they are. mended: how often a time had to be set right. untimed: so many
    packets at the beginning say no time, and are handed on without one: only the decoder knows when they are shown.
    """

    def __init__(self, container: InputContainer, stream: VideoStream) -> None:
        self.mended = 0
        self.untimed = 0
        names = set(container.format.name.split(","))
        self._trusted = bool(names & TABLES)
        self._time_base = as_fraction(stream.time_base)
        rate = as_fraction(stream.average_rate)
        self._usual = max(1, round(1 / (rate * self._time_base))) if rate and self._time_base else 1
        self._leap = int(MAX_LEAP_S / self._time_base) if names & BROADCAST and self._time_base else None
        self._jitter = int(MAX_JITTER_S / self._time_base) if self._time_base else 0
        self._wrap = WRAPS.get(container.format.name)
        self._timed = False
        self._offset = 0
        self._next: int | None = None  # where the next packet should be decoded, in mended ticks

    def packets(self, container: InputContainer, stream: VideoStream) -> Iterator[Packet]:
        """Yield the packets of `stream` with mended times. Raises Broken."""
        for packet in packets(container, stream):
            self._set_right(packet)
            yield packet

    def _set_right(self, packet: Packet) -> None:
        time = packet.dts if packet.dts is not None else packet.pts
        if time is None:
            self.untimed += not self._timed and packet.size > 0
            return
        self._timed = True
        if self._trusted or packet.is_discard:
            return
        if self._next is not None:
            self._move(time + self._offset - self._next)
        if self._offset:
            packet.pts = None if packet.pts is None else packet.pts + self._offset
            packet.dts = None if packet.dts is None else packet.dts + self._offset
        self._next = time + self._offset + (packet.duration or self._usual)

    def _move(self, step: int) -> None:
        """Move what follows so that it goes on where it should. step: so far off it is."""
        turns = round(step / self._wrap) if self._wrap else 0
        if turns and self._wrap:
            self._offset -= turns * self._wrap
        elif step < -self._jitter or (self._leap is not None and step > self._leap):
            self._offset -= step
        else:
            return
        self.mended += 1
