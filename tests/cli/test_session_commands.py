"""`mmhnet spot` and `mmhnet export` on files."""

import csv
import io
import json
import shutil
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from mmhnet_cli.cli.app import main
from mmhnet_cli.media.probe import probe
from mmhnet_cli.pipeline.session.sheet_file import read_sheet
from tests.cli.conftest import RunCommand
from tests.conftest import MakeFilm
from tests.tiny_model import tiny_model_dir

__all__ = ["tiny_model_dir"]

RATE = Fraction(30000, 1001)
PICTURES, RATE_HZ = 60, 48000
FIRST_S = Fraction(107892) / RATE
"""01:00:00;00 since midnight."""


@pytest.fixture(scope="module")
def reel(make_film: MakeFilm, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """2.002 s of drop-frame timecode, in a folder of its own."""
    path = tmp_path_factory.mktemp("reel") / "reel 'one'.mov"
    shutil.copy(make_film("reel.mov", count=PICTURES, rate="30000/1001", output=["-timecode", "01:00:00;00"]), path)
    return path


@pytest.fixture(scope="module")
def report(reel: Path, tiny_model_dir: Path) -> Path:
    """Of two takes of two stems, from picture 6 on, with half a second more on both sides."""
    words = ["--stem", "fx=door slam", "--stem", "ambience=rain", "--takes", "2", "--handles", "0.5", "--steps", "1"]
    part = ["--start", "01:00:00;06", "--hits", str(reel.with_suffix(".txt")), "--stem-gain", "fx=-6"]
    reel.with_suffix(".txt").write_text("01:00:01;00 0.5\n", encoding="utf-8")
    asked = ["generate", str(reel), "-m", str(tiny_model_dir), "-d", str(reel.parent), "--quiet", *words, *part]
    assert main(asked) == 0
    return reel.parent / "reel 'one'_mmhnet.json"


SHEET = (
    "start,end,prompt,track,hits,name\n"
    "01:00:00;00,01:00:01;15,rain,ambience,,all\n"
    "01:00:01;00,01:00:02;00,door,fx,01:00:01;02@0.5,\n"
)


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    path = tmp_path / "cues.csv"
    path.write_text(SHEET, encoding="utf-8")
    return path


@pytest.mark.slow
def test_spot_writes_a_sheet_that_is_read_again(mmhnet: RunCommand, reel: Path, tmp_path: Path) -> None:
    path = tmp_path / "cues.csv"
    ran = mmhnet("spot", reel, "-o", path, "--progress", "off")
    assert (ran.code, ran.out) == (0, f"{path}\n")
    film = probe(reel)
    cues = read_sheet(path, film, film.timecode.start).cues
    assert (cues[0].start, cues[-1].end) == (0, film.duration)
    rows = list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"))))
    assert rows[0]["start"] == "01:00:00;00" and rows[0]["rate"] == "29.97" and rows[0]["shot"] == "1"
    ran = mmhnet("spot", reel, "-o", path, "--json", "--force")
    [record] = ran.records
    assert record["timecode"] == "01:00:00;00"
    assert [Fraction(cue["start_s"]) for cue in record["cues"]] == [cue.start for cue in cues]


@pytest.mark.slow
def test_spot_replaces_nothing_unasked(mmhnet: RunCommand, reel: Path, tmp_path: Path) -> None:
    path = tmp_path / "cues.csv"
    path.write_text("mine", encoding="utf-8")
    ran = mmhnet("spot", reel, "-o", path)
    assert ran.code == 7 and "was left as it is" in ran.err
    assert path.read_text("utf-8") == "mine"
    assert mmhnet("spot", reel, "-o", tmp_path / "none" / "x.csv").code == 7
    assert mmhnet("spot", reel, "--timecode", "01:00:00:45").code == 2


def test_export_needs_to_know_for_what(mmhnet: RunCommand, report: Path) -> None:
    ran = mmhnet("export", report)
    assert ran.code == 2 and "one of reaper, otio, aaf, edl, csv" in ran.err
    assert mmhnet("export", report, "--to", "protools").code == 2


def test_export_to_csv_has_what_was_asked_for(mmhnet: RunCommand, report: Path, reel: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    assert mmhnet("export", report, "--to", "csv", "-o", path).out == f"{path}\n"
    film = probe(reel)
    fx, ambience = sorted(read_sheet(path, film, film.timecode.start).cues, key=lambda cue: cue.track != "fx")
    assert (fx.start, fx.end, fx.prompt, fx.track, fx.gain_db) == (6 / RATE, film.duration, "door slam", "fx", -6)
    assert fx.hits == ((30 / RATE, 0.5),) == ambience.hits
    assert (ambience.prompt, ambience.track) == ("rain", "ambience")


def test_export_to_reaper(mmhnet: RunCommand, report: Path, sheet: Path) -> None:
    rpp = pytest.importorskip("rpp", reason="rpp of the extra dev is not installed")
    ran = mmhnet("export", report, "--to", "reaper", "--cues", sheet, "--json")
    path = report.with_suffix(".rpp")
    assert ran.records == [
        {"type": "export", "to": "reaper", "report": str(report), "output": str(path), "sounds": 6, "cues": 2}
    ]
    with path.open(encoding="utf-8") as file:
        project = rpp.load(file)
    assert float(project.find("PROJOFFS")[1]) == pytest.approx(float(FIRST_S))
    assert project.find("TIMEMODE")[4:6] == ["30", "1"]
    tracks = {track.find("NAME")[1]: track.find("ITEM") for track in project.findall("TRACK")}
    assert list(tracks) == ["picture", "mix", "fx", "ambience"]
    muted = {track.find("NAME")[1]: track.find("MUTESOLO")[1] for track in project.findall("TRACK")}
    assert muted == {"picture": "1", "mix": "1", "fx": "0", "ambience": "0"}
    assert tracks["picture"].find("SOURCE").find("FILE")[1] == "reel 'one'.mov"
    takes = tracks["fx"]
    assert [source.find("FILE")[1] for source in takes.findall("SOURCE")] == [
        "reel 'one'_fx_t01.wav",
        "reel 'one'_fx_t02.wav",
    ]
    # Half a second of handle before picture 6, which is 0.2 s into the film: 0.3 s of it have no place.
    begin = 6 / RATE - Fraction(1, 2)
    assert float(takes.find("POSITION")[1]) == 0
    assert float(takes.find("SOFFS")[1]) == pytest.approx(float(-begin), abs=1 / RATE_HZ)
    length = PICTURES / RATE - 6 / RATE + 1 + begin
    assert float(takes.find("LENGTH")[1]) == pytest.approx(float(length), abs=1 / RATE_HZ)
    marks = [(round(float(mark[2]) * RATE), mark[3], mark[4]) for mark in project.findall("MARKER")]
    assert marks == [(0, "all", "1"), (45, "", "1"), (30, "door", "1"), (60, "", "1"), (32, "hit 0.5 door", "0")]


def test_export_to_edl(mmhnet: RunCommand, report: Path, sheet: Path, reel: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.edl"
    assert mmhnet("export", report, "--to", "edl", "--cues", sheet, "-o", path).code == 0
    text = path.read_text("utf-8")
    assert "FCM: DROP FRAME" in text
    assert "* FROM CLIP NAME: reel 'one'_fx_t01.wav" in text
    film = probe(reel)
    found = read_sheet(path, film, film.timecode.start).cues
    assert [(cue.start * RATE, cue.end * RATE, cue.prompt) for cue in found] == [(0, 45, "rain"), (30, 60, "door")]


def test_export_to_otio(mmhnet: RunCommand, report: Path, sheet: Path, reel: Path, tmp_path: Path) -> None:
    otio = pytest.importorskip("opentimelineio", reason="the extra otio is not installed")
    path = tmp_path / "a.otio"
    assert mmhnet("export", report, "--to", "otio", "--cues", sheet, "-o", path).code == 0
    timeline = otio.adapters.read_from_file(str(path))
    assert timeline.global_start_time.to_frames() == 107892
    assert [(track.name, track.enabled) for track in timeline.tracks] == [
        ("picture", True),
        ("mix take 1", False),
        ("mix take 2", False),
        *((f"{name} take {take}", take == 1) for name in ("fx", "ambience") for take in (1, 2)),
    ]
    [clip] = timeline.tracks[3]
    assert clip.media_reference.target_url == str(report.parent / "reel 'one'_fx_t01.wav")
    assert round(clip.source_range.start_time.value) == round((Fraction(1, 2) - 6 / RATE) * RATE_HZ)
    assert clip.source_range.end_time_exclusive() == clip.media_reference.available_range.end_time_exclusive()
    film = probe(reel)
    found = read_sheet(path, film, film.timecode.start).cues
    assert [(cue.start * RATE, cue.end * RATE, cue.prompt) for cue in found] == [(0, 45, "rain"), (30, 60, "door")]


@pytest.mark.slow
def test_export_to_aaf(mmhnet: RunCommand, report: Path, sheet: Path, tmp_path: Path) -> None:
    aaf2 = pytest.importorskip("aaf2", reason="the extra aaf is not installed")
    path = tmp_path / "a.aaf"
    assert mmhnet("export", report, "--to", "aaf", "--cues", sheet, "-o", path).code == 0
    with aaf2.open(str(path)) as aaf:
        [composition] = aaf.content.toplevel()
        slots: dict[str, Any] = {slot.name: slot for slot in composition.slots}
        timecode = slots["TC1"].segment
        assert (timecode.start, timecode.fps, timecode.drop) == (107892, 30, True)
        names = [f"{name} take {take}.{side}" for name in ("fx", "ambience") for take in (1, 2) for side in "LR"]
        assert set(slots) == {"TC1", "picture", "cues", *names}
        [clip] = slots["fx take 2.R"].segment.components
        assert clip.start == round((Fraction(1, 2) - 6 / RATE) * RATE_HZ)
        assert clip.length == round(PICTURES / RATE * RATE_HZ + RATE_HZ - 6 / RATE * RATE_HZ) - clip.start
        source = clip.mob.slots[0].segment.components[0].mob
        [locator] = source.descriptor.locator
        assert locator["URLString"].value == (report.parent / "reel 'one'_fx_t02.wav").as_uri()
        marks = [
            (mark["Position"].value, mark["Length"].value, mark["Comment"].value)
            for mark in slots["cues"].segment.components
        ]
        assert marks == [(0, 45, "ambience: all"), (30, 30, "fx: door"), (32, 1, "hit 0.5 door")]


def test_export_replaces_nothing_unasked(mmhnet: RunCommand, report: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.edl"
    path.write_text("mine", encoding="utf-8")
    assert mmhnet("export", report, "--to", "edl", "-o", path).code == 7
    assert path.read_text("utf-8") == "mine"
    assert mmhnet("export", report, "--to", "edl", "-o", path, "-f").code == 0
    assert "FCM" in path.read_text("utf-8")


def test_export_says_all_that_is_wrong_with_a_sheet(mmhnet: RunCommand, report: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "bad.csv"
    sheet.write_text("start,end,gain\n01:00:00;00,01:00:09;00,\n1,0.5,loud\n", encoding="utf-8")
    ran = mmhnet("export", report, "--to", "edl", "--cues", sheet, "-o", tmp_path / "a.edl")
    assert ran.code == 2
    errors = [line for line in ran.err.splitlines() if line.startswith("error: ")]
    assert [error.partition(": ")[2].partition(": ")[0] for error in errors] == [
        f"{sheet}, line 2, column end",
        f"{sheet}, line 3, column end",
        f"{sheet}, line 3, column gain",
    ]
    assert not (tmp_path / "a.edl").exists()


def test_export_of_what_is_not_there(mmhnet: RunCommand, report: Path, reel: Path, tmp_path: Path) -> None:
    alone = tmp_path / "alone.json"
    shutil.copy(report, alone)
    ran = mmhnet("export", alone, "--to", "edl")
    assert ran.code == 4 and "--film FILM" in ran.err
    ran = mmhnet("export", alone, "--to", "edl", "--film", reel)
    assert ran.code == 4 and ran.err.count("it is not there") == 6
    # A report of a stranger names no file outside its folder.
    facts = json.loads(report.read_text("utf-8"))
    facts["takes"][0]["files"][0]["file"] = "../../secret.wav"
    alone.write_text(json.dumps(facts), encoding="utf-8")
    assert f"{tmp_path / 'secret.wav'} holds no sound" in mmhnet("export", alone, "--to", "edl", "--film", reel).err
    for wrong in ("takes", "sound"):
        alone.write_text(json.dumps({**facts, wrong: 7}), encoding="utf-8")
        assert mmhnet("export", alone, "--to", "edl", "--film", reel).code == 4


@pytest.mark.parametrize(("to", "package"), [("otio", "opentimelineio"), ("aaf", "aaf2")])
def test_a_library_that_is_missing(
    mmhnet: RunCommand, report: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, to: str, package: str
) -> None:
    monkeypatch.setitem(__import__("sys").modules, package, None)
    ran = mmhnet("export", report, "--to", to, "-o", tmp_path / "a")
    assert ran.code == 2 and f'pip install "mmhnet[{to}]"' in ran.err
    assert list(tmp_path.glob("a*")) == []


@pytest.mark.slow
def test_a_take_is_varied_redone_and_picked(mmhnet: RunCommand, make_film: MakeFilm, tiny_model_dir: Path) -> None:
    model = ("-m", tiny_model_dir, "--steps", "1")
    film = make_film("street.mp4", count=48)
    Path("my_redoubt.mp4").write_bytes(film.read_bytes())
    assert mmhnet("generate", "my_redoubt.mp4", *model, "--takes", "2", "-q").code == 0
    ran = mmhnet("vary", "my_redoubt_mmhnet.json", "--take", "2", "--amount", "0.2", "--model", tiny_model_dir)
    assert (ran.code, ran.out.split()[0]) == (0, "my_redoubt_mmhnet_t02_vary.wav"), ran.err
    ran = mmhnet(
        *("redo", "my_redoubt_mmhnet.json", "--take", "2", "--from", "0.5", "--to", "1", "--model", tiny_model_dir)
    )
    assert ran.code == 0, ran.err
    assert ran.out.split()[0] == "my_redoubt_mmhnet_t02_redo.wav"
    again = mmhnet(
        *("redo", "my_redoubt_mmhnet_t02_redo.json", "--from", "1", "--to", "1.2", "--model", tiny_model_dir)
    )
    assert again.out.split()[0] == "my_redoubt_mmhnet_t02_redo_2.wav", again.err
    assert mmhnet("pick", "my_redoubt_mmhnet.json", "2").out == "my_redoubt_mmhnet.wav\n"
