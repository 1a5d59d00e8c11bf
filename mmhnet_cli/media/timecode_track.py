"""The timecode track of mp4 and mov files (QuickTime File Format, timecode media): it counts at a rate of its own."""

import struct
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

from mmhnet_cli.media.iso_boxes import Box, boxes, edits, find, handler, movie_tracks, read_at, track_id
from mmhnet_cli.timecode import Timecode, meant_rate
from mmhnet_cli.timeline import round_half_up

DROP_FRAME, DAY_BEGINS_AGAIN, NEGATIVE = 0x1, 0x2, 0x4
MAX_ENTRIES = 65_536
MAX_TRACKS = 256
MAX_LABELS = 255
# Times are rounded to the tick of the track or of the movie, which may be a tenth of a frame.
TICK_FRAMES = Fraction(1, 10)


@dataclass(frozen=True)
class _Description:
    """What the samples are: frames last `frame_ticks` of `ticks_per_s`, and `labels` count as a second."""

    flags: int
    ticks_per_s: int
    frame_ticks: int
    labels: int


class TimecodeTrackError(ValueError):
    """There is a timecode track, and what it says cannot be placed."""


def read_timecode_track(path: Path, picture_id: int) -> Timecode | None:
    """Return the timecode at the beginning of what is shown of the track that belongs to the picture.

    picture_id: the number of the picture's track. None where there is no such track. Raises TimecodeTrackError for a
    track that contradicts itself, and OSError.
    """
    with path.open("rb") as file:
        try:
            track = _timecode_track(file, picture_id)
            return None if track is None else _first_shown(file, track)
        except EOFError as error:
            raise TimecodeTrackError("it is cut off") from error


def write_timecode_track(path: Path, timecode: Timecode) -> bool:
    """Let the timecode track that ffmpeg has written begin with `timecode`, at its rate; False: there is none."""
    with path.open("r+b") as file:
        track = next((track for track in movie_tracks(file) if handler(file, track) == b"tmcd"), None)
        if track is None or timecode.labels_per_second > MAX_LABELS:
            return False
        table = find(file, track, b"mdia", b"minf", b"stbl")
        assert table is not None
        place, number = _place_of(file, table, 0)
        flags = DAY_BEGINS_AGAIN | (DROP_FRAME if timecode.drop else 0)
        rate = timecode.rate
        file.seek(_description_place(file, table, number))
        file.write(struct.pack(">IIIB", flags, rate.numerator, rate.denominator, timecode.labels_per_second))
        file.seek(place)
        file.write(struct.pack(">I", timecode.frames))
    return True


def _timecode_track(file: BinaryIO, picture_id: int) -> Box | None:
    """Return the track that the picture's refers to, else the first there is."""
    by_id = {track_id(file, track): track for track in movie_tracks(file)[:MAX_TRACKS]}
    timecodes = [number for number, track in by_id.items() if handler(file, track) == b"tmcd"]
    wanted = _referred(file, by_id[picture_id]) if picture_id in by_id else []
    chosen = next((number for number in (*wanted, *timecodes) if number in timecodes), None)
    return None if chosen is None else by_id[chosen]


def _referred(file: BinaryIO, track: Box) -> list[int]:
    """Return the numbers of the timecode tracks that a track refers to."""
    reference = find(file, track, b"tref", b"tmcd")
    if reference is None:
        return []
    return list(read_at(file, reference.start, f"{min((reference.end - reference.start) // 4, MAX_TRACKS)}I"))


def _first_shown(file: BinaryIO, track: Box) -> Timecode:
    """Return the timecode of the first frame that the edit list of the track leaves."""
    header, table = find(file, track, b"mdia", b"mdhd"), find(file, track, b"mdia", b"minf", b"stbl")
    if header is None or table is None:
        raise TimecodeTrackError("it has no samples")
    (version,) = read_at(file, header.start, "B")
    (ticks_per_s,) = read_at(file, header.start + (20 if version else 12), "I")
    begin = _first_shown_tick(file, track)
    sample, sample_begin = _sample_at(file, table, begin)
    place, number = _place_of(file, table, sample)
    description = _description(file, table, number)
    rate = label_rate(description.ticks_per_s, description.frame_ticks, description.labels)
    into = Fraction(begin - sample_begin, ticks_per_s) * rate if ticks_per_s else Fraction(0)
    (count,) = read_at(file, place, "i" if description.flags & NEGATIVE else "I")
    return _timecode(count + int(into + TICK_FRAMES), rate, description.flags)


def label_rate(ticks_per_s: int, frame_ticks: int, labels: int) -> Fraction:
    """Return true labels per second of frames of `frame_ticks` with `labels` to a second. Raises TimecodeTrackError."""
    if not ticks_per_s or not frame_ticks:
        raise TimecodeTrackError("it does not say how long its frames last")
    rate = meant_rate(Fraction(ticks_per_s, frame_ticks))
    whole = round_half_up(rate)
    if labels in (0, whole, int(rate)):  # left out, right, or rounded down by its writer
        return rate
    if whole and whole % labels == 0:
        # Cameras of 50 and 60 frames per second say how long these last, and count a label for every second one.
        return rate * labels / whole
    raise TimecodeTrackError(f"it has {labels} labels per second for {float(rate):.3f} frames")


def _timecode(frames: int, rate: Fraction, flags: int) -> Timecode:
    try:
        midnight = Timecode(0, rate, drop=bool(flags & DROP_FRAME))
        if flags & DAY_BEGINS_AGAIN:
            frames %= midnight.frames_per_day
        return Timecode(frames, rate, midnight.drop)
    except ValueError as error:
        raise TimecodeTrackError(str(error)) from error


def _first_shown_tick(file: BinaryIO, track: Box) -> int:
    """Return where in the track, in its ticks, the first part of its edit list begins that is not empty."""
    return next((begin for _, begin in edits(file, track) if begin >= 0), 0)


def _sample_at(file: BinaryIO, table: Box, tick: int) -> tuple[int, int]:
    """Return the number of the sample that lasts at `tick`, from 0, and the tick at which it begins."""
    runs = _entries(file, table, b"stts", "II")
    sample = begin = 0
    for count, ticks in runs:
        if tick < begin + count * ticks or (count, ticks) == runs[-1]:
            within = min((tick - begin) // ticks if ticks else 0, max(count - 1, 0))
            return sample + within, begin + within * ticks
        sample, begin = sample + count, begin + count * ticks
    raise TimecodeTrackError("it has no samples")


def _place_of(file: BinaryIO, table: Box, sample: int) -> tuple[int, int]:
    """Return where in the file a sample lies, and the number of its description, from 1."""
    chunks, number = _chunks(file, table), 1
    runs = [*_entries(file, table, b"stsc", "III"), (chunks + 1, 0, 0)]
    before = 0
    for (first, per_chunk, number), (following, _, _) in pairwise(runs):
        held = max(following - first, 0) * per_chunk
        if sample < before + held:
            chunk, within = divmod(sample - before, per_chunk)
            # Samples of timecode are numbers of 32 bits.
            return _chunk_place(file, table, first - 1 + chunk) + 4 * within, number
        before += held
    raise TimecodeTrackError("its sample is not in the file")


def _chunks(file: BinaryIO, table: Box) -> int:
    listed = find(file, table, b"stco") or find(file, table, b"co64")
    return 0 if listed is None else read_at(file, listed.start + 4, "I")[0]


def _chunk_place(file: BinaryIO, table: Box, chunk: int) -> int:
    listed = find(file, table, b"stco")
    if listed is not None:
        return read_at(file, listed.start + 8 + 4 * chunk, "I")[0]
    listed = find(file, table, b"co64")
    assert listed is not None
    return read_at(file, listed.start + 8 + 8 * chunk, "Q")[0]


def _description(file: BinaryIO, table: Box, number: int) -> _Description:
    return _Description(*read_at(file, _description_place(file, table, number), "IIIB"))


def _description_place(file: BinaryIO, table: Box, number: int) -> int:
    listed = find(file, table, b"stsd")
    entries = [] if listed is None else list(boxes(file, Box(b"stsd", listed.start + 8, listed.end)))
    if not 1 <= number <= len(entries) or entries[number - 1].kind != b"tmcd":
        raise TimecodeTrackError("its samples are not described")
    # Six bytes that are reserved, the number of a data reference, four more that are reserved.
    return entries[number - 1].start + 12


def _entries(file: BinaryIO, table: Box, kind: bytes, form: str) -> list[tuple[int, ...]]:
    """Return the rows of a sample table. Raises TimecodeTrackError for more than a film can need."""
    listed = find(file, table, kind)
    if listed is None:
        return []
    (count,) = read_at(file, listed.start + 4, "I")
    if count > MAX_ENTRIES:
        raise TimecodeTrackError(f"it has {count} entries in one table")
    size = 4 * len(form)
    return [read_at(file, listed.start + 8 + size * row, form) for row in range(count)]
