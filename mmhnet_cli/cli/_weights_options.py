"""What the commands of `mmhnet weights` take."""

from typing import Annotated

import typer

from mmhnet_cli.options.choice import Choice
from mmhnet_cli.options.words import address

NameArgument = Annotated[
    str,
    typer.Argument(
        metavar="NAME",
        show_default=False,
        help="A model of the list, or OWNER/NAME or OWNER/NAME@REVISION of the Hugging Face Hub.",
    ),
]
OptionalNameArgument = Annotated[
    str | None,
    typer.Argument(metavar="[NAME]", show_default="everything", help="A model; all that is here without it."),
]
AcceptOption = Annotated[
    bool,
    Choice(
        "--accept-license",
        None,
        "Accept the licences that are shown, unasked.",
        more=("--accept-licence",),
        setting=False,
    ),
]
OfflineOption = Annotated[
    bool,
    Choice(
        "--offline",
        None,
        "Reach no network: check what is here, fail at once where a part is missing.",
        setting=False,
    ),
]
ReleasesOption = Annotated[
    str | None,
    Choice(
        "--releases-url",
        None,
        "A mirror of the server that has the release files; their digests are checked all the same.",
        metavar="URL",
        shown="https://github.com",
        parse=address,
        expected="an address that begins with https:// or http://",
        setting=False,
        environment="MMHNET_RELEASES_URL",
    ),
]
YesOption = Annotated[bool, Choice("--yes", None, "Remove without asking.", more=("-y",), setting=False)]
