"""What mmhnet does with hostile films, model folders, reports and lists of films: a table, and a line for each fault.

python -m benchmarks.hostile [--kind films] [--cases N] [--jobs 1] [--folder runs/hostile]
python -m benchmarks.hostile --kind films --only 14-273     once more, with all it says; its files stay in the folder

Every input is fixed by its kind, seed and number. Exit code 1 where something went wrong. Linux.
"""

import argparse
import random
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Protocol

import torch

from benchmarks.hostile.bases import make_bases, make_film
from benchmarks.hostile.films import Films
from benchmarks.hostile.manifests import Manifests
from benchmarks.hostile.models import Models
from benchmarks.hostile.reports import make_reports
from benchmarks.hostile.results import is_wrong, page
from benchmarks.hostile.watch import Bounds, Finding, Task, Verdict, watch
from mmhnet_cli.pipeline.making.load import load_named_model
from tests.tiny_model import write_tiny_model

SEED = 14
INPUT, LOG, CANARY = "in", "log.txt", "canary.txt"
"""In the folder of a case: the folder of its files, what was said, and a file that is none of its business."""
UNTOUCHED = "as it was"


class Kind(Protocol):
    """A kind of input."""

    def write(self, rng: random.Random, folder: Path) -> None:
        """Lay a case in a folder."""

    def run(self, rng: random.Random, folder: Path) -> Finding:
        """Give it to mmhnet, in a process of its own."""


def _films(folder: Path) -> Kind:
    return Films(make_bases(folder), load_named_model("mini", "cpu"))


def _models(folder: Path) -> Kind:
    whole = write_tiny_model(folder / "tiny")
    return Models({path.name: path.read_bytes() for path in sorted(whole.iterdir())}, make_film(folder))


def _manifests(folder: Path) -> Kind:
    return Manifests(make_film(folder).read_bytes())


KINDS: dict[str, tuple[Callable[[Path], Kind], int]] = {
    "films": (_films, 5000),
    "models": (_models, 400),
    "reports": (make_reports, 700),
    "manifests": (_manifests, 200),
}
"""How each is made ready in a folder of its own, and how many cases the full run has."""


def run(name: str, cases: Sequence[str], options: argparse.Namespace) -> dict[str, Verdict]:
    """The verdicts of the cases, SEED-NUMBER each, of one kind."""
    place = options.folder / f"{name}-bases"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    kind = KINDS[name][0](place)
    verdicts: dict[str, Verdict] = {}
    bounds = replace(Bounds(), seconds=options.seconds)
    for task, found in watch(_tasks(name, kind, cases, options.folder), bounds, options.jobs):
        folder = task.log.parent
        verdict = _with_strays(folder, found)
        verdicts[task.name] = verdict
        if is_wrong(verdict):
            print(f"{name} {task.name}: {verdict}", file=sys.stderr, flush=True)
        if options.only:
            print(task.log.read_text(errors="replace"), f"{folder}: {verdict}", sep="\n")
        else:
            shutil.rmtree(folder)
    return verdicts


def _tasks(name: str, kind: Kind, cases: Sequence[str], folder: Path) -> Iterator[Task]:
    """Lay the cases, one after the other as they are asked for."""
    for case in cases:
        rng = random.Random(f"{name} {case}")
        place = folder / f"{name}-{case}"
        shutil.rmtree(place, ignore_errors=True)
        (place / INPUT).mkdir(parents=True)
        (place / CANARY).write_text(UNTOUCHED)
        kind.write(rng, place / INPUT)
        yield Task(case, place / LOG, partial(kind.run, rng, place / INPUT))


def _with_strays(folder: Path, verdict: Verdict) -> Verdict:
    """The verdict, or that something beside the folder of the input was written."""
    strays = sorted({path.name for path in folder.iterdir()} - {INPUT, LOG, CANARY})
    if not strays and (folder / CANARY).read_text() == UNTOUCHED:
        return verdict
    return replace(verdict, finding=Finding("outside", f"wrote {' '.join(strays) or CANARY}"))


def main() -> int:
    """Try the cases of each kind, and return 1 where one went wrong."""
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
    # Commands are given paths, and run in this folder.
    options.folder = options.folder.absolute()
    # Cases are forks of this process, and a process with threads must not fork.
    torch.set_num_threads(1)
    verdicts, seconds = {}, {}
    for name in options.kind or KINDS:
        last = options.first + (KINDS[name][1] if options.cases is None else options.cases)
        cases = [options.only] if options.only else [f"{options.seed}-{n}" for n in range(options.first, last)]
        began = time.perf_counter()
        verdicts[name] = run(name, cases, options)
        seconds[name] = time.perf_counter() - began
    print(page(verdicts, seconds))
    return int(any(is_wrong(verdict) for results in verdicts.values() for verdict in results.values()))


if __name__ == "__main__":
    sys.exit(main())
