"""Questions to the user."""

import sys

from mmhnet_cli.cli._session import Session
from mmhnet_cli.errors import BadOption


def agreed(session: Session, question: str) -> bool | None:
    """Ask; return the answer, or None where nobody can be asked."""
    if session.output.mode == "json" or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return None
    # Typer's own question writes a space to stdout, which is for results.
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


def sure(session: Session, question: str, undone: str) -> bool:
    """Ask before something is done; say `undone` where the answer is no. Raises BadOption where nobody can be asked."""
    answer = agreed(session, question)
    if answer is None:
        raise BadOption("--yes", "left out", "given where nobody can be asked")
    if not answer:
        session.output.note(undone)
    return answer
