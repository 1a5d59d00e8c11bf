"""Changes to the bytes of films: times and indexes as damaged recordings and careless writers leave them."""

from collections.abc import Callable
from pathlib import Path

TS_PACKET = 188
TS_PICTURE = 0x100
STUFFING = b"\xff"


def changed(film: Path, output: Path, change: Callable[[bytearray], None]) -> Path:
    """Write the film to `output` with its bytes changed in place."""
    content = bytearray(film.read_bytes())
    change(content)
    output.write_bytes(content)
    return output


def without_times(keeps: Callable[[int], bool]) -> Callable[[bytearray], None]:
    """Take the times out of a transport stream's pictures, but of those numbers that `keeps`."""

    def change(content: bytearray) -> None:
        number = 0
        for packet in range(0, len(content), TS_PACKET):
            identity = (content[packet + 1] & 0x1F) << 8 | content[packet + 2]
            if identity != TS_PICTURE or not content[packet + 1] & 0x40:
                continue
            head = packet + 4 + (1 + content[packet + 4] if content[packet + 3] & 0x20 else 0)
            if not keeps(number):
                _untimed(content, head)
            number += 1

    return change


def without_first_times_of_program_stream(count: int) -> Callable[[bytearray], None]:
    """Take the times out of so many packets that begin a program stream."""

    def change(content: bytearray) -> None:
        head, left = content.find(b"\0\0\1\xe0"), count
        while head >= 0 and left:
            if content[head + 7] & 0xC0:
                _untimed(content, head)
                left -= 1
            head = content.find(b"\0\0\1\xe0", head + 4)

    return change


def _untimed(content: bytearray, head: int) -> None:
    """head: where the packet's 00 00 01 stands (ISO/IEC 13818-1, table 2-21)."""
    content[head + 7] &= 0x3F
    length = content[head + 8]
    content[head + 9 : head + 9 + length] = STUFFING * length


def flash_times(shift_ms: int) -> Callable[[bytearray], None]:
    """Move the times of an FLV's pictures, signed, in 32 bits."""

    def change(content: bytearray) -> None:
        tag = 13
        while tag < len(content):
            if content[tag] == 9:
                time = int.from_bytes(content[tag + 4 : tag + 7], "big") | content[tag + 7] << 24
                moved = (time + shift_ms & 0xFFFFFFFF).to_bytes(4, "big")
                content[tag + 4 : tag + 8] = moved[1:] + moved[:1]
            tag += 11 + int.from_bytes(content[tag + 1 : tag + 4], "big") + 4

    return change


def avi_index(place: Callable[[int, int], int]) -> Callable[[bytearray], None]:
    """Let entry number n of an AVI's index, which names place p, name place(n, p)."""

    def change(content: bytearray) -> None:
        index = content.rindex(b"idx1")
        entries = int.from_bytes(content[index + 4 : index + 8], "little") // 16
        for number in range(entries):
            entry = slice(index + 16 + 16 * number, index + 20 + 16 * number)
            content[entry] = place(number, int.from_bytes(content[entry], "little")).to_bytes(4, "little")

    return change


def no_avi_index(content: bytearray) -> None:
    """Call the index of an AVI something else."""
    index = content.rindex(b"idx1")
    content[index : index + 4] = b"JUNK"


def key_frames_past_the_end(content: bytearray) -> None:
    """Let an MP4 have key frames where it has no frames (ISO/IEC 14496-12, 8.6.2)."""
    table = content.index(b"stss")
    entries = int.from_bytes(content[table + 8 : table + 12], "big")
    for number in range(entries):
        content[table + 12 + 4 * number : table + 16 + 4 * number] = (1_000_000 + number).to_bytes(4, "big")


def mxf_index_past_the_end(content: bytearray) -> None:
    """Let the index of an MXF name places that no file has (SMPTE ST 377-1, 11.2)."""
    array = content.index(b"\x3f\x0a", content.index(bytes.fromhex("060e2b34025301010d01020101100100")))
    entries, size = (int.from_bytes(content[array + at : array + at + 4], "big") for at in (4, 8))
    for entry in range(array + 12, array + 12 + entries * size, size):
        content[entry + 3 : entry + 11] = (0x7FFFFFFFFF).to_bytes(8, "big")


def fragment_index_past_the_end(content: bytearray) -> None:
    """Let the index of a fragmented MP4 tell of fragments as large as they may be (ISO/IEC 14496-12, 8.16.3)."""
    box = content.index(b"sidx")
    first = box + 4 + 4 + 8 + (16 if content[box + 4] else 8) + 4
    for number in range(int.from_bytes(content[first - 2 : first], "big")):
        content[first + 12 * number : first + 12 * number + 4] = (0x7FFFFF00).to_bytes(4, "big")


def cues_past_the_end(content: bytearray) -> None:
    """Let the cues of a Matroska file name clusters far behind its end."""
    place = content.rindex(bytes.fromhex("1c53bb6b"))
    while (place := content.find(b"\xf1", place + 1)) >= 0:
        length = content[place + 1] & 0x7F
        content[place + 2 : place + 2 + length] = b"\x7f" * length
