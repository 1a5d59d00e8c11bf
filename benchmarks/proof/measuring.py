"""A row at every length, and the true sound beside it; each length is kept as soon as it is measured."""

import json
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.common import CODEC_RATE_HZ
from benchmarks.proof.films import FILMS, Films, films_of, in_clips
from benchmarks.proof.making import sample, sound_of
from benchmarks.proof.rows import TRAINING_S, row_of
from benchmarks.proof.scoring import Heard, Judge, score
from benchmarks.proof.training import Run
from mmhnet_cli.model.network import Network
from mmhnet_cli.training.world.sound import render_sound

RESULT_FILE = "result.json"
TRUTH, CODED = "truth", "latents"
"""What stands beside the rows: the true sound, and what the latents hold of it, which no network can pass."""


def measure_row(name: str, network: Network, run: Run, judge: Judge) -> bool:
    """Measure what is not measured yet; False where the time of the run was over before."""
    path = run.folder(name) / RESULT_FILE
    begun = json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
    result = begun or {
        "row": name,
        "says": row_of(name).says,
        **asdict(run.budget),
        "parameters": sum(p.numel() for p in network.parameters()),
        WHOLE: {},
    }
    result.setdefault(CUT, {})
    for seconds in FILMS:
        for part, make in WAYS.items():
            if (part == CUT and seconds == TRAINING_S) or f"{seconds:g}" in result[part]:
                continue
            if time.monotonic() >= run.until:
                return False
            films, begun_s = films_of(seconds), time.monotonic()
            made = _heard(films, make(network, films, run), judge)
            took = {"seconds": round(time.monotonic() - begun_s, 1)}
            figures = score(made, _heard(films, [render_sound(scene) for scene in films.scenes], judge))
            _keep(path, result, part, seconds, figures | took, run)
    return True


def _whole(network: Network, films: Films, run: Run) -> list[np.ndarray]:
    """The sound of each film, of which the network sees all at once."""
    latents = sample(network, films, run.budget.seed, run.device)
    return [sound_of(run.codec, one, films.seconds) for one in latents]


def _in_clips(network: Network, films: Films, run: Run) -> list[np.ndarray]:
    """The sound of each film, made in clips that know nothing of each other."""
    clips = in_clips(films)
    sounds = _whole(network, clips, run)
    each, samples = len(sounds) // len(films.scenes), round(films.seconds * CODEC_RATE_HZ)
    return [np.concatenate(sounds[first : first + each])[:samples] for first in range(0, len(sounds), each)]


WHOLE, CUT = "lengths", "cut"
WAYS = {WHOLE: _whole, CUT: _in_clips}
"""How a film is made: at once, and in clips, which says how hard its scenes are without its length."""


def measure_truth(run: Run, judge: Judge) -> None:
    """Measure the true sound, and what comes back of it through the latents."""
    results: dict[str, dict[str, Any]] = {
        TRUTH: {"row": TRUTH, "says": "the true sound", "lengths": {}},
        CODED: {"row": CODED, "says": "the true sound through the latents", "lengths": {}},
    }
    for seconds in FILMS:
        films = films_of(seconds)
        sounds = [render_sound(scene) for scene in films.scenes]
        with torch.inference_mode():
            latents = [run.codec.encode(torch.from_numpy(sound)[None])[0] for sound in sounds]
        own = _heard(films, sounds, judge)
        back = _heard(films, [sound_of(run.codec, one, seconds) for one in latents], judge)
        for (name, result), heard in zip(results.items(), (own, back), strict=True):
            _keep(run.out / name / RESULT_FILE, result, WHOLE, seconds, score(heard, own), run)


def _heard(films: Films, sounds: Sequence[np.ndarray], judge: Judge) -> list[Heard]:
    return [judge(scene, sound) for scene, sound in zip(films.scenes, sounds, strict=True)]


def _keep(path: Path, result: dict[str, Any], part: str, seconds: float, figures: dict[str, Any], run: Run) -> None:
    """Write a result with the figures of one more length, in full or not at all."""
    result[part][f"{seconds:g}"] = figures
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    unfinished.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    unfinished.replace(path)
    said = ", ".join(f"{name} {value:.3g}" for name, value in figures.items() if value is not None)
    run.report(f"{result['row']} at {seconds:g} s{', in clips' if part == CUT else ''}: {said}")
