"""From a request to a job: voices and seeds, ranges by timecode, lengths with handles, and where the report goes."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from mmhnet_cli.errors import BadOption, BadRange, FilmUnreadable, OutputExists, RangeTooShort
from mmhnet_cli.options import OnExists, OutputOptions, SamplerOptions, Stem
from mmhnet_cli.pipeline.asking.prepare import prepare
from mmhnet_cli.pipeline.request import GenerateRequest, Job

FX, AMBIENCE = Stem("fx", "footsteps", "music", gain_db=-3), Stem("amb", "rain", seed=7)


@pytest.fixture
def job_for(make_film: Callable[..., Path], tiny_model_dir: Path) -> Callable[..., Job]:
    film = make_film("rate2398.mp4", count=48, rate="24000/1001")

    def make(*outputs: Path, **more: Any) -> Job:
        return prepare(GenerateRequest(film, model=str(tiny_model_dir), outputs=outputs, **more))

    return make


def delivered(**options: Any) -> OutputOptions:
    return OutputOptions(**options)


def test_without_stems_the_mix_is_one_voice(tmp_path: Path) -> None:
    request = GenerateRequest(tmp_path / "a.mp4", "rain", "wind", sampler=SamplerOptions(seed=5))
    [voice] = request.voices
    assert (voice.prompt, request.away(0)) == ("rain", "wind")
    assert [request.seed(0, take) for take in range(3)] == [5, 6, 7]


def test_stems_keep_away_from_each_other(tmp_path: Path) -> None:
    request = GenerateRequest(tmp_path / "a.mp4", stems=(FX, AMBIENCE), sampler=SamplerOptions(seed=5))
    assert request.away(0) == "music, rain"
    assert request.away(1) == "footsteps"
    assert [request.seed(voice, take) for voice in (0, 1) for take in (0, 1)] == [5, 6, 7, 8]
    drawn = GenerateRequest(tmp_path / "a.mp4", stems=(FX, FX, FX), sampler=SamplerOptions(seed=5))
    assert [drawn.seed(voice, 0) for voice in range(3)] == [5, 10005, 20005]


def test_handles_lengthen_wav_files_only(job_for: Callable[..., Job], tmp_path: Path) -> None:
    job = job_for(tmp_path / "a.wav", output=delivered(handles_s=Fraction("0.5")))
    assert (job.duration, job.picture_samples) == (Fraction(48 * 1001, 24000), 96096)
    assert (job.handle_samples, job.samples) == (24000, 96096 + 48000)


@pytest.mark.parametrize(
    ("handles", "start", "expected"),
    [
        # 86,400 frames of 1001/24000 s: 3603.6 s, 172,972,800 samples.
        ("0", None, 172_972_800),
        ("1", None, 172_972_800 - 48000),
        ("0", Fraction(1, 2), 172_972_800 + 24000),
        ("0", "01:00:01:00", 172_972_800 + 48048),
    ],
)
def test_wav_files_carry_the_timecode_of_their_first_sample(
    job_for: Callable[..., Job], tmp_path: Path, handles: str, start: Fraction | str | None, expected: int
) -> None:
    output = delivered(timecode="01:00:00:00", handles_s=Fraction(handles))
    assert job_for(tmp_path / "a.wav", start=start, output=output).time_reference == expected


def test_handles_before_midnight_are_of_the_day_before(job_for: Callable[..., Job], tmp_path: Path) -> None:
    output = delivered(timecode="00:00:00:00", handles_s=Fraction(1))
    # A day of labels at 23.976 is 2,073,600 frames: 86,486.4 s.
    assert job_for(tmp_path / "a.wav", output=output).time_reference == 4_151_347_200 - 48000


def test_a_beginning_before_midnight_is_said(job_for: Callable[..., Job], tmp_path: Path) -> None:
    def job(timecode: str, **more: Any) -> Job:
        return job_for(tmp_path / "a.wav", output=delivered(timecode=timecode, handles_s=Fraction(1)), **more)

    [warning] = job("00:00:00:12").warnings
    assert "its place is 23:59:59:12" in warning
    assert job("00:00:01:00").warnings == ()
    assert job("00:00:00:00", start=Fraction(1)).warnings == ()
    assert job("none").warnings == ()


@pytest.mark.parametrize(
    ("start", "end", "asked"),
    [
        ("00:00:00:12", "01:00:01:00", "00:00:00:12 to 01:00:01:00"),
        ("01:00:00:12", "01:00:05:00", "01:00:00:12 to 01:00:05:00"),
        (None, "01:00:05:00", "01:00:00:00 to 01:00:05:00"),
        ("01:00:01:00", Fraction(3), "01:00:01:00 to 01:00:03:00"),  # frame 71.93
        (Fraction(1), Fraction(3), ""),
    ],
)
def test_a_range_outside_the_film_is_named_as_it_was_asked(
    job_for: Callable[..., Job], tmp_path: Path, start: Fraction | str, end: Fraction | str, asked: str
) -> None:
    with pytest.raises(BadRange) as refused:
        job_for(tmp_path / "a.wav", start=start, end=end, output=delivered(timecode="01:00:00:00"))
    assert (refused.value.asked, refused.value.whole) == (asked, "01:00:00:00 to 01:00:02:00")


def test_a_label_that_the_film_cannot_have_is_echoed_as_it_was_written(
    job_for: Callable[..., Job], tmp_path: Path
) -> None:
    with pytest.raises(BadOption) as refused:
        job_for(tmp_path / "a.wav", start="01:18:00;00", output=delivered(timecode="01:00:00:00"))
    assert refused.value.found == "01:18:00;00"
    assert "01:00:00:00 of the film's first picture is not drop-frame" in refused.value.expected
    assert "the film runs from 01:00:00:00 to 01:00:02:00" in refused.value.expected


@pytest.mark.parametrize("end", ["0.00001", "0.04"])
def test_a_range_shorter_than_a_picture_is_refused(job_for: Callable[..., Job], tmp_path: Path, end: str) -> None:
    with pytest.raises(RangeTooShort) as refused:
        job_for(tmp_path / "a.wav", start=Fraction(0), end=Fraction(end))
    assert refused.value.shortest == Fraction(1001, 24000)
    assert job_for(tmp_path / "a.wav", end="00:00:00:01").picture_samples == 2002


def test_a_phone_film_counts_at_its_nominal_rate(
    make_film: Callable[..., Path], tiny_model_dir: Path, tmp_path: Path
) -> None:
    """Times that waver around 29.97 frames per second: an hour of labels is 3603.6 s, not what the mean gives."""
    clock = ["-vf", "settb=1/90000,setpts='(N*1001/30000+0.002*mod(N*7,5)/5)/TB'", "-c:v", "libx264"]
    timing = ["-fps_mode", "passthrough", "-enc_time_base", "1/90000", "-video_track_timescale", "90000"]
    film = make_film("phone.mov", count=72, video=clock, output=timing)

    def place(timecode: str) -> int | None:
        output = delivered(timecode=timecode)
        return prepare(
            GenerateRequest(film, model=str(tiny_model_dir), outputs=(tmp_path / "a.wav",), output=output)
        ).time_reference

    assert place("01:00:00:00") == 172_972_800
    assert place("01:00:00;00") == 172_799_827


def test_a_film_without_timecode_has_none(job_for: Callable[..., Job], tmp_path: Path) -> None:
    assert job_for(tmp_path / "a.wav").time_reference is None
    # Its own clock begins at zero.
    job = job_for(tmp_path / "a.wav", start="00:00:00:12", end="00:00:01:00")
    assert (job.start, job.end) == (Fraction(12 * 1001, 24000), Fraction(24 * 1001, 24000))


def test_a_film_over_midnight_counts_on(job_for: Callable[..., Job], tmp_path: Path) -> None:
    output = delivered(timecode="23:59:59:00")
    job = job_for(tmp_path / "a.wav", start="23:59:59:12", end="00:00:00:12", output=output)
    assert (job.start, job.end) == (Fraction(12 * 1001, 24000), Fraction(36 * 1001, 24000))


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"start": "01:00:00;00"}, BadOption),  # no drop-frame at 23.976
        ({"start": "00:00:00:24"}, BadOption),
        ({"end": "00:00:59:00"}, BadRange),
        ({"output": OutputOptions(timecode="1 o'clock")}, BadOption),
        # Before the first picture of this film.
        ({"start": "00:00:01:00", "output": OutputOptions(timecode="01:00:00:00")}, BadRange),
        ({"stems": (FX,), "prompt": "rain"}, BadOption),
        ({"stems": (FX, Stem("FX", "rain"))}, BadOption),
        ({"takes": 2, "name": "{source}"}, BadOption),
    ],
)
def test_what_does_not_fit(job_for: Callable[..., Job], tmp_path: Path, options: dict, error: type) -> None:
    outputs = () if "stems" in options or "name" in options else (tmp_path / "a.wav",)
    with pytest.raises(error):
        job_for(*outputs, output_dir=tmp_path, **options)


def test_takes_that_are_there_are_skipped_whole(job_for: Callable[..., Job], tmp_path: Path) -> None:
    (tmp_path / "a_t02.wav").touch()
    job = job_for(tmp_path / "a.wav", takes=3, output=delivered(on_exists="skip"))
    assert job.takes == (0, 2)
    assert [output.path.name for output in job.outputs] == ["a_t01.wav", "a_t03.wav"]
    assert job.existing == (tmp_path / "a_t02.wav",)


@pytest.mark.parametrize("mode", ["error", "skip", "overwrite"])
def test_a_file_that_is_no_report_is_never_replaced(
    job_for: Callable[..., Job], tmp_path: Path, mode: OnExists
) -> None:
    (tmp_path / "a.json").write_text('{"tool": "another"}')
    with pytest.raises(OutputExists):
        job_for(tmp_path / "a.wav", output=delivered(on_exists=mode))


def test_a_report_is_replaced_where_outputs_may_be(job_for: Callable[..., Job], tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"tool": {"name": "mmhnet"}}')
    for mode in ("skip", "overwrite"):
        assert job_for(tmp_path / "a.wav", output=delivered(on_exists=mode)).report == tmp_path / "a.json"
    assert job_for(tmp_path / "a.wav", output=delivered(on_exists="rename")).report == tmp_path / "a_2.json"
    with pytest.raises(OutputExists):
        job_for(tmp_path / "a.wav")


def test_names_know_the_chosen_part(job_for: Callable[..., Job], tmp_path: Path) -> None:
    def name(template: str, **more: Any) -> str:
        job = job_for(output_dir=tmp_path, name=template, **more)
        return job.outputs[0].path.relative_to(tmp_path).as_posix()

    timed = delivered(timecode="01:00:00:00")
    assert name("{film}_{tc}", output=timed) == "rate2398_01-00-00-00.wav"
    assert name("{tc}/{start}-{end}", output=timed, start="01:00:01:00") == "01-00-01-00/1.001-2.002.wav"
    assert name("{ucs}", prompt="rain") == "RAIN_rain_mmhnet_rate2398.wav"
    with pytest.raises(BadOption, match="the film has no timecode"):
        name("{tc}", output=delivered(timecode="none"))


def test_a_film_that_cannot_be_read_has_one_problem(tiny_model_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_text("no film")
    with pytest.raises(FilmUnreadable):
        prepare(GenerateRequest(tmp_path / "a.mp4", model=str(tiny_model_dir), name="{tc}_{ucs}"))


def test_tracks_follow_the_output(job_for: Callable[..., Job], tmp_path: Path) -> None:
    job = job_for(tmp_path / "scene5.wav", tmp_path / "scene5.mov", stems=(FX, AMBIENCE), takes=2)
    assert [output.path.name for output in job.outputs][:4] == [
        *("scene5_t01.wav", "scene5_t01.mov", "scene5_fx_t01.wav", "scene5_amb_t01.wav")
    ]
    assert {output.path.parent for output in job.outputs} == {tmp_path}


def test_no_link_leads_a_name_out_of_its_folder(job_for: Callable[..., Job], tmp_path: Path) -> None:
    outside, base = tmp_path / "outside", tmp_path / "base"
    outside.mkdir()
    base.mkdir()
    (base / "rate2398").symlink_to(outside, target_is_directory=True)
    with pytest.raises(BadOption, match="a link leads"):
        job_for(output_dir=base, name="{film}/{track}")
    assert job_for(output_dir=base, name="x/{film}").outputs[0].path == base / "x" / "rate2398.wav"
    assert not list(outside.iterdir())
    assert [path.name for path in base.iterdir()] == ["rate2398"]
