"""The program `mmhnet`: its commands and its entry point. Everything heavy is imported inside the commands."""

import errno
import os
import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from mmhnet_cli import __version__
from mmhnet_cli.cli import (
    audition,
    batch,
    cache,
    config,
    doctor,
    evaluate,
    export,
    generate,
    kinds,
    measure,
    pick,
    probe,
    redo,
    spot,
    train,
    vary,
    weights,
)
from mmhnet_cli.cli._errors import USAGE, tell, tell_usage
from mmhnet_cli.cli._help import HelpCommand, HelpGroup
from mmhnet_cli.cli._output import Output, discard_stdout
from mmhnet_cli.cli._session import command, with_common
from mmhnet_cli.cli._streams import carry_names
from mmhnet_cli.errors import StdoutUnwritable

app = typer.Typer(
    name="mmhnet",
    cls=HelpGroup,
    help="Sound for film: give it a film, get the sound that belongs to it, at any length.",
    epilog="Example: mmhnet generate street.mp4 -p 'rain on a tin roof'",
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"mmhnet {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
@with_common
def root(
    ctx: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
    **common: Any,
) -> None:
    """Leave the global options to the commands, which read them from the context."""
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())
        raise typer.Exit(USAGE)


app.command("generate", cls=HelpCommand, help=generate.HELP, epilog=generate.EXAMPLES)(
    command(generate.generate, collects=True)
)
app.command("batch", cls=HelpCommand, help=batch.HELP, epilog=batch.EXAMPLES)(command(batch.batch))
app.command("redo", cls=HelpCommand, help=redo.HELP, epilog=redo.EXAMPLES)(command(redo.redo))
app.command("vary", cls=HelpCommand, help=vary.HELP, epilog=vary.EXAMPLES)(command(vary.vary))
app.command("pick", cls=HelpCommand, help=pick.HELP, epilog=pick.EXAMPLES)(command(pick.pick))
app.command("probe", cls=HelpCommand, help=probe.HELP, epilog=probe.EXAMPLES)(command(probe.probe))
app.command("spot", cls=HelpCommand, help=spot.HELP, epilog=spot.EXAMPLES)(command(spot.spot))
app.command("export", cls=HelpCommand, help=export.HELP, epilog=export.EXAMPLES)(command(export.export))
app.command("audition", cls=HelpCommand, help=audition.HELP, epilog=audition.EXAMPLES)(command(audition.audition))
app.command("kinds", cls=HelpCommand, help=kinds.HELP, epilog=kinds.EXAMPLES)(command(kinds.kinds))
app.command("measure", cls=HelpCommand, help=measure.HELP, epilog=measure.EXAMPLES)(command(measure.measure))
app.command("evaluate", cls=HelpCommand, help=evaluate.HELP, epilog=evaluate.EXAMPLES)(command(evaluate.evaluate))
app.command("doctor", cls=HelpCommand, help=doctor.HELP, epilog=doctor.EXAMPLES)(command(doctor.doctor))
app.add_typer(cache.app, name="cache")
app.add_typer(config.app, name="config")
app.add_typer(weights.app, name="weights")
app.add_typer(train.app, name="train")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line, that of the process without `arguments`, and return the exit code."""
    _open_closed_streams()
    carry_names()
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        # A command that runs itself in several processes is told its own line.
        code = app(args=list(given), obj=tuple(given), prog_name="mmhnet", standalone_mode=False)
        sys.stdout.flush()
    except SystemExit as stop:
        code = stop.code
    except OSError as error:
        # A help text or a version that nobody could print; commands look after themselves.
        discard_stdout()
        code = 0 if error.errno in (errno.EPIPE, errno.EIO) else tell(StdoutUnwritable(str(error.strerror)), Output())
    except Exception as error:
        # Typer keeps the classes of its usage errors private; what they share is this method.
        if not hasattr(error, "format_message"):
            raise
        if type(error).__name__ == "NoArgsIsHelpError":
            typer.echo(error.format_message(), err=True)
            return USAGE
        output = Output("json" if "--json" in given else "human")
        code = tell_usage(type(error).__name__, error.format_message(), output)
    return int(code or 0)


def _open_closed_streams() -> None:
    """Let streams that are closed lead nowhere: the next file that is opened would get their number, and their text."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            # The lowest number that is free is this one.
            os.open(os.devnull, os.O_RDWR)
    if sys.stdout is None:
        sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115  open until the end
    if sys.stderr is None:
        sys.stderr = open(2, "w", closefd=False)  # noqa: SIM115


if __name__ == "__main__":
    sys.exit(main())
