"""One film beside the sound that was made for it: what a job of the protocol does."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path

import numpy as np
import torch

from mmhnet_cli.audio.resample import resample
from mmhnet_cli.encoders.mini import MiniEyes, load_mini_eyes
from mmhnet_cli.encoders.protocol import Picture
from mmhnet_cli.encoders.seen import FilmSight, cache_of
from mmhnet_cli.errors import FilmFailed, MMHNetError, WorkerLost
from mmhnet_cli.evaluation.agreement import agreement, desync_s, rises
from mmhnet_cli.evaluation.bound import load_binder
from mmhnet_cli.evaluation.films import ONSET_TOLERANCE_S, Score, Side, drift_lu
from mmhnet_cli.evaluation.onsets import detect_onsets, match_onsets
from mmhnet_cli.evaluation.synchronised import load_synchroniser
from mmhnet_cli.hearing.embedding import Embedding
from mmhnet_cli.hearing.kinds import RATE_HZ, KindEmbedding, load_judge
from mmhnet_cli.hearing.published import load_embedding
from mmhnet_cli.media.audio_file import read_audio
from mmhnet_cli.media.ffmpeg import FfmpegProgram
from mmhnet_cli.media.original_sound import read_original
from mmhnet_cli.media.probe import VideoInfo, probe
from mmhnet_cli.models.ready import one_thread
from mmhnet_cli.models.registry import find_model
from mmhnet_cli.processes import Alive, Gone, Processes

EYES_OF = "mini"
"""Films are looked at as this model does, so that what it has seen need not be seen again."""

Pair = tuple[Path, Path]
"""A film, and the file that was made for it."""


@dataclass(frozen=True)
class Recipe:
    """What scoring takes, in any process. embedding: see `published.load_embedding`. picture: whether films are looked
    at. cache_gb: of what was seen, see `encoders.seen`. synchformer: the public file of the network that says how far
    sound and picture are apart, on `device`; None leaves that to how both change. imagebind: that of the network that
    says how well they go together, there too; None leaves that out."""

    embedding: str
    picture: bool
    ffmpeg: FfmpegProgram
    cache_gb: float = 0.0
    synchformer: Path | None = None
    imagebind: Path | None = None
    device: str = "cpu"


@dataclass(frozen=True)
class _Seen:
    """What is told of the pictures of a film, None by whom nobody asks: our eyes, Synchformer, ImageBind."""

    picture: Picture | None
    tokens: np.ndarray | None
    windows: np.ndarray | None


class Scorer:
    """It keeps the embedding, and the eyes, between films. Raises what `load_embedding`, `load_synchroniser`,
    `load_binder` and eyes raise.

    Onsets, loudness and what belongs to the picture do not depend on the embedding: they are heard at the rate of the
    judge of kinds, and what is heard is set beside what is seen in its classes.
    """

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self.embedding = load_embedding(recipe.embedding)
        self.eyes = load_mini_eyes() if recipe.picture else None
        self._judge: Embedding = self.embedding
        sync, bind = recipe.synchformer, recipe.imagebind
        self.synchroniser = None if sync is None else load_synchroniser(sync, recipe.device)
        self.binder = None if bind is None else load_binder(bind, recipe.device)
        if recipe.picture and not isinstance(self.embedding, KindEmbedding):
            self._judge = KindEmbedding(load_judge())

    def __call__(self, film: Path, made: Path) -> Score:
        """Compare the sound at `made` with the own sound of a film.

        Raises AudioUnreadable where the film or the file has no sound, and what reading a film raises.
        """
        info = probe(film)
        samples = round(info.duration * RATE_HZ)
        own = read_original(info, RATE_HZ, samples, self.recipe.ffmpeg).mean(0)
        new = _read(made, samples)
        seen = _Seen(
            None if self.eyes is None else self._seen(info, self.eyes),
            None if self.synchroniser is None else self.synchroniser.seen(info),
            None if self.binder is None else self.binder.seen(info),
        )
        before, after = (self._side(sound, seen) for sound in (own, new))
        found, true = (detect_onsets(sound, RATE_HZ) for sound in (new, own))
        return Score(film.name, float(info.duration), before, after, match_onsets(found, true, ONSET_TOLERANCE_S))

    def _seen(self, film: VideoInfo, eyes: MiniEyes) -> Picture:
        """Return what is seen; damaged pictures are passed over. Raises FilmUnreadable or NoFrames."""
        sight = FilmSight(film, find_model(EYES_OF), eyes, cache=cache_of(self.recipe.cache_gb))
        return sight.picture(Fraction(0), film.duration, lambda second, reason: None, lambda frames: None)

    def _side(self, sound: np.ndarray, seen: _Seen) -> Side:
        rate_hz = self.embedding.rate_hz
        length = round(len(sound) * rate_hz / RATE_HZ)
        heard = self.embedding(sound if rate_hz == RATE_HZ else resample(sound[None], RATE_HZ, rate_hz, length)[0])
        drift = drift_lu(sound, RATE_HZ)
        bound = None
        if self.binder is not None and seen.windows is not None:
            bound = self.binder.score(seen.windows, sound, RATE_HZ)
        if (picture := seen.picture) is None:
            return Side(heard, None, None, drift, bound)
        judged = heard if self._judge is self.embedding else self._judge(sound)
        assert judged.probabilities is not None
        if self.synchroniser is None or seen.tokens is None:
            apart = desync_s(np.expm1(picture.sync[:, 0]), rises(sound, RATE_HZ))
        else:
            apart = self.synchroniser.desync_s(seen.tokens, sound, RATE_HZ)
        agreed = _agreement(picture.clip[:, :-1] ** 2, judged.probabilities)
        return Side(heard, agreed, apart, drift, bound)


def _read(path: Path, samples: int) -> np.ndarray:
    """Return the sound of a file as (samples,) at RATE_HZ, cut or with silence at its end."""
    given, given_hz = read_audio(path)
    length = round(given.shape[1] * RATE_HZ / given_hz)
    found = resample(given.mean(0, keepdims=True), given_hz, RATE_HZ, length)[0]
    return np.pad(found[:samples], (0, max(0, samples - length)))


def _agreement(seen: np.ndarray, heard: np.ndarray) -> float | None:
    """Return how far what is seen (V, K) agrees with the windows of a sound (W, K), each at its own time."""
    places = (np.arange(len(heard)) + 0.5) / len(heard)
    return agreement(seen[np.minimum((places * len(seen)).astype(int), len(seen) - 1)], heard)


def evaluate(
    pairs: Sequence[Pair],
    recipe: Recipe,
    jobs: int,
    failed: Callable[[MMHNetError], None],
    done: Callable[[int], None],
) -> list[Score]:
    """Score films with the files made for them, in so many processes; `failed` hears of each that cannot be, and `done`
    how many are.

    The scores stand in the order of the films, and are the same for any number of jobs, to the bit. Raises what
    `Scorer` raises.
    """
    found: list[tuple[int, Score]] = []
    results = _here(pairs, recipe) if jobs == 1 else _apart(pairs, recipe, jobs)
    for count, (number, result) in enumerate(results, 1):
        if isinstance(result, Score):
            found.append((number, result))
        else:
            failed(result)
        done(count)
    return [score for _, score in sorted(found, key=lambda one: one[0])]


def _here(pairs: Sequence[Pair], recipe: Recipe) -> Iterator[tuple[int, Score | MMHNetError]]:
    with one_thread():
        scorer = Scorer(recipe)
        for number, pair in enumerate(pairs):
            yield number, _scored(scorer, pair)


def _apart(pairs: Sequence[Pair], recipe: Recipe, jobs: int) -> Iterator[tuple[int, Score | MMHNetError]]:
    tasks = iter(enumerate(pairs))
    processes: Processes[tuple[int, Pair], Score | MMHNetError] = Processes(partial(_Doing, recipe), jobs)
    for (number, pair), result in processes.run(lambda: next(tasks, None)):
        yield number, WorkerLost(pair[0], result.reason) if isinstance(result, Gone) else result


class _Doing:
    """It does tasks in a process of its own."""

    def __init__(self, recipe: Recipe) -> None:
        torch.set_num_threads(1)
        self._scorer = Scorer(recipe)

    def __call__(self, task: tuple[int, Pair], alive: Alive) -> Score | MMHNetError:
        return _scored(self._scorer, task[1])


def _scored(scorer: Scorer, pair: Pair) -> Score | MMHNetError:
    try:
        return scorer(*pair)
    except MMHNetError as error:
        return error
    except Exception as error:
        return FilmFailed(pair[0], f"{type(error).__name__}: {error}")
