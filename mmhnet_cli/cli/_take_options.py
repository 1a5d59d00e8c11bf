"""What commands take that begin with a take that was made."""

from pathlib import Path
from typing import Annotated

import typer

from mmhnet_cli.fields import Within
from mmhnet_cli.options import words
from mmhnet_cli.options.choice import Choice
from mmhnet_cli.options.panels import FILES, SAMPLING, SOUND

ReportArgument = Annotated[Path, typer.Argument(metavar="REPORT", help="Report of the take.", show_default=False)]
TakeOption = Annotated[
    int, Within(1, 99), Choice("--take", SOUND, "The take of the report.", metavar="N", setting=False)
]
FilmOption = Annotated[
    Path | None, Choice("--film", FILES, "Where the film is now, if it has moved.", metavar="FILM", setting=False)
]
ModelOption = Annotated[
    str | None,
    Choice("--model", SAMPLING, "The model, where the report names a folder elsewhere.", metavar="NAME", setting=False),
]
DeviceOption = Annotated[
    str,
    Choice(
        "--device",
        SAMPLING,
        "Where the network runs.",
        metavar="auto|cpu|cuda|mps",
        parse=words.device,
        expected="auto, cpu, cuda, cuda:1 or mps",
        setting=False,
    ),
]
