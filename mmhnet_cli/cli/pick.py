"""`mmhnet pick`: one take of several made the one."""

from typing import Annotated

import typer

from mmhnet_cli.cli._session import Session
from mmhnet_cli.cli._take_options import OnExistsOption, ReportArgument

HELP = """Make a take the one: copy its files under names without the number of the take, and note it in the report."""
EXAMPLES = """Examples:

mmhnet pick street_mmhnet.json 2
"""

TakeArgument = Annotated[int, typer.Argument(metavar="TAKE", help="Number of the take.", show_default=False, min=1)]


def pick(session: Session, report: ReportArgument, take: TakeArgument, on_exists: OnExistsOption = "error") -> None:
    """Copy the files of a take to the names of the one."""
    from mmhnet_cli.pipeline.session.pick import pick as pick_take

    files = pick_take(report, take, on_exists)
    record = {"type": "pick", "take": take, "outputs": [str(path) for path in files]}
    session.output.result("\n".join(map(str, files)), record)
