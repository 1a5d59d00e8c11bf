"""Containers x rates x kinds of film: the new sound lies under the picture to the sample, the picture is untouched.

Plain films meet every container at every rate. Every other kind meets every rate and, over the rates, every container
that can hold it. The containers that are written, what the new sound is coded as and what becomes of the film's own
sound take turns.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path

import av
import numpy as np
import pytest
from av.stream import Disposition

from mmhnet_cli.media.audio_file import write_wav
from mmhnet_cli.media.containers import CONTAINERS
from mmhnet_cli.media.ffmpeg import FfmpegProgram, find_ffmpeg
from mmhnet_cli.media.original_sound import read_original
from mmhnet_cli.media.probe import VideoInfo, probe
from mmhnet_cli.media.remux import Remuxed, remux
from mmhnet_cli.options import AudioCodec, OriginalSound
from mmhnet_cli.timeline import Timeline
from tests.conftest import RunFfmpeg, numbered_picture, read_number

pytestmark = pytest.mark.slow

RATE_HZ = 48000
SAMPLE = Fraction(1, RATE_HZ)
MILLISECOND = Fraction(1, 1000)
NTSC = Fraction(1000, 1001)
# Seconds that each picture is shown. The last film changes its rate twice.
RATES = {
    "23.976": [1 / (24 * NTSC)] * 29,
    "24": [Fraction(1, 24)] * 29,
    "25": [Fraction(1, 25)] * 31,
    "29.97": [1 / (30 * NTSC)] * 37,
    "30": [Fraction(1, 30)] * 37,
    "50": [Fraction(1, 50)] * 61,
    "59.94": [1 / (60 * NTSC)] * 73,
    "VFR": [*[Fraction(1, 25)] * 10, *[Fraction(1, 50)] * 10, *[Fraction(2, 25)] * 9, Fraction(1, 25)],
}
# The same in ticks of 1/50 s, as ffmpeg writes it.
VFR = "settb=1/50,setpts='if(lt(N,10),2*N,if(lt(N,20),10+N,4*N-50))'"
FAST = ("-preset", "ultrafast", "-g", "12")
PICTURES: dict[str, tuple[str, ...]] = {
    "mp4": ("-c:v", "libx264", *FAST),
    "mov": ("-c:v", "libx264", *FAST),
    "mkv": ("-c:v", "libx264", *FAST),
    "webm": ("-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8"),
    "avi": ("-c:v", "mpeg4", "-q:v", "2"),
}
B_FRAMES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("mp4", "mov", "mkv"), ("-c:v", "libx264", *FAST, "-bf", "3", "-b_strategy", "0")),
    # Frames that are never shown, which is what VP9 has instead.
    "webm": ("-c:v", "libvpx-vp9", "-deadline", "good", "-cpu-used", "8", "-auto-alt-ref", "1", "-lag-in-frames", "10"),
    "avi": ("-c:v", "mpeg4", "-q:v", "2", "-bf", "2"),
}
HEVC = ("-c:v", "libx265", *FAST, "-x265-params", "log-level=none", "-pix_fmt", "yuv420p10le")
SOUNDS = {"mp4": "aac", "mov": "pcm_s16le", "mkv": "flac", "webm": "libopus", "avi": "pcm_s16le"}
SUBTITLES = {"mp4": "mov_text", "mov": "mov_text", "mkv": "srt", "webm": "webvtt"}
TARGETS = {
    "mp4": ("mp4", "mov", "mkv"),
    "mov": ("mov", "mkv", "mp4"),
    "mkv": ("mkv", "mp4", "mov"),
    "webm": ("webm", "mkv"),
    "avi": ("mkv", "mp4", "mov"),
}


@dataclass(frozen=True)
class Film:
    """A film as it was made.

    lengths: seconds that each picture is shown. first: the number that the first one shows.
    own_click: when its own sound clicks, counted from the first picture; None without sound.
    """

    path: Path
    lengths: list[Fraction]
    own_click: Fraction | None
    first: int = 0

    def shown_at(self, picture: int) -> Fraction:
        return sum(self.lengths[:picture], Fraction(0))

    @property
    def duration(self) -> Fraction:
        return self.shown_at(len(self.lengths))


class Films:
    """Makes films in a folder; plain ones only once."""

    def __init__(self, folder: Path, run: RunFfmpeg) -> None:
        self.folder = folder
        self.run = run
        self.plain_films: dict[tuple[str, str], Film] = {}

    def make(
        self, container: str, rate: str, video: tuple[str, ...], name: str = "made", size: tuple[int, int] = (64, 36)
    ) -> Film:
        lengths = RATES[rate]
        if container == "avi":
            lengths = [*lengths[:-1], min(lengths)]  # It cannot say how long the last picture is shown.
        click = sum(lengths[: len(lengths) // 2], Fraction(0))
        film = Film(self.folder / f"{name}.{container}", lengths, click)
        wav = click_file(self.folder / "own.wav", click, film.duration)
        raw = b"".join(numbered_picture(number, *size).tobytes() for number in range(len(lengths)))
        variable = rate == "VFR"
        clock = ["-vf", VFR, "-fps_mode", "passthrough", "-enc_time_base:v", "1/50"] if variable else []
        frequency = "25" if variable else str(1 / lengths[0])
        self.run(
            *("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{size[0]}x{size[1]}", "-r", frequency),
            *("-i", "pipe:0", "-i", wav, *clock, "-pix_fmt", "yuv420p", *video),
            *("-c:a", SOUNDS[container], "-b:a", "256k", film.path),
            stdin=raw,
        )
        return film

    def plain(self, container: str, rate: str) -> Film:
        if (container, rate) not in self.plain_films:
            self.plain_films[container, rate] = self.make(container, rate, PICTURES[container], f"plain_{rate}")
        return self.plain_films[container, rate]

    def copy(self, film: Film, before: tuple[object, ...], after: tuple[object, ...]) -> Film:
        """`film` with more options before and after its `-i`; the picture is copied."""
        path = self.folder / f"copy{film.path.suffix}"
        self.run(*before, "-i", film.path, *after, "-c:v", "copy", path)
        return Film(path, film.lengths, film.own_click)

    def text(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text)
        return path


def click_file(path: Path, when: Fraction, duration: Fraction) -> Path:
    samples = np.zeros((2, Timeline(duration).output_samples(RATE_HZ)))
    samples[:, Timeline(when).output_samples(RATE_HZ)] = 0.9
    write_wav(path, samples, RATE_HZ)
    return path


def rotated(films: Films, container: str, rate: str) -> Film:
    return films.copy(films.plain(container, rate), ("-display_rotation", "90"), ("-c:a", "copy"))


def odd_size(films: Films, container: str, rate: str) -> Film:
    chroma = ("-pix_fmt", "yuv444p") if "libx264" in PICTURES[container] else ()
    return films.make(container, rate, (*PICTURES[container], *chroma), size=(63, 35))


def b_frames(films: Films, container: str, rate: str) -> Film:
    film = films.make(container, rate, B_FRAMES[container])
    # AVI has no place for the first time of display: its sound is early by as much as the picture is late.
    return Film(film.path, film.lengths, None) if container == "avi" else film


def start_offset(films: Films, container: str, rate: str) -> Film:
    """The picture begins 1.4 s after the sound."""
    film = films.plain(container, rate)
    late = ("-map", "1:v", "-map", "0:a", "-af", "adelay=1400:all=1", "-c:a", SOUNDS[container], "-b:a", "256k")
    return films.copy(film, ("-i", film.path, "-itsoffset", "1.4"), late)


def edit_list(films: Films, container: str, rate: str) -> Film:
    """Cut inside a group of pictures, so that some are there but not shown."""
    whole, hidden = films.make(container, rate, B_FRAMES[container], "whole"), 7
    start = whole.shown_at(hidden)
    # Rounded up, the first picture would be missing.
    microseconds = start.numerator * 1_000_000 // start.denominator
    film = films.copy(whole, ("-ss", f"{microseconds}us"), ("-c:a", "copy"))
    assert whole.own_click is not None
    return Film(film.path, whole.lengths[hidden:], whole.own_click - start, hidden)


def no_audio(films: Films, container: str, rate: str) -> Film:
    film = films.copy(films.plain(container, rate), (), ("-an",))
    return Film(film.path, film.lengths, None)


def surround(films: Films, container: str, rate: str) -> Film:
    return films.copy(films.plain(container, rate), (), ("-ac", "6", "-c:a", SOUNDS[container], "-b:a", "400k"))


def two_tracks(films: Films, container: str, rate: str) -> Film:
    return films.copy(films.plain(container, rate), (), ("-map", "0:v", "-map", "0:a", "-map", "0:a", "-c:a", "copy"))


def subtitles(films: Films, container: str, rate: str) -> Film:
    text = films.text("s.srt", "1\n00:00:00,200 --> 00:00:00,900\nA door closes.\n\n")
    return films.copy(films.plain(container, rate), (), ("-i", text, "-c:a", "copy", "-c:s", SUBTITLES[container]))


def chapters(films: Films, container: str, rate: str) -> Film:
    text = films.text("c.txt", ";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=500\ntitle=One\n")
    return films.copy(films.plain(container, rate), (), ("-i", text, "-map_chapters", "1", "-c:a", "copy"))


def timecode(films: Films, container: str, rate: str) -> Film:
    code = "01:00:00;02" if rate in ("29.97", "59.94") else "01:00:00:02"
    return films.copy(films.plain(container, rate), (), ("-metadata", f"timecode={code}", "-c:a", "copy"))


def hevc_10_bit(films: Films, container: str, rate: str) -> Film:
    return films.make(container, rate, HEVC)


Maker = Callable[[Films, str, str], Film]
ISO = ("mp4", "mov")
BIG = (*ISO, "mkv")
MODERN = (*BIG, "webm")
ALL = (*MODERN, "avi")
KINDS: dict[Maker, tuple[str, ...]] = {
    rotated: BIG,
    odd_size: ALL,
    b_frames: ("avi", *MODERN),  # in this order, because AVI holds them only at a constant rate
    start_offset: MODERN,
    edit_list: ISO,
    no_audio: ALL,
    surround: ALL,
    two_tracks: ALL,
    subtitles: MODERN,
    chapters: MODERN,
    timecode: BIG,
    hevc_10_bit: BIG,
}


@dataclass(frozen=True)
class Cell:
    """One film of the matrix and what is made of it."""

    name: str
    make: Callable[[Films], Film]
    target: str
    codec: AudioCodec
    original: OriginalSound


def cells() -> list[Cell]:
    films = [("plain", container, rate, Films.plain) for container in ALL for rate in RATES]
    for number, (make, containers) in enumerate(KINDS.items()):
        for turn, rate in enumerate(RATES):
            films.append((make.__name__, containers[(number + turn) % len(containers)], rate, make))
    made = []
    for number, (kind, container, rate, maker) in enumerate(films):
        targets = ISO if kind == "edit_list" else TARGETS[container]
        target = targets[number % len(targets)]
        codecs = CONTAINERS[f".{target}"].new_sound
        codec = codecs[number // 2 % len(codecs)]
        original: OriginalSound = "keep" if number % 2 or kind in ("surround", "two_tracks") else "replace"
        name = f"{kind}-{container}-{rate}-{target}-{codec}-{original}"
        made.append(Cell(name, partial(_made, maker, container, rate), target, codec, original))
    return made


def _made(maker: Maker, container: str, rate: str, films: Films) -> Film:
    return maker(films, container, rate)


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory, run_ffmpeg_program: RunFfmpeg) -> Films:
    return Films(tmp_path_factory.mktemp("matrix"), run_ffmpeg_program)


@pytest.mark.parametrize("cell", cells(), ids=lambda cell: cell.name)
def test_sound_lies_under_the_picture(cell: Cell, films: Films, tmp_path: Path, ffmpeg: FfmpegProgram) -> None:
    film = cell.make(films)
    before = probe(film.path)
    samples = Timeline(before.duration).output_samples(RATE_HZ)
    assert samples == Timeline(film.duration).output_samples(RATE_HZ)
    if film.own_click is not None:
        check_original(before, samples, film)

    picture = len(film.lengths) * 2 // 3
    wav = click_file(tmp_path / "click.wav", film.shown_at(picture), film.duration)
    output = tmp_path / f"out.{cell.target}"
    done = remux(before, wav, output, original=cell.original, audio_codec=cell.codec, ffmpeg=ffmpeg)

    after = probe(output)
    assert picture_packets(output) == picture_packets(film.path)
    assert facts(after) == facts(before)
    assert abs(after.duration - film.duration) <= MILLISECOND
    assert picture_at(output, after, film.shown_at(picture)) == film.first + picture
    check_new_sound(output, after, done, film.shown_at(picture), samples)
    check_kept_sound(output, before, after, done, film, cell.original)


def check_original(film: VideoInfo, samples: int, made: Film) -> None:
    sound = read_original(film, RATE_HZ, samples, find_ffmpeg())
    assert sound.shape == (2, samples)
    assert made.own_click is not None
    error = abs(int(np.abs(sound[0]).argmax()) * SAMPLE - made.own_click)
    assert error <= (MILLISECOND if "matroska" in film.container else 2 * SAMPLE)


def check_new_sound(output: Path, film: VideoInfo, done: Remuxed, click: Fraction, samples: int) -> None:
    sound = Sound(output, 0, film.start)
    iso = output.suffix in (".mp4", ".mov")
    # Matroska writes times in milliseconds; Opus smears a click over some samples.
    tolerance = SAMPLE if iso and done.audio_codec != "opus" else MILLISECOND
    assert abs(sound.begin) <= tolerance
    assert abs(sound.click - click) <= tolerance
    if done.audio_codec == "aac" or (done.audio_codec == "opus" and iso):
        # Whole packets are decoded; the file says how much of the last one is sound.
        assert abs(sound.end - samples * SAMPLE) <= MILLISECOND
        assert 0 <= sound.samples - samples < 1024
    else:
        assert sound.samples == samples


def check_kept_sound(
    output: Path, before: VideoInfo, after: VideoInfo, done: Remuxed, made: Film, original: OriginalSound
) -> None:
    wanted = len(before.audio) if original == "keep" else 0
    assert len(after.audio) - 1 + len(done.dropped) == wanted
    with av.open(str(output)) as container:
        assert [bool(track.disposition & Disposition.default) for track in container.streams.audio] == [True] + [
            False
        ] * (len(after.audio) - 1)
    for number, track in enumerate(after.audio[1:], 1):
        assert track.channels == before.audio[number - 1].channels
        if made.own_click is not None:
            assert abs(Sound(output, number, after.start).click - made.own_click) <= MILLISECOND


class Sound:
    """A decoded track. begin, click, end: seconds from the first picture; the end is what the file says."""

    def __init__(self, path: Path, track: int, picture_start: Fraction) -> None:
        with av.open(str(path)) as container:
            blocks = list(container.decode(audio=track))
        channels = [np.abs(loudest_channel(block)) for block in blocks]
        levels = np.concatenate(channels)
        rate = blocks[0].sample_rate
        assert blocks[0].pts is not None
        self.begin = blocks[0].pts * Fraction(blocks[0].time_base) - picture_start
        self.click = self.begin + Fraction(int(levels.argmax()), rate)
        self.samples = levels.size
        with av.open(str(path)) as container:
            packets = [packet for packet in container.demux(audio=track) if packet.size and packet.pts is not None]
        self.end = (
            max((packet.pts + packet.duration) * Fraction(packet.time_base) for packet in packets) - picture_start
        )


def loudest_channel(block: av.AudioFrame) -> np.ndarray:
    values = block.to_ndarray().astype(np.float64)
    if not block.format.is_planar:
        values = values.reshape(-1, block.layout.nb_channels).T
    return np.abs(values).max(axis=0)


def picture_packets(path: Path) -> list[str]:
    with av.open(str(path)) as container:
        return [hashlib.sha256(bytes(packet)).hexdigest() for packet in container.demux(video=0) if packet.size]


def picture_at(path: Path, film: VideoInfo, time: Fraction) -> int:
    """Number of the picture that begins within 1 ms of `time`, counted from the first."""
    with av.open(str(path)) as container:
        shown = [(frame.pts * Fraction(frame.time_base) - film.start, frame) for frame in container.decode(video=0)]
    near = [frame for when, frame in shown if abs(when - time) <= MILLISECOND]
    assert len(near) == 1
    return read_number(near[0].to_ndarray(format="rgb24"))


def facts(film: VideoInfo) -> tuple[object, ...]:
    """What must be the same in the film with new sound."""
    return (
        (film.codec, film.frame_count, film.variable_rate, film.pixel_format, film.colour, film.hdr),
        (film.width, film.height, film.rotation_degrees, film.hidden_pictures),
        (len(film.subtitles), film.chapters, film.timecode.text),
    )
