"""What each scale of guidance is worth: `python -m benchmarks.guidance [--films FOLDER] [--scales 2 4.5]`.

A film is drawn, encoded and read once, and sampled once for each scale, so that all scales are judged on the same films
and the same noise. Every trial is a line of JSON as soon as it is done; a run that is stopped goes on where it was.
"""

import argparse
import csv
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch

from benchmarks.classifier import NAMES, KindClassifier, load_classifier
from benchmarks.common import CODEC_RATE_HZ, IMPACTS, cut_scene, one_shot_scene, prompt_of, table, write_scene
from benchmarks.meaning import PALETTE, named, shots_right
from benchmarks.sync import events_of
from mmhnet_cli.encoders.extract import picture_features
from mmhnet_cli.evaluation.onsets import detect_onsets, match_onsets
from mmhnet_cli.media.frames import read_frames
from mmhnet_cli.media.probe import probe
from mmhnet_cli.options import SamplerOptions
from mmhnet_cli.pipeline.making.decoding import decode
from mmhnet_cli.pipeline.making.features import film_features
from mmhnet_cli.pipeline.making.load import LoadedModel, load_named_model
from mmhnet_cli.pipeline.making.sampling import Part, sample
from mmhnet_cli.timeline import Timeline
from mmhnet_cli.training.world.kinds import KINDS
from mmhnet_cli.training.world.scene import Scene

SCALES = (2.0, 2.5, 3.0, 4.5)
RUNS = Path("runs/benchmarks")
TITLES = {
    "real": "real film, each kind asked for",
    "own": "real film, its own kinds",
    "prompt": "drawn film, a prompt against it",
    "meaning": "drawn film of 8 s",
    "cuts": "shots of drawn films of 80 s",
    "sync": "onsets within 60 ms at 8 s, F1",
}

Judge = Callable[[KindClassifier, np.ndarray], tuple[int, int]]
"""A sound (n,) at 44.1 kHz to how much of it is right, and of how much."""


@dataclass(frozen=True)
class Trial:
    """A film, drawn or real, with its prompt, and the judge of its sound."""

    part: str
    name: str
    film: Scene | Path
    prompt: str
    judge: Judge


def heard_as(*kinds: str) -> Judge:
    """Judge whether a sound is named as one of these kinds."""
    return lambda classifier, made: (int(named(classifier, made) in kinds), 1)


def in_time(scene: Scene) -> Judge:
    """Judge how many onsets lie where the scene has events."""

    def judge(classifier: KindClassifier, made: np.ndarray) -> tuple[int, int]:
        found = match_onsets(detect_onsets(made, CODEC_RATE_HZ), events_of(scene))
        return 2 * found.matched, 2 * found.matched + found.missed + found.extra

    return judge


def in_shots(scene: Scene) -> Judge:
    """Judge how many shots of the scene sound right."""

    def judge(classifier: KindClassifier, made: np.ndarray) -> tuple[int, int]:
        right = shots_right(classifier, scene, made)
        return sum(right), len(right)

    return judge


def drawn_trials() -> dict[str, list[Trial]]:
    """The films of `meaning` and `sync` at 8 s, and shorter ones with cuts than theirs."""
    rng = np.random.default_rng(7)
    trials: dict[str, list[Trial]] = {"prompt": [], "meaning": [], "sync": [], "cuts": []}
    for index, kind in enumerate(NAMES * 2):
        asked = str(rng.choice([name for name in NAMES if name != kind]))
        prompt = str(rng.choice(KINDS[asked].wording.phrases))
        against, scene = one_shot_scene(3000 + index, kind), one_shot_scene(1000 + index, kind)
        trials["prompt"].append(Trial("prompt", f"{index} {kind} {asked}", against, prompt, heard_as(asked)))
        trials["meaning"].append(Trial("meaning", f"{index} {kind}", scene, prompt_of(scene), heard_as(kind)))
    for index, kind in enumerate(IMPACTS * 2):
        scene = one_shot_scene(index, kind)
        trials["sync"].append(Trial("sync", f"{index} {kind}", scene, prompt_of(scene), in_time(scene)))
    for index in range(4):
        kinds = np.random.default_rng((index, 0x80C5)).choice(NAMES, PALETTE, replace=False)
        scene = cut_scene(8000 + index, list(kinds), 80, (4.0, 12.0))
        trials["cuts"].append(Trial("cuts", f"{index} {' '.join(kinds)}", scene, prompt_of(scene), in_shots(scene)))
    return trials


def real_trials(folder: Path) -> dict[str, list[Trial]]:
    """Films of `films.tsv` in `folder`: every kind asked for by its first word on one of them, and each film's own."""
    with (folder / "films.tsv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    trials: dict[str, list[Trial]] = {"real": [], "own": []}
    for index, kind in enumerate(NAMES):
        film = rows[index % len(rows)]["file"]
        trials["real"].append(
            Trial("real", f"{film} {kind}", folder / film, KINDS[kind].wording.nouns[0], heard_as(kind))
        )
    for row in rows:
        own = [kind for kind in row["kinds"].split(",") if kind in NAMES]
        trials["own"] += [
            Trial("own", f"{row['file']} {kind}", folder / row["file"], KINDS[kind].wording.nouns[0], heard_as(kind))
            for kind in own
        ]
    return trials


@torch.inference_mode()
def sounds_at(model: LoadedModel, film: Path, prompt: str, scales: Sequence[float]) -> Iterator[np.ndarray]:
    """The network's own sound (n,) at its own rate and level for `film`, at each scale."""
    info, encoders = probe(film), model.load_encoders()
    timeline = Timeline(info.duration, model.sequence)
    frames = read_frames(info, Fraction(0), info.duration, encoders.streams)
    picture = picture_features(encoders, frames, lambda done: None)
    part = Part(film_features(model, encoders, picture, prompt, ""), timeline.latents, SamplerOptions().seed)
    samples = timeline.output_samples(CODEC_RATE_HZ)
    for scale in scales:
        (latents,) = sample(model, [part], SamplerOptions(guidance=scale), lambda done: None)
        yield decode(model, latents, timeline, CODEC_RATE_HZ, samples, lambda done: None)[0]


def try_out(trial: Trial, model: LoadedModel, classifier: KindClassifier, scales: Sequence[float]) -> dict:
    """What came out of one film, by scale."""
    with TemporaryDirectory() as folder:
        film = trial.film if isinstance(trial.film, Path) else write_scene(trial.film, Path(folder))
        made = dict(zip(scales, sounds_at(model, film, trial.prompt, scales), strict=True))
    scored = {str(scale): trial.judge(classifier, each) for scale, each in made.items()}
    heard = {str(scale): named(classifier, each) for scale, each in made.items()}
    return {"part": trial.part, "name": trial.name, "scored": scored, "heard": heard}


def read_lines(path: Path) -> list[dict]:
    """Return the objects in a file of JSON lines; none where there is no file."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []


def summary(lines: Sequence[dict], scales: Sequence[float]) -> str:
    """Shares right by part and scale."""
    rows = []
    for part, title in TITLES.items():
        scored = [line["scored"] for line in lines if line["part"] == part]
        if not scored:
            continue
        sums = [np.sum([each[str(scale)] for each in scored], axis=0) for scale in scales]
        cells = [f"{right / of:.3f}" if part == "sync" else f"{right} of {of}" for right, of in sums]
        rows.append([title, len(scored), *cells])
    return table(["what", "films", *(f"{scale:g}" for scale in scales)], rows)


def main() -> None:
    """Measure each scale of guidance and print what it reaches."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--films", type=Path, help="a folder of real films with films.tsv: file, kinds")
    parser.add_argument("--scales", type=float, nargs="+", default=SCALES)
    parser.add_argument("--model", default="mini")
    options = parser.parse_args()
    RUNS.mkdir(parents=True, exist_ok=True)
    results = RUNS / "guidance.jsonl"
    done = {(line["part"], line["name"]) for line in read_lines(results)}
    parts = {**(real_trials(options.films) if options.films else {}), **drawn_trials()}
    classifier = load_classifier(RUNS / "classifier.safetensors")
    model = load_named_model(options.model, "cpu")
    # By turns, so that a run that is stopped early has something of everything.
    for turn in zip_longest(*parts.values()):
        for trial in turn:
            if trial is not None and (trial.part, trial.name) not in done:
                line = try_out(trial, model, classifier, options.scales)
                print(line, flush=True)
                with results.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(line) + "\n")
    print(summary(read_lines(results), options.scales))


if __name__ == "__main__":
    main()
