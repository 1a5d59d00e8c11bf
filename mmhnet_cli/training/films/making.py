"""One stretch of one film becomes clips: what a job of preparing does."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import torch

from mmhnet_cli.errors import (
    AudioUnreadable,
    BadRange,
    FilmNotFound,
    FilmTooLarge,
    FilmUnreadable,
    MMHNetError,
    NoFrames,
    NoPicture,
)
from mmhnet_cli.hearing.music import load_music_judge
from mmhnet_cli.media.ffmpeg import FfmpegProgram
from mmhnet_cli.models.model_files import ModelFiles
from mmhnet_cli.training.films.cutting import Clip, LeftOut, clips_of
from mmhnet_cli.training.films.example import example_of, origin_of
from mmhnet_cli.training.films.journal import Done, Kept
from mmhnet_cli.training.films.looking import Look
from mmhnet_cli.training.films.parts import load_parts
from mmhnet_cli.training.films.places import CLIP_S, clip_starts, left_over, stretches
from mmhnet_cli.training.films.shards import clip_bytes, write_clip
from mmhnet_cli.training.films.sources import FilmSource, SoundSource, Source

OF_THE_FILM = (AudioUnreadable, BadRange, FilmNotFound, FilmTooLarge, FilmUnreadable, NoFrames, NoPicture)
"""After these the next film goes on."""


@dataclass(frozen=True)
class Film:
    """A film to be prepared, or a sound without a picture. `problem`: why the text beside it cannot be used."""

    path: Path
    prompt: str = ""
    licence: str = ""
    problem: MMHNetError | None = None
    blind: bool = False
    """It is a sound: its words say all that is known of it."""


@dataclass(frozen=True)
class Choices:
    """What a user may choose of clips. cuts: whether they keep to the shots of a film. music: the SHA-256 of a network
    that hears what is music alone, to be left out; empty where music is like any sound."""

    cuts: bool = True
    music: str = ""

    def facts(self) -> dict[str, object]:
        """Return what was chosen, as plain data; what was there from the first on is always named."""
        return {"cuts": self.cuts, **({"music": self.music} if self.music else {})}


@dataclass(frozen=True)
class Recipe:
    """What a job needs to know, in any process. model: see `parts.named_model`. device: as torch calls it. music: the
    file of the network of `choices.music`."""

    files: ModelFiles
    model: str
    device: str
    ffmpeg: FfmpegProgram
    choices: Choices
    out: Path
    music: Path | None = None


@dataclass(frozen=True)
class Task:
    """A stretch of a film that is to be done. key: see `prepare.key_of`."""

    film: Film
    key: str
    number: int


class Maker:
    """It keeps encoders and codec between stretches."""

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self.parts = load_parts(recipe.files, torch.device(recipe.device))
        self.origin = origin_of(recipe.files, recipe.model)
        self.rate_hz = self.origin.sequence.sample_rate_hz
        self.is_music = None if recipe.music is None else load_music_judge(recipe.music)

    def __call__(self, task: Task, alive: Callable[[], None] = lambda: None) -> Done:
        """Return what came of a stretch; the files of its clips are written, and those that are there are kept.

        alive: is called before each clip, and may raise to end the work. Raises OutputUnwritable or WeightsInvalid.
        """
        try:
            source = self._source(task.film)
            every = stretches(source.duration)
            begin_s, end = every[task.number]
            look = source.look(begin_s, end)
            starts = clip_starts(begin_s, end, self._cuts_s(look, end - begin_s))
            gaps = left_over(begin_s, end, starts)
            pieces: list[Kept | LeftOut] = [
                LeftOut(float(first), float(last), _why(first, last, source.duration)) for first, last in gaps
            ]
            for piece in self._clips(source, starts):
                alive()
                pieces.append(piece if isinstance(piece, LeftOut) else self._kept(piece, task, look))
        except OF_THE_FILM as error:
            return Done(task.number, task.number + 1, (), (LeftOut(None, None, error),))
        kept = tuple(piece for piece in pieces if isinstance(piece, Kept))
        return Done(task.number, len(every), kept, tuple(piece for piece in pieces if isinstance(piece, LeftOut)))

    def _source(self, film: Film) -> Source:
        if film.blind:
            return SoundSource(film.path, film.prompt, self.origin.shapes, self.rate_hz)
        return FilmSource(film.path, self.parts, self.rate_hz, self.recipe.ffmpeg)

    def _cuts_s(self, look: Look, duration: Fraction) -> list[float]:
        return list(look.cuts_s()) if self.recipe.choices.cuts and duration >= CLIP_S else []

    def _clips(self, source: Source, starts: list[int]) -> Iterator[Clip | LeftOut]:
        if starts:
            with closing(source.seconds()) as seconds:
                yield from clips_of(seconds, self.rate_hz, starts)

    def _kept(self, clip: Clip, task: Task, look: Look) -> Kept | LeftOut:
        out, film = self.recipe.out, task.film
        name = f"{task.key}-{clip.start_s:06d}"
        size = clip_bytes(out, name)
        if size is None:
            if self.is_music is not None and self.is_music(clip.sound, self.rate_hz):
                return LeftOut(clip.start_s, clip.start_s + CLIP_S, "music alone")
            try:
                picture = look.picture(clip.start_s)
            except (FilmUnreadable, NoFrames) as error:
                return LeftOut(clip.start_s, clip.start_s + CLIP_S, error)
            example = example_of(film.path, clip.sound, picture, film.prompt, self.parts, self.origin.shapes)
            size = write_clip(out, name, example)
        return Kept(name, clip.start_s, clip.lufs, size)


def _why(first: Fraction, last: Fraction, duration: Fraction) -> str:
    seconds = f"{float(last - first):.2f} s"
    if (first, last) == (0, duration):
        return f"{seconds} of film, a clip has {CLIP_S} s"
    if last == duration:
        return f"the last {seconds}, a clip has {CLIP_S} s"
    return f"{seconds} between the clips of two shots"
