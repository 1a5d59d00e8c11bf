"""Damaged films and sounds: `generate` with one step of mini, and `measure`."""

import random
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from benchmarks.hostile.commands import call, command, worst
from benchmarks.hostile.damage import damaged
from benchmarks.hostile.watch import Finding
from mmhnet_cli.media.probe import probe
from mmhnet_cli.options import FilmOptions, OutputOptions, SamplerOptions
from mmhnet_cli.pipeline.asking.prepare import prepare
from mmhnet_cli.pipeline.generate import generate
from mmhnet_cli.pipeline.making.load import LoadedModel
from mmhnet_cli.pipeline.request import GenerateRequest

LONG_S = 30
"""A film that says it is longer is asked for the sound of a part: hours of sound take long, and rightly so."""
PART_S = Fraction(1, 5)
FILM_SHARE = 0.2
"""Of the cases that also write a film."""


@dataclass(frozen=True)
class Films:
    """bases: bytes of whole films by name. model: mini."""

    bases: dict[str, bytes]
    model: LoadedModel

    def write(self, rng: random.Random, folder: Path) -> None:
        """Write a film that is damaged."""
        name = rng.choice(list(self.bases))
        other = self.bases[rng.choice(list(self.bases))]
        (folder / name).write_bytes(damaged(rng, self.bases[name], other))

    def run(self, rng: random.Random, folder: Path) -> Finding:
        """Make its sound, and measure it."""
        (film,) = folder.iterdir()
        return worst((call(lambda: self._generate(rng, film)).finding, _measured(film)))

    def _generate(self, rng: random.Random, film: Path) -> None:
        output, start, end = "sound.wav", None, None
        duration = probe(film).duration
        if duration > LONG_S or rng.random() < FILM_SHARE:
            start = rng.choice((Fraction(0), max(Fraction(0), duration - PART_S), duration / 2))
            end = min(duration, start + PART_S)
        elif rng.random() < FILM_SHARE:
            output = rng.choice(("film.mp4", "film.mov", "film.mkv"))
        request = GenerateRequest(
            film,
            "rain",
            start=start,
            end=end,
            sampler=SamplerOptions(steps=1),
            output=OutputOptions(film=FilmOptions(original=rng.choice(("replace", "keep", "mix")))),
            outputs=(film.with_name(output),),
        )
        generate(prepare(request), self.model)


def _measured(film: Path) -> Finding:
    finding = command("measure", film).finding
    # Most films that cannot be measured could not be read either: one refusal is enough to tell of.
    return Finding("fine") if finding.grade == "refused" else finding
