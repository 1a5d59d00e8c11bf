"""What is said beside a request: where its words stand, how well it is sampled, in what share of the processor."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from mmhnet_cli.fields import Within
from mmhnet_cli.options.choice import Choice
from mmhnet_cli.options.panels import SAMPLING, SOUND
from mmhnet_cli.options.sampling import Quality


@dataclass(frozen=True)
class Beside:
    """What is said beside a request: where its words and hits stand, how well it is sampled, and what share of the
    processor it may take."""

    prompt_file: Annotated[
        Path | None,
        Choice("--prompt-file", SOUND, "Read the prompt from a text file.", metavar="FILE", setting=False),
    ] = None
    cues: Annotated[
        Path | None,
        Choice(
            "--cues",
            SOUND,
            "A cue sheet (.csv, .edl, .otio, .srt, .vtt, .txt): what sounds when, a file for each track and the mix.",
            metavar="FILE",
            setting=False,
        ),
    ] = None
    hits: Annotated[
        Path | None,
        Choice(
            "--hits",
            SOUND,
            "When something hits: a text file with one time per line, in seconds or timecode, which beats the picture.",
            metavar="FILE",
            setting=False,
        ),
    ] = None
    quality: Annotated[
        Quality,
        Choice(
            "--quality",
            SAMPLING,
            "Steps and solver by one word: draft takes half of the time of standard, high four times as long.",
        ),
    ] = "standard"
    threads: Annotated[
        int | None,
        Within(1, 1024),
        Choice(
            "--threads",
            SAMPLING,
            "Threads of the processor, for networks and decoders; batch shares them among its workers.",
            metavar="N",
            shown="one per core that this program may use",
            example="4",
            column=False,
        ),
    ] = None
