"""The command line as a contract: options, help, words for every error, and a start without heavy imports."""

import dataclasses
import inspect
import os
import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import typer

from mmhnet_cli import errors
from mmhnet_cli.cli._errors import leaves, tell
from mmhnet_cli.cli._output import Output
from mmhnet_cli.cli._settings import SETTINGS
from mmhnet_cli.cli._words.table import TABLE, row_for
from mmhnet_cli.cli.app import app

ROOT = Path(__file__).parents[2]
COMMON = ["--config", "--debug", "--json", "--no-color", "--progress", "--quiet", "--verbose", "-q", "-v"]

# Scripts of users depend on these. Adding one is a line here and in CHANGELOG.md; removing one breaks somebody.
OPTIONS = {
    "generate": [
        *(
            "--audio-codec",
            "--bits",
            "--cfg",
            "--channels",
            "--cues",
            "--date",
            "--device",
            "--dry-run",
            "--dtype",
            "--duck",
            "--end",
        ),
        *(
            "--ffmpeg",
            "--force",
            "--from-report",
            "--gain",
            "--guidance",
            "--handles",
            "--hits",
            "--keep",
            "--long-form",
            "--loudness",
        ),
        *("--marking", "--burn-in", "--creator", "--cue-files", "--pieces", "--project", "--quality"),
        *("--model", "--name", "--negative-prompt", "--on-exists", "--original-audio", "--original-gain", "--output"),
        *(
            "--output-dir",
            "--prompt",
            "--prompt-file",
            "--rate",
            "--seed",
            "--solver",
            "--start",
            "--steps",
            "--cache-gb",
            "--strict",
            "--threads",
        ),
        *("--stem", "--stem-gain", "--stem-negative", "--stem-seed", "--takes", "--timecode", "--true-peak"),
        *("-d", "-f", "-m", "-n", "-o", "-p"),
    ],
    "batch": [
        *(
            "--allow-outside",
            "--audio-codec",
            "--bits",
            "--cfg",
            "--channels",
            "--burn-in",
            "--creator",
            "--cue-files",
            "--cues",
            "--date",
            "--device",
            "--dry-run",
            "--dtype",
        ),
        *(
            "--duck",
            "--end",
            "--executor",
            "--fail-fast",
            "--ffmpeg",
            "--gain",
            "--glob",
            "--guidance",
            "--handles",
            "--hits",
            "--input-list",
            "--jobs",
            "--journal",
            "--keep",
        ),
        *("--long-form", "--loudness", "--marking", "--max-failures", "--model", "--name", "--negative-prompt"),
        *("--pieces", "--quality"),
        *("--on-exists", "--original-audio", "--original-gain", "--output-dir", "--prompt", "--prompt-file", "--rate"),
        *(
            "--project",
            "--ray-address",
            "--recursive",
            "--retry",
            "--seed",
            "--solver",
            "--start",
            "--steps",
            "--cache-gb",
            "--strict",
            "--threads",
        ),
        *("--stem", "--stem-gain", "--stem-negative", "--stem-seed", "--takes", "--timecode", "--together"),
        *("--true-peak", "-d", "-j", "-m", "-n", "-p", "-r"),
    ],
    "redo": [
        *("--cache-gb", "--device", "--film", "--from", "--model", "--negative-prompt", "--prompt", "--seed", "--take"),
        *("--to", "--track", "-p"),
    ],
    "vary": [
        "--amount",
        "--cache-gb",
        "--device",
        "--film",
        "--keep",
        "--model",
        "--on-exists",
        "--seed",
        "--take",
        "--takes",
    ],
    "pick": ["--on-exists"],
    "probe": ["--kinds"],
    "spot": ["--force", "--output", "--timecode", "-f", "-o"],
    "export": ["--cues", "--film", "--force", "--output", "--take", "--to", "-f", "-o"],
    "evaluate": [
        *("--cache-gb", "--device", "--embedding", "--ffmpeg", "--force", "--jobs", "--no-picture", "--output"),
        *("--imagebind", "--plot", "--reference", "--synchformer", "-f", "-j", "-o"),
    ],
    "kinds": [],
    "audition": ["--device", "--film", "--model", "--no-browser", "--port"],
    "measure": ["--check", "--ffmpeg", "--tolerance"],
    "doctor": ["--ffmpeg"],
    "cache show": [],
    "cache clear": [],
    "config show": [],
    "config path": [],
    "config init": [],
    "train prepare": [
        *("--allow-outside", "--device", "--executor", "--ffmpeg", "--jobs", "--licence", "--license", "--model"),
        *("--no-cuts", "--out", "--ray-address", "--skip-music", "-j", "-m"),
    ],
    "train export": ["--out"],
    "train run": ["--data", "--device", "--init-from", "--out", "--processes", "--tensorboard"],
    "train push": ["--public", "--yes", "-y"],
    "weights list": [],
    "weights path": [],
    "weights pull": ["--accept-licence", "--accept-license", "--offline", "--releases-url"],
    "weights rm": ["--yes", "-y"],
    "weights verify": [],
}

EXIT_CODES = {
    1: {"FilmFailed", "WorkerLost", "ProcessLost"},
    2: {"BadOption", "BadRange", "ExtraMissing", "ManifestInvalid", "RangeTooShort", "SheetInvalid"},
    4: {
        *("FilmNotFound", "FilmUnreadable", "NoPicture", "NoFrames", "FilmTooLarge", "AudioUnreadable"),
        *("ReportUnreadable", "ReportMismatch", "SourceNotFound", "SoundMissing", "NothingFound"),
        *("FolderUnreadable", "LatentsMissing"),
        *("NothingPrepared", "TrainingInvalid"),
    },
    5: {
        *("UnknownModel", "WeightsMissing", "WeightsInvalid", "WeightsUnpublished", "WeightsOffline"),
        *(
            "LicenceNotAccepted",
            "DownloadFailed",
            "DownloadMissing",
            "EmbeddingInvalid",
            "DownloadDenied",
            "DigestMismatch",
        ),
        *(
            "WeightsDamaged",
            "CacheUnwritable",
            "UploadDenied",
            "UploadFailed",
            "PackageMissing",
            "SoundNotFinite",
            "LossNotFinite",
        ),
    },
    6: {"DeviceMissing", "OutOfMemory"},
    7: {
        *("OutputExists", "OutputBusy", "OutputUnwritable", "OutputsFailed", "StdoutUnwritable"),
        *("ContainerCannotHold", "FfmpegFailed", "FfmpegMissing"),
    },
    8: {"OutOfTolerance"},
    128: {"Interrupted"},
}


def commands(group: Any = None, prefix: str = "") -> Iterator[tuple[str, Any]]:
    group = group or typer.main.get_command(app)
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{prefix}{name} ")
        else:
            yield f"{prefix}{name}", command


def error_classes() -> list[type[errors.MMHNetError]]:
    return [
        kind
        for _, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, errors.MMHNetError) and kind is not errors.MMHNetError
    ]


def example_of(kind: type[errors.MMHNetError]) -> errors.MMHNetError:
    """An instance whose facts are recognisable in a sentence."""
    values = {
        Path: Path("/films/street.mp4"),
        str: "fact",
        int: 2,
        Fraction: Fraction(5, 2),
        tuple[str, ...]: ("fact",),
        tuple[Path, ...]: (Path("/films/street.mp4"),),
        tuple[tuple[Path, errors.MMHNetError], ...]: (
            (Path("street.mov"), errors.OutputUnwritable(Path("a"), "fact")),
        ),
    }
    return kind(*(values[field.type] for field in dataclasses.fields(kind)))


def test_options_are_those_of_the_list() -> None:
    found = {
        name: sorted(
            option for parameter in command.params if parameter.param_type_name == "option" for option in parameter.opts
        )
        for name, command in commands()
    }
    assert found == {name: sorted([*own, *COMMON]) for name, own in OPTIONS.items()}


def test_every_command_has_help_with_an_example() -> None:
    for name, command in commands():
        assert command.help, name
        assert f"mmhnet {name}" in command.epilog, name
        for parameter in command.params:
            if parameter.name != "ctx":
                assert parameter.help, f"{name} {parameter.name}"


def test_every_setting_is_an_option_with_an_environment_name() -> None:
    parameters = {parameter.name: parameter for parameter in dict(commands())["generate"].params}
    for name in SETTINGS:
        assert parameters[name].envvar == f"MMHNET_{name.upper()}"


def test_every_error_has_one_row() -> None:
    assert sorted(row.kind.__name__ for row in TABLE) == sorted(kind.__name__ for kind in error_classes())
    for kind in error_classes():
        assert row_for(example_of(kind)).kind is kind


def test_exit_codes() -> None:
    found: dict[int, set[str]] = {}
    for row in TABLE:
        found.setdefault(row.exit_code, set()).add(row.kind.__name__)
    assert found == EXIT_CODES


@pytest.mark.parametrize("kind", error_classes(), ids=lambda kind: kind.__name__)
def test_every_error_becomes_one_sentence(kind: type[errors.MMHNetError], capsys: pytest.CaptureFixture[str]) -> None:
    error = example_of(kind)
    code = tell(error, Output())
    sentence, *hint = capsys.readouterr().err.splitlines()
    assert code == (130 if kind is errors.Interrupted else row_for(error).exit_code)
    assert sentence.startswith("error: ")
    assert len(hint) == (0 if kind is errors.Interrupted else 1)
    if any(field.type is Path for field in dataclasses.fields(kind)):
        assert "/films/street.mp4" in sentence


def test_groups_are_reported_one_by_one(capsys: pytest.CaptureFixture[str]) -> None:
    first, second = errors.UnknownModel("x", ("mini",)), errors.FilmNotFound(Path("a.mp4"))
    group = ExceptionGroup("all", [first, ExceptionGroup("inner", [second])])
    assert list(leaves(group)) == [first, second]
    assert tell(group, Output()) == 4
    assert capsys.readouterr().err.count("error: ") == 2


HEAVY = {"torch", "scipy", "numpy", "av", "moviepy", "soundfile", "safetensors"}
# What any help of this kind takes: the parser, a command that it has to understand, and a table that is drawn.
BARE = """
import time, typer
from rich.table import Table
app = typer.Typer()
@app.command()
def command(name: str = typer.Option("x", help="A name.")) -> None: ...
app(["--help"], standalone_mode=False)
print(time.process_time())
"""


def processor_seconds(script: str, *arguments: str) -> float:
    ran = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    *said, seconds = ran.stdout.splitlines()
    assert said
    return float(seconds)


@pytest.mark.processes
@pytest.mark.parametrize("arguments", [["--help"], ["generate", "--help"], ["batch", "--help"], ["--version"]])
def test_help_is_quick_and_loads_nothing_heavy(arguments: list[str]) -> None:
    script = (
        "import sys, time; from mmhnet_cli.cli.app import main; code = main(sys.argv[1:]);"
        f"heavy = {HEAVY!r} & set(sys.modules);"
        "assert not heavy, heavy; print(time.process_time()); sys.exit(code)"
    )
    # By turns, and the quickest of each: what else the machine does is not the command's fault.
    turns = [(processor_seconds(script, *arguments), processor_seconds(BARE)) for _ in range(3)]
    ours, bare = (min(seconds) for seconds in zip(*turns, strict=True))
    print(f"{ours:.2f} s, bare {bare:.2f} s")
    assert ours < 3.5 * bare
