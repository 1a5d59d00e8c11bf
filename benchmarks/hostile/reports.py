"""Tampered reports: `generate --from-report`, and `batch` over the folder in which they lie."""

import json
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.hostile.bases import make_film
from benchmarks.hostile.commands import command, worst
from benchmarks.hostile.trees import damaged_text, damaged_tree, to_text
from benchmarks.hostile.watch import Finding

REPORT = "rain.json"
PLAIN = ("--prompt", "rain", "--takes", "2", "--handles", "0.1", "--timecode", "01:00:00:00")
STEMS = ("--stem", "rain=rain", "--stem", "wind=wind", "--stem-gain", "wind=-3", "--negative-prompt", "")
SETS = (PLAIN, STEMS)
"""Options of the runs whose reports are tampered with."""


@dataclass(frozen=True)
class Reports:
    """reports: whole ones, of sounds for `film`, whose name is `film_name`."""

    reports: tuple[dict[str, Any], ...]
    film: bytes
    film_name: str

    def write(self, rng: random.Random, folder: Path) -> None:
        (folder / self.film_name).write_bytes(self.film)
        report = rng.choice(self.reports)
        if rng.random() < 0.2:
            content = damaged_text(rng, to_text(report))
        elif rng.random() < 0.7:
            content = to_text({**report, "request": damaged_tree(rng, report["request"])}).encode()
        else:
            content = to_text(damaged_tree(rng, report)).encode()
        (folder / REPORT).write_bytes(content)

    def run(self, rng: random.Random, folder: Path) -> Finding:
        report = folder / REPORT
        film = (folder / self.film_name,) if rng.random() < 0.5 else ()
        place = ("--output-dir", folder / "again") if rng.random() < 0.5 else ("--on-exists", "overwrite")
        return worst(
            (
                command("generate", *film, "--from-report", report, *place).finding,
                command("batch", folder, "--dry-run").finding,
            )
        )


def make_reports(folder: Path) -> Reports:
    """Make a film, and sounds for it with all kinds of options, each with a report."""
    film = make_film(folder)
    reports = []
    for number, options in enumerate(SETS):
        place = folder / str(number)
        answer = command("generate", film, "--output-dir", place, "--steps", 1, *options)
        assert not answer.code, answer.complaints
        (path,) = place.glob("*.json")
        reports.append(json.loads(path.read_bytes()))
    return Reports(tuple(reports), film.read_bytes(), film.name)
