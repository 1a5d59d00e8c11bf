"""What the head of a WAV file says, by its bytes and by readers that are not ours."""

import struct
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree

import av
import numpy as np
import pytest
import soundfile
from wavinfo import WavInfoReader

from mmhnet_cli import __version__
from mmhnet_cli.media.audio_file import read_audio, write_wav
from mmhnet_cli.media.broadcast_wave import (
    MAX_RIFF_BYTES,
    CuePoint,
    WaveFormat,
    WaveLoudness,
    WaveNotes,
    bext_chunk,
    cue_chunks,
    format_chunks,
    ixml_chunk,
    wave_head,
)
from tests.conftest import RunFfmpeg

MARK = "AI-generated: http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
NOTES = WaveNotes(
    description="Rain on a city street",
    originator_reference="film.mov",
    originated=datetime(2026, 11, 23, 9, 5, 7),
    time_reference_samples=172_972_800,
    loudness=WaveLoudness(-23.0, 4.56, -1.204, -18.0),
    coding_history="A=PCM,F=48000,W=24,M=mono,T=mmhnet; AI-generated",
    project="The Door",
    scene="12A",
    take="3",
    note="second take",
    track_name="rain",
    prompt="rain, no wind",
    seed=42,
    timecode_rate=Fraction(24000, 1001),
    comment=MARK,
)
PLAIN = WaveFormat(1, 48000, 24)


def written(path: Path, notes: WaveNotes, channels: int = 2, bits: int = 24) -> WavInfoReader:
    write_wav(path, np.linspace(-0.5, 0.5, channels * 999).reshape(channels, 999), 48000, bits, notes)
    return WavInfoReader(path)


def ixml_text(reader: WavInfoReader, place: str) -> str | None:
    return reader.ixml.raw_xml.findtext(place)


def test_bext_byte_by_byte() -> None:
    expected = (
        b"bext"
        + (602 + 50).to_bytes(4, "little")
        + b"Rain on a city street".ljust(256, b"\0")
        + b"mmhnet".ljust(32, b"\0")
        + b"film.mov".ljust(32, b"\0")
        + b"2026-11-23"
        + b"09:05:07"
        + (172_972_800).to_bytes(8, "little")
        + b"\x02\x00"
        + bytes(64)
        + struct.pack("<5h", -2300, 456, -120, -1800, 0x7FFF)
        + bytes(180)
        + b"A=PCM,F=48000,W=24,M=mono,T=mmhnet; AI-generated\r\n"
    )
    assert bext_chunk(NOTES) == expected


def test_empty_bext() -> None:
    body = bext_chunk(WaveNotes(originator=""))[8:]
    assert len(body) == 602
    assert body == bytes(346) + b"\x02\x00" + bytes(64) + b"\xff\x7f" * 5 + bytes(180)


@pytest.mark.parametrize(
    ("value", "stored"),
    # The examples of the standard, then what it has no number for.
    [
        *((-22.644, -2264), (-22.645, -2265), (-22.646, -2265), (12.764, 1276), (12.765, 1277), (12.766, 1277)),
        *((0.0, 0), (-100.5, 0x7FFF), (float("-inf"), 0x7FFF), (float("nan"), 0x7FFF), (None, 0x7FFF)),
    ],
)
def test_loudness_is_stored_in_hundredths(value: float | None, stored: int) -> None:
    body = bext_chunk(WaveNotes(loudness=WaveLoudness(true_peak_dbtp=value)))[8:]
    assert struct.unpack_from("<5h", body, 412) == (0x7FFF, 0x7FFF, stored, 0x7FFF, 0x7FFF)


def test_wavinfo_reads_everything(tmp_path: Path) -> None:
    reader = written(tmp_path / "a.wav", NOTES)
    bext, ixml, info = reader.bext, reader.ixml, reader.info
    assert (bext.description, bext.originator, bext.originator_ref) == ("Rain on a city street", "mmhnet", "film.mov")
    assert (bext.originator_date, bext.originator_time) == ("2026-11-23", "09:05:07")
    assert (bext.time_reference, bext.version) == (172_972_800, 2)
    assert (bext.loudness_value, bext.loudness_range, bext.max_true_peak) == (-23.0, 4.56, -1.2)
    assert (bext.max_momentary_loudness, bext.max_shortterm_loudness) == (-18.0, 327.67)
    assert bext.coding_history == NOTES.coding_history + "\r\n"
    assert (ixml.project, ixml.scene, ixml.take) == ("The Door", "12A", "3")
    assert [(t.channel_index, t.interleave_index, t.name) for t in ixml.track_list] == [
        ("1", "1", "rain"),
        ("2", "2", "rain"),
    ]
    assert {place: ixml_text(reader, place) for place in ("NOTE", "USER/PROMPT", "USER/SEED", "USER/COMMENT")} == {
        "NOTE": "second take",
        "USER/PROMPT": "rain, no wind",
        "USER/SEED": "42",
        "USER/COMMENT": MARK,
    }
    speed = {element.tag: element.text for element in reader.ixml.raw_xml.find("SPEED")}
    assert speed == {
        "FILE_SAMPLE_RATE": "48000",
        "AUDIO_BIT_DEPTH": "24",
        "TIMECODE_RATE": "24000/1001",
        "TIMECODE_FLAG": "NDF",
        "TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI": "0",
        "TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO": "172972800",
        "TIMESTAMP_SAMPLE_RATE": "48000",
    }
    assert (info.software, info.created_date, info.comment) == (f"mmhnet {__version__}", "2026-11-23", MARK)
    assert reader.data.frame_count == 999
    names = [chunk.ident if hasattr(chunk, "ident") else chunk.signature for chunk in reader.main_list]
    assert names == [b"fmt ", b"bext", b"iXML", b"INFO", b"data"]


def test_ffmpeg_reads_what_it_knows(tmp_path: Path) -> None:
    written(tmp_path / "a.wav", NOTES)
    with av.open(str(tmp_path / "a.wav")) as container:
        tags = container.metadata
    assert (tags["time_reference"], tags["encoded_by"], tags["comment"]) == ("172972800", "mmhnet", MARK)
    assert (tags["date"], tags["creation_time"]) == ("2026-11-23", "09:05:07")


def test_time_beyond_32_bits_and_drop_frame(tmp_path: Path) -> None:
    late = 23 * 3600 * 96000
    reader = written(
        tmp_path / "a.wav",
        replace(NOTES, time_reference_samples=late, timecode_rate=Fraction(30000, 1001), drop_frame=True),
    )
    assert reader.bext.time_reference == late
    high = int(ixml_text(reader, "SPEED/TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI") or 0)
    low = int(ixml_text(reader, "SPEED/TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO") or 0)
    assert high == 1
    assert (high << 32) + low == late
    assert ixml_text(reader, "SPEED/TIMECODE_RATE") == "30000/1001"
    assert ixml_text(reader, "SPEED/TIMECODE_FLAG") == "DF"


def test_what_is_not_known_is_left_out(tmp_path: Path) -> None:
    reader = written(tmp_path / "a.wav", WaveNotes())
    assert reader.bext.time_reference == 0
    assert [element.tag for element in reader.ixml.raw_xml.iter()] == [
        *("BWFXML", "IXML_VERSION", "SPEED", "FILE_SAMPLE_RATE", "AUDIO_BIT_DEPTH", "TRACK_LIST", "TRACK_COUNT"),
        *("TRACK", "CHANNEL_INDEX", "INTERLEAVE_INDEX", "TRACK", "CHANNEL_INDEX", "INTERLEAVE_INDEX", "USER"),
    ]
    assert (reader.bext.originator_date, reader.info.created_date, reader.info.comment) == ("", None, None)


@pytest.mark.parametrize(
    ("prompt", "ascii_text", "unicode_text"),
    [
        ("café à minuit, ﬁlm", "cafe a minuit, film", "café à minuit, ﬁlm"),
        ("雨 🌧", "? ?", "雨 🌧"),
        ("]]><x>\x00&amp;\x1b[31m", "]]><x> &amp; [31m", "]]><x>&amp;[31m"),
        ("two\nlines\r\n\ttab\x85\ufffe", "two lines   tab ?", "two\nlines\n\ttab"),
        ("caf\udce9.mov", "caf?.mov", "caf.mov"),
    ],
)
def test_texts_of_users(tmp_path: Path, prompt: str, ascii_text: str, unicode_text: str) -> None:
    notes = WaveNotes(description=prompt, prompt=prompt, scene=prompt, comment=prompt, coding_history="A=PCM")
    reader = written(tmp_path / "a.wav", notes)
    assert reader.bext.description == ascii_text
    assert reader.info.comment == ascii_text
    assert ixml_text(reader, "USER/PROMPT") == reader.ixml.scene == unicode_text
    assert [element.tag for element in reader.ixml.raw_xml.find("USER")] == ["PROMPT", "COMMENT"]
    # A stricter parser than wavinfo's, which mends what it can.
    assert ElementTree.fromstring(ixml_chunk(notes, PLAIN)[8:]).findtext("USER/PROMPT") == unicode_text


def test_long_texts_are_cut_in_bext_only(tmp_path: Path) -> None:
    reader = written(tmp_path / "a.wav", WaveNotes(description="x" * 300, originator="y" * 40, prompt="x" * 300))
    assert (reader.bext.description, reader.bext.originator) == ("x" * 256, "y" * 32)
    assert ixml_text(reader, "USER/PROMPT") == "x" * 300


@pytest.mark.parametrize("channels", [1, 2, 6])
@pytest.mark.parametrize("bits", [16, 24, 32])
@pytest.mark.parametrize("length", [0, 1, 998, 999])
def test_sizes_add_up(tmp_path: Path, channels: int, bits: int, length: int) -> None:
    for text in ("odd", "even"):
        notes = WaveNotes(coding_history=text, prompt=text, comment=text)
        write_wav(tmp_path / "a.wav", np.zeros((channels, length)), 48000, bits, notes)
        content = (tmp_path / "a.wav").read_bytes()
        place, names = 12, []
        while place < len(content):
            name, size = struct.unpack_from("<4sI", content, place)
            names.append(name)
            place += 8 + size + size % 2
        assert names == [b"fmt ", *([b"fact"] if bits == 32 else []), b"bext", b"iXML", b"LIST", b"data"]
        assert place == len(content) == struct.unpack_from("<I", content, 4)[0] + 8
        assert size == channels * length * bits // 8


def test_format_by_channels_and_depth() -> None:
    assert format_chunks(WaveFormat(2, 48000, 24), 9) == struct.pack(
        "<4sIHHIIHH", b"fmt ", 16, 1, 2, 48000, 288000, 6, 24
    )
    assert format_chunks(WaveFormat(1, 44100, 32), 9) == struct.pack(
        "<4sIHHIIHHH4sII", b"fmt ", 18, 3, 1, 44100, 176400, 4, 32, 0, b"fact", 4, 9
    )
    six = format_chunks(WaveFormat(6, 48000, 24), 9)
    assert struct.unpack_from("<4sIHH", six) == (b"fmt ", 40, 0xFFFE, 6)
    assert struct.unpack_from("<HHI", six, 24) == (22, 24, 0x3F)
    assert six[32:].hex() == "0100000000001000800000aa00389b71"


def test_rf64_by_size() -> None:
    hour = 48000 * 3600
    stereo = WaveFormat(2, 48000, 24)
    assert wave_head(stereo, 4 * hour)[:4] == b"RIFF"
    assert wave_head(stereo, 5 * hour)[:4] == b"RF64"
    # Every byte counts: those of the notes, and the one after an odd number of bytes of samples.
    without_samples = len(wave_head(PLAIN, 0, NOTES)) - 8
    assert wave_head(PLAIN, 3, NOTES, max_riff_bytes=without_samples + 10)[:4] == b"RIFF"
    assert wave_head(PLAIN, 3, NOTES, max_riff_bytes=without_samples + 9)[:4] == b"RF64"
    word = WaveFormat(1, 48000, 16)
    room = MAX_RIFF_BYTES - without_samples
    assert struct.unpack_from("<4sI", wave_head(word, room // 2, NOTES)) == (b"RIFF", 0xFFFFFFFE)
    assert wave_head(word, room // 2 + 1, NOTES)[:4] == b"RF64"


def test_rf64_is_read_by_others(tmp_path: Path, run_ffmpeg_program: RunFfmpeg) -> None:
    samples = np.random.default_rng(5).uniform(-1, 1, (1, 4001))
    write_wav(tmp_path / "riff.wav", samples, 48000, 24, NOTES)
    small = wave_head(PLAIN, 4001, NOTES)
    large = wave_head(PLAIN, 4001, NOTES, max_riff_bytes=1000)
    rf64 = large + (tmp_path / "riff.wav").read_bytes()[len(small) :]
    (tmp_path / "rf64.wav").write_bytes(rf64)
    assert struct.unpack_from("<4sI4s4sIQQQI", rf64) == (
        *(b"RF64", 0xFFFFFFFF, b"WAVE", b"ds64", 28),
        *(len(rf64) - 8, 3 * 4001, 4001, 0),
    )
    expected, _ = soundfile.read(tmp_path / "riff.wav", dtype="int32")
    assert soundfile.info(tmp_path / "rf64.wav").format == "RF64"
    np.testing.assert_array_equal(soundfile.read(tmp_path / "rf64.wav", dtype="int32")[0], expected)
    run_ffmpeg_program("-i", tmp_path / "rf64.wav", "-f", "s32le", tmp_path / "raw")
    np.testing.assert_array_equal(np.fromfile(tmp_path / "raw", "<i4"), expected)
    reader = WavInfoReader(tmp_path / "rf64.wav")
    assert (reader.bext.time_reference, reader.ixml.take) == (172_972_800, "3")
    assert reader.data == (3 * 4001, 4001)


def test_five_gigabytes(tmp_path: Path) -> None:
    """A file with a hole: only its head and its last samples take room on the disk."""
    form, length = WaveFormat(2, 48000, 24), 5 * 48000 * 3600
    head = wave_head(form, length, NOTES)
    path = tmp_path / "long.wav"
    with path.open("wb") as file:
        file.write(head)
        file.seek(len(head) + (length - 1) * form.frame_bytes)
        file.write(bytes.fromhex("010000 ffffff"))
    with soundfile.SoundFile(path) as sound:
        assert sound.frames == length
        sound.seek(length - 2)
        np.testing.assert_array_equal(sound.read(dtype="int32") >> 8, [[0, 0], [1, -1]])
    with av.open(str(path)) as container:
        assert container.duration == 5 * 3600 * av.time_base
        assert container.metadata["time_reference"] == "172972800"
    assert WavInfoReader(path).data.frame_count == length


@pytest.mark.parametrize("bits", [16, 24, 32])
def test_notes_do_not_touch_the_samples(tmp_path: Path, bits: int) -> None:
    samples = np.random.default_rng(7).uniform(-1, 1, (2, 70_001))
    write_wav(tmp_path / "plain.wav", samples, 48000, bits)
    write_wav(tmp_path / "notes.wav", samples, 48000, bits, NOTES)
    kind = "float32" if bits == 32 else "int32"
    expected, _ = soundfile.read(tmp_path / "plain.wav", dtype=kind)
    np.testing.assert_array_equal(soundfile.read(tmp_path / "notes.wav", dtype=kind)[0], expected)
    np.testing.assert_array_equal(read_audio(tmp_path / "notes.wav")[0], read_audio(tmp_path / "plain.wav")[0])
    assert expected.any()


@pytest.mark.parametrize("rf64", [False, True])
def test_cue_points_are_read_by_others(tmp_path: Path, rf64: bool) -> None:
    points = (CuePoint(0, "door slam"), CuePoint(480, "d\u00e9bris\n" + "x" * 300), CuePoint(998, "odd"))
    notes = replace(NOTES, cue_points=points)
    head = wave_head(PLAIN, 999, notes, max_riff_bytes=100 if rf64 else MAX_RIFF_BYTES)
    (tmp_path / "a.wav").write_bytes(head + bytes(3 * 999 + 1))
    found = WavInfoReader(tmp_path / "a.wav")
    assert (tmp_path / "a.wav").read_bytes()[:4] == (b"RF64" if rf64 else b"RIFF")
    cues = [(cue.name, cue.position, cue.sample_offset, cue.chunk_id) for cue in found.cues.cues]
    assert cues == [(1, 0, 0, b"data"), (2, 480, 480, b"data"), (3, 998, 998, b"data")]
    labels = {label.name: label.text.rstrip("\0") for label in found.cues.labels}
    assert (labels[1], labels[2][:10], len(labels[2]), labels[3]) == ("door slam", "debris xxx", 100, "odd")
    # What else is there is found behind them.
    assert found.bext.description == NOTES.description
    assert soundfile.info(tmp_path / "a.wav").frames == 999
    assert b"cue " not in wave_head(PLAIN, 10, NOTES)


def test_a_cue_point_beyond_32_bits_is_left_out() -> None:
    assert cue_chunks([CuePoint(2**32, "far")]) == b""
    assert cue_chunks([CuePoint(2**32, "far"), CuePoint(5, "near")])[8:12] == (1).to_bytes(4, "little")
