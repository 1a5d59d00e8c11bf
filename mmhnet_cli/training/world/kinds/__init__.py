"""All kinds of sound, one file each: a file in this folder with a `KIND` is all that a new one takes."""

import pkgutil
from collections.abc import Iterable
from importlib import import_module

from mmhnet_cli.training.world.kind import Kind


def find_kinds(folders: Iterable[str]) -> dict[str, Kind]:
    """Give the kinds in the files of these folders of this package, by name, in the order of the alphabet."""
    names = sorted(module.name for module in pkgutil.iter_modules(folders))
    return {name: import_module(f"{__name__}.{name}").KIND for name in names}


KINDS: dict[str, Kind] = find_kinds(__path__)

DRAWN = (
    "alarm",
    "bell",
    "ball",
    "clock",
    "crowd",
    "drill",
    "drum",
    "engine",
    "explosion",
    "fan",
    "fire",
    "footsteps",
    "glass_tap",
    "gravel_steps",
    "hammer_metal",
    "hammer_wood",
    "knock",
    "rain",
    "helicopter",
    "siren",
    "slam",
    "splash",
    "stream",
    "thunder",
    "typing",
    "waves",
    "whoosh",
    "wind",
)
"""The kinds that scenes are drawn of, unless others are asked for."""
