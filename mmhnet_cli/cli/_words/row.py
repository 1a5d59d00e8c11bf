"""What an error is to a user: a sentence, a next step and an exit code."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mmhnet_cli.errors import MMHNetError

UNFORESEEN = 1


@dataclass(frozen=True)
class Row:
    """What one error type means to the user; `sentence` and `next_step` read the facts the error carries."""

    kind: type[MMHNetError]
    exit_code: int
    sentence: Callable[[Any], str]
    next_step: Callable[[Any], str]
