"""The choices of one film in one table, by the names of the options: what commands, files and manifests take."""

from collections.abc import Collection, Mapping

from mmhnet_cli.options.beside import Beside
from mmhnet_cli.options.choice import Option
from mmhnet_cli.options.request import GenerateRequest
from mmhnet_cli.options.tree import options_of

CHOICES: Mapping[str, Option] = {**options_of(GenerateRequest), **options_of(Beside)}


def columns_of(options: Mapping[str, Option]) -> dict[str, Option]:
    """Those that a list of films may set. Programs, devices and folders belong to the one who runs it."""
    return {name: option for name, option in options.items() if option.choice.column}


def said_by(options: Mapping[str, Option], chosen: Collection[str]) -> frozenset[str]:
    """Those that some of the `chosen` ones say, and that are not chosen themselves."""
    return frozenset(name for name, option in options.items() if option.choice.said_by in chosen and name not in chosen)
