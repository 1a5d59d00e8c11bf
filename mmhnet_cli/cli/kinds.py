"""`mmhnet kinds`: the sounds that the model of the package makes."""

from typing import Annotated

import typer

from mmhnet_cli.cli._output import aligned
from mmhnet_cli.cli._session import Session

HELP = """List the kinds of sound that mini makes, with category (Universal Category System) and words.

With words, only the kinds that have them in their name or among their words, in any of its languages.
"""
EXAMPLES = """Examples:

mmhnet kinds

mmhnet kinds water

mmhnet kinds --json
"""
FEW = 3

WordsArgument = Annotated[
    list[str] | None, typer.Argument(metavar="WORD...", help="What to look for.", show_default=False)
]


def kinds(session: Session, words: WordsArgument = None) -> None:
    """Print the kinds that all words are found in."""
    from mmhnet_cli.encoders.sounding import kind_words

    wanted = [word.casefold() for word in words or []]
    rows, records = [], []
    for kind in kind_words():
        known = [kind.name.replace("_", " "), *kind.phrases, *(word for some in kind.foreign.values() for word in some)]
        said = " \n".join(known).casefold()
        if all(word in said for word in wanted):
            records.append({"type": "kind", "kind": kind.name, "category": kind.category, "words": kind.nouns})
            rows.append((kind.name.replace("_", " "), kind.category, ", ".join(kind.nouns[:FEW])))
    if session.output.mode == "json":
        for record in records:
            session.output.result("", record)
    elif rows:
        session.output.result(aligned(rows), {})
    if not rows:
        session.output.note("No kind has these words; without words, all are listed.")
