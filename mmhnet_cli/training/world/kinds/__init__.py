"""All kinds of sound, one file each: a file in this folder with a `KIND` is all that a new one takes."""

import pkgutil
from collections.abc import Iterable
from importlib import import_module

from mmhnet_cli.training.world.kind import Kind


def find_kinds(folders: Iterable[str]) -> dict[str, Kind]:
    """Give the kinds in the files of these folders of this package, by name, in the order of the alphabet."""
    names = sorted(module.name for module in pkgutil.iter_modules(folders))
    return {name: import_module(f"{__name__}.{name}").KIND for name in names}


ALL_KINDS: dict[str, Kind] = find_kinds(__path__)

FIRST_EDITION = (
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
"""What the mini that ships has learnt, in the order in which its recogniser names them; the next edition learns all."""

KINDS: dict[str, Kind] = {name: ALL_KINDS[name] for name in FIRST_EDITION}
"""The kinds that scenes are drawn of."""
