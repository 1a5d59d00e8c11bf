"""Clips of 8 s for the training of the mini, mixed anew at every step: what is heard, seen, moves and is asked."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np
import torch
from torch import Tensor

from mmhnet_cli.codec.projection import PatchProjection
from mmhnet_cli.encoders.meaning import (
    CLIP_FPS,
    KIND_NAMES,
    SYNC_FPS,
    asked_tokens,
    moved_features,
    seen_features,
    with_hits,
)
from mmhnet_cli.encoders.seeing import SEEING_FPS, SHARPER
from mmhnet_cli.encoders.sounding import Sounding, kind_words, sounding
from mmhnet_cli.encoders.understanding import WordSpace
from mmhnet_cli.model.variants import VARIANTS
from mmhnet_cli.timeline import Timeline
from mmhnet_cli.training.batch import Batch
from mmhnet_cli.training.library import Sounds
from mmhnet_cli.training.mixing import SIZES, Bins, Place, mixed, placed
from mmhnet_cli.training.movement import movement
from mmhnet_cli.training.sight import look
from mmhnet_cli.training.telling import degree_row, nearness, paces
from mmhnet_cli.training.world.kinds import KINDS

CLIP_S = 8
OFTEN = 4
ONE_HAND = 0.3
"""From the loudest to the softest stroke of a take that is called soft or heavy."""


@dataclass(frozen=True)
class ClipConfig:
    """Probabilities, unless they say otherwise.

    cuts: a clip has 1 to `most_cuts` cuts. together: of one, two and three sounds in a shot.
    otherwise: a clip is asked for other sounds than it shows; it is then always told in words.
    asked: a clip that sounds as it looks is told in words; mentions: those name up to `most_mentions` more sounds,
    which are not in the picture and not heard.
    told: each degree that holds is told. hits: they are given. lost: nothing is seen at all, or nothing moves.
    drop_video, drop_text, drop_both: a condition is replaced by the empty one, for guidance.
    often: these kinds are drawn OFTEN times as frequently as the others, for those that a network is weak in.
    """

    size: int = 16
    cuts: float = 0.4
    most_cuts: int = 3
    together: tuple[float, float, float] = (0.68, 0.24, 0.08)
    otherwise: float = 0.25
    asked: float = 0.6
    mentions: float = 0.35
    most_mentions: int = 4
    told: float = 0.5
    hits: float = 0.3
    lost: float = 0.1
    drop_video: float = 0.05
    drop_text: float = 0.0
    drop_both: float = 0.08
    often: tuple[str, ...] = ()

    @property
    def most_words(self) -> int:
        """Tokens of the longest text that there can be."""
        return 1 + (1 + self.most_cuts) * len(self.together) + self.most_mentions


@dataclass(frozen=True)
class Clips(Batch):
    """A batch of clips of drawn sound. heard (B, L, K), seen (B, V, K): shares of the kinds that are there."""

    heard: Tensor
    seen: Tensor


@dataclass
class _Clip:
    """What one clip is made of, shot by shot."""

    bounds: list[float]
    heard: list[list[str]] = field(default_factory=list)
    shown: list[list[str]] = field(default_factory=list)
    levels: list[np.ndarray] = field(default_factory=list)
    events: list[np.ndarray] = field(default_factory=list)
    strengths: list[np.ndarray] = field(default_factory=list)
    degrees: list[tuple[str, str]] = field(default_factory=list)

    def shot_at(self, count: int) -> np.ndarray:
        """The shot of each of so many equal parts of the clip."""
        times = (np.arange(count) + 0.5) * CLIP_S / count
        return np.searchsorted(self.bounds, times, side="right") - 1


class ClipMaker:
    """Batches as a function of the step: the same step gives the same clips."""

    def __init__(
        self,
        sounds: Sequence[Sounds],
        projection: PatchProjection,
        bins: Bins,
        space: WordSpace,
        config: ClipConfig = ClipConfig(),
        seed: int = 0,
    ) -> None:
        self.sounds = {one.kind: one for one in sounds}
        self.names = sorted(self.sounds)
        self.projection, self.bins, self.config, self.seed = projection, bins, config, seed
        self.table: Sounding = sounding()
        latents = Timeline(Fraction(CLIP_S), VARIANTS["mini"].sequence).latents
        self.frames = latents * projection.frames
        self.nearness = {kind.name: nearness(kind.phrases, space) for kind in kind_words() if kind.name in self.sounds}
        self.paces = {name: paces(self.sounds[name]) for name in self.names}

    def __call__(self, step: int) -> Clips:
        return self.drawn(step, self.config.size)

    def drawn(self, step: int, size: int) -> Clips:
        """The batch of a step, or more or fewer clips instead."""
        rng = np.random.default_rng((self.seed, step))
        return _stacked([self._item(rng) for _ in range(size)], self.config.most_words)

    def _item(self, rng: np.random.Generator) -> dict[str, np.ndarray]:
        config = self.config
        other = rng.random() < config.otherwise
        clip = self._clip(other, rng)
        text = self._text(clip, other, rng)
        both = rng.random() < config.drop_both
        levels = np.concatenate(clip.levels, 1)
        with torch.no_grad():
            latents = self.projection.encode(torch.from_numpy(levels)[None])[0].numpy()
        looks = CLIP_S * SEEING_FPS
        shares = self._shares(clip, looks, rng)
        events, strengths = (np.concatenate(parts) for parts in (clip.events, clip.strengths))
        happened = movement(events, strengths, clip.bounds[1:], CLIP_S * SYNC_FPS, rng)
        if rng.random() < config.lost:
            happened[:] = 0
        moved, given = moved_features(happened), rng.random() < config.hits
        return {
            "latents": latents,
            "clip": seen_features(np.repeat(shares, CLIP_FPS // SEEING_FPS, axis=0)),
            "sync": with_hits(moved, zip(events, strengths, strict=True)) if given else moved,
            "text": text,
            "drop_video": np.array(both or rng.random() < config.drop_video),
            "drop_text": np.array(both or rng.random() < config.drop_text),
            "heard": _present(clip.heard, clip.shot_at(len(latents))),
            "seen": _present(clip.shown, clip.shot_at(CLIP_S * CLIP_FPS)),
        }

    def _clip(self, other: bool, rng: np.random.Generator) -> _Clip:
        """Shots, their sounds and what they show."""
        cuts = int(rng.integers(1, self.config.most_cuts + 1)) if rng.random() < self.config.cuts and not other else 0
        inner = [(cut + rng.uniform(-0.35, 0.35)) * CLIP_S / (cuts + 1) for cut in range(1, cuts + 1)]
        clip = _Clip([0.0, *inner])
        place, told = self._place(rng)
        clip.degrees += told
        ends = [*clip.bounds[1:], float(CLIP_S)]
        for start, end in zip(clip.bounds, ends, strict=True):
            self._shot(clip, start, end, place, rng)
        if other:
            clip.shown = [self._kinds(rng)]
        return clip

    def _kinds(self, rng: np.random.Generator) -> list[str]:
        """Kinds of one shot, of which at most one has hits: of two, nobody knew which the picture shows."""
        count = 1 + int(rng.choice(3, p=self.config.together))
        chosen: list[str] = []
        for name in map(str, rng.permutation([*self.names, *self.config.often * (OFTEN - 1)])):
            taken = KINDS[name].eventful and any(KINDS[one].eventful for one in chosen)
            if len(chosen) < count and not taken and name not in chosen:
                chosen.append(name)
        return chosen

    def _place(self, rng: np.random.Generator) -> tuple[Place, list[tuple[str, str]]]:
        """Where all of a clip is, and the degrees that this is worth."""
        distance = float(rng.choice([0.0, rng.uniform(0, 0.4), rng.uniform(0.55, 1)], p=(0.5, 0.25, 0.25)))
        room = str(rng.choice(["", "outdoors", "small", "large"], p=(0.45, 0.15, 0.15, 0.25)))
        room_s = {"": 0.0, "outdoors": 0.0, "small": rng.uniform(0.2, 0.5), "large": rng.uniform(1.2, 4.0)}[room]
        size = float(rng.choice(SIZES)) if rng.random() < 0.5 else 1.0
        degrees = [("room", room)] if room else []
        degrees += [("distance", "high" if distance > 0.5 else "low")] if distance > 0.5 or distance == 0 else []
        if abs(np.log2(size)) > 0.25:
            degrees.append(
                ("size", "high" if size > 1 else "low")
                if rng.random() < 0.5
                else ("pitch", "low" if size > 1 else "high")
            )
        return Place(distance, float(room_s), size), degrees

    def _shot(self, clip: _Clip, start: float, end: float, place: Place, rng: np.random.Generator) -> None:
        kinds = self._kinds(rng)
        first, last = (round(time / self.bins.hop_s) for time in (start, end))
        last = self.frames if end == CLIP_S else last
        sounds, events, strengths = [], [np.zeros(0)], [np.zeros(0)]
        for number, kind in enumerate(kinds):
            own = self.sounds[kind]
            row = int(rng.integers(len(own.sources)))
            source = own.sources[row]
            slack = own.levels.shape[2] - (last - first)
            begin = int(rng.integers(max(slack, 0) + 1))
            levels = own.levels[row, :, begin : begin + last - first]
            levels = np.pad(levels, ((0, 0), (0, last - first - levels.shape[1])), constant_values=self.bins.floor)
            gain = 10 ** (rng.uniform(-6, 3) / 20) if number == 0 else 10 ** (rng.uniform(-14, 0) / 20)
            sounds.append(placed(levels, replace(place, gain=float(gain)), self.bins))
            if KINDS[kind].eventful:
                times = source.events_s - begin * self.bins.hop_s + start
                inside = (times >= start) & (times < end)
                events.append(times[inside])
                strengths.append(source.strengths[inside])
            if number == 0 and len(clip.bounds) == 1:
                clip.degrees += self._manner(kind, row)
        clip.heard.append(kinds)
        clip.shown.append(kinds)
        clip.levels.append(mixed(sounds, self.bins))
        clip.events.append(np.concatenate(events))
        clip.strengths.append(np.concatenate(strengths))

    def _manner(self, kind: str, row: int) -> list[tuple[str, str]]:
        """Force and speed of a sound of the library, where it lies in the upper or the lower third of its kind."""
        degrees = []
        for scales, values in self.paces[kind].items():
            low, high = np.quantile(values, (1 / 3, 2 / 3))
            if high > low and not low < values[row] < high:
                degrees += [(scale, "low" if values[row] <= low else "high") for scale in scales]
        return degrees

    def _shares(self, clip: _Clip, looks: int, rng: np.random.Generator) -> np.ndarray:
        """(looks, K): as `encoders.seeing` gives them."""
        if rng.random() < self.config.lost:
            return np.zeros((looks, len(KIND_NAMES)), np.float32)
        at = clip.shot_at(looks)
        rows = np.zeros((looks, len(self.table.classes)), np.float32)
        for shot, kinds in enumerate(clip.shown):
            here = at == shot if len(clip.shown) > 1 else np.ones(looks, bool)
            if here.any():
                rows[here] = look(kinds, int(here.sum()), self.table, rng)
        sharp = rows**SHARPER
        return (sharp / sharp.sum(1, keepdims=True)) @ self.table.shares

    def _text(self, clip: _Clip, other: bool, rng: np.random.Generator) -> np.ndarray:
        """(W, TEXT_DIM): what is asked for; the first token alone is no prompt."""
        config = self.config
        degrees = degree_row([degree for degree in clip.degrees if rng.random() < config.told])
        named = list(dict.fromkeys(kind for kinds in clip.heard for kind in kinds))
        if not other:
            if rng.random() >= config.asked:
                # Degrees without a sound: "in a church" is a prompt too.
                return asked_tokens([], degrees if rng.random() < 0.2 else 0 * degrees)
            if rng.random() < config.mentions:
                more = rng.choice(self.names, int(rng.integers(1, config.most_mentions + 1)), False)
                named = [str(kind) for kind in rng.permutation([*named, *(set(map(str, more)) - set(named))])]
        phrases = [self.nearness[kind] for kind in named]
        return asked_tokens([rows[int(rng.integers(len(rows)))] for rows in phrases], degrees)


def _present(shots: Sequence[Sequence[str]], at: np.ndarray) -> np.ndarray:
    """(len(at), K): share of each kind in the shot at each moment."""
    rows = np.zeros((len(shots), len(KIND_NAMES)), np.float32)
    for row, kinds in zip(rows, shots, strict=True):
        row[[KIND_NAMES.index(kind) for kind in kinds]] = 1 / len(kinds)
    return rows[np.minimum(at, len(rows) - 1)]


def _stacked(items: Sequence[dict[str, np.ndarray]], words: int) -> Clips:
    """A batch whose texts all have room for so many words: every batch has one shape."""
    text = np.stack([np.pad(item["text"], ((0, words - len(item["text"])), (0, 0))) for item in items])
    mask = np.stack([np.arange(words) < len(item["text"]) for item in items])
    rest = {name: torch.from_numpy(np.stack([item[name] for item in items])) for name in items[0] if name != "text"}
    return Clips(text=torch.from_numpy(text), text_mask=torch.from_numpy(mask), **rest)
