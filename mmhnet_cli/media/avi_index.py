"""What an AVI says of its packets beside them: where they lie, and how many there are. Either may be wrong."""

from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from mmhnet_cli.media.limits import MAX_DURATION_S
from mmhnet_cli.media.source import as_fraction

# The index names the beginning of a chunk, a packet is what comes after its name and length.
CHUNK_HEAD_BYTES = 8
# Writers miscount by the last pictures; and where they were stopped, they promise what no file holds.
MISCOUNTED_S = 1


class AviIndex:
    """It compares packets with what the file says of them; of other containers it says nothing.

    leads_astray: some packet lies elsewhere, and its time with it: there is no way into the middle of the film.
    """

    def __init__(self, container: InputContainer, stream: VideoStream) -> None:
        is_avi = container.format.name == "avi"
        self.leads_astray = False
        # Taken before the packets are read: the reader adds them to it.
        self._places = {entry.timestamp: entry.pos for entry in stream.index_entries} if is_avi else {}
        self._rate = as_fraction(stream.average_rate)
        self._promised = stream.frames if is_avi and stream.frames <= MAX_DURATION_S * self._rate else 0
        self._found = 0

    def see(self, packet: Packet) -> None:
        """Compare the next packet."""
        if packet.dts is None:
            return
        self._found = max(self._found, packet.dts + 1)
        place = self._places.get(packet.dts)
        self.leads_astray |= place is not None and packet.pos != place + CHUNK_HEAD_BYTES

    def missing(self) -> str | None:
        """Say how many pictures are not there of those that the file promises, after the last packet; None where
        nearly all are.
        """
        if self._promised - self._found < MISCOUNTED_S * self._rate:
            return None
        return f"it holds {self._found} of {self._promised} pictures"
