"""What `mmhnet batch` takes besides the choices of its films."""

import math
from pathlib import Path
from typing import Annotated, Literal

import typer

from mmhnet_cli.fields import Within
from mmhnet_cli.options import OnExists
from mmhnet_cli.options.choice import Choice
from mmhnet_cli.options.panels import FILES
from mmhnet_cli.options.table import CHOICES, columns_of

RUN = "How it is run"

OPTIONS = {name: option for name, option in CHOICES.items() if name not in ("on_exists", "output")}
"""Rows of a list may set these; outputs with names of their own belong to them alone."""
COLUMNS = columns_of(CHOICES)

InputsArgument = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="INPUT...",
        show_default=False,
        help="Films, folders, or one manifest; - reads names of films and folders from standard input.",
    ),
]
InputListOption = Annotated[
    Path | None,
    Choice(
        "--input-list",
        FILES,
        "Names of films and folders, one a line, from a file; - is standard input.",
        metavar="FILE",
        setting=False,
    ),
]
RecursiveOption = Annotated[bool, Choice("--recursive", FILES, "Folders to the bottom.", more=("-r",), setting=False)]
GlobOption = Annotated[
    str | None,
    Choice("--glob", FILES, "In folders, only names like this.", metavar="PATTERN", setting=False),
]
OnExistsOption = Annotated[
    OnExists,
    Choice(
        "--on-exists",
        FILES,
        "Files made in another way, or by others: left alone and reported (skip, error), or replaced (overwrite).",
    ),
]
AllowOutsideOption = Annotated[
    bool,
    Choice(
        "--allow-outside",
        FILES,
        "The list may name films, prompt files, models and outputs outside its folder, and links of prompt files "
        "may lead anywhere. Only for lists and folders you trust.",
        setting=False,
    ),
]
JournalOption = Annotated[
    Path | None,
    Choice(
        "--journal",
        FILES,
        "What happened to each film, a line of JSON per event.",
        metavar="FILE",
        shown="mmhnet-batch.jsonl in the output folder",
        setting=False,
    ),
]
JobsOption = Annotated[
    int | None,
    Within(1, 256),
    Choice(
        "--jobs",
        RUN,
        "Worker processes.",
        more=("-j",),
        shown="one per GPU, else one per core",
        setting=False,
    ),
]
TogetherOption = Annotated[
    int,
    Within(1, 64),
    Choice(
        "--together",
        RUN,
        "Short films of like length that a worker samples at once: pays for clips of a few seconds. The sound "
        "differs by rounding from what each film gets alone.",
        metavar="N",
        setting=False,
    ),
]
ExecutorOption = Annotated[
    Literal["local", "ray"],
    Choice(
        "--executor",
        RUN,
        "Where workers run: on this machine, or on a Ray cluster that it is part of, whose machines all see this "
        "folder, the films and the outputs (needs the extra ray).",
        setting=False,
    ),
]
RayAddressOption = Annotated[
    str,
    Choice(
        "--ray-address",
        RUN,
        "HOST:PORT of the head of the cluster, or auto: the one that runs here.",
        metavar="ADDRESS",
        setting=False,
        environment="RAY_ADDRESS",
    ),
]
FailFastOption = Annotated[bool, Choice("--fail-fast", RUN, "Stop at the first film that fails.", setting=False)]
MaxFailuresOption = Annotated[
    int | None,
    Within(1, math.inf),
    Choice("--max-failures", RUN, "Stop when so many have failed.", metavar="N", setting=False),
]
RetryOption = Annotated[
    int,
    Within(0, 100),
    Choice(
        "--retry",
        RUN,
        "Try a film again whose worker died or met a fault of the program.",
        metavar="N",
        setting=False,
    ),
]
