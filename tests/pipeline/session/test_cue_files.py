"""A file for each cue: what is in it, where it belongs, and what it is called."""

import json
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from wavinfo import WavInfoReader

from mmhnet_cli.errors import BadOption, OutputExists
from mmhnet_cli.media.audio_file import read_audio
from mmhnet_cli.options import Cue, GenerateRequest, OutputOptions, SamplerOptions
from mmhnet_cli.pipeline.asking.fingerprint import status_of
from mmhnet_cli.pipeline.asking.prepare import prepare
from mmhnet_cli.pipeline.asking.report_file import request_of
from mmhnet_cli.pipeline.generate import generate
from mmhnet_cli.pipeline.making.load import LoadedModel
from mmhnet_cli.pipeline.session.cues import with_tracks
from mmhnet_cli.pipeline.session.hand_over import hand_over
from mmhnet_cli.pipeline.session.pick import pick
from mmhnet_cli.pipeline.session.shots import needs_shots, with_shots
from mmhnet_cli.timecode import Timecode
from tests.conftest import MakeFilm, RunFfmpeg
from tests.near import assert_near

RATE_HZ = 48000
HOUR = 3600 * RATE_HZ
CUES = (
    Cue(Fraction(0), Fraction(1), "rain on a tin roof", "amb"),
    Cue(Fraction(1), Fraction(2), "", "amb"),
    Cue(Fraction(1, 2), Fraction(3, 2), "knock", hits=((Fraction(3, 4), 1.0),), name="Door: slam", seed=7, gain_db=-6),
    Cue(Fraction(1), Fraction(4), "heavy footsteps"),
)


@pytest.fixture
def ask(make_film: MakeFilm, tiny_model_dir: Path, tmp_path: Path) -> Callable[..., GenerateRequest]:
    film = make_film("street.mov", count=100, rate="25", output=["-timecode", "01:00:00:00"])

    def asked(*cues: Cue, output: OutputOptions | None = None, **more: object) -> GenerateRequest:
        wanted = output or OutputOptions(bits=32, cue_files=True)
        steps = SamplerOptions(steps=1)
        said = {"model": str(tiny_model_dir), "sampler": steps, "output_dir": tmp_path, "output": wanted, **more}
        return with_tracks(GenerateRequest(film, cues=cues or CUES, cache_gb=1, **said))

    return asked


@pytest.mark.slow
def test_files_of_cues_sum_to_their_track_at_their_places(
    ask: Callable[..., GenerateRequest], tiny_model: LoadedModel, tmp_path: Path
) -> None:
    result = generate(prepare(ask(output=OutputOptions(bits=32, cue_files=True, handles_s=Fraction(1)))), tiny_model)
    [take] = result.report["takes"]
    assert [one["file"] for one in take["cues"]] == [
        "street_amb_001_rain on a tin roof.wav",
        "street_amb_002.wav",
        "street_fx_003_Door_ slam.wav",
        "street_fx_004_heavy footsteps.wav",
    ]
    assert [one["file"] for one in take["files"]] == ["street_mmhnet.wav", "street_amb.wav", "street_fx.wav"]
    for track in ("amb", "fx"):
        whole, _ = read_audio(tmp_path / f"street_{track}.wav")
        summed = np.zeros_like(whole)
        for one in take["cues"]:
            if one["stem"] == track:
                samples, _ = read_audio(tmp_path / one["file"])
                assert samples.shape == (len(whole), one["samples"])
                summed[:, one["first_sample"] : one["first_sample"] + one["samples"]] += samples
        assert np.abs(whole).max() > 0.01
        assert_near(summed, whole, 1e-6)
    assert result.files[-1].name == "street_mmhnet.json"
    assert status_of(result.files[-1], result.files[:-1], result.report["fingerprint"]) == "done"


@pytest.mark.slow
def test_a_file_says_where_its_cue_belongs_and_what_it_is(
    ask: Callable[..., GenerateRequest], tiny_model: LoadedModel, tmp_path: Path
) -> None:
    report = generate(prepare(ask()), tiny_model).report
    [_, unsaid, slam, steps] = [WavInfoReader(str(tmp_path / one["file"])) for one in report["takes"][0]["cues"]]
    # It fades in before its start.
    assert slam.bext.time_reference == HOUR + round(0.45 * RATE_HZ)
    assert steps.bext.time_reference == HOUR + round(0.95 * RATE_HZ)
    assert unsaid.bext.time_reference == HOUR + round(0.85 * RATE_HZ), "it crosses with the one before it"
    assert slam.bext.description.startswith("DOORKnck_knock_mmhnet_street: knock")
    assert steps.bext.description.startswith("FEET")
    for found in (unsaid, slam, steps):
        low = int(ElementTree.fromstring(found.ixml.source).findtext("SPEED/TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO") or "")
        assert low == found.bext.time_reference
    told = ElementTree.fromstring(slam.ixml.source)
    assert told.findtext("NOTE") == "Door: slam"
    assert told.findtext("USER/SEED") == "7"
    assert {one.text for one in told.iterfind("TRACK_LIST/TRACK/NAME")} == {"fx"}
    [hit] = slam.cues.cues
    assert hit.position == round(0.75 * RATE_HZ) - (slam.bext.time_reference - HOUR)
    entry = report["takes"][0]["cues"][2]
    assert (entry["cue"], entry["name"], entry["seed"]) == (3, "Door: slam", 7)
    assert entry["time_reference_samples"] == slam.bext.time_reference


def test_names_of_cues(ask: Callable[..., GenerateRequest]) -> None:
    template = "{film}/{track}_{index}_{cue}_{tc}_{start}_{seed}{take}"
    found = [str(one.path.relative_to(one.path.parents[1])) for one in prepare(ask(name=template, takes=2)).outputs]
    assert found[0] == "street/mmhnet_01-00-00-00_0.000_42_t01.wav"
    assert "street/fx_003_Door_ slam_01-00-00-13_0.500_7_t01.wav" in found
    assert "street/fx_003_Door_ slam_01-00-00-13_0.500_8_t02.wav" in found
    by_words = prepare(ask(name="{track}_{index}_{ucs}")).outputs
    assert [one.path.name for one in by_words if one.cue in (1, 2)] == [
        "amb_002_DSGNMisc_amb_mmhnet_street.wav",
        "fx_003_DOORKnck_knock_mmhnet_street.wav",
    ]
    rows = prepare(ask(*(replace(cue, row=row) for cue, row in zip(CUES, (3, 1, 12, 2), strict=True)))).outputs
    numbers = [one.path.name.split("_")[2].removesuffix(".wav") for one in rows if one.cue is not None]
    assert sorted(numbers) == ["001", "002", "003", "012"], "as the rows of the sheet, wherever they lie in time"
    part = prepare(ask(start=Fraction(2), end=Fraction(3))).outputs
    assert [one.cue for one in part if one.cue is not None] == [3], "a cue that is not heard there has no file"


def test_names_that_clash_are_refused_before_anything_is_made(ask: Callable[..., GenerateRequest]) -> None:
    with pytest.raises(BadOption, match="index"):
        prepare(ask(name="{film}_{track}"))


def test_one_that_is_there_is_not_replaced(ask: Callable[..., GenerateRequest], tmp_path: Path) -> None:
    (tmp_path / "street_amb_002.wav").write_text("mine")
    with pytest.raises(OutputExists, match="street_amb_002"):
        prepare(ask())


def test_too_many_and_too_long(ask: Callable[..., GenerateRequest]) -> None:
    with pytest.raises(BadOption, match="20250 cues in all takes"):
        prepare(ask(*[Cue(Fraction(0), Fraction(1), "rain", name=str(n)) for n in range(2250)], takes=9))
    with pytest.raises(BadOption, match="hours of cues"):
        prepare(ask(*[Cue(Fraction(0), Fraction(4), "rain", name=str(n)) for n in range(9000)]))


@pytest.mark.slow
def test_shots_are_those_of_the_picture(
    ask: Callable[..., GenerateRequest], run_ffmpeg_program: RunFfmpeg, tmp_path: Path
) -> None:
    film = tmp_path / "cut.mp4"
    parts = ["-f", "lavfi", "-i", "testsrc=s=96x64:r=25:d=1", "-f", "lavfi", "-i", "mandelbrot=s=96x64:r=25"]
    graph = "[1:v]trim=duration=1[b];[0:v][b]concat=n=2:v=1[v]"
    run_ffmpeg_program(*parts, "-filter_complex", graph, "-map", "[v]", "-pix_fmt", "yuv420p", film)
    cues = (Cue(Fraction(1, 2), Fraction(3, 2), "rain"), Cue(Fraction(1), Fraction(2), "rain"))
    request = replace(ask(*cues, name="{track}_sh{shot}_{index}"), film=film)
    with pytest.raises(BadOption, match="looked at by generate"):
        prepare(request)
    assert needs_shots(request)
    job = prepare(with_shots(request))
    assert not needs_shots(job.request)
    assert [one.path.name for one in job.outputs if one.cue is not None] == ["fx_sh001_001.wav", "fx_sh002_002.wav"]
    assert [cue.shot for cue in job.request.cues or ()] == [1, 2]


@pytest.mark.slow
def test_from_a_report_again_and_to_other_programs(
    ask: Callable[..., GenerateRequest], tiny_model: LoadedModel, tiny_model_dir: Path, tmp_path: Path
) -> None:
    first = generate(prepare(ask(takes=2)), tiny_model)
    report = first.files[-1]
    again = request_of(report, first_film(ask), "error", output_dir=tmp_path / "again", model=str(tiny_model_dir))
    second = generate(prepare(again), tiny_model)
    assert second.report["takes"] == first.report["takes"]
    found = hand_over(report, first_film(ask), None)
    assert found.clock == Timecode.parse("01:00:00:00", Fraction(25))
    assert [(sound.track, sound.take) for sound in found.sounds if sound.take == 1] == [
        ("mix", 1),
        ("amb", 1),
        ("fx", 1),
    ]
    picked = pick(report, 2, "error")
    assert tmp_path / "street_fx_003_Door_ slam.wav" in picked
    assert json.loads(report.read_text())["picked"] == 2


def first_film(ask: Callable[..., GenerateRequest]) -> Path:
    return ask().film
