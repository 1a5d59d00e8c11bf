"""What commands take that begin with a take that was made."""

from pathlib import Path
from typing import Annotated

import typer

from mmhnet_cli.fields import Within
from mmhnet_cli.options import OnExists
from mmhnet_cli.options.choice import Choice
from mmhnet_cli.options.panels import FILES, SAMPLING, SOUND
from mmhnet_cli.options.table import CHOICES

ReportArgument = Annotated[Path, typer.Argument(metavar="REPORT", help="Report of the take.", show_default=False)]
TakeOption = Annotated[
    int | None,
    Within(1, 99),
    Choice(
        "--take",
        SOUND,
        "The take of the report.",
        metavar="N",
        shown="the one that was picked, else the first",
        setting=False,
    ),
]
FilmOption = Annotated[
    Path | None, Choice("--film", FILES, "Where the film is now, if it has moved.", metavar="FILM", setting=False)
]
ModelOption = Annotated[
    str | None,
    Choice("--model", SAMPLING, "The model, where the report names a folder elsewhere.", metavar="NAME", setting=False),
]
OnExistsOption = Annotated[
    OnExists, Choice("--on-exists", FILES, "What to do when a file of that name is there.", setting=False)
]
DeviceOption = Annotated[str, CHOICES["device"].choice]
CACHE_GB = 2.0
"""What commands keep where nobody says otherwise."""
CacheOption = Annotated[float, Within(0, 10_000), CHOICES["cache_gb"].choice]
