"""Whose every file of a run is: what it reads, its journal, and the outputs of its films, none in another's place."""

from collections.abc import Sequence
from pathlib import Path

from mmhnet_cli.errors import BadOption
from mmhnet_cli.pipeline.request import Job


class Places:
    """It grows with every film that takes the places of its outputs.

    inputs: files that the run reads. journal: the run's own. No output may take their place, under whatever name.
    """

    def __init__(self, inputs: Sequence[Path], journal: Path) -> None:
        self._inputs = {identity: path for path in inputs if (identity := _identity(path)) is not None}
        self._journal = journal
        self._taken: dict[str, str] = {}

    def take(self, name: str, job: Job) -> None:
        """Take the places of a film, which is called `name`. Raises BadOption for the first that is another's."""
        for path in (*(output.path for output in job.outputs), job.report):
            self._check_given(path)
            place = _place(path)
            if place in self._taken:
                expected = f"another name than that of an output of {self._taken[place]}"
                raise BadOption("--name", path.name, expected)
            self._taken[place] = name

    def _check_given(self, output: Path) -> None:
        identity = _identity(output)
        if identity in self._inputs:
            raise BadOption(
                "--output", str(output), f"another file than {self._inputs[identity]}, an input of this run"
            )
        if _place(output) == _place(self._journal):
            raise BadOption("--journal", str(self._journal), f"another file than an output ({output})")


def _identity(path: Path) -> tuple[int, int] | None:
    """Return which file is at `path`, the same by every name of it; None where there is none."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino


def _place(path: Path) -> str:
    return str(path.resolve()).casefold()
