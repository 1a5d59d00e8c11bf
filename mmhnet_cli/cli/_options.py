"""Option types that commands share, and the parsers of their values."""

import re
import secrets
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from mmhnet_cli.cli._progress import ProgressMode
from mmhnet_cli.options import LongFormMode, OnExists, Precision, SolverName

Bits = Literal["16", "24"]

LARGEST_SEED = 2**31 - 1
TIME = re.compile(r"(?:(?:(\d+):)?([0-5]?\d):)?(\d+(?:\.\d*)?|\.\d+)")


def parse_time(text: str) -> Fraction:
    """Seconds, exactly, from `75.5`, `1:15.5` or `0:01:15.500`."""
    match = TIME.fullmatch(str(text).strip())
    if match is None:
        raise typer.BadParameter(f"{text!r} is not a time; write seconds (75.5) or HH:MM:SS.mmm (0:01:15.500)")
    hours, minutes, rest = match.groups()
    return int(hours or 0) * 3600 + int(minutes or 0) * 60 + Fraction(rest)


def parse_seed(text: str) -> int:
    """A seed from a whole number, or a drawn one from `random`; either way the report says which it was."""
    if str(text) == "random":
        return secrets.randbelow(LARGEST_SEED + 1)
    if not re.fullmatch(r"\d+", str(text)) or int(text) > LARGEST_SEED:
        raise typer.BadParameter(f"{text!r} is not a seed; write a whole number up to {LARGEST_SEED}, or random")
    return int(text)


def parse_device(text: str) -> str:
    """The name of a PyTorch device; whether this machine has it is seen when PyTorch is loaded."""
    if not re.fullmatch(r"auto|cpu|mps|cuda(:\d+)?", text):
        raise typer.BadParameter(f"{text!r} is not a device; write auto, cpu, cuda, cuda:1 or mps")
    return text


def setting(name: str, *more: str, **attributes: Any) -> Any:
    """An option that can also come from `MMHNET_<NAME>` and from a configuration file."""
    variable = "MMHNET_" + name.removeprefix("--").replace("-", "_").upper()
    return typer.Option(name, *more, envvar=variable, show_envvar=False, **attributes)


SOUND = "What to hear"
SAMPLING = "How it is sampled"
FILES = "Where it goes"
DELIVERY = "Delivery"
EVERYWHERE = "Every command"

FilmArgument = Annotated[Path, typer.Argument(metavar="FILM", help="The film.", show_default=False)]
PromptOption = Annotated[
    str,
    typer.Option(
        "--prompt",
        "-p",
        metavar="TEXT",
        envvar="MMHNET_PROMPT",
        show_envvar=False,
        help="The sound in words; without it the picture decides.",
        rich_help_panel=SOUND,
    ),
]
PromptFileOption = Annotated[
    Path | None,
    typer.Option("--prompt-file", metavar="FILE", help="Read the prompt from a text file.", rich_help_panel=SOUND),
]
NegativePromptOption = Annotated[
    str, setting("--negative-prompt", metavar="TEXT", help="The sound to keep away from.", rich_help_panel=SOUND)
]
StartOption = Annotated[
    Fraction | None,
    typer.Option(
        "--start",
        metavar="TIME",
        parser=parse_time,
        help="Begin here: seconds or HH:MM:SS.mmm.",
        rich_help_panel=SOUND,
    ),
]
EndOption = Annotated[
    Fraction | None,
    typer.Option("--end", metavar="TIME", parser=parse_time, help="End here.", rich_help_panel=SOUND),
]
ModelOption = Annotated[
    str,
    setting("--model", "-m", metavar="NAME", help="A model, or a folder with weights.", rich_help_panel=SAMPLING),
]
StepsOption = Annotated[int, setting("--steps", min=1, max=1000, help="Steps of the solver.", rich_help_panel=SAMPLING)]
GuidanceOption = Annotated[
    float,
    setting(
        "--guidance",
        "--cfg",
        min=0.0,
        max=100.0,
        help="How strongly picture and prompt guide the sound; 1 is no guidance and twice as fast.",
        rich_help_panel=SAMPLING,
    ),
]
SolverOption = Annotated[SolverName, setting("--solver", help="Solver of the flow.", rich_help_panel=SAMPLING)]
SeedOption = Annotated[
    int,
    setting(
        "--seed",
        metavar="N|random",
        parser=parse_seed,
        help="The same seed gives the same sound.",
        rich_help_panel=SAMPLING,
    ),
]
DeviceOption = Annotated[
    str,
    setting(
        "--device",
        metavar="auto|cpu|cuda|mps",
        parser=parse_device,
        help="Where the network runs; a named device is never replaced by another.",
        rich_help_panel=SAMPLING,
    ),
]
DtypeOption = Annotated[
    Precision,
    setting("--dtype", help="What the networks compute in; auto takes bf16 on CUDA.", rich_help_panel=SAMPLING),
]
LongFormOption = Annotated[
    LongFormMode,
    setting(
        "--long-form",
        help="Film beyond the training length: whole, or in windows sampled together; auto knows the model.",
        rich_help_panel=SAMPLING,
    ),
]
OutputsOption = Annotated[
    list[Path],
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="Exact output: .wav for sound, .mp4 .mov .mkv for the film with it; may be given more than once.",
        show_default="FILM_mmhnet.wav beside the film",
        rich_help_panel=FILES,
    ),
]
OutputDirOption = Annotated[
    Path | None,
    setting("--output-dir", "-d", metavar="FOLDER", help="Folder for the default name.", rich_help_panel=FILES),
]
OnExistsOption = Annotated[
    OnExists, setting("--on-exists", help="What to do when an output is already there.", rich_help_panel=FILES)
]
ForceOption = Annotated[
    bool, typer.Option("--force", "-f", help="The same as --on-exists overwrite.", rich_help_panel=FILES)
]
DryRunOption = Annotated[
    bool,
    typer.Option("--dry-run", "-n", help="Check everything and print the plan; write nothing.", rich_help_panel=FILES),
]
RateOption = Annotated[
    int,
    setting("--rate", metavar="HZ", min=8000, max=192000, help="Sample rate of the sound.", rich_help_panel=DELIVERY),
]
BitsOption = Annotated[Bits, setting("--bits", help="Bits per sample of the WAV file.", rich_help_panel=DELIVERY)]
LoudnessOption = Annotated[
    str,
    setting(
        "--loudness",
        metavar="PRESET|LUFS|off",
        help="One gain brings the sound here: ebu, atsc, apple, web, a number such as -18, or off.",
        rich_help_panel=DELIVERY,
    ),
]
TruePeakOption = Annotated[
    float | None,
    setting(
        "--true-peak",
        metavar="DBTP",
        min=-20.0,
        max=0.0,
        help="Ceiling of the true peak; the gain is lowered for it.",
        show_default="from the preset",
        rich_help_panel=DELIVERY,
    ),
]
FfmpegOption = Annotated[
    Path | None,
    setting("--ffmpeg", metavar="PROGRAM", help="The ffmpeg program to use.", rich_help_panel=FILES),
]

# Options that every command takes, before its name or after it: parameter name -> (type, default).
COMMON: dict[str, tuple[Any, Any]] = {
    "config": (
        Annotated[
            Path | None,
            typer.Option(
                "--config",
                metavar="FILE",
                envvar="MMHNET_CONFIG",
                show_envvar=False,
                help="Settings from this file.",
                rich_help_panel=EVERYWHERE,
            ),
        ],
        None,
    ),
    "json": (
        Annotated[
            bool, typer.Option("--json", help="Print results as one JSON object per line.", rich_help_panel=EVERYWHERE)
        ],
        False,
    ),
    "quiet": (
        Annotated[
            bool, typer.Option("--quiet", "-q", help="Print results and errors only.", rich_help_panel=EVERYWHERE)
        ],
        False,
    ),
    "verbose": (
        Annotated[
            bool, typer.Option("--verbose", "-v", help="Say more about what is done.", rich_help_panel=EVERYWHERE)
        ],
        False,
    ),
    "progress": (
        Annotated[ProgressMode, setting("--progress", help="How progress is shown.", rich_help_panel=EVERYWHERE)],
        "auto",
    ),
    "no_color": (
        Annotated[bool, typer.Option("--no-color", help="No colours (also NO_COLOR).", rich_help_panel=EVERYWHERE)],
        False,
    ),
    "debug": (
        Annotated[
            bool,
            typer.Option(
                "--debug",
                envvar="MMHNET_DEBUG",
                show_envvar=False,
                help="Show the traceback of an error.",
                rich_help_panel=EVERYWHERE,
            ),
        ],
        False,
    ),
}
