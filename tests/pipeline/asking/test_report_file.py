"""A request that went through a report is the request; a report that is none is refused."""

import json
import os
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from mmhnet_cli.errors import ReportMismatch, ReportUnreadable, SourceNotFound
from mmhnet_cli.options import FilmOptions, Hit, LongForm, LoudnessTarget, OutputOptions, SamplerOptions, Stem
from mmhnet_cli.pipeline.asking.report_file import (
    MAX_BYTES,
    SCHEMA,
    check_film,
    check_model,
    is_report,
    read_report,
    request_facts,
    request_of,
    to_json,
)
from mmhnet_cli.pipeline.request import GenerateRequest

REQUESTS = [
    GenerateRequest(Path("street.mp4"), "rain", "wind", start=Fraction(1, 3), end=Fraction("1.7501")),
    GenerateRequest(
        Path("street.mp4"),
        hits=(Hit(Fraction(1, 3)), Hit("01:00:01;12", 0.25)),
        stems=(Stem("fx", "footsteps", "music", 9, -3.5, seed_drawn=True), Stem("amb", "rain")),
        takes=3,
        start="01:00:00;12",
        model="owner/name@main",
        precision="bf16",
        long_form=LongForm("windows", 2.4, 4),
        sampler=SamplerOptions(7, 2.25, "heun", 11, seed_drawn=True),
        output=OutputOptions(
            sample_rate_hz=96000,
            bits=32,
            channels="stereo",
            loudness=LoudnessTarget(-18.5, -2.0),
            handles_s=Fraction("1.5"),
            timecode="01:00:00;00",
            film=FilmOptions("mix", -6.0, 9.0, "pcm"),
            marked=False,
        ),
        outputs=(Path("mix.mov"), Path("mix.wav")),
        name="{source}_{stem}{take}_{seed}",
    ),
]


def written(folder: Path, asked: GenerateRequest, **more: Any) -> Path:
    report = {
        "schema": SCHEMA,
        "tool": {"name": "mmhnet"},
        "source": {"file": "street.mp4"},
        "request": request_facts(asked, folder),
        **more,
    }
    path = folder / "report.json"
    path.write_bytes(to_json(report))
    return path


@pytest.mark.parametrize("asked", REQUESTS)
def test_a_request_comes_back_whole(tmp_path: Path, asked: GenerateRequest) -> None:
    (tmp_path / "street.mp4").touch()
    found = request_of(written(tmp_path, asked), None, "error")
    outputs = tuple(tmp_path / output for output in asked.outputs)
    assert found == replace(asked, film=tmp_path / "street.mp4", output_dir=tmp_path, outputs=outputs)


def test_what_may_change_changes(tmp_path: Path) -> None:
    path = written(tmp_path, REQUESTS[1])
    film, folder = tmp_path / "moved.mp4", tmp_path / "again"
    found = request_of(path, film, "overwrite", output_dir=folder, device="cpu")
    assert (found.film, found.device, found.output.on_exists) == (film, "cpu", "overwrite")
    assert found.outputs == (folder / "mix.mov", folder / "mix.wav")


def test_a_report_from_elsewhere_chooses_no_folders(tmp_path: Path) -> None:
    (tmp_path / "film.mp4").touch()
    path = written(tmp_path, REQUESTS[0], source={"file": "/etc/../secret/film.mp4"})
    report = json.loads(path.read_text())
    report["request"]["outputs"] = ["/etc/passwd", "../../up.wav"]
    path.write_text(json.dumps(report))
    found = request_of(path, None, "error")
    assert found.film == tmp_path / "film.mp4"
    assert found.outputs == (tmp_path / "passwd", tmp_path / "up.wav")


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xfe", b"[]", b"{}", b'{"tool": "mmhnet"}', b'{"tool": {"name": "other"}}', b"[" * 100_000],
)
def test_what_is_no_report(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(content)
    assert not is_report(path)
    with pytest.raises(ReportUnreadable):
        read_report(path)
    with pytest.raises(ReportUnreadable):
        read_report(tmp_path / "none.json")


@pytest.mark.parametrize("change", [{"schema": 1}, {"request": {}}, {"request": None}, {"source": {}}])
def test_reports_that_cannot_be_repeated(tmp_path: Path, change: dict) -> None:
    path = written(tmp_path, REQUESTS[0], **change)
    assert is_report(path)
    with pytest.raises(ReportUnreadable):
        request_of(path, None, "error")


HOSTILE = (
    None,
    True,
    0,
    -1,
    1.5,
    2**70,
    1e300,
    10**400,
    "",
    "abc",
    "\0",
    [],
    {},
    [[]],
    {"a": 1},
    ["x"] * 1000,
    "1e999999999",
)


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: repr(value)[:20])
def test_any_value_anywhere_is_read_or_refused(tmp_path: Path, value: Any) -> None:
    """Of the right type, or ReportUnreadable; never anything else."""
    (tmp_path / "street.mp4").touch()
    path = written(tmp_path, REQUESTS[1], source={"file": "street.mp4", "sha256": "a"}, model={"sha256": {"a": "1"}})
    report = json.loads(path.read_text())
    places = [(report, key) for key in report]
    places += [(report["source"], key) for key in report["source"]] + [(report["model"], "sha256")]
    request = report["request"]
    parts = (request, request["sampler"], request["output"], request["output"]["loudness"], request["output"]["film"])
    places += [(part, key) for part in (*parts, request["long_form"], request["stems"][0]) for key in part]
    refused = 0
    for part, key in places:
        before, part[key] = part[key], value
        path.write_text(json.dumps(report))
        part[key] = before
        try:
            found = request_of(path, None, "error")
            assert found.takes in range(1, 100)
            assert isinstance(found.prompt, str)
            assert isinstance(found.sampler.steps, int)
            check_film(path, tmp_path / "street.mp4")
            check_model(path, {"a": "1"})
        except (ReportUnreadable, ReportMismatch, SourceNotFound):
            refused += 1
    assert refused > len(places) // 3


def test_only_fields_of_a_report_are_taken_from_it(tmp_path: Path) -> None:
    path = written(tmp_path, REQUESTS[0])
    for name, value in {"film": "/etc/passwd", "ffmpeg": "/tmp/program", "output_dir": "/", "device": "cpu"}.items():
        report = json.loads(path.read_text())
        report["request"][name] = value
        (tmp_path / "changed.json").write_text(json.dumps(report))
        with pytest.raises(ReportUnreadable, match=name):
            request_of(tmp_path / "changed.json", None, "error")


def test_what_is_no_file_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "large.json").write_bytes(b" " * (MAX_BYTES + 1))
    for path in (tmp_path / "pipe.json", tmp_path, Path("/dev/zero"), tmp_path / "large.json", tmp_path / ("x" * 300)):
        with pytest.raises(ReportUnreadable):
            read_report(path)


def test_the_film_is_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sound, films = tmp_path / "sound", tmp_path / "films"
    for folder in (sound, films, tmp_path / "work"):
        folder.mkdir()
    monkeypatch.chdir(tmp_path / "work")
    path = written(sound, REQUESTS[0])
    with pytest.raises(SourceNotFound) as caught:
        request_of(path, None, "error")
    assert caught.value == SourceNotFound(path, "street.mp4", (sound, tmp_path / "work"))
    with pytest.raises(SourceNotFound) as caught:
        request_of(path, films, "error")
    assert caught.value.looked == (films,)
    (films / "street.mp4").touch()
    assert request_of(path, films, "error").film == films / "street.mp4"
    assert request_of(path, films / "street.mp4", "error").film == films / "street.mp4"
    (tmp_path / "work" / "street.mp4").touch()
    assert request_of(path, None, "error").film == Path("street.mp4")
    (sound / "street.mp4").touch()
    assert request_of(path, None, "error").film == sound / "street.mp4"
    # A report above its film, as `mmhnet generate below/a.mp4 -d .` makes it.
    (sound / "below").mkdir()
    (sound / "below" / "a.mp4").touch()
    path = written(sound, REQUESTS[0], source={"file": "below/a.mp4"})
    assert request_of(path, None, "error").film == sound / "below" / "a.mp4"


def test_the_film_may_be_spelt_as_macos_does(tmp_path: Path) -> None:
    (tmp_path / "cafe\u0301.mp4").touch()
    path = written(tmp_path, REQUESTS[0], source={"file": "caf\u00e9.mp4"})
    assert request_of(path, None, "error").film == tmp_path / "cafe\u0301.mp4"


def test_another_film_or_model_is_noticed(tmp_path: Path) -> None:
    film = tmp_path / "street.mp4"
    film.write_bytes(b"film")
    digest = "2f58a21c52bd4e7ca1f6c5b6db5dc83c2bc5f8d7de8ff7a8f4b7e5ac5d2b9b9d"
    path = written(tmp_path, REQUESTS[0], source={"file": film.name, "sha256": digest}, model={"sha256": {"a": "1"}})
    with pytest.raises(ReportMismatch) as caught:
        check_film(path, film)
    assert (caught.value.what, caught.value.expected) == ("film", digest)
    written(tmp_path, REQUESTS[0], source={"sha256": caught.value.found}, model={"sha256": {"a": "1"}})
    check_film(path, film)
    check_model(path, {"a": "1"})
    for digests in ({"a": "2"}, {}, {"a": "1", "b": "1"}):
        with pytest.raises(ReportMismatch):
            check_model(path, digests)


@pytest.mark.parametrize(("number", "name"), [(1, "mono"), (2, "dual-mono")])
def test_channels_that_an_earlier_version_counted(tmp_path: Path, number: int, name: str) -> None:
    (tmp_path / "street.mp4").touch()
    path = written(tmp_path, REQUESTS[0])
    report = json.loads(path.read_text())
    report["request"]["output"]["channels"] = number
    path.write_text(json.dumps(report))
    assert request_of(path, None, "error").output.channels == name
    report["request"]["output"]["channels"] = 3
    path.write_text(json.dumps(report))
    with pytest.raises(ReportUnreadable, match="channels"):
        request_of(path, None, "error")
