"""Hits that a user gives: a time per line, in seconds or in the film's timecode, and after it, if wanted, how hard."""

from collections.abc import Sequence
from pathlib import Path

from mmhnet_cli.errors import BadOption
from mmhnet_cli.options import Hit
from mmhnet_cli.options.request import MOST_HITS
from mmhnet_cli.options.words import moment
from mmhnet_cli.pipeline.asking.texts import read_text, reason_of

OPTION = "--hits"
MOST_BYTES = 1_000_000
HITS = "a text file with a time per line, in seconds or in the film's timecode, and after it a strength above 0 up to 1"
TOLD = 5
"""So many wrong lines are told of at once."""


def read_hits(path: Path) -> tuple[Hit, ...]:
    """Return the hits in a text file; empty lines and what follows a # say nothing. Raises BadOption, which names the
    lines that cannot be used."""
    try:
        lines = read_text(path, MOST_BYTES).splitlines()
    except (OSError, ValueError) as error:
        raise BadOption(OPTION, str(path), f"{HITS} ({reason_of(error)})") from error
    hits, wrong = [], []
    for number, line in enumerate(lines, 1):
        said = line.partition("#")[0].replace("\t", " ").split()
        try:
            if said:
                hits.append(_hit(said))
        except ValueError:
            wrong.append(f"line {number}: {line.strip()[:40]}")
    if len(hits) > MOST_HITS:
        wrong.append(f"{len(hits)} of them, the most is {MOST_HITS}")
    if wrong:
        more = f", and {len(wrong) - TOLD} more" if len(wrong) > TOLD else ""
        raise BadOption(OPTION, str(path), f"{HITS} ({'; '.join(wrong[:TOLD])}{more})")
    return tuple(hits)


def _hit(said: Sequence[str]) -> Hit:
    """Return the hit of one line. Raises ValueError."""
    if len(said) > 2:
        raise ValueError(said)
    strength = float(said[1]) if len(said) > 1 else 1.0
    if not 0 < strength <= 1:
        raise ValueError(strength)
    return Hit(moment(said[0]), strength)
