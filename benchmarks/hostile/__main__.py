"""What mmhnet does with hostile films, model folders, reports and lists of films: a table, and a line for each fault.

python -m benchmarks.hostile [--kind films] [--cases N] [--jobs 1] [--folder runs/hostile]
python -m benchmarks.hostile --kind films --only 14-273     once more, with all it says; its files stay in the folder

Every input is fixed by its kind, seed and number. Exit code 1 where something went wrong.
"""

import argparse
import random
import shutil
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import torch

from benchmarks.common import table
from benchmarks.hostile.bases import make_bases, make_film
from benchmarks.hostile.films import Films
from benchmarks.hostile.manifests import Manifests
from benchmarks.hostile.models import Models
from benchmarks.hostile.reports import make_reports
from benchmarks.hostile.watch import GRADES, Bounds, Finding, Task, Verdict, watch
from mmhnet_cli.pipeline.load import load_named_model
from tests.tiny_model import write_tiny_model

SEED = 14
INPUT = "in"
"""The folder of a case in which its files lie; what mmhnet changes beside it is outside."""


class Kind(Protocol):
    """A kind of input. write: lays a case in a folder. run: gives it to mmhnet, in a process of its own."""

    def write(self, rng: random.Random, folder: Path) -> None: ...
    def run(self, rng: random.Random, folder: Path) -> Finding: ...


def films(folder: Path) -> Kind:
    return Films(make_bases(folder), load_named_model("mini", "cpu"))


def models(folder: Path) -> Kind:
    whole = write_tiny_model(folder / "tiny")
    return Models({path.name: path.read_bytes() for path in sorted(whole.iterdir())}, make_film(folder))


def reports(folder: Path) -> Kind:
    return make_reports(folder)


def manifests(folder: Path) -> Kind:
    return Manifests(make_film(folder).read_bytes())


KINDS: dict[str, tuple[Callable[[Path], Kind], int]] = {
    "films": (films, 5000),
    "models": (models, 400),
    "reports": (reports, 700),
    "manifests": (manifests, 200),
}
"""How each is made ready in a folder of its own, and how many cases the full run has."""


def tasks(name: str, kind: Kind, cases: Sequence[str], folder: Path) -> Iterator[Task]:
    """Lay and name the cases, SEED-NUMBER each, one after the other as they are asked for."""
    for case in cases:
        rng = random.Random(f"{name} {case}")
        place = folder / f"{name}-{case}"
        shutil.rmtree(place, ignore_errors=True)
        (place / INPUT).mkdir(parents=True)
        kind.write(rng, place / INPUT)
        yield Task(case, place / "log.txt", lambda rng=rng, place=place: kind.run(rng, place / INPUT))


def report(name: str, results: dict[str, Verdict], seconds: float) -> list[object]:
    """The row of a kind."""
    grades = Counter(verdict.finding.grade for verdict in results.values())
    most = max((verdict.memory_bytes for verdict in results.values()), default=0)
    slowest = max((verdict.seconds for verdict in results.values()), default=0.0)
    counts = [grades[grade] for grade in GRADES]
    return [name, len(results), *counts, f"{most >> 20} MB", f"{slowest:.1f} s", f"{seconds:.0f} s"]


def refusals(results: dict[str, Verdict]) -> str:
    """How often each error was the answer."""
    classes = Counter(v.finding.words for v in results.values() if v.finding.grade == "refused")
    return ", ".join(f"{words} {count}" for words, count in classes.most_common())


def faults(results: dict[str, Verdict]) -> list[str]:
    """A line for everything that went wrong in one way, with the first cases."""
    alike: dict[tuple[str, str], list[str]] = defaultdict(list)
    for case, verdict in results.items():
        if verdict.finding.grade not in ("fine", "refused"):
            alike[verdict.finding.grade, verdict.finding.words].append(case)
    return [
        f"{grade} ({len(cases)}): {words}; {' '.join(cases[:5])}"
        for (grade, words), cases in sorted(alike.items(), key=lambda item: -len(item[1]))
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kind", choices=KINDS, action="append", help="all where none is named")
    parser.add_argument("--cases", type=int, help="of each kind; all where it is left out")
    parser.add_argument("--first", type=int, default=0, help="number of the first case")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--only", metavar="SEED-NUMBER", help="this case alone, shown; its files stay")
    parser.add_argument("--jobs", type=int, default=1, help="cases at a time")
    parser.add_argument("--seconds", type=float, default=Bounds.seconds, help="what is longer hangs")
    parser.add_argument("--folder", type=Path, default=Path("runs/hostile"))
    options = parser.parse_args()
    # Cases are forks of this process, and a process with threads must not fork.
    torch.set_num_threads(1)
    rows, details, wrong = [], [], 0
    for name in options.kind or KINDS:
        make, most = KINDS[name]
        bases = options.folder / f"{name}-bases"
        shutil.rmtree(bases, ignore_errors=True)
        bases.mkdir(parents=True)
        kind = make(bases)
        numbers = range(options.first, options.first + (most if options.cases is None else options.cases))
        cases = [options.only] if options.only else [f"{options.seed}-{number}" for number in numbers]
        results: dict[str, Verdict] = {}
        began = time.perf_counter()
        bounds = replace(Bounds(), seconds=options.seconds)
        for task, verdict in watch(tasks(name, kind, cases, options.folder), bounds, options.jobs):
            results[task.name] = verdict
            if verdict.finding.grade not in ("fine", "refused"):
                print(f"{name} {task.name}: {verdict}", file=sys.stderr, flush=True)
            if options.only:
                print(task.log.read_text(errors="replace"), f"{task.log.parent}: {verdict}", sep="\n")
            else:
                shutil.rmtree(task.log.parent)
        rows.append(report(name, results, time.perf_counter() - began))
        details += [f"{name}, refused: {refusals(results) or 'none'}", *faults(results)]
        wrong += sum(verdict.finding.grade not in ("fine", "refused") for verdict in results.values())
    header = ["kind", "cases", *GRADES, "most memory", "slowest", "time"]
    print(table(header, rows), *details, sep="\n\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
