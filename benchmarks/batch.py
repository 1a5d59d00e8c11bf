"""`mmhnet batch` over many films: its rate, what bounds it, and what ten kills leave of it.

python -m benchmarks.batch [--films 100] [--kills 10] [--loop 10] [--folder runs/batch]
"""

import argparse
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common import FIRST_SEED, table
from mmhnet_cli.media.audio_file import write_wav
from mmhnet_cli.pipeline.asking.prepare import prepare
from mmhnet_cli.pipeline.generate import encode, render
from mmhnet_cli.pipeline.making.load import load_named_model
from mmhnet_cli.pipeline.making.stages import Stages
from mmhnet_cli.pipeline.request import GenerateRequest
from mmhnet_cli.training.world.script import make_scene
from mmhnet_cli.training.world.writer import write_film

JOURNAL = "mmhnet-batch.jsonl"
BROKEN = 5
JOBS = 2
"""Workers, one per core, as is the default on two cores; a run with one is made beside it."""
SHORTEST_S, LONGEST_S = 2, 20


@dataclass(frozen=True)
class Ran:
    """A finished run: wall seconds, those of all processors, exit code, and what it said of each film."""

    seconds: float
    cpu_s: float
    code: int
    films: dict[str, dict[str, Any]]

    @property
    def counts(self) -> str:
        """Count the films by status, with the exit code."""
        counts = Counter(film["status"] for film in self.films.values())
        return ", ".join(f"{count} {status}" for status, count in sorted(counts.items())) + f", exit {self.code}"


def draw_films(folder: Path, count: int) -> None:
    """Films of 2 to 20 s in tenths, and five files that are none, each in its own way."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = random.Random(FIRST_SEED)
    for number in range(count - BROKEN):
        path = folder / f"film{number:03}.mp4"
        seconds = rng.randint(10 * SHORTEST_S, 10 * LONGEST_S) / 10
        if not path.exists():
            write_film(make_scene(FIRST_SEED + number, seconds), None, path, fps=Fraction(25), width=320, height=180)
    whole = (folder / "film000.mp4").read_bytes()
    (folder / "bad_cut.mp4").write_bytes(whole[: len(whole) // 2])
    (folder / "bad_empty.mp4").touch()
    (folder / "bad_text.mp4").write_text("This is no film.\n")
    (folder / "bad_list.mp4").write_text("ffconcat version 1.0\nfile 'film000.mp4'\n")
    sound = folder / "sound.wav"
    write_wav(sound, np.zeros((1, 48000), dtype=np.float32), 48000, 16)
    sound.rename(folder / "bad_sound.mp4")


def command(inputs: Sequence[Path], out: Path, jobs: int) -> list[str]:
    """The command line of a run."""
    arguments = [
        "batch",
        *map(str, inputs),
        "--output-dir",
        str(out),
        "--jobs",
        str(jobs),
        "--json",
        "--progress",
        "off",
    ]
    return [sys.executable, "-m", "mmhnet_cli.cli.app", *arguments]


def run_batch(inputs: Sequence[Path], out: Path, jobs: int) -> Ran:
    """A run from beginning to end."""
    before = cpu_of_children()
    began = time.perf_counter()
    done = subprocess.run(
        command(inputs, out, jobs), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False
    )
    seconds = time.perf_counter() - began
    records = [json.loads(line) for line in done.stdout.splitlines()]
    films = {record["film"]: record for record in records if record["type"] == "film"}
    return Ran(seconds, cpu_of_children() - before, done.returncode, films)


def cpu_of_children() -> float:
    """Seconds on processors of all processes that this one started and that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def loop_generate(films: Sequence[Path], out: Path) -> float:
    """Wall seconds of one `mmhnet generate` after the other."""
    began = time.perf_counter()
    for film in films:
        arguments = ["generate", str(film), "--output-dir", str(out), "--quiet"]
        subprocess.run([sys.executable, "-m", "mmhnet_cli.cli.app", *arguments], stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began


@dataclass
class SamplerClock:
    """Seconds on processors between the first and the last step of every sampling."""

    cpu_s: float = 0.0
    last_s: float = 0.0

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Add the processor time since the last step."""
        now = time.process_time()
        if stage == "sample" and done:
            self.cpu_s += now - self.last_s
        self.last_s = now


def sample_alone(films: Sequence[Path]) -> tuple[float, float]:
    """Seconds, and those on processors, that the sampler takes for these films with all cores to itself."""
    model = load_named_model("mini", "cpu")
    encoders = model.load_encoders()
    seconds, clock = 0.0, SamplerClock()
    for film in films:
        job = prepare(GenerateRequest(film))
        stages = Stages(model.device, clock)
        encoded = encode(job, model, encoders, stages, lambda *told: None)
        render(job, model, encoded, 0, stages)
        seconds += stages.seconds["sample"]
    return seconds, clock.cpu_s


def events(journal: Path) -> list[dict[str, Any]]:
    """The lines of a journal that are whole."""
    found = []
    for line in journal.read_text(encoding="utf-8").splitlines() if journal.exists() else ():
        try:
            found.append(json.loads(line))
        except ValueError:
            continue
    return found


def workers_of(pid: int) -> list[int]:
    """Worker processes of a run, as Linux tells them."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [int(child) for child in children if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]
    except OSError:
        return []


def kill_and_start_again(inputs: Sequence[Path], out: Path, jobs: int, kills: int, span_s: float) -> list[str]:
    """Kill run after run within `span_s` of its first film, every other time a worker first; a line for each."""
    rng = random.Random(FIRST_SEED)
    journal, log = out / JOURNAL, []
    for number in range(kills):
        seen = len(events(journal))
        run = subprocess.Popen(
            command(inputs, out, jobs),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        said = []
        moments = sorted(rng.uniform(0, span_s) for _ in range(1 + number % 2))
        while run.poll() is None and all(event["kind"] != "started" for event in events(journal)[seen:]):
            time.sleep(0.01)
        began = time.perf_counter()
        for moment in moments:
            time.sleep(max(0.0, began + moment - time.perf_counter()))
            if run.poll() is not None:
                said.append(f"nothing: it had ended before {moment:.2f} s")
            elif moment == moments[-1]:
                os.killpg(run.pid, signal.SIGKILL)
                said.append(f"all processes after {moment:.2f} s")
            elif alive := workers_of(run.pid):
                os.kill(rng.choice(alive), signal.SIGKILL)
                said.append(f"a worker after {moment:.2f} s")
        run.wait()
        last = {event["film"]: event["kind"] for event in events(journal) if event["film"] is not None}
        counts = Counter(last.values())
        parts = sum(".part" in path.name for path in out.iterdir())
        locks = sum(path.name.endswith(".lock") for path in out.iterdir())
        log.append(
            f"kill {number + 1}: {', then '.join(said)}; by the journal {counts['done'] + counts['skipped']} done, "
            f"{counts['started']} begun; lying about: {parts} unfinished files, {locks} locks"
        )
    return log


def sounds(out: Path) -> dict[str, Any]:
    """Every file but the journal; of reports what does not depend on how fast the machine was."""
    found: dict[str, Any] = {}
    for path in out.iterdir():
        if path.suffix == ".json":
            found[path.name] = {**json.loads(path.read_bytes()), "timings_s": None}
        elif path.name != JOURNAL:
            found[path.name] = path.read_bytes()
    return found


def done_twice(journal: Path) -> list[str]:
    """Films that were begun again after they had been done."""
    done: set[str] = set()
    twice = []
    for event in events(journal):
        if event["kind"] in ("done", "skipped"):
            done.add(event["film"])
        elif event["kind"] == "started" and event["film"] in done:
            twice.append(event["film"])
    return twice


def main() -> None:
    """Measure the rate of batch and what kills leave, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--films", type=int, default=100, help="with the five that are broken")
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--loop", type=int, default=10, help="films for the loop over `mmhnet generate`")
    parser.add_argument("--folder", type=Path, default=Path("runs/batch"))
    options = parser.parse_args()
    films = options.folder / f"films{options.films}"
    draw_films(films, options.films)
    good = sorted(films.glob("film*.mp4"))
    few = good[: options.loop]

    def fresh(name: str) -> Path:
        shutil.rmtree(options.folder / name, ignore_errors=True)
        return options.folder / name

    alone, alone_cpu = sample_alone(good)
    print(f"sampler alone: {alone:.1f} s, on processors {alone_cpu:.1f} s", file=sys.stderr, flush=True)
    runs = {}
    rows = []
    for jobs in (1, JOBS):
        runs[jobs] = ran = run_batch([films], fresh(f"jobs{jobs}"), jobs)
        sampling = sum(film["timings_s"]["sample"] for film in ran.films.values() if film["status"] == "done")
        rows.append(
            [
                f"{jobs} x {max(1, (os.cpu_count() or 1) // jobs)}",
                ran.counts,
                f"{ran.seconds:.1f} s",
                f"{sampling:.1f} s",
                f"{alone / ran.seconds:.2f}",
                f"{ran.cpu_s:.1f} s",
                f"{alone_cpu / ran.cpu_s:.2f}",
            ]
        )
        print(rows[-1], file=sys.stderr, flush=True)
    header = ["workers x threads", "outcome", "wall time", "sampling in it, summed", "sampler alone / wall time"]
    header += ["on processors", "sampler alone / on processors"]
    print(table(header, rows))
    first, second = (sounds(options.folder / f"jobs{jobs}") for jobs in runs)
    same = sum(first[name] == second[name] for name in first if name.endswith(".wav"))
    print(
        f"\nSampler alone, {len(good)} films one after the other: {alone:.1f} s, on processors {alone_cpu:.1f} s. ",
        end="",
    )
    print(f"Sounds of the same bytes with one and with two workers: {same} of {len(good)}.\n")

    looped = loop_generate(few, fresh("loop"))
    batched = run_batch(few, fresh("few"), JOBS)
    print(
        table(
            [f"{len(few)} films", "wall time", "times the loop's rate"],
            [
                ["loop over `mmhnet generate`", f"{looped:.1f} s", "1"],
                ["`mmhnet batch`", f"{batched.seconds:.1f} s", f"{looped / batched.seconds:.1f}"],
                [
                    f"`mmhnet batch` over {len(good)}",
                    f"{runs[JOBS].seconds:.1f} s",
                    f"{looped / len(few) / (runs[JOBS].seconds / len(good)):.1f}",
                ],
            ],
        )
    )
    print(flush=True)

    killed = fresh("killed")
    # So that with the last kill most is done, but not all: what was begun is lost each time.
    span_s = 2 * runs[JOBS].seconds / max(1, options.kills)
    for line in kill_and_start_again([films], killed, JOBS, options.kills, span_s):
        print(line, flush=True)
    last = run_batch([films], killed, JOBS)
    whole = options.folder / f"jobs{JOBS}"
    litter = {path.name for path in killed.iterdir()} ^ {path.name for path in whole.iterdir()}
    print(f"last run: {last.counts}, {last.seconds:.1f} s")
    print(f"files as of the undisturbed run: {'all' if sounds(killed) == second else 'NOT all'}")
    print(f"names that only one of them has: {', '.join(sorted(litter)) or 'none'}")
    print(f"films begun again after they were done: {', '.join(done_twice(killed / JOURNAL)) or 'none'}")


if __name__ == "__main__":
    main()
