"""Real films: what the eyes see, what is made of them without and with a prompt, and whether hits are met.

    python -m benchmarks.real FOLDER [--model mini] [--only FILM ...] [--eyes-only]

FOLDER has films and a `films.tsv` with the columns file, prompt, kinds (any of which would be right, with commas) and
hits (`yes` where the film's own sound shows onsets that can be timed). The films are for measuring, never for training.
"""

import argparse
import csv
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np

from benchmarks.classifier import NAMES, KindClassifier, load_classifier, mel_of, scores_of
from benchmarks.common import CODEC_RATE_HZ, generate_for, table
from benchmarks.evaluation.manner import level_db
from benchmarks.run import RUNS
from benchmarks.second_edition import read_second_edition
from mmhnet_cli.encoders.changes import CHANGES_STREAM, Changes, happenings
from mmhnet_cli.encoders.efficientnet import EfficientNetLite
from mmhnet_cli.encoders.published_eyes import LITE0, LITE2, load_eyes
from mmhnet_cli.encoders.seeing import SEEING_STREAM, Seeing
from mmhnet_cli.encoders.sounding import sounding
from mmhnet_cli.errors import AudioUnreadable
from mmhnet_cli.evaluation.onsets import Matches, detect_onsets, match_onsets
from mmhnet_cli.media.ffmpeg import find_ffmpeg
from mmhnet_cli.media.frames import FrameStream, read_frames
from mmhnet_cli.media.original_sound import read_original
from mmhnet_cli.media.probe import VideoInfo, probe
from mmhnet_cli.pipeline.making.load import LoadedModel

TOLERANCES_S = (0.06, 0.10)
SHIFTS = 20
"""Chance is what the same onsets meet when they are shifted by each twentieth of the film, round its end."""
NEARLY_SILENT_DB = -50.0
APART_PICTURES = 3
"""Least distance of two happenings."""


@dataclass(frozen=True)
class RealFilm:
    """A row of films.tsv."""

    path: Path
    prompt: str
    kinds: frozenset[str]
    hits: bool


@dataclass(frozen=True)
class Seen:
    """What the eyes see of a film: the kinds with the largest shares, in order, and the largest share."""

    kinds: tuple[str, ...]
    sure: float


@dataclass(frozen=True)
class Heard:
    """What was made: kind by the classifier, changes of kind from window to window, level in dB of full scale, share
    of its time that is nearly silent, and its onsets in seconds."""

    kind: str
    switches: int
    level_db: float
    silent: float
    onsets_s: np.ndarray


def read_films(folder: Path) -> list[RealFilm]:
    """The films of a folder, in the order of its list."""
    with (folder / "films.tsv").open(encoding="utf-8", newline="") as file:
        return [
            RealFilm(
                folder / row["file"],
                row["prompt"],
                frozenset(filter(None, row["kinds"].split(","))),
                row["hits"] == "yes",
            )
            for row in csv.DictReader(file, delimiter="\t")
        ]


def frames_of(info: VideoInfo, stream: FrameStream) -> Iterator[np.ndarray]:
    """Frames (N, H, W, 3) of the whole film; damaged ones are passed over."""
    batches = read_frames(info, Fraction(0), info.duration, [stream], batch_frames=16, lost=lambda *_: None)
    return (batch.frames for batch in batches)


def see(info: VideoInfo, eyes: EfficientNetLite) -> Seen:
    """What the eyes see of a film."""
    seeing = Seeing(eyes)
    for frames in frames_of(info, SEEING_STREAM):
        seeing.push(frames)
    shares = seeing.finish().mean(0)
    order = np.argsort(-shares)[:3]
    return Seen(tuple(sounding().kinds[kind] for kind in order), float(shares.max()))


def changes_of(info: VideoInfo, eyes: EfficientNetLite) -> np.ndarray:
    """Measures of change (S, 4) of a film."""
    changes = Changes(eyes)
    for frames in frames_of(info, CHANGES_STREAM):
        changes.push(frames)
    return changes.finish()


def happened_s(measures: np.ndarray, count: int) -> np.ndarray:
    """Times of the `count` strongest peaks of change, late maps and brightness together."""
    strength = happenings(measures)[:, [0, 2]].sum(1)
    reach = np.lib.stride_tricks.sliding_window_view(np.pad(strength, APART_PICTURES), 2 * APART_PICTURES + 1).max(1)
    peaks = np.flatnonzero((strength == reach) & (strength > 0))
    return np.sort(peaks[np.argsort(-strength[peaks])][:count]) / CHANGES_STREAM.fps


def hear(sound: np.ndarray, classifier: KindClassifier) -> Heard:
    """What a sound (samples,) at 44.1 kHz is, by an independent judge."""
    scores = scores_of(classifier, mel_of(sound))
    named = scores.argmax(1).tolist()
    seconds = sound[: len(sound) // CODEC_RATE_HZ * CODEC_RATE_HZ].reshape(-1, CODEC_RATE_HZ)
    silent = float(np.mean([level_db(second) < NEARLY_SILENT_DB for second in seconds])) if len(seconds) else 0.0
    return Heard(
        NAMES[int(scores.mean(0).argmax())],
        sum(before != after for before, after in pairwise(named)),
        level_db(sound),
        silent,
        detect_onsets(sound, CODEC_RATE_HZ),
    )


def own_sound(info: VideoInfo) -> np.ndarray | None:
    """The film's own sound (samples,) at 44.1 kHz, if it has any."""
    samples = round(info.duration * CODEC_RATE_HZ)
    try:
        return read_original(info, CODEC_RATE_HZ, samples, find_ffmpeg()).mean(0)
    except AudioUnreadable:
        return None


def own_onsets_s(info: VideoInfo) -> np.ndarray:
    """Onsets of the film's own sound; none where it has no sound."""
    own = own_sound(info)
    return np.empty(0) if own is None else detect_onsets(own, CODEC_RATE_HZ)


def by_chance(found_s: np.ndarray, true_s: np.ndarray, duration_s: float, tolerance_s: float) -> Matches:
    """What onsets meet when shifted by each of SHIFTS - 1 parts of the film."""
    total = Matches()
    for shift in range(1, SHIFTS):
        total += match_onsets(np.sort((found_s + duration_s * shift / SHIFTS) % duration_s), true_s, tolerance_s)
    return total


class Onsets:
    """F1 and chance at both tolerances, summed over films."""

    def __init__(self) -> None:
        self.met = {tolerance: Matches() for tolerance in TOLERANCES_S}
        self.chance = dict(self.met)

    def add(self, found_s: np.ndarray, true_s: np.ndarray, duration_s: float) -> str:
        """Take a film's onsets; gives its own F1 at both tolerances."""
        here = []
        for tolerance in TOLERANCES_S:
            matches = match_onsets(found_s, true_s, tolerance)
            self.met[tolerance] += matches
            self.chance[tolerance] += by_chance(found_s, true_s, duration_s, tolerance)
            here.append(f"{matches.f1:.2f}")
        return " / ".join(here)

    def __str__(self) -> str:
        met = " / ".join(f"{self.met[tolerance].f1:.2f}" for tolerance in TOLERANCES_S)
        return f"{met} (chance {' / '.join(f'{self.chance[tolerance].f1:.2f}' for tolerance in TOLERANCES_S)})"


def mark(kind: str, right: frozenset[str]) -> str:
    """The kind in bold where it is right."""
    return f"**{kind}**" if kind in right else kind


def share_right(kinds: Sequence[str], films: Sequence[RealFilm]) -> str:
    """How many of the kinds, one for each film, are right, of those films for which some would be."""
    right = [kind in film.kinds for kind, film in zip(kinds, films, strict=True) if film.kinds]
    return f"{sum(right)} of {len(right)}"


def measure_eyes(films: Sequence[RealFilm]) -> str:
    """Table of what is seen, and of when the eyes see something happen."""
    recognising, timing = load_eyes(LITE2), load_eyes(LITE0)
    onsets, rows, first, among = Onsets(), [], [], 0
    for film in films:
        info = probe(film.path)
        seen = see(info, recognising)
        first.append(seen.kinds[0])
        among += not film.kinds.isdisjoint(seen.kinds)
        when = ""
        if film.hits:
            true_s = own_onsets_s(info)
            when = onsets.add(happened_s(changes_of(info, timing), len(true_s)), true_s, float(info.duration))
        rows.append(
            [film.path.stem, ", ".join(mark(kind, film.kinds) for kind in seen.kinds), f"{seen.sure:.2f}", when]
        )
        print(f"{film.path.stem}: seen {', '.join(seen.kinds)}", file=sys.stderr, flush=True)
    rows.append(["all", f"{share_right(first, films)} first, {among} among three", "", str(onsets)])
    return table(["film", "kinds seen", "largest share", "changes at onsets, F1 at 60 / 100 ms"], rows)


def measure_model(films: Sequence[RealFilm], model: LoadedModel, classifier: KindClassifier) -> str:
    """Table of what the model makes without and with a prompt."""
    onsets, given, rows = Onsets(), Onsets(), []
    heard: dict[bool, list[Heard]] = {False: [], True: []}
    for film in films:
        for prompted in (False, True):
            sound = generate_for(film.path, film.prompt if prompted else "", model).sound
            heard[prompted].append(hear(sound, classifier))
        without, prompted_sound = heard[False][-1], heard[True][-1]
        met = met_given = ""
        if film.hits:
            info = probe(film.path)
            true_s = own_onsets_s(info)
            met = onsets.add(without.onsets_s, true_s, float(info.duration))
            told = generate_for(film.path, film.prompt, model, hits_s=[time for time in true_s if time < info.duration])
            met_given = given.add(hear(told.sound, classifier).onsets_s, true_s, float(info.duration))
        rows.append([film.path.stem, *_cells(without, film), *_cells(prompted_sound, film)[:2], met, met_given])
        print(f"{film.path.stem}: {without.kind}, with a prompt {prompted_sound.kind}", file=sys.stderr, flush=True)
    right = [share_right([each.kind for each in heard[prompted]], films) for prompted in (False, True)]
    silent = sum(each.level_db < NEARLY_SILENT_DB for each in heard[False])
    switching = sum(each.switches > 0 for each in heard[False])
    rows.append(
        ["all", right[0], f"{switching} change", f"{silent} nearly silent", "", right[1], "", str(onsets), str(given)]
    )
    header = ["film", "kind, no prompt", "changes of kind", "level", "silent", "kind, prompt", "changes of kind"]
    return table([*header, "onsets without prompt, F1 at 60 / 100 ms", "the same, prompt and hits given"], rows)


def _cells(heard: Heard, film: RealFilm) -> list[object]:
    return [mark(heard.kind, film.kinds), heard.switches, f"{heard.level_db:.0f} dB", f"{heard.silent:.0%}"]


def main() -> None:
    """Print the tables of a folder of real films."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", default="mini")
    parser.add_argument("--only", nargs="*", default=[], help="names of films, without ending")
    parser.add_argument("--eyes-only", action="store_true", help="nothing is generated")
    options = parser.parse_args()
    films = [film for film in read_films(options.folder) if not options.only or film.path.stem in options.only]
    print(measure_eyes(films), flush=True)
    if not options.eyes_only:
        RUNS.mkdir(parents=True, exist_ok=True)
        judge = load_classifier(RUNS / "classifier.safetensors")
        print(f"\n{measure_model(films, read_second_edition(options.model), judge)}")


if __name__ == "__main__":
    main()
