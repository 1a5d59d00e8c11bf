"""Films with their sound become clips to train on: once, and on from wherever it was broken off."""

import hashlib
import json
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from mmhnet_cli.errors import MMHNetError, NothingPrepared
from mmhnet_cli.media.ffmpeg import FfmpegProgram
from mmhnet_cli.models.model_files import ModelFiles
from mmhnet_cli.training.films.cutting import LeftOut
from mmhnet_cli.training.films.example import origin_of
from mmhnet_cli.training.films.index import REPORT_FILE, ClipRow, FilmRow, Index, ShardRow, write_index, write_report
from mmhnet_cli.training.films.jobs import Jobs, ManyJobs, OneJob
from mmhnet_cli.training.films.journal import Done, Journal, Kept, Shard, open_journal
from mmhnet_cli.training.films.making import Choices, Film, Recipe, Task
from mmhnet_cli.training.films.on_cluster import OnCluster
from mmhnet_cli.training.films.parts import latent_weights, part_digests
from mmhnet_cli.training.films.shards import SHARD_BYTES, pack, remove_all_clips, remove_clips

FORMAT = 2
"""Of the journal."""


@dataclass(frozen=True)
class Preparing:
    """What preparing takes beside films. model: they are prepared for the model of `files`, which is found again by
    this name, see `parts.named_model`. music: see `making.Recipe`. jobs: how many processes look at films; None is
    one, or as many as the cluster has room for. cluster: the address of a Ray cluster that they belong to, see
    `mmhnet_cli.cluster`; empty where they are of this machine.

    words: says of an error what is wrong. progress: hears how many films are done, of how many.
    """

    files: ModelFiles
    device: str
    ffmpeg: FfmpegProgram
    words: Callable[[MMHNetError], str]
    progress: Callable[[int, int], None] = lambda done, films: None
    model: str = ""
    choices: Choices = field(default_factory=Choices)
    music: Path | None = None
    jobs: int | None = None
    cluster: str = ""
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

    What is there already of the same films, made with the same model, is not made again. Index, shards and report are
    the same for any number of jobs, here or on a cluster. Raises NothingPrepared, OutputExists, OutputUnwritable,
    TrainingInvalid, BadOption for a cluster that is none, or what `making.Maker` raises.
    """
    work = _Work(films, preparing, out)
    work.run()
    rows = list(work.rows())
    write_report(out / REPORT_FILE, rows)
    index = work.index()
    if not index.clips:
        raise NothingPrepared(out / REPORT_FILE)
    write_index(out, index)
    return index, len(rows)


class _Work:
    """The folder that films are prepared into."""

    def __init__(self, films: Sequence[Film], preparing: Preparing, out: Path) -> None:
        self.films, self.preparing, self.out = films, preparing, out
        self.keys = [key_of(film) for film in films]
        self.origin = origin_of(preparing.files, preparing.model)
        self.digests = part_digests(preparing.files)
        shapes = json.loads(json.dumps(asdict(self.origin.shapes)))
        head = {"format": FORMAT, "model": self.origin.model, "parts": self.digests, "shapes": shapes}
        self.journal: Journal = open_journal(out, {**head, "choices": preparing.choices.facts()})
        remove_clips(out, self.journal.packed)
        self.lost: dict[str, list[LeftOut]] = defaultdict(list)
        """Stretches of films whose process has died; they are not noted, and tried again by the next run."""
        self.tasks: deque[Task] = deque()
        self.open: Counter[str] = Counter()
        """So many tasks of each film are to be done."""
        self.waiting: dict[str, Kept] = {}
        self.packed_films = 0

    def run(self) -> None:
        """Do what is not yet done, and put all clips into shards."""
        for key, film in dict(zip(self.keys, self.films, strict=True)).items():
            if film.problem is None and not self.journal.is_done(key):
                self.tasks.extend(Task(film, key, number) for number in self._open_stretches(key))
        self.open.update(task.key for task in self.tasks)
        self.preparing.progress(0, len(self.keys))
        self._go_on()
        given = self.preparing
        recipe = Recipe(given.files, given.model, given.device, given.ffmpeg, given.choices, self.out, given.music)
        for task, done, alive in self._jobs(recipe).run(lambda: self.tasks.popleft() if self.tasks else None):
            self._take(task, done, alive)
            self._go_on()
        self._shard()
        remove_all_clips(self.out)

    def _jobs(self, recipe: Recipe) -> Jobs:
        given = self.preparing
        if given.cluster:
            return OnCluster(recipe, given.jobs, given.cluster)
        return OneJob(recipe) if given.jobs in (None, 1) else ManyJobs(recipe, given.jobs)

    def _open_stretches(self, key: str) -> Iterable[int]:
        """Return the stretches of a film that are to be done: of one that nobody has opened, the first."""
        done = self.journal.films.get(key, {})
        return [number for number in range(next(iter(done.values())).of) if number not in done] if done else [0]

    def _take(self, task: Task, done: Done, alive: bool) -> None:
        done = replace(done, left_out=tuple(self._said(one) for one in done.left_out))
        self.open[task.key] -= 1
        if not alive:
            self.lost[task.key] += done.left_out
            return
        is_first = task.key not in self.journal.films
        self.journal.finish(task.key, done)
        if is_first:
            rest = [replace(task, number=number) for number in range(done.of) if number != task.number]
            # Next, so that a film is done before another is begun.
            self.tasks.extendleft(reversed(rest))
            self.open[task.key] += len(rest)

    def _said(self, stretch: LeftOut) -> LeftOut:
        reason = stretch.reason
        return stretch if isinstance(reason, str) else replace(stretch, reason=self.preparing.words(reason))

    def _go_on(self) -> None:
        """Tell how many films are done, and put clips into shards, in the order of the films: as far as all films
        before are done."""
        self.preparing.progress(sum(not self.open[key] for key in self.keys), len(self.keys))
        while self.packed_films < len(self.keys) and not self.open[self.keys[self.packed_films]]:
            for clip in self.journal.clips(self.keys[self.packed_films]):
                if clip.name not in self.journal.packed:
                    self.waiting[clip.name] = clip
                    if sum(one.bytes for one in self.waiting.values()) >= self.preparing.shard_bytes:
                        self._shard()
            self.packed_films += 1

    def _shard(self) -> None:
        if self.waiting:
            names = tuple(self.waiting)
            file = f"clips-{len(self.journal.shards):05d}.safetensors"
            self.journal.pack(Shard(file, pack(self.out, file, names), names))
            remove_clips(self.out, names)
            self.waiting.clear()

    def rows(self) -> Iterable[tuple[Any, ...]]:
        """Yield the rows of the report."""
        for film, key in zip(self.films, self.keys, strict=True):
            if film.problem is not None:
                # Not noted: the text may be mended without a change of the film.
                yield film.path, "", "", self.preparing.words(film.problem)
                continue
            for stretch in (*self.journal.left_out(key), *self.lost.get(key, ())):
                yield film.path, *_cells(stretch)

    def index(self) -> Index:
        """Return the index of these films alone: the folder may know others, of an earlier list."""
        there = [
            (film, clips)
            for film, key in zip(self.films, self.keys, strict=True)
            if film.problem is None and (clips := self.journal.clips(key))
        ]
        return Index(
            self.origin,
            self.digests,
            tuple(latent_weights(self.preparing.files).tolist()),
            tuple(FilmRow(str(film.path), film.prompt, film.licence, len(clips), film.blind) for film, clips in there),
            tuple(ShardRow(shard.file, shard.sha256, len(shard.names)) for shard in self.journal.shards),
            tuple(
                ClipRow(*self.journal.packed[clip.name], at, clip.start_s, clip.lufs)
                for at, (_, clips) in enumerate(there)
                for clip in clips
            ),
        )


def _cells(stretch: LeftOut) -> tuple[str, str, str]:
    start_s, end_s = ("" if time is None else f"{time:.2f}" for time in (stretch.start_s, stretch.end_s))
    return start_s, end_s, str(stretch.reason)
