"""`mmhnet cache`: what is kept of films that were seen, and letting go of it."""

import typer

from mmhnet_cli.cli._help import HelpCommand, HelpGroup
from mmhnet_cli.cli._output import aligned
from mmhnet_cli.cli._session import Session, command

app = typer.Typer(
    cls=HelpGroup,
    help="Show what is kept of films that were seen, or let go of it.",
    epilog="Example: mmhnet cache show",
    rich_markup_mode="rich",
    no_args_is_help=True,
)

SHOW_HELP = """Show where what was seen in films is kept, and how much it is.

Each reading of a film serves every later sound of the same pictures; `--cache-gb` of the commands bounds them.
"""
CLEAR_HELP = """Remove all that is kept of films that were seen.

No sound depends on it: a film is read again when it is needed.
"""


def show(session: Session) -> None:
    """Print the folder, how many readings there are, and their size."""
    from mmhnet_cli.encoders.seen_cache import SeenCache

    cache = SeenCache(0)
    files = cache.files()
    size = sum(file.size for file in files)
    rows = [("folder", str(cache.folder)), ("readings", str(len(files))), ("size", f"{size / 1e6:.1f} MB")]
    record = {"type": "cache", "folder": str(cache.folder), "readings": len(files), "size_bytes": size}
    session.output.result(aligned(rows), record)


def clear(session: Session) -> None:
    """Remove all readings."""
    from mmhnet_cli.encoders.seen_cache import SeenCache

    cache = SeenCache(0)
    size = cache.clear()
    left = len(cache.files())
    note = f"{size / 1e6:.1f} MB removed" + (f"; {left} files could not be" if left else "")
    session.output.result(
        note, {"type": "cache_cleared", "folder": str(cache.folder), "size_bytes": size, "left": left}
    )


app.command("show", cls=HelpCommand, help=SHOW_HELP, epilog="Example: mmhnet cache show --json")(command(show))
app.command("clear", cls=HelpCommand, help=CLEAR_HELP, epilog="Example: mmhnet cache clear")(command(clear))
