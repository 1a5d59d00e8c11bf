"""Mends a film's clock where it is damaged: it turns back, leaps, or is missing at the beginning."""

from collections.abc import Iterator

from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from mmhnet_cli.media.source import as_fraction, packets

# Their edit lists may show a part again, whose packets lie before those already seen; their tables cannot be damaged
# in this way.
TABLES = frozenset({"mov", "mp4", "avi"})
# Streams that must say the time every 0.7 s: what leaps further than a lost signal lasts is another recording.
BROADCAST = frozenset({"mpegts", "mpeg"})
MAX_LEAP_S = 600
# Times that are not in the order of decoding by less than this are jitter, which changes nothing.
MAX_JITTER_S = 1
# Packets without a time that are kept until the first with one comes.
MAX_UNTIMED = 100


class Clock:
    """It sets the times of packets right, in file order, and counts in `mended` how often it had to.

    The times of an undamaged film are left as they are.
    """

    def __init__(self, container: InputContainer, stream: VideoStream) -> None:
        self.mended = 0
        names = set(container.format.name.split(","))
        self._trusted = bool(names & TABLES)
        self._time_base = as_fraction(stream.time_base)
        rate = as_fraction(stream.average_rate)
        self._usual = max(1, round(1 / (rate * self._time_base))) if rate and self._time_base else 1
        self._leap = int(MAX_LEAP_S / self._time_base) if names & BROADCAST and self._time_base else None
        self._jitter = int(MAX_JITTER_S / self._time_base) if self._time_base else 0
        self._offset = 0
        self._next: int | None = None  # where the next packet should be decoded, in mended ticks

    def packets(self, container: InputContainer, stream: VideoStream) -> Iterator[Packet]:
        """Yield the packets of `stream` with mended times. Raises Broken."""
        waiting: list[Packet] = []
        for packet in packets(container, stream):
            if self._next is None and packet.size and _time_of(packet) is None and len(waiting) < MAX_UNTIMED:
                waiting.append(packet)
                continue
            yield from self._before(waiting, packet)
            waiting = []
            yield self._set_right(packet)
        yield from waiting

    def _before(self, waiting: list[Packet], first: Packet) -> Iterator[Packet]:
        """Yield packets that say no time with times before `first`, which is the first that does."""
        known = _time_of(first)
        for place, packet in enumerate(waiting):
            self.mended += 1
            if known is not None:
                packet.pts = packet.dts = known - (len(waiting) - place) * (packet.duration or self._usual)
            yield packet

    def _set_right(self, packet: Packet) -> Packet:
        time = _time_of(packet)
        if time is None or self._trusted or packet.is_discard:
            return packet
        if self._next is not None:
            step = time + self._offset - self._next
            if step < -self._jitter or (self._leap is not None and step > self._leap):
                self._offset -= step
                self.mended += 1
        if self._offset:
            packet.pts = None if packet.pts is None else packet.pts + self._offset
            packet.dts = None if packet.dts is None else packet.dts + self._offset
        self._next = time + self._offset + (packet.duration or self._usual)
        return packet


def _time_of(packet: Packet) -> int | None:
    return packet.dts if packet.dts is not None else packet.pts
