"""What an independent classifier hears in the generated sound: at 8 s, at 300 s with cuts, and under other prompts."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.classifier import NAMES, KindClassifier, classify
from benchmarks.common import CODEC_RATE_HZ, cut_scene, generate_for, generate_scene, one_shot_scene, table, write_scene
from mmhnet_cli.pipeline.making.load import LoadedModel
from mmhnet_cli.training.world.kinds import KINDS
from mmhnet_cli.training.world.scene import Scene
from mmhnet_cli.training.world.sound import render_sound

EDGE_S = 0.2
"""Left out at both ends of a shot, where the sound before may still ring."""
PALETTE = 4
"""Kinds in a film with cuts."""


def named(classifier: KindClassifier, sound: np.ndarray) -> str:
    """Return the kind that the classifier hears most."""
    return NAMES[int(classify(classifier, sound).argmax())]


def shots_right(classifier: KindClassifier, scene: Scene, sound: np.ndarray) -> list[bool]:
    """Whether each shot of at least 3 s is heard as what it shows."""
    right = []
    for source in scene.sources:
        if source.end_s - source.start_s < 3:
            continue
        first, last = (round(t * CODEC_RATE_HZ) for t in (source.start_s + EDGE_S, source.end_s - EDGE_S))
        right.append(named(classifier, sound[first:last]) == source.kind)
    return right


def measure(model: LoadedModel, classifier: KindClassifier, per_kind: int, long_films: int) -> str:
    """Table of accuracies with picture and prompt, short and long, on generated and on true sound."""
    wrong: dict[str, int] = {}
    short, short_true = [], []
    for index, kind in enumerate(NAMES * per_kind):
        scene = one_shot_scene(1000 + index, kind)
        heard = named(classifier, generate_scene(scene, model).sound)
        short.append(heard == kind)
        short_true.append(named(classifier, render_sound(scene)) == kind)
        if heard != kind:
            wrong[f"{kind} as {heard}"] = wrong.get(f"{kind} as {heard}", 0) + 1
    long, long_true = [], []
    for index in range(long_films):
        kinds = np.random.default_rng((index, 0x9A1E)).choice(NAMES, PALETTE, replace=False)
        scene = cut_scene(2000 + index, list(kinds), 300, (4.0, 12.0))
        long += shots_right(classifier, scene, generate_scene(scene, model).sound)
        long_true += shots_right(classifier, scene, render_sound(scene))
    rows = [
        ["8 s, one kind", len(short), f"{np.mean(short):.1%}", "1", f"{np.mean(short_true):.1%}"],
        [
            f"300 s with cuts, {PALETTE} kinds each",
            len(long),
            f"{np.mean(long):.1%}",
            f"{np.mean(long) / np.mean(short):.3f}",
            f"{np.mean(long_true):.1%}",
        ],
    ]
    confusions = ", ".join(f"{pair} ({count})" for pair, count in sorted(wrong.items(), key=lambda item: -item[1])[:8])
    result = table(["films", "judged", "named right", "of the 8 s figure", "true sound named right"], rows)
    return f"{result}\n\nMost frequent errors at 8 s: {confusions or 'none'}."


def measure_prompt(model: LoadedModel, classifier: KindClassifier, per_kind: int) -> str:
    """Table of how often a prompt for another kind is obeyed with the picture unchanged."""
    rng = np.random.default_rng(7)
    obeyed: dict[str, list[bool]] = {}
    for index, kind in enumerate(NAMES * per_kind):
        asked = str(rng.choice([name for name in NAMES if name != kind]))
        prompt = str(rng.choice(KINDS[asked].wording.phrases))
        with TemporaryDirectory() as folder:
            film = write_scene(one_shot_scene(3000 + index, kind), Path(folder))
            heard = named(classifier, generate_for(film, prompt, model).sound)
        obeyed.setdefault(asked, []).append(heard == asked)
    answers = [answer for answers in obeyed.values() for answer in answers]
    failed = ", ".join(sorted(name for name, each in obeyed.items() if not all(each)))
    result = table(["films", "heard as the prompt asks"], [[len(answers), f"{np.mean(answers):.1%}"]])
    return f"{result}\n\nNot always obeyed: {failed or 'none'}."
