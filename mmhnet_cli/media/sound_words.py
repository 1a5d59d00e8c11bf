"""What a sound file says of itself in words: iXML and bext of a WAV file, the tags of any other."""

import struct
from pathlib import Path
from xml.etree import ElementTree

from mmhnet_cli.errors import FilmNotFound, FilmTooLarge, FilmUnreadable, NoFrames
from mmhnet_cli.media.source import check_regular, open_media

MOST_CHUNKS = 1000
MOST_XML_BYTES = 1 << 20
RIFFS = frozenset({b"RIFF", b"RF64", b"BW64"})
IN_IXML = ("USER/DESCRIPTION", "BEXT/BWF_DESCRIPTION", "ASWG/fxName", "NOTE", "USER/PROMPT")
"""Where iXML says what is heard, the most telling first."""
TAGS = ("description", "comment")
"""Of bext, and of FLAC; libavformat calls them so in every container."""


def said_in(path: Path) -> str:
    """Return the description that a sound file carries; empty where there is none, or the file cannot be read."""
    try:
        check_regular(path)
        return _ixml_description(path) or _tagged(path)
    except (OSError, FilmNotFound, FilmTooLarge, FilmUnreadable, NoFrames):
        # Whoever reads the sound will say so.
        return ""


def _tagged(path: Path) -> str:
    with open_media(path) as container:
        tags = {name.lower(): value for name, value in container.metadata.items()}
    return next((text for tag in TAGS if (text := _one_line(tags.get(tag, "")))), "")


def _ixml_description(path: Path) -> str:
    content = _chunk(path, b"iXML")
    # Entities could make gigabytes of it; iXML has none.
    if content is None or b"<!" in content:
        return ""
    try:
        root = ElementTree.fromstring(content.rstrip(b"\0 \r\n"))
    except (ElementTree.ParseError, LookupError, ValueError):
        return ""
    return next((text for place in IN_IXML if (text := _one_line(root.findtext(place) or ""))), "")


def _chunk(path: Path, wanted: bytes) -> bytes | None:
    """Return the content of a chunk of a WAV file; None where there is none, or it is longer than MOST_XML_BYTES."""
    with path.open("rb") as file:
        head = file.read(12)
        if head[:4] not in RIFFS or head[8:] != b"WAVE":
            return None
        for _ in range(MOST_CHUNKS):
            head = file.read(8)
            if len(head) < 8:
                return None
            name, size = struct.unpack("<4sI", head)
            if name == wanted:
                return file.read(size) if size <= MOST_XML_BYTES else None
            file.seek(size + size % 2, 1)
    return None


def _one_line(text: str) -> str:
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
