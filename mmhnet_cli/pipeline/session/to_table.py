"""Our own cue sheet, as a program that a session is handed over to."""

from pathlib import Path

from mmhnet_cli.pipeline.session import table
from mmhnet_cli.pipeline.session.hand_over import HandOver


def write(session: HandOver, folder: Path, file: Path) -> None:
    """Write the cues to `file`."""
    file.write_bytes(table.written(session.cues, session.clock))
