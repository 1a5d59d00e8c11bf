"""Pictures of up to 256 colours as PNG files."""

import struct
import zlib

import numpy as np

SHADES = ((0, 12, 15, 20), (70, 24, 44, 66), (140, 42, 116, 134), (200, 214, 168, 92), (255, 255, 240, 205))
"""Colours of a spectrogram: shade, red, green, blue."""


def palette() -> np.ndarray:
    """Return the colours (256, 3) uint8 of shades."""
    places, *colours = zip(*SHADES, strict=True)
    return np.stack([np.interp(np.arange(256), places, colour) for colour in colours], axis=1).astype(np.uint8)


def png(shades: np.ndarray, colours: np.ndarray) -> bytes:
    """Return a picture (height, width) uint8 of places in `colours` as a PNG file (ISO/IEC 15948, colour type 3)."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    height, width = shades.shape
    head = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    rows = np.pad(shades, ((0, 0), (1, 0))).tobytes()  # each begins with its filter, which is none
    parts = (chunk(b"IHDR", head), chunk(b"PLTE", colours.tobytes()), chunk(b"IDAT", zlib.compress(rows, 6)))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts) + chunk(b"IEND", b"")
