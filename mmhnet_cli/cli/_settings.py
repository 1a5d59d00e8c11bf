"""Settings and where they come from.

An option given on the command line wins over `MMHNET_*` in the environment, then `--config FILE`, then `mmhnet.toml` in
the working folder or a parent of it, then the file of the user, then the default.
"""

import json
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any

import platformdirs

from mmhnet_cli.cli._options import COMMON
from mmhnet_cli.errors import BadOption, MMHNetError
from mmhnet_cli.fields import shown
from mmhnet_cli.models.registry import MODELS
from mmhnet_cli.options.choice import Option
from mmhnet_cli.options.table import CHOICES, said_by
from mmhnet_cli.pipeline.asking.texts import read_text, reason_of

FILE_NAME = "mmhnet.toml"
MAX_BYTES = 1_000_000
NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")

SETTINGS = {name: option for name, option in {**CHOICES, **COMMON}.items() if option.choice.setting}
"""A configuration file may set these, by the names of the options."""


@dataclass(frozen=True)
class FileValue:
    """A value as a configuration file gives it."""

    value: Any
    path: Path


class Place(IntEnum):
    """Where a choice stands, the weakest first."""

    DEFAULT = 0
    FILE = 1
    ENVIRONMENT = 2
    OPTION = 3


@dataclass(frozen=True)
class Setting:
    """A value in force, the words that say where it comes from, and the text that says it."""

    value: Any
    origin: str
    text: str = ""
    place: Place = Place.DEFAULT

    @property
    def is_given(self) -> bool:
        """Tell whether it stands on the command line."""
        return self.place is Place.OPTION


def user_file() -> Path:
    """Return the settings file of the user on this system."""
    return platformdirs.user_config_path("mmhnet") / FILE_NAME


def project_file(folder: Path) -> Path | None:
    """Return the nearest `mmhnet.toml` at `folder` or above."""
    candidates = (parent / FILE_NAME for parent in (folder, *folder.parents))
    return next((path for path in candidates if path.is_file()), None)


def file_values(explicit: Path | None, folder: Path) -> dict[str, FileValue]:
    """Return the values of all configuration files, the stronger file on top.

    A file the user names, or keeps in the own configuration folder, is trusted. One that lies beside the films may come
    from somebody else: it chooses settings, but no programs, no weights outside the table, no folder outside its own.
    """
    values: dict[str, FileValue] = {}
    problems: list[MMHNetError] = []
    if (user := user_file()).is_file():
        values |= _read_file(user, problems)
    if (project := project_file(folder)) is not None and project != user:
        local = _read_file(project, problems)
        problems += [found for name, entry in local.items() if (found := _untrusted(name, entry))]
        values = _below(values, local) | local
    if explicit is not None:
        chosen = _read_file(explicit, problems)
        values = _below(values, chosen) | chosen
    if problems:
        raise ExceptionGroup("configuration", problems)
    return values


def _below(weaker: Mapping[str, FileValue], stronger: Mapping[str, FileValue]) -> dict[str, FileValue]:
    """Return what a weaker file says, without what a choice of a stronger one says."""
    return {name: entry for name, entry in weaker.items() if name not in said_by(SETTINGS, stronger)}


def resolve(
    options: Mapping[str, Option], given: Mapping[str, Any], files: Mapping[str, FileValue]
) -> tuple[dict[str, Setting], list[MMHNetError]]:
    """Return what is in force, by where each value comes from, never by its value; and what cannot be used.

    given: what stands on the command line, as text. An option that cannot be used is as if nobody had chosen it.
    """
    settings: dict[str, Setting] = {}
    problems: list[MMHNetError] = []
    for name, option in options.items():
        try:
            settings[name] = _in_force(option, given.get(name), files.get(name))
        except BadOption as problem:
            problems.append(problem)
            settings[name] = unchosen(option)
    for name, option in options.items():
        other = settings.get(option.choice.said_by)
        if other is not None and settings[name].place < other.place:
            settings[name] = unchosen(option)
    return settings, problems


def unchosen(option: Option) -> Setting:
    """Return the setting of an option that nobody has chosen."""
    value, text = option.unchosen
    return Setting(value, "default", text)


def _in_force(option: Option, given: Any, entry: FileValue | None) -> Setting:
    """Return the setting of an option. Raises BadOption for one that cannot be used."""
    name, variable = option.choice.option, option.environment
    if given is not None and option.is_switch:
        return Setting(given, f"option {name}", str(given), Place.OPTION)
    if given is not None and option.several:
        values = tuple(option.read(text, name) for text in given)
        return Setting(values, f"option {name}", " ".join(given), Place.OPTION)
    if given is not None:
        return _said(option, given, name, f"option {name}", Place.OPTION)
    if variable is not None and (text := os.environ.get(variable)):
        return _said(option, text, f"environment {variable}", f"environment {variable}", Place.ENVIRONMENT)
    if entry is not None and option.choice.setting:
        return _said(option, str(entry.value), f"{option.key} in {entry.path}", str(entry.path), Place.FILE)
    return unchosen(option)


def _said(option: Option, text: str, where: str, origin: str, place: Place) -> Setting:
    value = option.read(text, where)
    return Setting(value, origin, str(value) if option.is_switch else text, place)


def template(options: Mapping[str, Option] = SETTINGS) -> str:
    """Return a settings file with every setting as a comment, for `mmhnet config init`."""
    head = "# Settings of mmhnet. Remove the # of a line to use it; `mmhnet config show` prints what is in force.\n"
    return head + "".join(f"# {option.key} = {_toml(option)}\n" for option in options.values())


def _toml(option: Option) -> str:
    """Return the default, or where that is none, an example: a number or a switch as it is, other text in quotes."""
    text = option.choice.example or option.unchosen[1]
    return text.lower() if option.is_switch or NUMBER.fullmatch(text) else json.dumps(text)


def _read_file(path: Path, problems: list[MMHNetError]) -> dict[str, FileValue]:
    try:
        table = tomllib.loads(read_text(path, MAX_BYTES))
    except (OSError, ValueError, RecursionError) as error:
        problems.append(BadOption("the configuration file", str(path), f"a readable TOML file ({reason_of(error)})"))
        return {}
    values = {}
    for key, value in table.items():
        name = key.replace("-", "_")
        if name not in SETTINGS:
            known = ", ".join(option.key for option in SETTINGS.values())
            problems.append(BadOption(f"a setting in {path}", key, f"one of {known}"))
        elif not isinstance(value, str | int | float) or isinstance(value, bool) is not SETTINGS[name].is_switch:
            problems.append(BadOption(f"{key} in {path}", shown(value), SETTINGS[name].expected))
        else:
            values[name] = FileValue(_from_file(path, name, value), path)
    return values


def _from_file(path: Path, name: str, value: Any) -> Any:
    """Return a value with its path taken relative to the file, so that it means the same from every folder.

    A model is one where such a folder is there; `owner/name` may as well be a repository of the hub.
    """
    beside = path.parent / str(value)
    is_path = SETTINGS[name].kind is Path or (name == "model" and value not in MODELS and beside.is_dir())
    return str(beside) if is_path else value


def _untrusted(name: str, entry: FileValue) -> BadOption | None:
    where = f"{SETTINGS[name].key} in {entry.path}"
    if name == "ffmpeg":
        return BadOption(where, str(entry.value), "left out: a file beside the films may not name programs")
    if name == "model" and entry.value not in MODELS:
        return BadOption(where, str(entry.value), f"one of {', '.join(MODELS)}: use --model for a folder")
    if name == "output_dir" and not Path(entry.value).resolve().is_relative_to(entry.path.parent.resolve()):
        return BadOption(where, str(entry.value), "inside the folder of that file: use --output-dir for another")
    return None
