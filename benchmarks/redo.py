"""Takes that are changed: what a redo costs and whether its edges are heard, and whether cues keep their distances.

    python -m benchmarks.redo [--model NAME_OR_FOLDER] [--films FOLDER] [--count 20] [--steps 25] [--quick]

Cost is processor time of this process, so that other work on the machine does not count. A seam would be a moment at an
edge of the stretch at which the spectrum changes more than it does elsewhere in the take; that such moments are seen at
all, the same sound cut in hard shows beside it. The films are drawn, or those of FOLDER.
"""

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks.common import cut_scene, prompt_of, table, write_scene
from mmhnet_cli.audio.loudness import measure
from mmhnet_cli.media.audio_file import read_audio
from mmhnet_cli.media.containers import CONTAINERS
from mmhnet_cli.media.probe import probe
from mmhnet_cli.models.registry import find_model
from mmhnet_cli.options import Cue, GenerateRequest, OutputOptions, SamplerOptions
from mmhnet_cli.pipeline.asking.prepare import prepare
from mmhnet_cli.pipeline.generate import generate
from mmhnet_cli.pipeline.making.load import LoadedModel, load_model
from mmhnet_cli.pipeline.session.cues import with_tracks
from mmhnet_cli.pipeline.session.redo import RedoRequest, prepare_redo, redo
from mmhnet_cli.training.world.kinds import DRAWN

REDONE_S = 2
SIZE, HOP = 2048, 512
REACH_S = 0.25
"""So far from an edge of the stretch a seam is looked for: as far as a redo changes anything."""
GAINS_DB = (0.0, -6.0, 6.0, -12.0)
CUE_S, GAP_S = 3, 1
ENOUGH_LU, ENOUGH_COST = 0.1, 0.2


def flux(sound: np.ndarray) -> np.ndarray:
    """Spectral flux (frames,) of (channels, n): by how much the magnitudes grow from one frame to the next."""
    mono = sound.mean(0)
    frames = np.lib.stride_tricks.sliding_window_view(mono, SIZE)[::HOP] * np.hanning(SIZE)
    magnitudes = np.abs(np.fft.rfft(frames, axis=1))
    return np.maximum(np.diff(magnitudes, axis=0), 0).sum(1)


def rank(values: np.ndarray, rate_hz: int, edge_s: float, apart: Sequence[float]) -> float:
    """Share of the take, away from all edges, whose flux in as long a time is lower than the highest at the edge."""
    times = (np.arange(len(values)) * HOP + (SIZE + HOP) / 2) / rate_hz
    reach = max(1, round(REACH_S * rate_hz / HOP))
    windows = np.lib.stride_tricks.sliding_window_view(values, 2 * reach + 1).max(1)
    middle = times[reach : reach + len(windows)]
    elsewhere = np.all([np.abs(middle - other) > 2 * REACH_S for other in apart], axis=0)
    here = windows[np.abs(middle - edge_s).argmin()]
    return float(np.mean(windows[elsewhere] < here))


def take_of(film: Path, prompt: str, model: LoadedModel, steps: int, folder: Path, seed: int = 42) -> Path:
    """Report of a take of a film."""
    asked = GenerateRequest(
        film, prompt, sampler=SamplerOptions(steps, seed=seed), output_dir=folder, output=OutputOptions(bits=32)
    )
    return generate(prepare(asked), model).files[-1]


def redone(report: Path, film: Path, first: Fraction, model: LoadedModel) -> Path:
    """Report of the take with two seconds made anew."""
    return redo(prepare_redo(RedoRequest(report, first, first + REDONE_S, film=film)), model).files[-1]


def processor_s(work: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds on processors, and what came of it."""
    began = time.process_time()
    made = work()
    return time.process_time() - began, made


def cost(model: LoadedModel, steps: int, seconds: int, folder: Path) -> list[object]:
    """Row: the first run, the redo in its middle, and their ratio."""
    scene = cut_scene(4100, DRAWN[:6], seconds, (6, 12))
    film = write_scene(scene, folder, "long")
    first_s, report = processor_s(lambda: take_of(film, prompt_of(scene), model, steps, folder))
    again_s, _ = processor_s(lambda: redone(report, film, Fraction(seconds, 2), model))
    ratio = again_s / first_s
    verdict = "yes" if ratio <= ENOUGH_COST else "no"
    return [f"{seconds} s, {steps} steps", f"{first_s:.1f} s", f"{again_s:.1f} s", f"{ratio:.3f}", verdict]


def seams(film: Path, prompt: str, model: LoadedModel, steps: int, folder: Path) -> dict[str, Any]:
    """What a redo in the middle of a film changes, and how its edges stand out, also where it is cut in hard."""
    report = take_of(film, prompt, model, steps, folder)
    duration = float(probe(film).duration)
    first = Fraction(round(duration / 2 - REDONE_S / 2))
    new, other = redone(report, film, first, model), take_of(film, prompt, model, steps, folder / "other", seed=1042)
    (old, rate_hz), (now, _), (far, _) = (read_audio(path.with_suffix(".wav")) for path in (report, new, other))
    edges = (float(first), float(first + REDONE_S))
    cut = old.copy()
    stretch = slice(*(round(edge * rate_hz) for edge in edges))
    cut[:, stretch] = far[:, stretch]
    changed = np.flatnonzero((old != now).any(0)) / rate_hz
    return {
        "redo": [rank(flux(now), rate_hz, edge, edges) for edge in edges],
        "cut": [rank(flux(cut), rate_hz, edge, edges) for edge in edges],
        "take": [rank(flux(old), rate_hz, edge, edges) for edge in edges],
        "beyond_s": max(edges[0] - changed[0], changed[-1] - edges[1]),
    }


def distances(model: LoadedModel, steps: int, folder: Path) -> list[list[object]]:
    """Rows: how far the cues of a sheet are from the distances in level that their gains ask for."""
    seconds = len(GAINS_DB) * (CUE_S + GAP_S)
    film = write_scene(cut_scene(4200, DRAWN[:4], seconds, (4, 5)), folder, "sheet")
    prompts = ("rain", "engine", "wind", "waves")
    starts = [Fraction(number * (CUE_S + GAP_S)) for number in range(len(prompts))]

    def levels(gains: Sequence[float]) -> tuple[np.ndarray, float]:
        cues = tuple(
            Cue(start, start + CUE_S, prompt, f"track{number}", gain_db=gain)
            for number, (start, prompt, gain) in enumerate(zip(starts, prompts, gains, strict=True))
        )
        place = folder / "_".join(f"{gain:g}" for gain in gains)
        asked = GenerateRequest(film, sampler=SamplerOptions(steps), output_dir=place, cues=cues)
        made = generate(prepare(with_tracks(replace(asked, output=OutputOptions(bits=32)))), model)
        found = [measure(*read_audio(path)).integrated_lufs for path in made.files[1 : len(cues) + 1]]
        gain = made.report["takes"][0]["loudness"]["gain"]
        return np.array(found, float) - gain["db"], float(gain["max_reduction_db"])

    plain, plain_limited = levels((0.0,) * len(GAINS_DB))
    asked, limited = levels(GAINS_DB)
    off = (asked - plain) - np.array(GAINS_DB)
    rows: list[list[object]] = [
        [prompt, f"{gain:+g} dB", f"{moved:+.2f} LU", f"{error:+.3f} LU"]
        for prompt, gain, moved, error in zip(prompts, GAINS_DB, asked - plain, off, strict=True)
    ]
    most = float(np.abs(off).max())
    rows.append([f"**within {ENOUGH_LU} LU: {'yes' if most <= ENOUGH_LU else 'no'}**", "", "", f"{most:.3f} LU"])
    rows.append([f"the limiter lowers peaks by at most {plain_limited:.1f} and {limited:.1f} dB", "", "", ""])
    return rows


def films_of(folder: Path | None, count: int, seconds: int, drawn: Path) -> list[tuple[Path, str]]:
    """Films with their prompts: those of a folder, which have none, or drawn ones."""
    if folder is not None:
        found = sorted(path for path in folder.iterdir() if path.suffix.lower() in CONTAINERS)
        return [(path, "") for path in found[:count]]
    scenes = [cut_scene(4000 + number, (DRAWN[5 * number % len(DRAWN)],), seconds, (4, 9)) for number in range(count)]
    return [(write_scene(scene, drawn, f"film{scene.seed}"), prompt_of(scene)) for scene in scenes]


def measure_seams(films: Sequence[tuple[Path, str]], model: LoadedModel, steps: int, folder: Path) -> str:
    """Table of all films."""
    rows, found = [], []
    for number, (film, prompt) in enumerate(films):
        place = folder / str(number)
        place.mkdir()
        found.append(seams(film, prompt, model, steps, place))
        cells = ["/".join(f"{100 * share:.0f}" for share in found[-1][name]) for name in ("take", "redo", "cut")]
        rows.append([film.name, *cells, f"{found[-1]['beyond_s']:.3f} s"])
        print(*rows[-1], file=sys.stderr, flush=True)
    inside = {name: sum(share < 1 for one in found for share in one[name]) for name in ("take", "redo", "cut")}
    middle = {name: np.median([one[name] for one in found]) for name in inside}
    rows.append(["median", *(f"{100 * middle[name]:.0f}" for name in inside), ""])
    rows.append(
        ["**edges within the take's own flux**", *(f"{inside[name]} of {2 * len(found)}" for name in inside), ""]
    )
    return table(["film", "the take, %", "redo, %", "cut in hard, %", "changed beyond the stretch"], rows)


def main() -> None:
    """Print three tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="mini", help="a name, or a folder with weights")
    parser.add_argument("--films", type=Path, help="a folder with films in place of drawn ones")
    parser.add_argument("--count", type=int, default=20, help="films for the seams")
    parser.add_argument("--seconds", type=int, default=60, help="of the film whose redo is timed")
    parser.add_argument("--steps", type=int, default=25)
    parser.add_argument("--quick", action="store_true", help="two films, 16 seconds and two steps; for trying")
    options = parser.parse_args()
    count, seconds, steps = (2, 16, 2) if options.quick else (options.count, options.seconds, options.steps)
    model = load_model(find_model(options.model), "cpu")
    with TemporaryDirectory() as name:
        folder = Path(name)
        print(
            table(
                ["film", "first run", "redo of 2 s", "ratio", "a fifth at most"], [cost(model, steps, seconds, folder)]
            )
        )
        print(table(["cue", "asked", "moved", "off"], distances(model, steps, folder)), flush=True)
        films = films_of(options.films, count, 12, folder)
        print(measure_seams(films, model, steps, folder), flush=True)


if __name__ == "__main__":
    main()
