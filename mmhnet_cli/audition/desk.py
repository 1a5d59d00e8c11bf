"""What the page asks for, done by the functions that the commands call."""

import threading
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from mmhnet_cli.audition.library import Library, Shelf, Version
from mmhnet_cli.audition.waves import Peaks
from mmhnet_cli.audition.work import Progress, Task, Work
from mmhnet_cli.errors import BadOption
from mmhnet_cli.media.ffmpeg import find_ffmpeg
from mmhnet_cli.media.proxy import make_proxy
from mmhnet_cli.options.sampling import LARGEST_SEED
from mmhnet_cli.pipeline.making.load import LoadedModel, load_model
from mmhnet_cli.pipeline.session.export import WRITERS, export_report
from mmhnet_cli.pipeline.session.pick import pick
from mmhnet_cli.pipeline.session.redo import RedoRequest, prepare_redo, redo

Asked = dict[str, Any]
"""What the page has sent, of which nothing is believed."""


class Unknown(Exception):
    """The page has named what there is not."""


@dataclass(frozen=True)
class Wishes:
    """How to make what is made anew: where the film is now, the model, the device; None is what the report says."""

    film: Path | None = None
    model: str | None = None
    device: str = "auto"


class Desk:
    """One person's work with the takes of a folder."""

    def __init__(self, shelf: Shelf, wishes: Wishes, work: Work) -> None:
        self.shelf, self.wishes, self.work = shelf, wishes, work
        self.peaks = Peaks()
        self.proxies: dict[str, Path] = {}
        """By the key of the film; these are done."""
        self._looking = threading.Lock()
        self._library = shelf.look()
        self._model: tuple[tuple[str, str], LoadedModel] | None = None

    @property
    def library(self) -> Library:
        """Return what was there when somebody looked last."""
        return self._library

    def look(self) -> Library:
        """Look again at what is there."""
        with self._looking:
            self._library = self.shelf.look()
            return self._library

    def redo(self, asked: Asked) -> Task:
        """Let a stretch be made anew. from, to: frames of the film, counted from its first picture."""
        version = self._version(asked)
        rate = version.session.rate
        first, last = (Fraction(_whole(asked, name)) / rate for name in ("from", "to"))
        seed = None if asked.get("seed") is None else _whole(asked, "seed")
        if seed is not None and not 0 <= seed <= LARGEST_SEED:
            raise BadOption("--seed", str(seed), f"a whole number from 0 to {LARGEST_SEED}")
        request = RedoRequest(
            version.report,
            first,
            last,
            version.take,
            _text(asked, "track"),
            _text(asked, "prompt"),
            _text(asked, "negative"),
            seed,
            self.wishes.film,
            self.wishes.model,
            self.wishes.device,
        )

        def run(progress: Progress) -> dict[str, Any]:
            job = prepare_redo(request)
            precision = job.job.request.precision
            wanted = (str(job.job.request.model), precision)
            if self._model is None or self._model[0] != wanted:
                self._model = None  # its memory first
                self._model = wanted, load_model(job.job.model, request.device, precision, progress)
            made = redo(job, self._model[1], progress)
            return {"outputs": [path.name for path in made.files], "report": made.files[-1].name}

        return self.work.add("redo", f"Redo of {version.label}", run)

    def pick(self, asked: Asked) -> dict[str, Any]:
        """Make a take the one."""
        version = self._version(asked)
        files = pick(version.report, version.take, "overwrite" if asked.get("replace") is True else "error")
        return {"outputs": [path.name for path in files]}

    def export(self, asked: Asked) -> dict[str, Any]:
        """Write a session for another program beside the report."""
        version = self._version(asked)
        to = asked.get("to")
        if to not in WRITERS:
            raise BadOption("--to", str(to)[:40], f"one of {', '.join(WRITERS)}")
        path, _ = export_report(version.report, to, film=self.wishes.film, replace=asked.get("replace") is True)
        return {"outputs": [path.name]}

    def proxy(self, key: str, folder: Path) -> Task:
        """Let a copy of a film be made that browsers play."""
        film = self.library.films.get(key)
        if film is None:
            raise Unknown
        path = folder / f"{key}.mp4"

        def run(progress: Progress) -> dict[str, Any]:
            if key not in self.proxies:
                make_proxy(film, path, find_ffmpeg(), lambda done, total: progress("make a proxy", done, total))
                self.proxies[key] = path
            return {"film": key}

        return self.work.add("proxy", f"Proxy of {film.path.name}", run)

    def _version(self, asked: Asked) -> Version:
        version = self.library.versions.get(str(asked.get("version")))
        if version is None:
            raise Unknown
        return version


def _whole(asked: Asked, name: str) -> int:
    value = asked.get(name)
    if type(value) is not int or abs(value) > 1 << 62:
        raise BadOption(f"--{name}", str(value)[:40], "a whole number")
    return value


def _text(asked: Asked, name: str) -> str | None:
    value = asked.get(name)
    if value is not None and not isinstance(value, str):
        raise BadOption(f"--{name}", str(value)[:40], "a text")
    return value
