"""A stem that stays while others are made around it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from mmhnet_cli.fields import Within


@dataclass(frozen=True)
class KeptStem:
    """A stem whose file is that of an earlier take, to the bit, its level included.

    name: of the stem, there and here. report, take: whose it is. sha256: of its file.
    """

    name: str
    report: Path
    take: Annotated[int, Within(1, 99)]
    sha256: str
