"""All kinds of sound, one file each: a file in this folder with a `KIND` is all that a new one takes."""

import pkgutil
from collections.abc import Iterable
from importlib import import_module

from mmhnet_cli.training.world.kind import Kind


def find_kinds(folders: Iterable[str]) -> dict[str, Kind]:
    """The kinds in the files of these folders of this package, by name, in the order of the alphabet."""
    names = sorted(module.name for module in pkgutil.iter_modules(folders))
    return {name: import_module(f"{__name__}.{name}").KIND for name in names}


KINDS: dict[str, Kind] = find_kinds(__path__)
