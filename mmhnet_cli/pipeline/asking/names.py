"""The files of one generation, named before any work begins."""

import hashlib
import os
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from mmhnet_cli.errors import BadOption, OutputUnwritable
from mmhnet_cli.options.request import MIX

SOUND_SUFFIX = ".wav"
FIELDS = ("source", "stem", "take", "seed", "model", "rate", "bits")
FORBIDDEN = dict.fromkeys([*map(ord, '/\\:*?"<>|'), *range(32), 127], "_")
NAME_BYTES = 255
"""A name may take so many bytes nearly everywhere: systems that count letters count no more than these."""
LONGEST_SUFFIX = len(".latents")
DIGEST_LETTERS = 8


def is_film(path: Path) -> bool:
    """Tell whether an output of this name is a film, not a sound."""
    return path.suffix.lower() != SOUND_SUFFIX


@dataclass(frozen=True)
class Output:
    """A file to write."""

    path: Path
    take: int = 0
    """Takes are counted from 0."""
    stem: str | None = None
    """The file holds the sound of this stem; None stands for the mix."""

    @property
    def is_film(self) -> bool:
        """Tell whether the file is a film, not a sound."""
        return is_film(self.path)


@dataclass(frozen=True)
class Naming:
    """How the files of a request are called."""

    folder: Path
    template: str
    """It has FIELDS in braces, and no suffix."""
    takes: int
    """So many takes are made; a single one has no number."""
    fixed: tuple[Path, ...]
    """These names of the mix are given in full."""
    stems: tuple[str, ...]
    """Each stem is called by one of these names."""
    values: dict[str, str]
    """These fields, by name, are the same in every file's name."""
    seed: int
    """The first take has this seed."""

    def outputs(self) -> Iterator[Output]:
        """Yield all files, take by take, the mix before its stems.

        Raises BadOption for a template that cannot be used, and OutputUnwritable for a given name that is too long.
        """
        for take in range(self.takes):
            mixes = [_fitting(path.with_stem(path.stem + self._number(take))) for path in self.fixed]
            yield from (Output(path, take) for path in mixes or [self._named(MIX, take)])
            yield from (Output(self._named(stem, take), take, stem) for stem in self.stems)

    @property
    def report(self) -> Path:
        """Return the path of the report of all takes: it is named as the mix, without the number of a take."""
        if self.fixed:
            return _fitting(self.fixed[0].with_suffix(".json"))
        return self.folder / (self._fill(MIX, "", self.seed) + ".json")

    def _number(self, take: int) -> str:
        return f"_t{take + 1:02}" if self.takes > 1 else ""

    def _named(self, stem: str, take: int) -> Path:
        return self.folder / (self._fill(stem, self._number(take), self.seed + take) + SOUND_SUFFIX)

    @cached_property
    def _source(self) -> str:
        """Return the name of the film, cut so that the longest name of all fits; a digest of the whole then ends it."""
        name = self.values["source"].translate(FORBIDDEN)
        # A template may name the film more than once.
        times = self._longest("xx") - self._longest("x")
        room = NAME_BYTES - LONGEST_SUFFIX - self._longest("x") + times
        if _bytes(name) * times <= room:
            return name
        digest = "~" + hashlib.sha256(os.fsencode(name)).hexdigest()[:DIGEST_LETTERS]
        cut = name
        while cut and _bytes(cut + digest) * times > room:
            cut = cut[:-1]
        if not cut:
            raise BadOption("--name", self.template, f"a template whose names have at most {NAME_BYTES} bytes")
        return cut + digest

    def _longest(self, source: str) -> int:
        """Return how many bytes the longest name without its suffix has, were the film called `source`."""
        ends = [(stem, take) for stem in (MIX, *self.stems) for take in (0, self.takes - 1)]
        values = {**self.values, "source": source}
        return max(
            _bytes(self._with({**values, "stem": stem}, self._number(take), self.seed + take)) for stem, take in ends
        )

    def _fill(self, stem: str, take: str, seed: int) -> str:
        return self._with({**self.values, "source": self._source, "stem": stem}, take, seed)

    def _with(self, values: Mapping[str, str], take: str, seed: int) -> str:
        values = {name: value.translate(FORBIDDEN) for name, value in values.items()}
        values |= {"take": take, "seed": str(seed)}
        filled = ""
        try:
            for text, name, spec, conversion in string.Formatter().parse(self.template):
                if (name is not None and name not in values) or spec or conversion:
                    raise ValueError(f"{{{name}}}")
                filled += text + ("" if name is None else values[name])
        except ValueError as error:
            raise BadOption("--name", self.template, f"a name with no other fields than {_known()} ({error})") from None
        if filled != filled.translate(FORBIDDEN) or filled.strip(". ") == "":
            raise BadOption("--name", self.template, "the name of a file, without a folder and its suffix")
        return filled


def with_suffix_of(film: Path, template: str) -> str:
    """Return `template` with the suffix of the film behind its name, as in `a.mov_mmhnet`, which is not that of
    `a.mp4`."""
    suffix = film.suffix.translate(FORBIDDEN).replace("{", "{{").replace("}", "}}")
    return template.replace("{source}", "{source}" + suffix)


def _fitting(path: Path) -> Path:
    if _bytes(path.name) > NAME_BYTES:
        raise OutputUnwritable(path, f"its name is longer than {NAME_BYTES} bytes")
    return path


def _bytes(name: str) -> int:
    return len(os.fsencode(name))


def _known() -> str:
    return ", ".join(f"{{{name}}}" for name in FIELDS)
