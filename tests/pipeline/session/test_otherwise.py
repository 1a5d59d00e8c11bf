"""A report made again otherwise: tracks that stay to the bit, a gain that stays."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mmhnet_cli.audio.loudness import measure
from mmhnet_cli.audio.true_peak import true_peak
from mmhnet_cli.errors import AudioUnreadable, BadOption, ReportMismatch, ReportUnreadable
from mmhnet_cli.media.audio_file import read_audio
from mmhnet_cli.options import Cue, GenerateRequest, LoudnessTarget, OutputOptions, SamplerOptions, Stem, Variation
from mmhnet_cli.options.delivery import LOCKED
from mmhnet_cli.pipeline.asking.prepare import prepare
from mmhnet_cli.pipeline.asking.report_file import request_of
from mmhnet_cli.pipeline.delivery.latents import latents_path, read_latents
from mmhnet_cli.pipeline.delivery.sounds import sounds_of
from mmhnet_cli.pipeline.generate import generate
from mmhnet_cli.pipeline.making.load import LoadedModel
from mmhnet_cli.pipeline.session.cues import with_tracks
from mmhnet_cli.pipeline.session.otherwise import Otherwise, otherwise_request
from mmhnet_cli.pipeline.session.pick import pick
from mmhnet_cli.pipeline.session.redo import RedoRequest, prepare_redo, redo
from mmhnet_cli.pipeline.session.vary import vary_request
from tests.near import assert_near

RATE_HZ = 48000
STEMS = (Stem("amb", "rain", gain_db=-3), Stem("fx", "knocking"))
AMB = ("amb",)


@pytest.fixture
def film(make_film: Callable[..., Path], tmp_path: Path) -> Path:
    path = tmp_path / "street.mp4"
    path.write_bytes(make_film("street.mp4", count=50, rate="25").read_bytes())
    return path


@pytest.fixture
def make(film: Path, tiny_model: LoadedModel, tiny_model_dir: Path) -> Callable[..., Path]:
    """Makes takes of the film, and gives their report."""

    def run(**more: Any) -> Path:
        asked = GenerateRequest(film, model=str(tiny_model_dir), sampler=SamplerOptions(steps=1), cache_gb=1, **more)
        asked = asked if asked.cues is None else with_tracks(asked)
        return generate(prepare(asked), tiny_model).files[-1]

    return run


@pytest.fixture
def again(tiny_model: LoadedModel, tiny_model_dir: Path) -> Callable[..., Path]:
    def run(report: Path, **asked: Any) -> Path:
        request = otherwise_request(report, Otherwise(**asked), None, "rename", model=str(tiny_model_dir))
        return generate(prepare(request), tiny_model).files[-1]

    return run


def heard(report: Path) -> dict[str, np.ndarray]:
    """The sounds of the first take of a report, by stem, and as `mix`."""
    files = json.loads(report.read_text())["takes"][0]["files"]
    return {file["stem"] or "mix": read_audio(report.parent / file["file"])[0] for file in files}


def gain_of(report: Path) -> Mapping[str, Any]:
    return json.loads(report.read_text())["takes"][0]["loudness"]["gain"]


@pytest.mark.slow
@pytest.mark.parametrize("bits", [16, 24, 32])
def test_a_track_stays_to_the_bit_and_others_are_made_around_it(
    make: Callable[..., Path], again: Callable[..., Path], tmp_path: Path, bits: int
) -> None:
    report = make(stems=STEMS, output=OutputOptions(bits=bits))
    new = again(report, keep=AMB, stems={"fx": {"prompt": "a bell", "gain_db": -6.0}, "dog": {"prompt": "dog"}}, seed=7)
    assert new == tmp_path / "street_mmhnet_keep.json"
    assert (tmp_path / "street_amb_keep.wav").read_bytes() == (tmp_path / "street_amb.wav").read_bytes()
    before, after = heard(report), heard(new)
    assert after.keys() == {"mix", "amb", "fx", "dog"}
    assert not np.array_equal(after["fx"], before["fx"])
    assert_near(after["mix"], after["amb"] + after["fx"] + after["dog"], 16 / 2**bits + 1e-6)
    assert gain_of(new) | {"max_reduction_db": 0, "limited_share": 0} == {
        "db": gain_of(report)["db"],
        "limited_by": "locked",
        "short_db": 0.0,
        "max_reduction_db": 0,
        "limited_share": 0,
    }
    content = json.loads(new.read_text())
    [kept] = content["request"]["kept"]
    assert (kept["name"], kept["report"], kept["take"]) == ("amb", report.name, 1)
    old, now = (read_latents(latents_path(path)) for path in (report, new))
    assert (old[1, "amb"] == now[1, "amb"]).all() and now.keys() == {(1, "amb"), (1, "fx"), (1, "dog")}


@pytest.mark.slow
def test_the_same_again_and_on_from_there(
    make: Callable[..., Path],
    again: Callable[..., Path],
    tiny_model: LoadedModel,
    tiny_model_dir: Path,
    tmp_path: Path,
) -> None:
    report = make(stems=STEMS)
    new = again(report, keep=AMB, seed=7)
    twin = generate(prepare(request_of(new, None, "rename", model=str(tiny_model_dir))), tiny_model).files
    for path in twin[:-1]:
        assert path.read_bytes() == path.with_stem(path.stem.removesuffix("_2")).read_bytes()
    # What stayed can be redone, and then is sound like any other.
    part = {"first": Fraction(1, 2), "last": Fraction(1), "voice": "amb", "model": str(tiny_model_dir)}
    redone = redo(prepare_redo(RedoRequest(new, **part)), tiny_model).files[-1]
    assert not np.array_equal(heard(redone)["amb"], heard(new)["amb"])
    with pytest.raises(ReportUnreadable, match="made anew by redo"):
        again(redone, gain=LOCKED)
    with pytest.raises(ReportUnreadable, match="made anew by redo"):
        again(redone, keep=("fx",))
    last = again(redone, keep=AMB, seed=9)
    assert np.array_equal(heard(last)["amb"], heard(redone)["amb"])
    (tmp_path / "street_amb.wav").unlink()
    with pytest.raises(ReportMismatch, match="street_amb"):
        prepare(request_of(new, None, "rename", model=str(tiny_model_dir)))


@pytest.mark.slow
def test_of_several_takes_the_picked_one_stays(
    make: Callable[..., Path], again: Callable[..., Path], tmp_path: Path
) -> None:
    report = make(stems=STEMS, takes=2)
    with pytest.raises(BadOption, match=r"mmhnet pick street_mmhnet\.json N"):
        again(report, keep=AMB)
    pick(report, 2, "error")
    new = again(report, keep=AMB, takes=2, seed=3)
    own = (tmp_path / "street_amb_t02.wav").read_bytes()
    names = [file["file"] for take in json.loads(new.read_text())["takes"] for file in take["files"]]
    kept = [name for name in names if "_amb_" in name]
    assert len(kept) == 2 and all((tmp_path / name).read_bytes() == own for name in kept)
    assert len({(tmp_path / name).read_bytes() for name in names if "_fx_" in name}) == 2


@pytest.mark.slow
def test_tracks_of_a_sheet_are_made_around_one(make: Callable[..., Path], again: Callable[..., Path]) -> None:
    bed, door = Cue(Fraction(0), Fraction(2), "rain", "amb"), Cue(Fraction(1, 2), Fraction(1), "door", "fx")
    report = make(cues=(bed, door))
    later = Cue(Fraction(1), Fraction(3, 2), "door", "fx")
    new = again(report, keep=AMB, cues=(Cue(Fraction(0), Fraction(1), "wind", "amb"), later))
    assert np.array_equal(heard(new)["amb"], heard(report)["amb"])
    assert not heard(new)["fx"][:, : round(0.9 * RATE_HZ)].any()
    cues = request_of(new, None, "rename").cues
    assert cues == (bed, later)
    assert {key for _, key in read_latents(latents_path(new))} == {"amb.0", "fx.0"}


@pytest.mark.slow
def test_files_of_cues_stay_with_their_track(make: Callable[..., Path], again: Callable[..., Path]) -> None:
    """Another sheet puts other cues around those that stay: their files are copied, the others are made."""
    bed, bell = Cue(Fraction(0), Fraction(1), "rain", "amb"), Cue(Fraction(1), Fraction(2), "bell", "amb", seed=7)
    report = make(
        cues=(bed, Cue(Fraction(1, 2), Fraction(1), "door", "fx"), bell), output=OutputOptions(bits=32, cue_files=True)
    )
    early = Cue(Fraction(1, 4), Fraction(3, 4), "knocking", "fx")
    new = again(report, keep=AMB, cues=(early, Cue(Fraction(3, 4), Fraction(3, 2), "door", "fx", gain_db=-6.0)))
    files = [
        [
            (entry, (path.parent / entry["file"]).read_bytes())
            for entry in json.loads(path.read_text())["takes"][0]["cues"]
        ]
        for path in (report, new)
    ]
    before, after = (
        [({**entry, "file": "", "cue": 0}, content) for entry, content in one if entry["stem"] == "amb"]
        for one in files
    )
    assert before == after and [entry["seed"] for entry, _ in after][1] == 7
    summed = np.zeros_like(heard(new)["fx"])
    made = [entry for entry, _ in files[1] if entry["stem"] == "fx"]
    assert [entry["cue"] for entry in made] == [2, 3]
    for entry in made:
        samples = read_audio(new.parent / entry["file"])[0]
        summed[:, entry["first_sample"] : entry["first_sample"] + entry["samples"]] += samples
    assert summed == pytest.approx(heard(new)["fx"], abs=1e-6) and np.abs(summed).max() > 0
    content = json.loads(report.read_text())
    content["takes"][0]["cues"].pop()
    report.write_text(json.dumps(content))
    with pytest.raises(ReportUnreadable, match="it names 1 files of cues of amb, which has 2 cues"):
        again(report, keep=AMB)


@pytest.mark.slow
def test_tracks_keep_their_seeds_wherever_a_sheet_puts_them(
    make: Callable[..., Path], again: Callable[..., Path]
) -> None:
    door, bed = Cue(Fraction(0), Fraction(1), "door", "fx"), Cue(Fraction(1, 2), Fraction(2), "rain", "amb")
    report = make(cues=(door, bed))
    new = again(report, keep=AMB, cues=(replace(door, start=Fraction(3, 4)), bed))
    seeds = [json.loads(path.read_text())["takes"][0]["seeds"] for path in (report, new)]
    assert seeds[0] == seeds[1]
    assert {stem.name for stem in request_of(new, None, "rename").stems} == {"amb", "fx"}


@pytest.mark.slow
def test_variations_around_a_track(
    make: Callable[..., Path], tiny_model: LoadedModel, tiny_model_dir: Path, tmp_path: Path
) -> None:
    report = make(stems=STEMS)
    asked = vary_request(report, 1, Variation(0.5, 1), 1, "error", model=str(tiny_model_dir), keep=AMB)
    new = generate(prepare(asked), tiny_model).files[-1]
    assert (tmp_path / "street_amb_vary.wav").read_bytes() == (tmp_path / "street_amb.wav").read_bytes()
    assert not np.array_equal(heard(new)["fx"], heard(report)["fx"])


@pytest.mark.slow
def test_a_locked_gain_leaves_the_rest_where_it_is(make: Callable[..., Path], again: Callable[..., Path]) -> None:
    report = make(stems=STEMS, output=OutputOptions(bits=32, loudness=LoudnessTarget(-40.0, -1.0)))
    new = again(report, gain=LOCKED, stems={"fx": {"gain_db": -6.0}})
    assert new.name == "street_mmhnet_gain.json"
    before, after = heard(report), heard(new)
    assert np.array_equal(after["amb"], before["amb"])
    assert_near(after["fx"], before["fx"] * 10 ** (-6 / 20), 1e-9, 1e-5)
    plain = again(report, gain=-3.5)
    assert gain_of(plain)["db"] == -3.5
    levels = [measure(heard(one)["amb"], RATE_HZ).integrated_lufs for one in (report, plain)]
    assert levels[1] - levels[0] == pytest.approx(-3.5 - gain_of(report)["db"], abs=0.05)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"keep": ("dog",)}, r"a track of take 1 of street_mmhnet\.json: amb, fx"),
        ({"keep": ("amb", "fx")}, "one at least is made around them"),
        ({"keep": AMB, "gain": -3.0}, "what stays keeps its level"),
        ({"keep": AMB, "stems": {"amb": {"prompt": "wind"}}}, "another one than those that --keep names"),
        (
            {"keep": AMB, "stems": {"dog": {"gain_db": 1.0}}},
            "a stem of the report, or a new one with a prompt: amb, fx",
        ),
        ({"keep": AMB, "prompt": "wind"}, "of which --stem and --stem-negative tell"),
        ({"keep": AMB, "cues": ()}, "the report is of a film without one"),
        ({"keep": AMB, "stems": {"mix": {"prompt": "wind"}}}, "mix and mmhnet are the sum of all stems"),
    ],
)
def test_what_cannot_be(make: Callable[..., Path], again: Callable[..., Path], asked: dict, words: str) -> None:
    report = make(stems=STEMS)
    there = set(report.parent.iterdir())
    with pytest.raises(BadOption, match=words):
        again(report, **asked)
    assert set(report.parent.iterdir()) == there


@pytest.mark.slow
def test_a_track_that_is_another_by_now(
    make: Callable[..., Path], again: Callable[..., Path], tmp_path: Path, tiny_model_dir: Path
) -> None:
    report = make(stems=STEMS)
    content = json.loads(report.read_text())
    wav = tmp_path / "street_amb.wav"
    whole = wav.read_bytes()
    wav.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(ReportMismatch, match="street_amb"):
        again(report, keep=AMB)
    # A report of somebody else's may name the file of another length as its own.
    mix = next(file for file in content["takes"][0]["files"] if file["stem"] == "fx")
    short = make(stems=STEMS, end=Fraction(1), name="short_{track}")
    kept = next(file for file in json.loads(short.read_text())["takes"][0]["files"] if file["stem"] == "fx")
    mix.update(file=kept["file"], sha256=kept["sha256"])
    report.write_text(json.dumps(content))
    with pytest.raises(AudioUnreadable, match=r"48000 samples .* 96000"):
        again(report, keep=("fx",))


def test_peaks_are_held_by_what_is_new(make: Callable[..., Path], tiny_model_dir: Path) -> None:
    """The sound that stays is louder than what is new: under it there is room for little, beside it for all."""
    report = make(stems=STEMS, output=OutputOptions(bits=32))
    request = otherwise_request(report, Otherwise(keep=AMB), None, "rename", model=str(tiny_model_dir))
    job = prepare(request)
    time = np.arange(2 * RATE_HZ) / RATE_HZ
    kept = np.zeros((job.channel_count, time.size), np.float32)
    kept[:, RATE_HZ:] = 0.85 * np.sin(2 * np.pi * 50 * time[RATE_HZ:])
    gain = 10 ** (-gain_of(report)["db"] / 20)
    new = (gain * 0.5 * np.sin(2 * np.pi * 440 * time)).astype(np.float32)[None]
    made = sounds_of(job, [kept.copy(), new])
    assert np.array_equal(made.stems[0], kept)
    assert 20 * np.log10(true_peak(made.mix, RATE_HZ)) <= -1.0
    assert_near(made.mix[:, :], made.stems[0] + made.stems[1], 1e-6)
    quiet, loud = (np.abs(made.stems[1][:, part]).max() for part in (slice(4800, 43200), slice(52800, 91200)))
    assert quiet == pytest.approx(0.5, rel=1e-3) and 0.01 < loud < 0.2
    assert made.level.gain.max_reduction_db > 8
