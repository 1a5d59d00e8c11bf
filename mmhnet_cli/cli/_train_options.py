"""What the commands of `mmhnet train` take."""

from pathlib import Path
from typing import Annotated

import typer

from mmhnet_cli.errors import BadOption
from mmhnet_cli.fields import Within
from mmhnet_cli.options.choice import Choice
from mmhnet_cli.options.panels import FILES, SAMPLING
from mmhnet_cli.options.table import CHOICES

FilmsArgument = Annotated[
    Path,
    typer.Argument(
        metavar="FOLDER|MANIFEST", help="A folder of films with their sound, or a list of them.", show_default=False
    ),
]
ConfigArgument = Annotated[
    str,
    typer.Argument(metavar="CONFIG", help="mini, s-16k, s-44k, l-44k, or a TOML file.", show_default=False),
]
RunArgument = Annotated[
    Path, typer.Argument(metavar="RUN", help="The folder of a training that has begun.", show_default=False)
]
DataOutOption = Annotated[
    Path | None,
    Choice("--out", FILES, "The folder to prepare into; what is there goes on.", metavar="DATA", setting=False),
]
RunOutOption = Annotated[
    Path | None,
    Choice("--out", FILES, "The folder of the training; one that is there goes on.", metavar="RUN", setting=False),
]
ModelOutOption = Annotated[
    Path | None, Choice("--out", FILES, "The folder to write the model into.", metavar="FOLDER", setting=False)
]
DataOption = Annotated[
    Path | None,
    Choice("--data", FILES, "What `mmhnet train prepare` wrote.", metavar="DATA", setting=False),
]
PartsOption = Annotated[
    str,
    Choice(
        "--model", SAMPLING, "The model whose encoders and codec are used.", more=("-m",), metavar="NAME", setting=False
    ),
]
InitOption = Annotated[
    str | None,
    Choice(
        "--init-from",
        SAMPLING,
        "A model, or a folder with weights, to begin with: every tensor that fits.",
        metavar="MODEL",
        shown="fresh weights",
        setting=False,
    ),
]
LicenceOption = Annotated[
    str,
    Choice(
        "--licence",
        FILES,
        "The licence of films for which the list names none; it stands in the card of what is trained.",
        more=("--license",),
        metavar="TEXT",
        setting=False,
    ),
]
AllowOutsideOption = Annotated[
    bool,
    Choice("--allow-outside", FILES, "The list may name films outside its folder.", setting=False),
]
ProcessesOption = Annotated[
    int,
    Within(1, 1024),
    Choice(
        "--processes",
        SAMPLING,
        "So many processes of this machine train together, each on a GPU of its own or on a part of the processor.",
        metavar="N",
        setting=False,
    ),
]
ModelArgument = Annotated[
    Path,
    typer.Argument(metavar="FOLDER", help="A model, as `mmhnet train export` wrote it.", show_default=False),
]
RepositoryArgument = Annotated[
    str, typer.Argument(metavar="REPO", help="OWNER/NAME of a repository of the Hugging Face Hub.", show_default=False)
]
PublicOption = Annotated[
    bool, Choice("--public", FILES, "Everyone can see the repository; without it, it is private.", setting=False)
]
YesOption = Annotated[bool, Choice("--yes", None, "Upload without asking.", more=("-y",), setting=False)]
TensorboardOption = Annotated[
    bool,
    Choice("--tensorboard", FILES, "Write RUN/tensorboard beside RUN/log.csv (needs the extra).", setting=False),
]
NoCutsOption = Annotated[
    bool,
    Choice(
        "--no-cuts",
        SAMPLING,
        "Clips one after the other, wherever the film cuts, instead of clips that keep to its shots.",
        setting=False,
    ),
]
SkipMusicOption = Annotated[
    Path | None,
    Choice(
        "--skip-music",
        SAMPLING,
        "Leave out clips that are music alone, as the network of this file hears it: the weights of PANNs' CNN14.",
        metavar="FILE",
        setting=False,
    ),
]
JobsOption = Annotated[
    int | None,
    Within(1, 256),
    Choice(
        "--jobs",
        FILES,
        "Processes that look at films, each on one core.",
        more=("-j",),
        shown="one per core, with public encoders one",
        setting=False,
    ),
]
DeviceOption = Annotated[str, CHOICES["device"].choice]
FfmpegOption = Annotated[Path | None, CHOICES["ffmpeg"].choice]


def needed(option: str, path: Path | None, expected: str) -> Path:
    """Return the path of an option that must be given. Raises BadOption."""
    if path is None:
        raise BadOption(option, "nothing", expected)
    return path
