"""A film with damage is done as players play it, and what is lost is told; `--strict` refuses it."""

import json
from pathlib import Path

import pytest
import soundfile

from tests.cli.conftest import RunCommand
from tests.conftest import MakeFilm
from tests.media.broken_bytes import TS_PACKET, changed, without_times


@pytest.mark.slow
def test_lost_pictures_are_told_and_cost_nothing_else(
    mmhnet: RunCommand, make_film: MakeFilm, tiny_model_dir: Path
) -> None:
    whole = make_film("whole.ts", video=["-c:v", "mpeg2video", "-q:v", "2", "-g", "12"], size=(320, 240)).read_bytes()
    pieces = len(whole) // TS_PACKET // 2 * TS_PACKET
    Path("street.ts").write_bytes(whole[: pieces - 3 * TS_PACKET] + whole[pieces + 3 * TS_PACKET :])
    command = ("generate", "street.ts", "-m", tiny_model_dir, "--steps", "1")
    refused = mmhnet(*command, "--strict")
    assert refused.code == 4
    assert "damaged or lost" in refused.err
    assert [path.name for path in Path().iterdir()] == ["street.ts"]
    ran = mmhnet(*command)
    assert ran.code == 0, ran.err
    assert "damaged or lost" in ran.err
    report = json.loads(Path("street_mmhnet.json").read_text())
    assert 1 <= report["film"]["damage"]["pictures"] <= 12
    assert "damaged or lost" in report["damage"]["words"]
    assert soundfile.info("street_mmhnet.wav").frames == 96000


@pytest.mark.slow
def test_a_film_without_any_time_gets_its_sound(mmhnet: RunCommand, make_film: MakeFilm, tiny_model_dir: Path) -> None:
    film = make_film("once.ts", rate="25", count=50)
    changed(film, Path("untimed.ts"), without_times(lambda number: False))
    ran = mmhnet("generate", "untimed.ts", "-m", tiny_model_dir, "--steps", "1", "--start", "0.5", "--end", "1.5")
    assert ran.code == 0, ran.err
    assert "its clock is damaged and was set right" in ran.err
    assert soundfile.info("untimed_mmhnet.wav").frames == 48000
