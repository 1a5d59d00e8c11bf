"""`mmhnet audition`: a page to hear takes with their film."""

import threading
import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from mmhnet_cli.cli._errors import words_of
from mmhnet_cli.cli._session import Session
from mmhnet_cli.cli._take_options import DeviceOption, ModelOption
from mmhnet_cli.errors import ExtraMissing
from mmhnet_cli.fields import Within
from mmhnet_cli.options.choice import Choice
from mmhnet_cli.options.panels import FILES

HELP = """Hear takes with their film, in the browser: compare, mark a region, redo it, pick, export.

Takes a report, with the others of its film beside it, or a folder of reports. The page is served to this machine alone,
at an address with a token, until Ctrl-C.
"""
EXAMPLES = """Examples:

mmhnet audition street_mmhnet.json

mmhnet audition reel1/ --port 8765 --no-browser
"""
TargetArgument = Annotated[
    Path, typer.Argument(metavar="REPORT|FOLDER", help="A report, or a folder of reports.", show_default=False)
]
PortOption = Annotated[
    int, Within(0, 65535), Choice("--port", FILES, "Of the page; 0 takes a free one.", metavar="N", setting=False)
]
NoBrowserOption = Annotated[bool, Choice("--no-browser", FILES, "Print the address and open nothing.", setting=False)]
WhereOption = Annotated[
    Path | None, Choice("--film", FILES, "The film, or its folder, where it has moved.", metavar="FILM", setting=False)
]


def audition(
    session: Session,
    target: TargetArgument,
    port: PortOption = 0,
    no_browser: NoBrowserOption = False,
    film: WhereOption = None,
    model: ModelOption = None,
    device: DeviceOption = "auto",
) -> None:
    """Serve the page, and print its address."""
    import torch

    from mmhnet_cli.cores import count_cores

    try:
        import starlette as _starlette  # noqa: F401
        import uvicorn as _uvicorn  # noqa: F401
    except ImportError as error:
        raise ExtraMissing("mmhnet audition", str(error.name), "audition") from error
    from mmhnet_cli.audition.desk import Desk, Wishes
    from mmhnet_cli.audition.library import Shelf
    from mmhnet_cli.audition.server import serving
    from mmhnet_cli.audition.work import Work

    torch.set_num_threads(min(torch.get_num_threads(), count_cores()))
    desk = Desk(Shelf(target, film), Wishes(film, model, device), Work(words_of))
    with serving(desk, port) as address:
        session.output.result(address, {"type": "audition", "status": "serving", "url": address})
        session.output.note("Ctrl-C ends it.")
        if not no_browser:
            webbrowser.open(address)
        try:
            threading.Event().wait()
        except KeyboardInterrupt as end:
            # Ctrl-C is how it ends; a signal from elsewhere is told as always.
            if type(end) is not KeyboardInterrupt:
                raise
