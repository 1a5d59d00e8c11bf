"""What kills and runs at the same time leave of the user's files, and of ours.

python -m benchmarks.kills [--kills 50] [--pairs 20] [--steps 25] [--folder runs/kills]

Each kill is a SIGKILL to all processes of a run of `generate` or of `batch`, at a moment drawn from a seed; then the
same command runs undisturbed. Each pair is two runs of `generate` that begin at once on one output. Nothing may be
lost: the films and the files that lay beside them are as they were, every sound is that of an undisturbed run to the
byte, and nothing of a killed run lies about.
"""

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from fractions import Fraction
from pathlib import Path

from benchmarks.common import FIRST_SEED, table
from mmhnet_cli.media.temporary import OURS
from mmhnet_cli.training.world.script import make_scene
from mmhnet_cli.training.world.writer import write_film

JOURNAL = "mmhnet-batch.jsonl"
SECONDS = 2
FILMS = 3
PRECIOUS = b"of the user"


def draw(folder: Path) -> Path:
    """A folder of short films, among files whose names look like those of a run."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for number in range(FILMS):
        film = folder / f"scene{number}.part.mp4"
        write_film(make_scene(FIRST_SEED + number, SECONDS), None, film, fps=Fraction(25), width=160, height=90)
        for end in ("part.wav", "part.json", "lock", "mp4.part"):
            (folder / f"scene{number}.part_mmhnet.{end}").write_bytes(PRECIOUS)
    return folder


def command(what: str, folder: Path, steps: int) -> list[str]:
    """`batch` over the folder, or `generate` for its first film with a sound and a film."""
    program = [sys.executable, "-m", "mmhnet_cli.cli.app", what]
    if what == "batch":
        return [*program, str(folder), "--jobs", "2", "--steps", str(steps), "--date", "none", "-q"]
    outputs = ["-o", str(folder / "out.wav"), "-o", str(folder / "out.mov"), "--force"]
    return [*program, str(folder / "scene0.part.mp4"), *outputs, "--steps", str(steps), "--date", "none", "-q"]


def start(line: list[str]) -> "subprocess.Popen[str]":
    """Start a command in a session of its own, to be killed as one."""
    return subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True)


def content(folder: Path) -> dict[str, object]:
    """Every file but the journal; of reports what does not depend on how fast the machine was."""
    found: dict[str, object] = {}
    for path in folder.iterdir():
        if path.name == JOURNAL:
            continue
        found[path.name] = path.read_bytes()
        if path.suffix == ".json" and found[path.name] != PRECIOUS:
            found[path.name] = {**json.loads(path.read_bytes()), "timings_s": None}
    return found


def left_of(folder: Path) -> int:
    """Files of ours that are not for the user."""
    return sum(OURS.fullmatch(path.name) is not None for path in folder.iterdir())


def kill_again_and_again(what: str, folder: Path, kills: int, steps: int) -> list[str]:
    """A row of the table: what is lost after so many kills, each followed by an undisturbed run."""
    rng = random.Random(FIRST_SEED)
    before = content(draw(folder))
    began = time.monotonic()
    done = subprocess.run(command(what, folder, steps), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    span_s = time.monotonic() - began
    expected = content(folder)
    lost, hurt, lying, killed, codes = 0, 0, 0, 0, Counter[int]()
    for number in range(kills):
        for name in content(folder).keys() - before.keys():
            (folder / name).unlink()
        (folder / JOURNAL).unlink(missing_ok=True)
        run = start(command(what, folder, steps))
        time.sleep(rng.uniform(0, span_s))
        killed += run.poll() is None
        os.killpg(run.pid, signal.SIGKILL) if run.poll() is None else None
        run.communicate()
        there = content(folder)
        lost += sum(there.get(name) != kept for name, kept in before.items())
        hurt += sum(there[name] != expected[name] for name in there.keys() & expected.keys() - before.keys())
        lying += left_of(folder)
        again = subprocess.run(command(what, folder, steps), capture_output=True, text=True, check=False)
        codes[again.returncode] += 1
        after = content(folder)
        lost += sum(after.get(name) != kept for name, kept in expected.items())
        hurt += len(after.keys() - expected.keys())
        print(f"{what} {number + 1}: {left_of(folder)} left", file=sys.stderr, flush=True)
    ends = ", ".join(f"{count} x exit {code}" for code, count in sorted(codes.items()))
    return [
        f"`{what}`",
        f"{killed} of {kills} while it ran",
        str(lost),
        str(hurt),
        f"{lying}, then {left_of(folder)}",
        ends,
    ]


def pairs(folder: Path, count: int, steps: int) -> list[str]:
    """A row of the table: two runs at once on one output, so many times."""
    before = content(draw(folder))
    line = [one for one in command("generate", folder, steps) if one != "--force"]
    assert subprocess.run(line, check=False).returncode == 0
    expected = content(folder)
    ends: Counter[str] = Counter()
    lost = hurt = 0
    for _ in range(count):
        for name in content(folder).keys() - before.keys():
            (folder / name).unlink()
        runs = [start(line) for _ in range(2)]
        said = [run.communicate()[1] for run in runs]
        codes = sorted(run.returncode for run in runs)
        named = any("(process " in text for text in said)
        ends[f"exits {codes[0]} and {codes[1]}{', holder named' if named else ''}"] += 1
        after = content(folder)
        lost += sum(after.get(name) != kept for name, kept in expected.items())
        hurt += len(after.keys() - expected.keys())
    told = "; ".join(f"{number} x {end}" for end, number in sorted(ends.items()))
    return ["two `generate` on one output", f"{count} pairs", str(lost), str(hurt), str(left_of(folder)), told]


def main() -> None:
    """Kill generate and batch, and print what they leave."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=50, help="of generate, and as many of batch")
    parser.add_argument("--pairs", type=int, default=20)
    parser.add_argument("--steps", type=int, default=25)
    parser.add_argument("--folder", type=Path, default=Path("runs/kills"))
    options = parser.parse_args()
    rows = [
        kill_again_and_again("generate", options.folder / "generate", options.kills, options.steps),
        kill_again_and_again("batch", options.folder / "batch", options.kills, options.steps),
        pairs(options.folder / "pairs", options.pairs, options.steps),
    ]
    header = ["what", "how often", "files lost or changed", "half-written or too many", "ours lying about", "ends"]
    print(table(header, rows))


if __name__ == "__main__":
    main()
