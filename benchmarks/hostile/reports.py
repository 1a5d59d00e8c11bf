"""Tampered reports: `generate --from-report`, `batch` over the folder they lie in, and what takes a report further."""

import json
import random
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from benchmarks.hostile.bases import make_film
from benchmarks.hostile.commands import command, worst
from benchmarks.hostile.trees import damaged_text, damaged_tree, to_text
from benchmarks.hostile.watch import Finding
from mmhnet_cli.models.registry import find_model
from mmhnet_cli.options import OutputOptions, SamplerOptions, Stem
from mmhnet_cli.pipeline.asking.prepare import prepare
from mmhnet_cli.pipeline.generate import generate
from mmhnet_cli.pipeline.making.load import load_model
from mmhnet_cli.pipeline.request import GenerateRequest
from tests.tiny_model import write_tiny_model

REPORT = "rain.json"


@dataclass(frozen=True)
class Reports:
    """reports: whole ones, of sounds for `film`, whose name is `film_name`."""

    reports: tuple[dict[str, Any], ...]
    film: bytes
    film_name: str

    def write(self, rng: random.Random, folder: Path) -> None:
        """Write a report that is damaged, and the film beside it."""
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
        """Make the sound of the report again, and do one of the other things that begin with a report."""
        report = folder / REPORT
        film = (folder / self.film_name,) if rng.random() < 0.5 else ()
        place = ("--output-dir", folder / "again") if rng.random() < 0.5 else ("--on-exists", "overwrite")
        own = ("--film", folder / self.film_name)
        further: tuple[tuple[object, ...], ...] = (
            ("generate", *film, "--from-report", report, "--keep", "rain", "--output-dir", folder / "kept"),
            ("generate", *film, "--from-report", report, "--gain", "locked", "--output-dir", folder / "locked"),
            ("redo", report, *own, "--from", "0.1", "--to", "0.3", "--track", rng.choice(("rain", "mix"))),
            ("vary", report, *own),
            ("pick", report, 2),
            ("export", report, *own, "--to", rng.choice(("csv", "edl", "reaper", "poly"))),
        )
        return worst(
            (
                command(*rng.choice(further)).finding,
                command("generate", *film, "--from-report", report, *place).finding,
                command("batch", folder, "--dry-run").finding,
            )
        )


def make_reports(folder: Path) -> Reports:
    """Make a film, and sounds for it: takes with handles, and stems, each with a report.

    By a model so small that the sound is not what a report costs.
    """
    film, place = make_film(folder), write_tiny_model(folder / "tiny")
    model = load_model(find_model(str(place)), "cpu")
    asked = GenerateRequest(film, model=str(place), sampler=SamplerOptions(steps=1))
    placed = OutputOptions(handles_s=Fraction(1, 10), timecode="01:00:00:00")
    stems = (Stem("rain", "rain"), Stem("wind", "wind", gain_db=-3.0))
    requests = (
        replace(asked, prompt="rain", takes=2, output=placed, output_dir=folder / "takes"),
        replace(asked, stems=stems, output_dir=folder / "stems"),
    )
    paths = [generate(prepare(request), model).files[-1] for request in requests]
    reports = tuple(_with_model(json.loads(path.read_bytes()), place) for path in paths)
    return Reports(reports, film.read_bytes(), film.name)


def _with_model(report: dict[str, Any], place: Path) -> dict[str, Any]:
    """The report as one that lies anywhere: it names its model by the path from its own folder."""
    return {**report, "request": {**report["request"], "model": str(place)}}
