"""Short reels with timecode at the rates of the trade."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from mmhnet_cli.media.probe import VideoInfo, probe
from mmhnet_cli.pipeline.session.cues import CueSheet
from mmhnet_cli.pipeline.session.sheet_file import read_sheet
from mmhnet_cli.timecode import Timecode
from tests.conftest import MakeFilm

PICTURES = 240
RATES = {
    "23.976": ("24000/1001", "01:00:00:00"),
    "24": ("24", "01:00:00:00"),
    "25": ("25", "10:00:00:00"),
    "29.97 drop-frame": ("30000/1001", "00:59:57;00"),
    "29.97 not drop-frame": ("30000/1001", "00:59:57:00"),
    "50": ("50", "01:00:00:00"),
    "59.94 drop-frame": ("60000/1001", "00:59:59;00"),
    "over midnight": ("25", "23:59:55:00"),
}


@dataclass(frozen=True)
class Reel:
    """A film, the timecode of its first picture, and a folder for sheets of it."""

    film: VideoInfo
    clock: Timecode | None
    folder: Path

    def read(self, name: str, content: str | bytes) -> CueSheet:
        path = self.folder / name
        path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
        return read_sheet(path, self.film, self.clock)

    def flaws(self, name: str, content: str | bytes) -> list[tuple[str, str, str]]:
        """Row, column and reason of each thing that is wrong."""
        with pytest.raises(ExceptionGroup) as refused:
            self.read(name, content)
        problems = refused.value.exceptions
        assert {problem.path for problem in problems} == {self.folder / name}
        return [(problem.row, problem.column, problem.reason) for problem in problems]


MakeReel = Callable[..., Reel]


@pytest.fixture
def make_reel(make_film: MakeFilm, tmp_path: Path) -> MakeReel:
    def make(rate: str = "24", timecode: str | None = "01:00:00:00") -> Reel:
        said = [] if timecode is None else ["-timecode", timecode]
        info = probe(make_film("reel.mov", count=PICTURES, rate=rate, output=said))
        assert (timecode is None) == (info.timecode.start is None)
        return Reel(info, info.timecode.start, tmp_path)

    return make
