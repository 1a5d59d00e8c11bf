"""One pass over all packets of a film's picture: its times, its first frame, and whether it can be copied."""

from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from mmhnet_cli.errors import FilmTooLarge, FilmUnreadable, NoFrames
from mmhnet_cli.media.avi_index import AviIndex
from mmhnet_cli.media.clock import Clock
from mmhnet_cli.media.damage import Damage
from mmhnet_cli.media.limits import MAX_DURATION_S
from mmhnet_cli.media.packet_times import PacketTimes
from mmhnet_cli.media.source import Broken, as_fraction, pictures

# Enough frames to meet one that is shown in another order than it is coded.
ORDER_FRAMES = 100


class PictureWalk:
    """What the packets and the first frames of a picture tell.

    times: those of the pictures that are shown. A recording may begin inside a group of pictures; those that are
    decoded from what came before do not count, and ffmpeg does not copy them. hidden: times in ticks of those that an
    edit list hides, because others are decoded from them. first: the first frame that can be decoded.
    index_leads_astray: as in `AviIndex`.
    """

    def __init__(self, path: Path, container: InputContainer, stream: VideoStream) -> None:
        """Walk. Raises FilmUnreadable, FilmTooLarge, or NoFrames where nothing can be decoded."""
        self.times = PacketTimes(as_fraction(stream.time_base))
        self.hidden: list[int] = []
        self._begun = False  # a picture that is decoded from itself has come
        self._key: int | None = None  # its time, where it says one
        self._container_start = Fraction(container.start_time or 0, av.time_base)
        self._last_dts: int | None = None
        self._turns_back = False
        self._damaged = 0
        self._unread: str | None = None
        self._clock = Clock(container, stream)
        # AVI says when a picture is decoded, not when it is shown: only the decoder tells whether that can be guessed.
        looked_at = ORDER_FRAMES if container.format.name == "avi" else 1
        index = AviIndex(container, stream)
        self._shown: list[int] = []
        first: VideoFrame | None = None
        try:
            for packet in self._clock.packets(container, stream):
                if len(self._shown) < looked_at:
                    frames = _decode(packet)
                    first = first or next(iter(frames), None)
                    self._shown += [frame.pts or 0 for frame in frames]
                index.see(packet)
                self._add(packet)
                if self.times.span() > MAX_DURATION_S:
                    raise FilmTooLarge(path, "duration", f"{float(self.times.span()):.0f} s", f"{MAX_DURATION_S} s")
        except Broken as broken:
            if first is None:
                raise FilmUnreadable(path, f"{broken} at {float(self.times.span()):.2f} s") from broken
            self._unread = f"{broken} at {float(self.times.span()):.2f} s"
        if first is None or not len(self.times):
            raise NoFrames(path)
        self._unread = self._unread or index.missing()
        self.index_leads_astray = index.leads_astray
        self.times.place_untimed((as_fraction(stream.average_rate), as_fraction(stream.guessed_rate)))
        self.first = first

    def damage(self, rate: Fraction) -> Damage:
        """Return what the packets tell of damage. rate: pictures per second."""
        lost = self._damaged
        if lost:
            # Where pieces of a transport stream are missing, pictures are missing altogether.
            lost += max(0, round(self.times.span() * rate) + 1 - len(self.times))
        return Damage(lost, lost / rate, self._unread, self._clock.mended + self._clock.untimed)

    def obstacle(self) -> str | None:
        """Say what about the picture no other file can hold as it is coded; None where it can be copied."""
        if self._clock.mended or self._clock.untimed:
            return "a picture whose clock is damaged"
        if self._turns_back:
            return "a picture whose time turns back, as where an edit list joins or repeats parts"
        if self._shown != sorted(self._shown):
            return "a picture that does not say in which order it is shown, as in AVI"
        # ffmpeg hides the pictures that lie before the beginning of the film, not those between it and the first shown.
        start = self.times.start()
        if any(self._container_start <= pts * self.times.time_base < start for pts in self.hidden):
            return "a picture that an edit list both cuts and delays"
        return None

    def _add(self, packet: Packet) -> None:
        if not packet.size:
            return  # the last, empty one flushes
        self._damaged += packet.is_corrupt
        if packet.dts is not None:
            self._turns_back |= self._last_dts is not None and packet.dts < self._last_dts
            self._last_dts = packet.dts
        # Packets outside the cut of an edit list are decoded, but never shown.
        pts = packet.pts if packet.pts is not None else packet.dts
        if packet.is_keyframe and not self._begun:
            self._begun, self._key = True, pts
        if packet.is_discard:
            self.hidden.append(pts or 0)
        elif self._begun and (pts is None or self._key is None or pts >= self._key):
            self.times.add(pts, packet.duration or 0)


def _decode(packet: Packet) -> list[VideoFrame]:
    # A recording that begins inside a group of pictures has packets that cannot be decoded yet.
    try:
        return pictures(packet)
    except Broken:
        return []
