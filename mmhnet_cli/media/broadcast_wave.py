"""Writes the head of a WAV file: RIFF or RF64, and the notes that post-production reads before the samples."""

import math
import re
import struct
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from xml.etree import ElementTree

from mmhnet_cli import __version__

PCM, IEEE_FLOAT, EXTENSIBLE = 0x0001, 0x0003, 0xFFFE
# Where the speakers of the orders L R C, L R C Ls Rs and L R C LFE Ls Rs stand; other counts name no places.
SPEAKERS = {3: 0x007, 5: 0x037, 6: 0x03F}
SUBFORMAT = bytes.fromhex("000000001000800000aa00389b71")  # follows the format tag in an extensible format

# RIFF counts bytes in 32 bits; in RF64 (EBU Tech 3306) the largest of these numbers says: look in the chunk ds64.
IN_DS64 = 0xFFFFFFFF
MAX_RIFF_BYTES = IN_DS64 - 1

BEXT = "<256s32s32s10s8sQH64s5h180s"  # EBU Tech 3285, version 2
BEXT_VERSION = 2
UNSET = 0x7FFF
LABEL_BYTES = 100
IXML_VERSION = "1.61"
NOT_XML = re.compile(r"[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class WaveFormat:
    """How samples lie in the file."""

    channels: int
    sample_rate_hz: int
    bits: int
    """At 16 and 24 they are integers, at 32 floating point."""

    @property
    def frame_bytes(self) -> int:
        """Return how many bytes one sample of all channels takes."""
        return self.channels * self.bits // 8


@dataclass(frozen=True)
class WaveLoudness:
    """The loudness of the samples as written; None stands where there is no number."""

    integrated_lufs: float | None = None
    range_lu: float | None = None
    true_peak_dbtp: float | None = None
    momentary_max_lufs: float | None = None
    short_term_max_lufs: float | None = None


@dataclass(frozen=True)
class CuePoint:
    """A moment of a sound: a sample, from its beginning, and what is there, which is written as ASCII."""

    sample: int
    label: str


@dataclass(frozen=True)
class WaveNotes:
    """What a sound file says of itself. Any text may be empty, and is then left out.

    The chunks bext and INFO are ASCII, and bext fields are cut to their length; iXML holds its texts whole.
    """

    description: str = ""
    """It goes into bext, as `originator` and `originator_reference` do."""
    originator: str = "mmhnet"
    originator_reference: str = ""
    originated: datetime | None = None
    """It goes into bext, and becomes the date in INFO."""
    time_reference_samples: int | None = None
    """The first sample lies so many after midnight; None, for a film without timecode, is 0 in bext, which has no empty
    value, and no timestamp in iXML."""
    loudness: WaveLoudness = WaveLoudness()
    coding_history: str = ""
    """It goes into bext, one line per step, as in EBU R 98: `A=PCM,F=48000,W=24,M=mono,T=mmhnet`."""
    project: str = ""
    """It goes into iXML, as do `scene`, `take`, `note`, `prompt` and `seed`."""
    scene: str = ""
    take: str = ""
    note: str = ""
    track_name: str = ""
    """It goes into iXML, for every channel."""
    channel_names: tuple[str, ...] = ()
    """They go into iXML in its place, one for each channel, where channels are tracks of their own."""
    prompt: str = ""
    seed: int | None = None
    category: str = ""
    """It is a CatID of the Universal Category System, and goes into the part ASWG of iXML, as do the next three."""
    fx_name: str = ""
    creator: str = ""
    source: str = ""
    timecode_rate: Fraction | None = None
    """It goes into iXML as an exact fraction, with `drop_frame`."""
    drop_frame: bool = False
    comment: str = ""
    """It goes into INFO and iXML; here belongs that the sound was generated."""
    cue_points: tuple[CuePoint, ...] = ()
    """They go into the chunk of cues, in order; there is none without them."""


def wave_head(
    form: WaveFormat, frames: int, notes: WaveNotes | None = None, max_riff_bytes: int = MAX_RIFF_BYTES
) -> bytes:
    """Return everything before the samples of a file of `frames` samples per channel; RF64 beyond `max_riff_bytes`.

    After the samples comes one zero byte where their length in bytes is odd.
    """
    data_bytes = frames * form.frame_bytes
    chunks = format_chunks(form, frames)
    if notes is not None:
        chunks += bext_chunk(notes) + ixml_chunk(notes, form) + info_chunk(notes) + cue_chunks(notes.cue_points)
    riff_bytes = len(b"WAVE") + len(chunks) + len(_chunk(b"data", b"")) + data_bytes + data_bytes % 2
    if riff_bytes <= max_riff_bytes:
        return struct.pack("<4sI4s", b"RIFF", riff_bytes, b"WAVE") + chunks + struct.pack("<4sI", b"data", data_bytes)
    # The sizes that 32 bits cannot hold: of the file, of the samples, their number; no other chunk is that long.
    own_bytes = len(_chunk(b"ds64", bytes(struct.calcsize("<QQQI"))))
    ds64 = _chunk(b"ds64", struct.pack("<QQQI", riff_bytes + own_bytes, data_bytes, frames, 0))
    return struct.pack("<4sI4s", b"RF64", IN_DS64, b"WAVE") + ds64 + chunks + struct.pack("<4sI", b"data", IN_DS64)


def format_chunks(form: WaveFormat, frames: int) -> bytes:
    """Return `fmt `, extensible for more than two channels, and for floating point the `fact` it demands."""
    tag = IEEE_FLOAT if form.bits == 32 else PCM
    rate_bytes = form.sample_rate_hz * form.frame_bytes
    layout = struct.pack("<HIIHH", form.channels, form.sample_rate_hz, rate_bytes, form.frame_bytes, form.bits)
    if form.channels > 2:
        extension = struct.pack("<HHIH", 22, form.bits, SPEAKERS.get(form.channels, 0), tag) + SUBFORMAT
        body = struct.pack("<H", EXTENSIBLE) + layout + extension
    else:
        body = struct.pack("<H", tag) + layout + (b"" if tag == PCM else struct.pack("<H", 0))
    fact = b"" if tag == PCM else _chunk(b"fact", struct.pack("<I", min(frames, IN_DS64)))
    return _chunk(b"fmt ", body) + fact


def bext_chunk(notes: WaveNotes) -> bytes:
    """Return the broadcast extension of EBU Tech 3285."""
    fields = struct.pack(
        BEXT,
        _ascii(notes.description),
        _ascii(notes.originator),
        _ascii(notes.originator_reference),
        _date(notes),
        b"" if notes.originated is None else f"{notes.originated:%H:%M:%S}".encode(),
        notes.time_reference_samples or 0,
        BEXT_VERSION,
        b"",  # UMID: not given
        _hundredths(notes.loudness.integrated_lufs),
        _hundredths(notes.loudness.range_lu),
        _hundredths(notes.loudness.true_peak_dbtp),
        _hundredths(notes.loudness.momentary_max_lufs),
        _hundredths(notes.loudness.short_term_max_lufs),
        b"",  # reserved
    )
    history = b"".join(_ascii(line) + b"\r\n" for line in notes.coding_history.splitlines())
    return _chunk(b"bext", fields + history)


def ixml_chunk(notes: WaveNotes, form: WaveFormat) -> bytes:
    """Return the production notes of iXML: what was made, on which timecode, in which tracks."""
    speed = {"FILE_SAMPLE_RATE": str(form.sample_rate_hz), "AUDIO_BIT_DEPTH": str(form.bits)}
    if (rate := notes.timecode_rate) is not None:
        speed["TIMECODE_RATE"] = f"{rate.numerator}/{rate.denominator}"
        speed["TIMECODE_FLAG"] = "DF" if notes.drop_frame else "NDF"
    if (start := notes.time_reference_samples) is not None:
        speed["TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI"] = str(start >> 32)
        speed["TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO"] = str(start & 0xFFFFFFFF)
        speed["TIMESTAMP_SAMPLE_RATE"] = str(form.sample_rate_hz)

    root = ElementTree.Element("BWFXML")
    _fill(root, {"IXML_VERSION": IXML_VERSION, "PROJECT": notes.project, "SCENE": notes.scene, "TAKE": notes.take})
    _fill(root, {"NOTE": notes.note})
    _fill(ElementTree.SubElement(root, "SPEED"), speed)
    tracks = ElementTree.SubElement(root, "TRACK_LIST")
    _fill(tracks, {"TRACK_COUNT": str(form.channels)})
    names = notes.channel_names or (notes.track_name,) * form.channels
    for number, name in enumerate(names, 1):
        track = {"CHANNEL_INDEX": str(number), "INTERLEAVE_INDEX": str(number), "NAME": name}
        _fill(ElementTree.SubElement(tracks, "TRACK"), track)
    seed = "" if notes.seed is None else str(notes.seed)
    _fill(ElementTree.SubElement(root, "USER"), {"PROMPT": notes.prompt, "SEED": seed, "COMMENT": notes.comment})
    aswg = {"catId": notes.category, "fxName": notes.fx_name, "creatorId": notes.creator, "sourceId": notes.source}
    if any(aswg.values()):
        _fill(ElementTree.SubElement(root, "ASWG"), aswg)
    ElementTree.indent(root)
    text = b'<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode").encode()
    # White space may follow the document, a zero may not.
    return _chunk(b"iXML", text + b"\n" * (2 - len(text) % 2))


def info_chunk(notes: WaveNotes) -> bytes:
    """Return the list INFO, which players show."""
    texts = {b"ISFT": _ascii(f"mmhnet {__version__}"), b"ICRD": _date(notes), b"ICMT": _ascii(notes.comment)}
    entries = (_chunk(name, text + b"\0") for name, text in texts.items() if text)
    return _chunk(b"LIST", b"INFO" + b"".join(entries))


def cue_chunks(points: Sequence[CuePoint]) -> bytes:
    """Return the chunk of cues with the list of their labels; nothing for none. A place beyond 32 bits is left out."""
    placed = [(number, point) for number, point in enumerate(points, 1) if point.sample < IN_DS64]
    if not placed:
        return b""
    cues = [struct.pack("<II4sIII", number, point.sample, b"data", 0, 0, point.sample) for number, point in placed]
    labels = (
        _chunk(b"labl", struct.pack("<I", number) + _ascii(point.label)[:LABEL_BYTES] + b"\0")
        for number, point in placed
    )
    return _chunk(b"cue ", struct.pack("<I", len(cues)) + b"".join(cues)) + _chunk(b"LIST", b"adtl" + b"".join(labels))


def _chunk(name: bytes, body: bytes) -> bytes:
    # Chunks begin at even places, with a byte that is not counted before them where need be. libsndfile forgets it in
    # RF64, so a zero at the end of the text, which every reader leaves out, makes all lengths even.
    even = body + bytes(len(body) % 2)
    return name + struct.pack("<I", len(even)) + even


def _fill(parent: ElementTree.Element, texts: Mapping[str, str]) -> None:
    """Add an element for every text that is not empty: an empty one would displace what a reader takes for default."""
    for name, text in texts.items():
        if allowed := NOT_XML.sub("", text):
            ElementTree.SubElement(parent, name).text = allowed


def _ascii(text: str) -> bytes:
    """Return ASCII: letters without their accents, a space for control characters, `?` for what has no like."""
    letters = (sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
    plain = "".join(" " if unicodedata.category(sign) == "Cc" else sign for sign in letters)
    return plain.encode("ascii", "replace")


def _date(notes: WaveNotes) -> bytes:
    return b"" if notes.originated is None else f"{notes.originated:%Y-%m-%d}".encode()


def _hundredths(value: float | None) -> int:
    """Return a loudness field: 100 times the value, halves away from zero; UNSET also beyond its two digits."""
    if value is None or not abs(value) <= 99.99:
        return UNSET
    return int(math.copysign(math.floor(abs(value) * 100 + 0.5), value))
