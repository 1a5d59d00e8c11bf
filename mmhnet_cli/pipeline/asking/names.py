"""The files of one generation, named before any work begins."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from mmhnet_cli.errors import BadOption, OutputUnwritable
from mmhnet_cli.options.request import MIX
from mmhnet_cli.pipeline.asking.templates import FORBIDDEN, OF_CUES, filled, name_bytes, shortened_to, value_as_name

SOUND_SUFFIX = ".wav"
NAME_BYTES = 255
"""A name may take so many bytes nearly everywhere: systems that count letters count no more than these."""
LONGEST_SUFFIX = len(".latents")


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
    cue: int | None = None
    """The file holds this cue of the stem alone, counted from 0 in the request; None stands for all of them."""

    @property
    def is_film(self) -> bool:
        """Tell whether the file is a film, not a sound."""
        return is_film(self.path)


@dataclass(frozen=True)
class CueName:
    """What the name of a cue's own file is made of."""

    number: int
    """It is counted from 0 in the request."""
    track: str
    seed: int
    """The first take has this seed."""
    values: Mapping[str, str]
    """These fields, by name, are those of the cue."""


@dataclass(frozen=True)
class Naming:
    """How the files of a request are called."""

    folder: Path
    template: str
    """It has FIELDS in braces, and no suffix."""
    takes: int
    """So many takes are made; a single one has no number."""
    fixed: tuple[Path, ...]
    """These names of the mix are given in full; the film of a template is then called as the first of them."""
    stems: tuple[str, ...]
    """Each stem is called by one of these names."""
    values: dict[str, str]
    """These fields, by name, are the same in every file's name."""
    seed: int
    """The first take has this seed."""
    ucs: Mapping[str, str] = field(default_factory=dict)
    """By stem, and MIX: the name by the Universal Category System; there are none where the template has no {ucs}."""
    cues: tuple[CueName, ...] = ()
    """These cues get files of their own."""

    def outputs(self) -> Iterator[Output]:
        """Yield all files, take by take, the mix before its stems and these before cues.

        Raises BadOption for a template that cannot be used, and OutputUnwritable for a given name that is too long.
        """
        for take in range(self.takes):
            mixes = [_fitting(path.with_stem(path.stem + self._number(take))) for path in self.fixed]
            yield from (Output(path, take) for path in mixes or [self._named(MIX, take)])
            yield from (Output(self._named(stem, take), take, stem) for stem in self.stems)
            yield from (Output(self._named(cue.track, take, cue), take, cue.track, cue.number) for cue in self.cues)

    @property
    def report(self) -> Path:
        """Return the path of the report of all takes: named as the mix, without the number of a take, in the folder
        that holds all of them."""
        if self.fixed:
            return _fitting(self.fixed[0].with_suffix(".json"))
        folders = {self._named(*end).parent for end in self._ends()}
        return Path(os.path.commonpath(folders)) / (self._with(self._film, MIX, None)[-1] + ".json")

    def _number(self, take: int) -> str:
        return f"_t{take + 1:02}" if self.takes > 1 else ""

    def _named(self, stem: str, take: int, cue: CueName | None = None) -> Path:
        *folders, name = self._with(self._film, stem, take, cue)
        return self.folder.joinpath(*folders, name + SOUND_SUFFIX)

    @cached_property
    def _film(self) -> str:
        """Return the name of the film, cut so that the longest name of all fits; a digest of the whole then ends it."""
        name = value_as_name(self.fixed[0].stem if self.fixed else self.values["film"])
        found = shortened_to(name, self._fits)
        if not found:
            raise BadOption("--name", self.template, f"a template whose names have at most {NAME_BYTES} bytes")
        return found

    def _fits(self, film: str) -> bool:
        """Tell whether every part of every name has room for the longest suffix, were the film called so."""
        names = (self._with(film, *end) for end in self._ends())
        return all(name_bytes(part) <= NAME_BYTES - LONGEST_SUFFIX for name in names for part in name)

    def _ends(self) -> Iterator[tuple[str, int, CueName | None]]:
        """Yield what tells the files of the first and the last take apart."""
        for take in {0, self.takes - 1}:
            yield from ((stem, take, None) for stem in (MIX, *self.stems))
            yield from ((cue.track, take, cue) for cue in self.cues)

    def _with(self, film: str, stem: str, take: int | None, cue: CueName | None = None) -> tuple[str, ...]:
        """Return folders and name of a file; take None is that of all takes."""
        number = "" if take is None else self._number(take)
        seed = (self.seed if cue is None else cue.seed) + (take or 0)
        own = {"film": film, "track": stem, "take": number, "seed": str(seed)}
        if stem in self.ucs:
            own["ucs"] = self.ucs[stem]
        of_cue = dict.fromkeys(OF_CUES, "") if cue is None else cue.values
        return filled(self.template, {**self.values, **own, **of_cue})


def needs_look(template: str) -> bool:
    """Tell whether names depend on what only a look at the film, or at the words of a model, can tell."""
    return any(f"{{{field}}}" in template for field in ("tc", "start", "end", "ucs"))


def with_suffix_of(film: Path, template: str) -> str:
    """Return `template` with the suffix of the film behind its name, as in `a.mov_mmhnet`, which is not that of
    `a.mp4`."""
    suffix = film.suffix.translate(FORBIDDEN).replace("{", "{{").replace("}", "}}")
    if not any(named in template for named in ("{film}", "{source}")):
        # The last part of a UCS name is the film's.
        return template.replace("{ucs}", "{ucs}" + suffix)
    return template.replace("{film}", "{film}" + suffix).replace("{source}", "{source}" + suffix)


def _fitting(path: Path) -> Path:
    if name_bytes(path.name) > NAME_BYTES:
        raise OutputUnwritable(path, f"its name is longer than {NAME_BYTES} bytes")
    return path
