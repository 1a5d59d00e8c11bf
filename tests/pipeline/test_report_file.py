"""A request that went through a report is the request; a report that is none is refused."""

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from mmhnet_cli.errors import ReportMismatch, ReportUnreadable
from mmhnet_cli.options import FilmOptions, LongForm, LoudnessTarget, OutputOptions, SamplerOptions, Stem
from mmhnet_cli.pipeline.prepare import GenerateRequest
from mmhnet_cli.pipeline.report_file import (
    SCHEMA,
    check_film,
    check_model,
    is_report,
    read_report,
    request_facts,
    request_of,
    to_json,
)

REQUESTS = [
    GenerateRequest(Path("street.mp4"), "rain", "wind", start=Fraction(1, 3), end=Fraction("1.7501")),
    GenerateRequest(
        Path("street.mp4"),
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
            channels=2,
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
