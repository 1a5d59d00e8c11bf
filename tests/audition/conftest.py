"""A page at work: its server in this process, on takes of a short film."""

import json
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from mmhnet_cli.audition.desk import Desk, Wishes
from mmhnet_cli.audition.library import Shelf
from mmhnet_cli.audition.server import serving
from mmhnet_cli.audition.work import Work
from mmhnet_cli.cli._errors import words_of
from mmhnet_cli.cli.app import main
from tests.conftest import MakeFilm
from tests.tiny_model import tiny_model_dir

__all__ = ["tiny_model_dir"]

PICTURES = 75


@pytest.fixture(scope="session")
def made(make_film: MakeFilm, tiny_model_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two takes of two stems of 3 s of film with timecode; nobody writes into it."""
    folder = tmp_path_factory.mktemp("made")
    film = make_film("reel.mp4", count=PICTURES, rate="25", output=["-timecode", "10:00:00:00"])
    shutil.copy(film, folder / "reel.mp4")
    (folder / "hits.txt").write_text("1.2\n")
    words = ["--stem", "fx=door", "--stem", "amb=rain", "--takes", "2", "--hits", str(folder / "hits.txt")]
    asked = ["generate", str(folder / "reel.mp4"), "-m", str(tiny_model_dir), "-d", str(folder), "-q", "--steps", "1"]
    assert main([*asked, *words]) == 0
    return folder


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Page:
    """A served page, asked as its own script would."""

    address: str
    folder: Path
    desk: Desk

    @property
    def host(self) -> str:
        return urlsplit(self.address).netloc

    @property
    def token(self) -> str:
        return urlsplit(self.address).path.strip("/")

    def ask(self, path: str, method: str = "GET", body: bytes | None = None, **headers: str) -> Answer:
        """Ask for a path exactly as it stands. headers: with _ for -."""
        connection = HTTPConnection(self.host, timeout=60)
        try:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body, named)
            response = connection.getresponse()
            return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask(f"/{self.token}/{path}", **headers)

    def post(self, action: str, asked: Any, **headers: str) -> Answer:
        own = {"Origin": f"http://{self.host}", "Content_Type": "application/json", **headers}
        return self.ask(f"/{self.token}/do/{action}", "POST", json.dumps(asked).encode(), **own)

    def finished(self, number: int) -> dict[str, Any]:
        """Wait for a piece of work."""
        end = time.monotonic() + 120
        while time.monotonic() < end:
            [task] = [one for one in self.get("work").json if one["number"] == number]
            if task["state"] not in ("waiting", "running"):
                return task
            time.sleep(0.05)
        raise AssertionError(task)


@pytest.fixture
def page(made: Path, tiny_model_dir: Path, tmp_path: Path) -> Iterator[Page]:
    folder = tmp_path / "takes"
    shutil.copytree(made, folder)
    desk = Desk(Shelf(folder, None), Wishes(model=str(tiny_model_dir)), Work(words_of))
    with serving(desk, 0) as address:
        yield Page(address, folder, desk)
