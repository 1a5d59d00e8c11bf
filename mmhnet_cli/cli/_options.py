"""Option types that commands share, and the parsers of their values."""

import re
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from mmhnet_cli.cli._progress import ProgressMode
from mmhnet_cli.options import AudioCodec, LongFormMode, OnExists, OriginalSound, Precision, SolverName

Bits = Literal["16", "24", "32f"]
Channels = Literal["mono", "dual-mono"]
Marking = Literal["metadata", "off"]
Seed = int | Literal["random"]

LARGEST_SEED = 2**31 - 1
TIMECODE = re.compile(r"\d\d[:;]\d\d[:;]\d\d[:;,]\d\d\d?")
STEM_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
TIME = re.compile(r"(?:(?:(\d+):)?([0-5]?\d):)?(\d+(?:\.\d*)?|\.\d+)")


def parse_seconds(text: str) -> Fraction:
    """Seconds, exactly, from `75.5`, `1:15.5` or `0:01:15.500`."""
    match = TIME.fullmatch(str(text).strip())
    if match is None:
        raise typer.BadParameter(f"{text!r} is not a time; write seconds (75.5) or HH:MM:SS.mmm (0:01:15.500)")
    hours, minutes, rest = match.groups()
    return int(hours or 0) * 3600 + int(minutes or 0) * 60 + Fraction(rest)


def parse_time(text: str) -> Fraction | str:
    """Seconds, or a timecode as it stands: what second it is, only the film knows."""
    stripped = str(text).strip()
    return stripped if TIMECODE.fullmatch(stripped) else parse_seconds(text)


def parse_date(text: str) -> str | datetime:
    """A date, with or without the time of day; `auto` and `none` as they stand."""
    if text in ("auto", "none") or isinstance(text, datetime):
        return text
    try:
        return datetime.fromisoformat(str(text).strip()).replace(tzinfo=None, microsecond=0)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is not auto, none or a date such as 2026-11-26T21:06:00") from error


def parse_pair(text: str) -> tuple[str, str]:
    """Name of a stem and what is said of it, from `NAME=VALUE`."""
    name, equals, value = str(text).partition("=")
    if not (equals and STEM_NAME.fullmatch(name) and value.strip()):
        raise typer.BadParameter(f"{text!r} is not NAME=VALUE; a name has letters, digits, - and _")
    return name, value.strip()


def parse_pair_seed(text: str) -> tuple[str, Seed]:
    name, value = parse_pair(text)
    return name, parse_seed(value)


def parse_pair_gain(text: str) -> tuple[str, float]:
    """Name of a stem and decibels."""
    name, value = parse_pair(text)
    if not re.fullmatch(r"[+-]?\d+(\.\d*)?", value) or abs(float(value)) > 60:
        raise typer.BadParameter(f"{value!r} is not a gain; write decibels from -60 to 60")
    return name, float(value)


def parse_seed(text: str) -> Seed:
    """A seed from a whole number; `random` stays as it is, to be drawn for each film."""
    if text == "random":
        return "random"
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
    return typer.Option(name, *more, envvar=variable, **attributes)


SOUND = "What to hear"
SAMPLING = "How it is sampled"
FILES = "Where it goes"
DELIVERY = "Delivery"
EVERYWHERE = "Every command"

FilmArgument = Annotated[Path, typer.Argument(metavar="FILM", help="The film.", show_default=False)]
OptionalFilmArgument = Annotated[
    Path | None,
    typer.Argument(metavar="FILM", help="The film; with --from-report only where it has moved.", show_default=False),
]
PromptOption = Annotated[
    str,
    typer.Option(
        "--prompt",
        "-p",
        metavar="TEXT",
        envvar="MMHNET_PROMPT",
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
StemOption = Annotated[
    list[Any],
    typer.Option(
        "--stem",
        metavar="NAME=PROMPT",
        parser=parse_pair,
        help="A sound of its own, in a file of its own; stems sum to the mix. May be given more than once.",
        rich_help_panel=SOUND,
    ),
]
StemNegativeOption = Annotated[
    list[Any],
    typer.Option(
        "--stem-negative",
        metavar="NAME=TEXT",
        parser=parse_pair,
        help="What that stem keeps away from, besides the other stems.",
        rich_help_panel=SOUND,
    ),
]
StemSeedOption = Annotated[
    list[Any],
    typer.Option(
        "--stem-seed", metavar="NAME=N", parser=parse_pair_seed, help="The seed of that stem.", rich_help_panel=SOUND
    ),
]
StemGainOption = Annotated[
    list[Any],
    typer.Option(
        "--stem-gain",
        metavar="NAME=DB",
        parser=parse_pair_gain,
        help="The gain of that stem in the mix and in its file.",
        rich_help_panel=SOUND,
    ),
]
TakesOption = Annotated[
    int,
    setting(
        "--takes",
        metavar="N",
        min=1,
        max=99,
        help="Alternatives to choose from, with seeds that count on.",
        rich_help_panel=SOUND,
    ),
]
StartOption = Annotated[
    Any,
    typer.Option(
        "--start",
        metavar="TIME",
        parser=parse_time,
        help="Begin here: seconds, HH:MM:SS.mmm, or a timecode of the film (HH:MM:SS:FF, ;FF for drop-frame).",
        rich_help_panel=SOUND,
    ),
]
EndOption = Annotated[
    Any,
    typer.Option("--end", metavar="TIME", parser=parse_time, help="End here.", rich_help_panel=SOUND),
]
ModelOption = Annotated[
    str,
    setting("--model", "-m", metavar="NAME", help="A model, or a folder with weights.", rich_help_panel=SAMPLING),
]
StepsOption = Annotated[int, setting("--steps", min=1, max=1000, help="Steps of the solver.", rich_help_panel=SAMPLING)]
GuidanceOption = Annotated[
    float | None,
    setting(
        "--guidance",
        "--cfg",
        min=0.0,
        max=100.0,
        help="How strongly picture and prompt guide the sound; 1 is no guidance and twice as fast.",
        show_default="the model's own",
        rich_help_panel=SAMPLING,
    ),
]
SolverOption = Annotated[SolverName, setting("--solver", help="Solver of the flow.", rich_help_panel=SAMPLING)]
SeedOption = Annotated[
    Any,
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
        help="Exact output: .wav for sound, .mp4 .mov .mkv .webm for the film with it; may be given more than once.",
        show_default="FILM_mmhnet.wav beside the film",
        rich_help_panel=FILES,
    ),
]
OutputDirOption = Annotated[
    Path | None,
    setting("--output-dir", "-d", metavar="FOLDER", help="Folder for the default name.", rich_help_panel=FILES),
]
NameOption = Annotated[
    str,
    setting(
        "--name",
        metavar="TEMPLATE",
        help="Names without suffix, from {source} {stem} {take} {seed} {model} {rate} {bits}.",
        rich_help_panel=FILES,
    ),
]
FromReportOption = Annotated[
    Path | None,
    typer.Option(
        "--from-report",
        metavar="FILE",
        help="Make the files of this report again; all choices come from there.",
        rich_help_panel=FILES,
    ),
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
BitsOption = Annotated[
    Bits, setting("--bits", help="Bits per sample of the WAV file; 32f is floating point.", rich_help_panel=DELIVERY)
]
ChannelsOption = Annotated[
    Channels, setting("--channels", help="One channel, or the same sound in two.", rich_help_panel=DELIVERY)
]
HandlesOption = Annotated[
    Any,
    setting(
        "--handles",
        metavar="SECONDS",
        parser=parse_seconds,
        help="Sound before and after the film, in WAV files.",
        rich_help_panel=DELIVERY,
    ),
]
TimecodeOption = Annotated[
    str,
    setting(
        "--timecode",
        metavar="auto|none|TIMECODE",
        help="Of the first picture, for the place of WAV files in a session; auto reads it from the film.",
        rich_help_panel=DELIVERY,
    ),
]
DateOption = Annotated[
    Any,
    setting(
        "--date",
        metavar="auto|none|DATE",
        parser=parse_date,
        help="Of origin, in WAV files: auto is now, none leaves it out, or as 2026-11-26 or 2026-11-26T21:06:00.",
        rich_help_panel=DELIVERY,
    ),
]
MarkingOption = Annotated[
    Marking,
    setting(
        "--marking",
        help="Files say of themselves that a model made them; off for those who must not and mark otherwise.",
        rich_help_panel=DELIVERY,
    ),
]
OriginalOption = Annotated[
    OriginalSound,
    setting(
        "--original-audio",
        help="In film outputs, the film's own sound: left out, kept as further tracks, or mixed in.",
        rich_help_panel=DELIVERY,
    ),
]
OriginalGainOption = Annotated[
    float,
    setting(
        "--original-gain",
        metavar="DB",
        min=-60.0,
        max=24.0,
        help="Gain of the film's own sound where it is mixed in.",
        rich_help_panel=DELIVERY,
    ),
]
DuckOption = Annotated[
    float,
    setting(
        "--duck",
        metavar="DB",
        min=0.0,
        max=60.0,
        help="How far the new sound is lowered under the film's own where both are mixed.",
        rich_help_panel=DELIVERY,
    ),
]
AudioCodecOption = Annotated[
    AudioCodec,
    setting(
        "--audio-codec",
        help="Of the sound in film outputs; auto: aac in mp4, pcm in mov, flac in mkv, opus in webm.",
        rich_help_panel=DELIVERY,
    ),
]
LoudnessOption = Annotated[
    str,
    setting(
        "--loudness",
        metavar="PRESET|LUFS|off",
        help="One gain brings the sound here: ebu, ebu-short, atsc, netflix-effects, apple, web, LUFS (-18), or off.",
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
        help="Ceiling of the true peak; a limiter lowers the peaks that would pass it.",
        show_default="from the preset",
        rich_help_panel=DELIVERY,
    ),
]
FfmpegOption = Annotated[
    Path | None,
    setting("--ffmpeg", metavar="PROGRAM", help="The ffmpeg program to use.", rich_help_panel=FILES),
]

StrictOption = Annotated[
    bool,
    setting(
        "--strict",
        help="Refuse a film with damaged or lost pictures; otherwise it is done as players play it, and told.",
        rich_help_panel=SAMPLING,
    ),
]
ThreadsOption = Annotated[
    int | None,
    setting(
        "--threads",
        metavar="N",
        min=1,
        max=1024,
        help="Threads of the processor, for networks and decoders; batch shares them among its workers.",
        show_default="one per core that this program may use",
        rich_help_panel=SAMPLING,
    ),
]

# What one film shall get, for every command that makes sound: parameter name -> (type, default).
GENERATION: dict[str, tuple[Any, Any]] = {
    "prompt": (PromptOption, ""),
    "prompt_file": (PromptFileOption, None),
    "negative_prompt": (NegativePromptOption, ""),
    "stem": (StemOption, []),
    "stem_negative": (StemNegativeOption, []),
    "stem_seed": (StemSeedOption, []),
    "stem_gain": (StemGainOption, []),
    "takes": (TakesOption, 1),
    "start": (StartOption, None),
    "end": (EndOption, None),
    "model": (ModelOption, "mini"),
    "steps": (StepsOption, 25),
    "guidance": (GuidanceOption, None),
    "solver": (SolverOption, "euler"),
    "seed": (SeedOption, 42),
    "device": (DeviceOption, "auto"),
    "dtype": (DtypeOption, "auto"),
    "long_form": (LongFormOption, "auto"),
    "strict": (StrictOption, False),
    "threads": (ThreadsOption, None),
    "output_dir": (OutputDirOption, None),
    "name": (NameOption, "{source}_{stem}{take}"),
    "on_exists": (OnExistsOption, "error"),
    "rate": (RateOption, 48000),
    "bits": (BitsOption, "24"),
    "channels": (ChannelsOption, "mono"),
    "loudness": (LoudnessOption, "ebu"),
    "true_peak": (TruePeakOption, None),
    "handles": (HandlesOption, "0"),
    "timecode": (TimecodeOption, "auto"),
    "date": (DateOption, "auto"),
    "marking": (MarkingOption, "metadata"),
    "original_audio": (OriginalOption, "replace"),
    "original_gain": (OriginalGainOption, 0.0),
    "duck": (DuckOption, 6.0),
    "audio_codec": (AudioCodecOption, "auto"),
    "ffmpeg": (FfmpegOption, None),
}

# Options that every command takes, before its name or after it: parameter name -> (type, default).
COMMON: dict[str, tuple[Any, Any]] = {
    "config": (
        Annotated[
            Path | None,
            typer.Option(
                "--config",
                metavar="FILE",
                envvar="MMHNET_CONFIG",
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
                help="Show the traceback of an error.",
                rich_help_panel=EVERYWHERE,
            ),
        ],
        False,
    ),
}
