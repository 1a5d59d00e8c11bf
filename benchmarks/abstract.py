"""Meaning and sync without a drawn picture: sight and movement are made as training makes them, of other seeds.

    python -m benchmarks.abstract [PART ...] [--model NAME_OR_FOLDER] [--quick]

The kind of every sound is named by the judge of `classifier`, shot by shot.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.abstract_film import CLEAR_MOVEMENT, CLEAR_SIGHT, film_of, shares_of, sounds_for, unseen
from benchmarks.classifier import NAMES, KindClassifier, load_classifier, near
from benchmarks.common import CODEC_RATE_HZ, cut_scene, one_shot_scene, prompt_of, table
from benchmarks.meaning import EDGE_S, named
from benchmarks.run import RUNS
from benchmarks.second_edition import read_second_edition
from mmhnet_cli.encoders.protocol import Encoders
from mmhnet_cli.encoders.sounding import sounding
from mmhnet_cli.evaluation.onsets import Matches, detect_onsets, match_onsets
from mmhnet_cli.pipeline.making.load import LoadedModel
from mmhnet_cli.training.movement import MovementConfig
from mmhnet_cli.training.sight import SightConfig
from mmhnet_cli.training.world.kinds import KINDS
from mmhnet_cli.training.world.scene import Scene
from mmhnet_cli.training.world.sound import render_sound

SEEN_KINDS = tuple(kind for kind, shares in zip(sounding().kinds, sounding().shares.T, strict=True) if shares.any())
"""Kinds that some class of ImageNet may sound like; the others can only be asked for."""
HITTING = tuple(name for name, kind in KINDS.items() if kind.family == "impact")
SHOT_S = (4.0, 12.0)
LEAST_SHOT_S = 3.0


@dataclass(frozen=True)
class Verdict:
    """asked: the kind that should be heard; heard: the one that is."""

    asked: str
    heard: str


@dataclass(frozen=True)
class Bench:
    """What is measured and who judges. judge: names sounds. kinds: one film of 8 s for each. hitting: the same for
    sync. long: seconds of each long film."""

    model: LoadedModel
    encoders: Encoders
    judge: KindClassifier
    kinds: tuple[str, ...]
    hitting: tuple[str, ...]
    long: tuple[float, ...]

    def heard_as(self, sound: np.ndarray) -> str:
        """The kind that a sound is named as."""
        return named(self.judge, sound)


def shots_heard(bench: Bench, scene: Scene, sound: np.ndarray) -> list[Verdict]:
    """What is heard in each shot of at least LEAST_SHOT_S, without its edges."""
    verdicts = []
    for source in scene.sources:
        first, last = (round(t * CODEC_RATE_HZ) for t in (source.start_s + EDGE_S, source.end_s - EDGE_S))
        if source.end_s - source.start_s >= LEAST_SHOT_S:
            verdicts.append(Verdict(source.kind, bench.heard_as(sound[first:last])))
    return verdicts


def right(verdicts: Sequence[Verdict]) -> tuple[float, float]:
    """Shares that are named right, and right or near by nature."""
    strict = [verdict.heard == verdict.asked for verdict in verdicts]
    return float(np.mean(strict)), float(np.mean([near(verdict.asked, verdict.heard) for verdict in verdicts]))


def _row(title: str, verdicts: Sequence[Verdict]) -> list[object]:
    strict, grouped = right(verdicts)
    wrong = [f"{verdict.asked} as {verdict.heard}" for verdict in verdicts if not near(verdict.asked, verdict.heard)]
    return [title, len(verdicts), f"{strict:.1%}", f"{grouped:.1%}", "; ".join(wrong[:6])]


def measure_meaning(bench: Bench) -> str:
    """Table of kinds named right at 8 s: seen, asked for, both, and one asked for against another that is seen."""
    rng = np.random.default_rng(17)
    found: dict[str, list[Verdict]] = {
        title: [] for title in ("true sound", "the largest share of what is seen", "seen", "asked", "both", "against")
    }
    for index, kind in enumerate(bench.kinds):
        scene = one_shot_scene(11_000 + index, kind)
        film = film_of(scene)
        other = str(rng.choice([name for name in NAMES if name != kind]))
        phrase = str(rng.choice(KINDS[other].wording.phrases))
        trials = [("asked", unseen(film), prompt_of(scene), kind), ("both", film, prompt_of(scene), kind)]
        if kind in SEEN_KINDS:
            trials += [("seen", film, "", kind), ("against", film, phrase, other)]
            share = shares_of(scene, CLEAR_SIGHT, np.random.default_rng((scene.seed, 1))).mean(0)
            found["the largest share of what is seen"].append(Verdict(kind, sounding().kinds[int(share.argmax())]))
        found["true sound"].append(Verdict(kind, bench.heard_as(render_sound(scene))))
        for title, shown, prompt, asked in trials:
            (sound,) = sounds_for(shown, prompt, bench.model, bench.encoders)
            found[title].append(Verdict(asked, bench.heard_as(sound)))
        print(kind, *(f"{title} {each[-1].heard}," for title, each in found.items() if each), file=sys.stderr)
    return table(HEADER, [_row(title, verdicts) for title, verdicts in found.items()])


HEADER = ["8 s", "judged", "named right", "or near by nature", "for example"]


def measure_cuts(bench: Bench) -> str:
    """Table of shots named right in long films that cut between kinds at random, from what is seen alone."""
    made, true = [], []
    onsets = Matches()
    for index, seconds in enumerate(bench.long):
        scene = cut_scene(12_000 + index, SEEN_KINDS, seconds, SHOT_S)
        (sound,) = sounds_for(film_of(scene), "", bench.model, bench.encoders)
        made += shots_heard(bench, scene, sound)
        true += shots_heard(bench, scene, render_sound(scene))
        onsets += hits_met(scene, sound)
    lines = table(
        [f"{len(bench.long)} films of {bench.long[0]:g} s", *HEADER[1:]], [_row("true sound", true), _row("seen", made)]
    )
    return f"{lines}\n\nOnsets of their shots that hit, F1 within 60 ms: {onsets.f1:.3f}."


def hits_met(scene: Scene, sound: np.ndarray) -> Matches:
    """Onsets of a sound against the events of a scene, in those shots whose kind hits."""
    found, total = detect_onsets(sound, CODEC_RATE_HZ), Matches()
    for source in scene.sources:
        if source.kind in HITTING:
            total += match_onsets(found[(found >= source.start_s) & (found < source.end_s)], source.events_s)
    return total


def measure_sync(bench: Bench) -> str:
    """Table of F1 at 8 s: movement that is clear, as in training, none, and with hits given."""
    trials: dict[str, tuple[MovementConfig, bool]] = {
        "each hit is seen, at its time": (CLEAR_MOVEMENT, False),
        "movement as in training": (MovementConfig(), False),
        "no hit is seen, hits given": (replace(MovementConfig(), blind=1.0), True),
        "no hit is seen": (replace(MovementConfig(), blind=1.0), False),
    }
    sums = dict.fromkeys(("true sound", *trials), Matches())
    for index, kind in enumerate(bench.hitting):
        scene = one_shot_scene(13_000 + index, kind)
        sums["true sound"] += hits_met(scene, render_sound(scene))
        for title, (moves, given) in trials.items():
            film = film_of(scene, SightConfig(missed=0.0), moves, given)
            (sound,) = sounds_for(film, prompt_of(scene), bench.model, bench.encoders)
            sums[title] += hits_met(scene, sound)
        print(kind, *(f"{title} {each.f1:.2f}," for title, each in sums.items()), file=sys.stderr)
    rows = [[title, each.matched + each.missed, f"{each.f1:.3f}"] for title, each in sums.items()]
    return table([f"{len(bench.hitting)} films of 8 s", "events", "F1 within 60 ms"], rows)


PARTS: dict[str, Callable[[Bench], str]] = {"meaning": measure_meaning, "cuts": measure_cuts, "sync": measure_sync}


def main() -> None:
    """Print the parts that are named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", help=f"{', '.join(PARTS)}; all when none is named")
    parser.add_argument("--model", default="mini", help="a name, a folder, or where a training left its network")
    parser.add_argument("--quick", action="store_true", help="few films; for trying")
    options = parser.parse_args()
    model = read_second_edition(options.model)
    judge = load_classifier(RUNS / "classifier.safetensors")
    kinds, hitting, long = (NAMES[::28], HITTING[::14], (24.0,)) if options.quick else (NAMES, HITTING, (300.0,) * 2)
    bench = Bench(model, model.load_encoders(), judge, kinds, hitting, long)
    for part in options.parts or PARTS:
        print(f"## {part}\n\n{PARTS[part](bench)}\n", flush=True)


if __name__ == "__main__":
    main()
