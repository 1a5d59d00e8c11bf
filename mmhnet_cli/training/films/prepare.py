"""Films with their sound become clips to train on: once, and on from wherever it was broken off."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mmhnet_cli.errors import (
    AudioUnreadable,
    BadRange,
    FilmNotFound,
    FilmTooLarge,
    FilmUnreadable,
    MMHNetError,
    NoFrames,
    NoPicture,
    NothingPrepared,
)
from mmhnet_cli.media.ffmpeg import FfmpegProgram
from mmhnet_cli.media.probe import VideoInfo, probe
from mmhnet_cli.models.model_files import ModelFiles
from mmhnet_cli.training.films.cutting import CLIP_S, Clip, LeftOut, cut
from mmhnet_cli.training.films.example import example_of, origin_of
from mmhnet_cli.training.films.index import (
    FORMAT,
    REPORT_FILE,
    ClipRow,
    FilmRow,
    Index,
    Origin,
    ShardRow,
    write_index,
    write_report,
)
from mmhnet_cli.training.films.journal import Journal, Kept, Shard, open_journal
from mmhnet_cli.training.films.parts import Parts, part_digests
from mmhnet_cli.training.films.shards import SHARD_BYTES, clip_file, pack, remove_packed, write_clip

OF_THE_FILM = (AudioUnreadable, BadRange, FilmNotFound, FilmTooLarge, FilmUnreadable, NoFrames, NoPicture)
"""After these the next film goes on."""


@dataclass(frozen=True)
class Film:
    """A film to be prepared. `problem`: why the text beside it cannot be used."""

    path: Path
    prompt: str = ""
    licence: str = ""
    problem: MMHNetError | None = None


@dataclass(frozen=True)
class Preparing:
    """What preparing takes beside films. `parts` are encoders and codec of the model of these files.

    words: says of an error what is wrong. progress: hears how many films are done, of how many.
    """

    files: ModelFiles
    parts: Parts
    ffmpeg: FfmpegProgram
    words: Callable[[MMHNetError], str]
    progress: Callable[[int, int], None] = lambda done, films: None
    model: str = ""
    """It is found again by this, see `parts.named_model`."""
    shard_bytes: int = SHARD_BYTES


def key_of(film: Film) -> str:
    """Return what a film is known by: another content, or other words, make it another film."""
    try:
        found = film.path.stat()
        facts = [found.st_size, found.st_mtime_ns]
    except OSError:
        facts = []
    text = json.dumps([str(film.path.resolve()), *facts, film.prompt])
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def prepare(films: Sequence[Film], preparing: Preparing, out: Path) -> tuple[Index, int]:
    """Prepare films into the folder `out`, and return its index and how many stretches were left out.

    What is there already of the same films, made with the same model, is not made again. Raises NothingPrepared,
    OutputExists, OutputUnwritable or TrainingInvalid.
    """
    work = _Work(preparing, out)
    rows: list[tuple[Any, ...]] = []
    keys = [key_of(film) for film in films]
    for number, (film, key) in enumerate(zip(films, keys, strict=True)):
        preparing.progress(number, len(films))
        if film.problem is not None:
            # Not noted: the text may be mended without a change of the film.
            rows.append((film.path, "", "", preparing.words(film.problem)))
            continue
        work.film(film, key)
        rows += [(film.path, *_cells(stretch)) for stretch in work.journal.left_out.get(key, {}).values()]
    preparing.progress(len(films), len(films))
    work.pack()
    write_report(out / REPORT_FILE, rows)
    index = work.index(films, keys)
    if not index.clips:
        raise NothingPrepared(out / REPORT_FILE)
    write_index(out, index)
    return index, len(rows)


def _cells(stretch: LeftOut) -> tuple[str, str, str]:
    start_s, end_s = ("" if time is None else f"{time:.2f}" for time in (stretch.start_s, stretch.end_s))
    return start_s, end_s, stretch.reason


class _Work:
    """The folder that films are prepared into."""

    def __init__(self, preparing: Preparing, out: Path) -> None:
        self.preparing, self.out = preparing, out
        self.origin: Origin = origin_of(preparing.files, preparing.model)
        self.digests = part_digests(preparing.files)
        shapes = json.loads(json.dumps(asdict(self.origin.shapes)))
        self.journal: Journal = open_journal(
            out, {"format": FORMAT, "model": self.origin.model, "parts": self.digests, "shapes": shapes}
        )
        remove_packed(out, self.journal.pending)
        self.bytes = sum(clip_file(out, number).stat().st_size for number in self.journal.pending)

    def film(self, film: Film, key: str) -> None:
        """Prepare what is not yet done of one film."""
        if key in self.journal.done:
            return
        rate_hz = self.origin.sequence.sample_rate_hz
        try:
            info = probe(film.path)
            for piece in cut(info, rate_hz, self.preparing.ffmpeg, self.journal.known(key)):
                if isinstance(piece, LeftOut):
                    self.journal.leave(key, piece)
                else:
                    self._clip(piece, info, film.prompt, key)
        except OF_THE_FILM as error:
            self.journal.leave(key, LeftOut(None, None, self.preparing.words(error)))
        self.journal.finish(key)

    def _clip(self, clip: Clip, info: VideoInfo, prompt: str, key: str) -> None:
        try:
            example = example_of(clip, info, prompt, self.preparing.parts, self.origin.shapes)
        except (FilmUnreadable, NoFrames) as error:
            end_s = clip.start_s + CLIP_S
            self.journal.leave(key, LeftOut(clip.start_s, end_s, self.preparing.words(error)))
            return
        number = self.journal.next_number
        self.bytes += write_clip(self.out, number, example)
        self.journal.keep(Kept(key, clip.start_s, number, clip.lufs))
        if self.bytes >= self.preparing.shard_bytes:
            self.pack()

    def pack(self) -> None:
        """Put the clips that are in no shard into the next one."""
        numbers = tuple(self.journal.pending)
        if numbers:
            file = f"clips-{len(self.journal.shards):05d}.safetensors"
            self.journal.pack(Shard(file, pack(self.out, file, numbers), numbers))
            remove_packed(self.out, ())
            self.bytes = 0

    def index(self, films: Sequence[Film], keys: Sequence[str]) -> Index:
        """Return the index of these films alone: the folder may know others, of an earlier list."""
        shards = self.journal.shards
        place = {number: (at, row) for at, shard in enumerate(shards) for row, number in enumerate(shard.numbers)}
        kept = [sorted(self.journal.clips.get(key, {}).values(), key=lambda clip: clip.start_s) for key in keys]
        there = [(film, clips) for film, clips in zip(films, kept, strict=True) if clips]
        return Index(
            self.origin,
            self.digests,
            tuple(self.preparing.parts.weights.tolist()),
            tuple(FilmRow(str(film.path), film.prompt, film.licence, len(clips)) for film, clips in there),
            tuple(ShardRow(shard.file, shard.sha256, len(shard.numbers)) for shard in shards),
            tuple(
                ClipRow(*place[clip.number], at, clip.start_s, clip.lufs)
                for at, (_, clips) in enumerate(there)
                for clip in clips
            ),
        )
