"""Settings and where they come from.

An option given on the command line wins over `MMHNET_*` in the environment, then `--config FILE`, then `mmhnet.toml` in
the working folder or a parent of it, then the file of the user, then the default.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs
import typer

from mmhnet_cli.errors import BadOption, MMHNetError
from mmhnet_cli.models.registry import MODELS
from mmhnet_cli.pipeline.asking.texts import read_text, reason_of

FILE_NAME = "mmhnet.toml"
MAX_BYTES = 1_000_000

# Parameters of the commands that a configuration file may set; the files write them with hyphens.
SETTINGS = (
    "model",
    "negative_prompt",
    "steps",
    "guidance",
    "solver",
    "seed",
    "device",
    "dtype",
    "long_form",
    "strict",
    "threads",
    "takes",
    "output_dir",
    "name",
    "on_exists",
    "rate",
    "bits",
    "channels",
    "handles",
    "timecode",
    "date",
    "loudness",
    "true_peak",
    "marking",
    "original_audio",
    "original_gain",
    "duck",
    "audio_codec",
    "ffmpeg",
    "progress",
)
SWITCHES = frozenset({"strict"})
PATHS = frozenset({"output_dir", "ffmpeg"})


@dataclass(frozen=True)
class FileValue:
    """A value as a configuration file gives it."""

    value: Any
    path: Path


@dataclass(frozen=True)
class Setting:
    """A value in force, and the words that say where it comes from."""

    value: Any
    origin: str


def user_file() -> Path:
    """The settings file of the user on this system."""
    return platformdirs.user_config_path("mmhnet") / FILE_NAME


def project_file(folder: Path) -> Path | None:
    """The nearest `mmhnet.toml` at `folder` or above."""
    candidates = (parent / FILE_NAME for parent in (folder, *folder.parents))
    return next((path for path in candidates if path.is_file()), None)


def file_values(explicit: Path | None, folder: Path) -> dict[str, FileValue]:
    """The values of all configuration files, the stronger file on top.

    A file the user names, or keeps in the own configuration folder, is trusted. One that lies beside the films may come
    from somebody else: it chooses settings, but no programs, no weights outside the table, no folder outside its own.
    """
    values: dict[str, FileValue] = {}
    problems: list[MMHNetError] = []
    if (user := user_file()).is_file():
        values |= _read(user, problems)
    if (project := project_file(folder)) is not None and project != user:
        local = _read(project, problems)
        problems += [found for name, entry in local.items() if (found := _untrusted(name, entry))]
        values |= local
    if explicit is not None:
        values |= _read(explicit, problems)
    if problems:
        raise ExceptionGroup("configuration", problems)
    return values


def resolve(ctx: Any, files: Mapping[str, FileValue]) -> dict[str, Setting]:
    """The settings of the command of Typer context `ctx`, by where each value comes from, never by comparing values."""
    settings: dict[str, Setting] = {}
    problems: list[MMHNetError] = []
    for parameter in ctx.command.params:
        name = parameter.name or ""
        if name not in SETTINGS:
            continue
        source = ctx.get_parameter_source(name)
        given = source.name if source is not None else "DEFAULT"
        if given == "COMMANDLINE":
            settings[name] = Setting(ctx.params[name], f"option {parameter.opts[0]}")
        elif given == "ENVIRONMENT":
            settings[name] = Setting(ctx.params[name], f"environment {parameter.envvar}")
        elif name in files:
            entry = files[name]
            try:
                # The same check that the option has on the command line.
                value = parameter.process_value(ctx, entry.value if name in PATHS else str(entry.value))
                settings[name] = Setting(value, str(entry.path))
            except typer.BadParameter as problem:
                problems.append(BadOption(f"{_key(name)} in {entry.path}", str(entry.value), problem.message))
        else:
            settings[name] = Setting(ctx.params[name], "default")
    if problems:
        raise ExceptionGroup("configuration", problems)
    return settings


def template() -> str:
    """A settings file with every setting as a comment, for `mmhnet config init`."""
    head = "# Settings of mmhnet. Remove the # of a line to use it; `mmhnet config show` prints what is in force.\n"
    examples = {
        "model": '"mini"',
        "negative_prompt": '"speech, music"',
        "steps": "25",
        "guidance": "2.0",
        "solver": '"euler"',
        "seed": "42",
        "device": '"auto"',
        "dtype": '"auto"',
        "long_form": '"auto"',
        "strict": "false",
        "threads": "4",
        "takes": "1",
        "output_dir": '"sound"',
        "name": '"{source}_{stem}{take}"',
        "on_exists": '"error"',
        "rate": "48000",
        "bits": "24",
        "channels": '"mono"',
        "handles": "0",
        "timecode": '"auto"',
        "date": '"auto"',
        "loudness": '"ebu"',
        "true_peak": "-1.0",
        "marking": '"metadata"',
        "original_audio": '"replace"',
        "original_gain": "0.0",
        "duck": "6.0",
        "audio_codec": '"auto"',
        "ffmpeg": '"/usr/bin/ffmpeg"',
        "progress": '"auto"',
    }
    return head + "".join(f"# {_key(name)} = {examples[name]}\n" for name in SETTINGS)


def _key(name: str) -> str:
    return name.replace("_", "-")


def _read(path: Path, problems: list[MMHNetError]) -> dict[str, FileValue]:
    try:
        table = tomllib.loads(read_text(path, MAX_BYTES))
    except (OSError, ValueError, RecursionError) as error:
        problems.append(BadOption("the configuration file", str(path), f"a readable TOML file ({reason_of(error)})"))
        return {}
    values = {}
    for key, value in table.items():
        name = key.replace("-", "_")
        if name not in SETTINGS:
            known = ", ".join(_key(name) for name in SETTINGS)
            problems.append(BadOption(f"a setting in {path}", key, f"one of {known}"))
        elif not isinstance(value, str | int | float) or isinstance(value, bool) is not (name in SWITCHES):
            expected = "true or false" if name in SWITCHES else "a text or a number"
            problems.append(BadOption(f"{key} in {path}", str(value), expected))
        else:
            values[name] = FileValue(_from_file(path, name, value), path)
    return values


def _from_file(path: Path, name: str, value: Any) -> Any:
    """Paths in a file are relative to the file, so that it means the same from every folder.

    A model is one where such a folder is there; `owner/name` may as well be a repository of the hub.
    """
    beside = path.parent / str(value)
    is_path = name in PATHS or (name == "model" and value not in MODELS and beside.is_dir())
    return str(beside) if is_path else value


def _untrusted(name: str, entry: FileValue) -> BadOption | None:
    where = f"{_key(name)} in {entry.path}"
    if name == "ffmpeg":
        return BadOption(where, str(entry.value), "left out: a file beside the films may not name programs")
    if name == "model" and entry.value not in MODELS:
        return BadOption(where, str(entry.value), f"one of {', '.join(MODELS)}: use --model for a folder")
    if name == "output_dir" and not Path(entry.value).resolve().is_relative_to(entry.path.parent.resolve()):
        return BadOption(where, str(entry.value), "inside the folder of that file: use --output-dir for another")
    return None
