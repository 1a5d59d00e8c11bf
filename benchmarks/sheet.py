"""A cue sheet of a long film: whether hits are met, kinds are what they are in films of their own, memory stays.

    python -m benchmarks.sheet [--minutes 20] [--cues 40] [--steps 25] [--quick]

The film is drawn; half of the cues are hits on the track fx, half beds on the track ambience, made of words and hits
alone. What was made of each is read from its own file and named by the judge of kinds, and so is the same cue in a film
that is no longer than the cue. Each command is a process of its own, whose peak memory is told.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.classifier import KindClassifier, classify, load_classifier
from benchmarks.common import CODEC_RATE_HZ, table
from benchmarks.run import RUNS
from benchmarks.speed import Run, film_of, run
from mmhnet_cli.audio.resample import resample
from mmhnet_cli.encoders.meaning import KIND_NAMES
from mmhnet_cli.evaluation.onsets import Matches, detect_onsets, match_onsets
from mmhnet_cli.media.audio_file import read_audio
from mmhnet_cli.media.ffmpeg import find_ffmpeg
from mmhnet_cli.options import Cue
from mmhnet_cli.pipeline.session import table as cue_table

FPS = 25
HITTING = ("footsteps", "hammer_metal", "knock", "drum", "bell", "typing", "dog", "wood_steps", "chopping", "gunshot")
BEDS = ("rain", "wind", "waves", "crowd", "fire", "stream", "helicopter", "applause", "crickets", "thunder")
APART_S, SOUNDS_S = 0.8, 8
ENOUGH_MET, ENOUGH_APART, ENOUGH_MEMORY = 0.95, 0.03, 1.3


@dataclass(frozen=True)
class Made:
    """What a sound is named, and how many of its hits it meets and misses."""

    kind: str
    hits: Matches


def sheet(seconds: int, count: int) -> list[Cue]:
    """Cues of 8 s, evenly over the film: hits and beds in turn, each hit at a time that is none of a grid."""
    rng = np.random.default_rng(17)
    cues = []
    for number in range(count):
        hitting = number % 2 == 0
        kind = (HITTING if hitting else BEDS)[number // 2 % len(HITTING)]
        start = Fraction(round(FPS * number * (seconds - SOUNDS_S) / count), FPS)
        times = start + Fraction(1, 2) + np.cumsum([Fraction(int(step), FPS) for step in rng.integers(20, 40, 5)])
        hits = tuple((time, 1.0) for time in times) if hitting else None
        track, name = ("fx" if hitting else "ambience"), f"{number:02d}"
        cues.append(Cue(start, start + SOUNDS_S, kind.replace("_", " "), track, hits, name=name, picture=False))
    return cues


def kind_of(cue: Cue) -> str:
    """The kind that a cue asks for."""
    return cue.prompt.replace(" ", "_")


def heard(path: Path, first_s: float, cue: Cue, judge: KindClassifier) -> Made:
    """What the file of a cue is, which begins at first_s of the film."""
    samples, rate_hz = read_audio(path)
    sound = resample(samples, rate_hz, CODEC_RATE_HZ).mean(0).astype(np.float32)
    true = np.array([float(time) for time, _ in cue.hits or ()]) - first_s
    found = detect_onsets(sound, CODEC_RATE_HZ) if len(true) else np.empty(0)
    scores = classify(judge, sound)
    return Made(KIND_NAMES[int(scores.argmax())], match_onsets(found, true, 1 / FPS))


def made_of(film: Path, cues: Sequence[Cue], steps: int, judge: KindClassifier) -> tuple[list[Made], Run]:
    """What the cues of a film become, and the run of the command."""
    folder = film.with_name(f"{film.stem}_made")
    listed = film.with_suffix(".csv")
    listed.write_bytes(cue_table.written(cues, None))
    ran = run([*command(film, steps, folder), "--cues", str(listed), "--cue-files"])
    report = json.loads(next(folder.glob("*.json")).read_text())
    take, rate_hz = report["takes"][0], report["request"]["output"]["sample_rate_hz"]
    made = [
        heard(folder / entry["file"], entry["first_sample"] / rate_hz, cues[entry["cue"] - 1], judge)
        for entry in sorted(take["cues"], key=lambda entry: int(entry["cue"]))
    ]
    return made, ran


def command(film: Path, steps: int, folder: Path) -> list[str]:
    """What both kinds of run have in common."""
    return ["generate", str(film), "--steps", str(steps), "--keep", "off", "--output-dir", str(folder)]


def alone(film: Path, cue: Cue, number: int, folder: Path) -> tuple[Path, Cue]:
    """The stretch of a cue as a film of its own, and the cue at its beginning."""
    path = folder / f"alone{number}.mp4"
    cut = [
        "-ss",
        str(float(cue.start)),
        "-i",
        str(film),
        "-t",
        str(SOUNDS_S),
        "-c:v",
        "libx264",
        "-preset",
        "ultrafast",
    ]
    subprocess.run([str(find_ffmpeg(None).path), "-nostdin", "-loglevel", "error", *cut, str(path)], check=True)
    hits = None if cue.hits is None else tuple((time - cue.start, strength) for time, strength in cue.hits)
    return path, replace(cue, start=Fraction(0), end=Fraction(SOUNDS_S), hits=hits)


def measure(folder: Path, seconds: int, count: int, steps: int, judge: KindClassifier) -> str:
    """Tables of the cues and of what they cost."""
    film, cues = film_of(seconds, folder, 640, 360), sheet(seconds, count)
    plain = run([*command(film, steps, folder / "plain"), "--prompt", "rain"])
    together, ran = made_of(film, cues, steps, judge)
    rows, single = [], []
    for number, (cue, made) in enumerate(zip(cues, together, strict=True)):
        short, its_own = alone(film, cue, number, folder)
        (own,) = made_of(short, [its_own], steps, judge)[0]
        single.append(own)
        hits = "" if cue.hits is None else f"{made.hits.matched} of {len(cue.hits)}"
        rows.append([cue.name, cue.prompt, made.kind, own.kind, hits])
        print(*rows[-1], file=sys.stderr, flush=True)
    met = sum((made.hits for made in together), Matches())
    share = met.matched / (met.matched + met.missed)
    right = [
        np.mean([made.kind == kind_of(cue) for made, cue in zip(some, cues, strict=True)])
        for some in (together, single)
    ]
    memory = ran.megabytes / plain.megabytes
    sums = [
        ["hits within a frame", f"{share:.1%}", verdict(share >= ENOUGH_MET)],
        [
            "kinds right, in the sheet and in films of their own",
            f"{right[0]:.1%} / {right[1]:.1%}",
            verdict(right[1] - right[0] <= ENOUGH_APART),
        ],
        [
            "peak memory, with the sheet and with one prompt",
            f"{ran.megabytes:.0f} / {plain.megabytes:.0f} MB",
            verdict(memory <= ENOUGH_MEMORY),
        ],
        ["seconds, with the sheet and with one prompt", f"{ran.seconds:.0f} / {plain.seconds:.0f}", ""],
    ]
    cells = table(["cue", "asked", "in the sheet", "in a film of its own", "hits met"], rows)
    return f"{cells}\n\n{table([f'{seconds} s, {count} cues', '', 'as asked'], sums)}"


def verdict(good: object) -> str:
    """As a table says it."""
    return "yes" if good else "no"


def main() -> None:
    """Print two tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--cues", type=int, default=40)
    parser.add_argument("--steps", type=int, default=25)
    parser.add_argument("--quick", action="store_true", help="one minute, four cues and two steps; for trying")
    options = parser.parse_args()
    minutes, count, steps = (1, 4, 2) if options.quick else (options.minutes, options.cues, options.steps)
    judge = load_classifier(RUNS / "classifier.safetensors")
    with TemporaryDirectory() as folder:
        print(measure(Path(folder), round(60 * minutes), count, steps, judge))


if __name__ == "__main__":
    main()
