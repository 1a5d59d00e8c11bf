"""Onsets of the generated sound against the true events of impact scenes: F1 within 60 ms, at 8, 60 and 300 s."""

import numpy as np

from benchmarks.common import CODEC_RATE_HZ, IMPACTS, cut_scene, generate_scene, one_shot_scene, table
from mmhnet_cli.evaluation.onsets import Matches, detect_onsets, match_onsets
from mmhnet_cli.pipeline.making.load import LoadedModel
from mmhnet_cli.training.world.scene import Scene
from mmhnet_cli.training.world.sound import render_sound


def scenes_of_length(seconds: int, films: int) -> list[Scene]:
    """8 s: one kind each, all kinds in turn; longer: films that cut between all kinds."""
    if seconds == 8:
        return [one_shot_scene(index, IMPACTS[index % len(IMPACTS)]) for index in range(films)]
    return [cut_scene(100 * seconds + index, IMPACTS, seconds, (4.0, 12.0)) for index in range(films)]


def events_of(scene: Scene) -> np.ndarray:
    """Return when anything happens in a scene, in seconds, in order."""
    return np.sort(np.concatenate([source.events_s for source in scene.sources]))


def measure(model: LoadedModel, films: dict[int, int]) -> str:
    """Table of F1 by film length. films: how many of each length."""
    rows, first = [], None
    for seconds, count in films.items():
        generated, true = Matches(), Matches()
        for scene in scenes_of_length(seconds, count):
            sound = generate_scene(scene, model).sound
            generated += match_onsets(detect_onsets(sound, CODEC_RATE_HZ), events_of(scene))
            true += match_onsets(detect_onsets(render_sound(scene), CODEC_RATE_HZ), events_of(scene))
        first = first or generated.f1
        rows.append(
            [
                f"{seconds} s x {count}",
                generated.matched + generated.missed,
                f"{generated.f1:.3f}",
                f"{generated.f1 / first:.3f}",
                f"{true.f1:.3f}",
            ]
        )
    return table(["films", "events", "F1 within 60 ms", "of the 8 s figure", "same detector on the true sound"], rows)
