"""What the server gives, to whom, and what it refuses."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from mmhnet_cli.audition.desk import Desk, Wishes
from mmhnet_cli.audition.library import Shelf
from mmhnet_cli.audition.server import serving
from mmhnet_cli.audition.work import MOST_WAITING, Work
from mmhnet_cli.cli._errors import words_of
from mmhnet_cli.cli.app import main
from mmhnet_cli.errors import BadOption, ReportUnreadable
from mmhnet_cli.media.audio_file import read_audio
from tests.audition.conftest import PICTURES, Page
from tests.conftest import MakeFilm


def test_a_page_that_loads_nothing_from_elsewhere(page: Page) -> None:
    answer = page.get("")
    assert answer.status == 200 and b"http" not in answer.body.replace(b"http-equiv", b"")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    for name in ("main.js", "style.css", "wavesurfer.esm.js"):
        assert page.get(f"page/{name}").status == 200
    assert page.get("page/index.html").status == 404


def test_only_the_own_page_is_answered(page: Page) -> None:
    inside = f"/{page.token}/library"
    assert page.ask(inside).status == 200
    assert page.ask(inside, Host="localhost:" + page.host.partition(":")[2]).status == 200
    for host in ("evil.example", "127.0.0.1", "127.0.0.1:1", "evil.example:" + page.host.partition(":")[2]):
        assert page.ask(inside, Host=host).status == 421, host
    for origin in ("http://evil.example", "null", "http://127.0.0.1:1", f"https://{page.host}"):
        assert page.ask(inside, Origin=origin).status == 403, origin
    for site in ("cross-site", "same-site"):
        assert page.ask(inside, Sec_Fetch_Site=site).status == 403, site
    for path in ("/", "/library", "/x/library", f"/{page.token[:-1]}/library", f"/{page.token}", f"//{page.token}/"):
        assert page.ask(path).status == 404, path
    assert page.ask(inside, "DELETE").status == 405
    assert page.token not in page.ask("/x/").body.decode()


def test_only_the_page_may_change_something(page: Page) -> None:
    own = {"Origin": f"http://{page.host}", "Content_Type": "application/json"}
    path = f"/{page.token}/do/pick"
    assert page.ask(path, "POST", b"{}", Content_Type="application/json").status == 403
    assert page.ask(path, "POST", b"{}", **{**own, "Content_Type": "text/plain"}).status == 403
    assert page.ask(path, "POST", b"{" * 40_000, **own).status == 413
    assert page.ask(path, "POST", b"[]", **own).status == 400
    assert page.ask(path, "POST", b"nonsense", **own).status == 400
    assert page.ask(path, "POST", b"[" * 10_000, **own).status == 400
    assert page.ask(path, "GET").status == 405
    assert page.post("pick", {"version": "../../x"}).status == 404
    assert page.post("rm", {}).status == 404


def test_no_path_leads_out(page: Page) -> None:
    (page.folder / "secret.wav").write_bytes((page.folder / "reel_fx_t01.wav").read_bytes())
    for path in (
        *("film/..%2F..%2Fetc%2Fpasswd", "film/../../etc/passwd", "page/..%2fapp.py", "page/../app.py"),
        *("samples/secret.wav?first=0&count=10", "samples/..%2fsecret.wav?first=0&count=10", "film/%00", "tile/x/0/0"),
    ):
        answer = page.get(path)
        assert answer.status in (400, 404) and b"root:" not in answer.body, path


def test_the_library(page: Page) -> None:
    found = page.get("library").json
    [film] = found["films"]
    assert (film["name"], film["rate"], film["frames"], film["played"]) == ("reel.mp4", [25, 1], PICTURES, True)
    assert film["clock"] == {"frame": 10 * 3600 * 25, "drop": False, "known": True}
    first, second = found["versions"]
    assert (first["label"], second["label"]) == ("mmhnet · take 1", "mmhnet · take 2")
    assert [sound["track"] for sound in first["sounds"]] == ["mix", "fx", "amb"]
    assert [sound["sum"] for sound in first["sounds"]] == [True, False, False]
    assert first["cues"][0]["hits"] == [[1.2, 1.0]]
    assert found["problems"] == []


def test_the_film_comes_in_ranges(page: Page) -> None:
    [film] = page.get("library").json["films"]
    whole = (page.folder / "reel.mp4").read_bytes()
    answer = page.get(f"film/{film['key']}", Range="bytes=100-199")
    assert (answer.status, answer.body) == (206, whole[100:200])
    assert answer.headers["content-range"] == f"bytes 100-199/{len(whole)}"
    assert page.get(f"film/{film['key']}", Range=f"bytes={len(whole)}-").status == 416
    assert page.get(f"film/{film['key']}?proxy").status == 404


def test_samples_are_those_of_the_file(page: Page) -> None:
    sound = page.get("library").json["versions"][1]["sounds"][1]
    samples, _ = read_audio(page.folder / "reel_fx_t02.wav")
    for first, count in ((0, 10), (1000, 48000), (sound["samples"] - 5, 10), (-5, 10)):
        found = np.frombuffer(page.get(f"samples/{sound['key']}?first={first}&count={count}").body, "<f4")
        begin, end = max(0, first), min(first + count, samples.shape[1])
        expected = np.zeros((count, len(samples)), np.float32)
        expected[begin - first : end - first] = samples[:, begin:end].T
        assert np.array_equal(found.reshape(count, -1), expected)
    for bad in ("first=0&count=0", "first=0&count=480001", "first=x&count=1", "count=1", "first=0&count=" + "9" * 30):
        assert page.get(f"samples/{sound['key']}?{bad}").status in (400, 404), bad


def test_peaks_and_tiles_have_bounds(page: Page) -> None:
    key = page.get("library").json["versions"][0]["sounds"][0]["key"]
    assert len(page.get(f"peaks/{key}?first=0&last=144000&bins=100").body) == 2 * 2 * 100
    for bad in ("first=0&last=0&bins=1", "first=0&last=9&bins=4097", "first=0&last=9&bins=0", "first=5&last=1&bins=1"):
        assert page.get(f"peaks/{key}?{bad}").status == 400, bad
    assert page.get(f"tile/{key}/1/0").body[:8] == b"\x89PNG\r\n\x1a\n"
    for bad in ("1/2", "16/0", "99999/0", "0/99999999"):
        assert page.get(f"tile/{key}/{bad}").status == 400, bad


@pytest.mark.slow
def test_a_track_of_a_sheet_is_redone(page: Page, tiny_model_dir: Path) -> None:
    sheet = page.folder / "cues.csv"
    sheet.write_text("start,end,prompt,track\n0,3,rain,amb\n1,2,door,fx\n", encoding="utf-8")
    asked = ["generate", str(page.folder / "reel.mp4"), "--cues", str(sheet), "-m", str(tiny_model_dir), "-q"]
    assert main([*asked, "--name", "sheet_{track}", "--steps", "1"]) == 0
    [version] = [one for one in page.get("library").json["versions"] if one["label"] == "sheet_mmhnet"]
    assert version["latents"] is True
    number = page.post("redo", {"version": version["key"], "from": 20, "to": 55, "track": "fx"}).json["number"]
    assert page.finished(number)["made"]["report"] == "sheet_mmhnet_redo.json"
    number = page.post("redo", {"version": version["key"], "from": 55, "to": 70, "track": "fx"}).json["number"]
    assert "fx, which is silent" in str(page.finished(number))


@pytest.mark.slow
def test_redo_comes_up_beside_its_take(page: Page) -> None:
    version = page.get("library").json["versions"][1]["key"]
    asked = {"version": version, "from": 25, "to": 40, "track": "fx", "prompt": "a bell"}
    twins = [page.post("redo", asked).json["number"] for _ in range(2)]
    outputs = [page.finished(number)["made"]["report"] for number in twins]
    assert outputs == ["reel_mmhnet_t02_redo.json", "reel_mmhnet_t02_redo_2.json"]
    wavs = [(page.folder / name.replace("mmhnet", "fx").replace(".json", ".wav")) for name in outputs]
    assert wavs[0].read_bytes() == wavs[1].read_bytes()
    new = page.get("library").json["versions"]
    assert [one["label"] for one in new[2:]] == ["mmhnet_t02_redo", "mmhnet_t02_redo_2"]
    assert new[2]["redone"] == [[1.0, 1.6, "fx"]]


def test_what_goes_wrong_is_told_in_the_words_of_the_commands(
    page: Page, capsys: pytest.CaptureFixture[str], tiny_model_dir: Path
) -> None:
    version = page.get("library").json["versions"][0]["key"]
    number = page.post("redo", {"version": version, "from": 70, "to": 100, "track": "fx"}).json["number"]
    task = page.finished(number)
    report = str(page.folder / "reel_mmhnet.json")
    capsys.readouterr()
    assert main(["redo", report, "--from", "2.8", "--to", "4", "--track", "fx", "--model", str(tiny_model_dir)]) == 2
    told = capsys.readouterr().err
    [said] = task["said"]
    assert task["state"] == "failed" and said["sentence"] in told and said["next"] in told
    for name, value in (("from", 1.5), ("to", None), ("seed", -1), ("prompt", 7)):
        asked = {"version": version, "from": 1, "to": 20, "track": "fx", name: value}
        answer = page.post("redo", asked)
        assert (answer.status, answer.json["kind"]) == (409, "BadOption"), name
    assert {path.name for path in page.folder.glob("*redo*")} == set()


def test_pick_and_export_replace_nothing_unasked(page: Page) -> None:
    version = page.get("library").json["versions"][1]["key"]
    assert "reel_fx.wav" in page.post("pick", {"version": version}).json["outputs"]
    assert page.get("library").json["versions"][1]["picked"]
    refused = page.post("pick", {"version": version})
    assert (refused.status, refused.json["kind"]) == (409, "OutputExists")
    assert page.post("pick", {"version": version, "replace": True}).status == 200
    assert page.post("export", {"version": version, "to": "reaper"}).json == {"outputs": ["reel_mmhnet.rpp"]}
    assert page.post("export", {"version": version, "to": "reaper"}).json["kind"] == "OutputExists"
    assert page.post("export", {"version": version, "to": "protools"}).json["kind"] == "BadOption"


@pytest.mark.slow
def test_work_that_waits_is_bounded_and_stopped(page: Page) -> None:
    version = page.get("library").json["versions"][0]["key"]
    asked = {"version": version, "from": 10, "to": 30, "track": "amb"}
    answers = [page.post("redo", asked) for _ in range(MOST_WAITING + 3)]
    assert answers[-1].status == 429
    numbers = [answer.json["number"] for answer in answers if answer.status == 200]
    for number in numbers[1:]:
        assert page.post("stop", {"number": number}).json == {"found": True}
    assert {page.finished(number)["state"] for number in numbers[2:]} == {"stopped"}
    assert page.post("stop", {"number": 10_000}).json == {"found": False}


@pytest.mark.slow
def test_a_film_that_browsers_do_not_show_gets_a_proxy(
    made: Path, make_film: MakeFilm, tiny_model_dir: Path, tmp_path: Path
) -> None:
    film = make_film("tape.mov", count=50, rate="25", video=["-c:v", "prores_ks"])
    shutil.copy(film, tmp_path / "tape.mov")
    asked = ["generate", str(tmp_path / "tape.mov"), "-m", str(tiny_model_dir), "-d", str(tmp_path), "-q"]
    assert main([*asked, "--steps", "1"]) == 0
    desk = Desk(Shelf(tmp_path / "tape_mmhnet.json", None), Wishes(), Work(words_of))
    with serving(desk, 0) as address:
        page = Page(address, tmp_path, desk)
        [film] = page.get("library").json["films"]
        assert (film["played"], film["proxy"]) == (False, False)
        task = page.finished(page.post("proxy", {"film": film["key"]}).json["number"])
        assert task["state"] == "done", task
        assert page.get("library").json["films"][0]["proxy"]
        assert page.get(f"film/{film['key']}?proxy").body[4:8] == b"ftyp"
        proxy = desk.proxies[film["key"]]
        assert page.post("proxy", {"film": "x"}).status == 404
    assert not proxy.parent.exists(), "it goes with the page"


def test_one_report_shows_the_others_of_its_film(made: Path, tmp_path: Path) -> None:
    folder = tmp_path / "all"
    shutil.copytree(made, folder)
    facts = json.loads((folder / "reel_mmhnet.json").read_text())
    (folder / "other.json").write_text("{}")
    facts["source"]["sha256"] = "another"
    (folder / "another.json").write_text(json.dumps(facts))
    library = Shelf(folder / "reel_mmhnet.json", None).look()
    assert {version.report.name for version in library.versions.values()} == {"reel_mmhnet.json"}
    facts["takes"][0]["files"][0]["file"] = "../../outside.wav"
    (folder / "another.json").write_text(json.dumps(facts))
    library = Shelf(folder, None).look()
    assert {version.report.name for version in library.versions.values()} == {"reel_mmhnet.json"}
    assert "outside.wav" in str(library.problems[0])


def test_nothing_to_show(tmp_path: Path) -> None:
    with pytest.raises(ReportUnreadable, match="no report"):
        Shelf(tmp_path, None).look()
    with pytest.raises(ReportUnreadable):
        Shelf(tmp_path / "none.json", None).look()


def test_a_port_that_is_taken(page: Page) -> None:
    with pytest.raises(BadOption, match="--port"), serving(page.desk, int(page.host.partition(":")[2])):
        pass


def test_without_the_extra(made: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(__import__("sys").modules, "uvicorn", None)
    assert main(["audition", str(made)]) == 2
    assert 'pip install "mmhnet[audition]"' in capsys.readouterr().err
