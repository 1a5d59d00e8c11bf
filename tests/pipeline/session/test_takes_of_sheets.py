"""What begins with a take that a cue sheet made: redo of a track, vary."""

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch

from mmhnet_cli.errors import AudioUnreadable, BadOption, LatentsMissing, ReportMismatch, ReportUnreadable
from mmhnet_cli.media.audio_file import read_audio
from mmhnet_cli.models.registry import find_model
from mmhnet_cli.options import Cue, GenerateRequest, OutputOptions, SamplerOptions, Variation
from mmhnet_cli.pipeline.asking.prepare import prepare
from mmhnet_cli.pipeline.delivery import latents as latents_file
from mmhnet_cli.pipeline.delivery.latents import latents_path, read_latents
from mmhnet_cli.pipeline.generate import generate
from mmhnet_cli.pipeline.making.load import LoadedModel, load_model
from mmhnet_cli.pipeline.session import relaid
from mmhnet_cli.pipeline.session.cues import with_tracks
from mmhnet_cli.pipeline.session.redo import RedoRequest, prepare_redo, redo
from mmhnet_cli.pipeline.session.vary import vary_request
from tests.near import assert_near

RATE_HZ = 48000
PLAIN = OutputOptions(bits=32)
QUARTER = Fraction(1, 4)


def cue(start: str, end: str, prompt: str = "rain", **more: object) -> Cue:
    return Cue(Fraction(start), Fraction(end), prompt, **more)


BED, DOOR, STEPS = cue("0", "4", track="amb"), cue("0.5", "1.5", "door slam"), cue("2", "3.5", "footsteps")


@pytest.fixture
def film(make_film: Callable[..., Path], tmp_path: Path) -> Path:
    path = tmp_path / "street.mp4"
    path.write_bytes(make_film("street.mp4", count=100).read_bytes())
    return path


@pytest.fixture
def make(film: Path, tiny_model: LoadedModel, tiny_model_dir: Path) -> Callable[..., Path]:
    """Makes the tracks of some cues, and gives the report."""

    def run(*cues: Cue, output: OutputOptions = PLAIN, **more: object) -> Path:
        asked = GenerateRequest(
            film,
            model=str(tiny_model_dir),
            sampler=SamplerOptions(steps=2),
            cues=cues,
            output=output,
            cache_gb=1,
            **more,
        )
        return generate(prepare(with_tracks(asked)), tiny_model).files[-1]

    return run


@pytest.fixture
def again(tiny_model: LoadedModel, tiny_model_dir: Path) -> Callable[..., Path]:
    def run(report: Path, first: str, last: str, track: str = "fx", **more: object) -> Path:
        asked = RedoRequest(
            report, Fraction(first), Fraction(last), voice=track, **{"model": str(tiny_model_dir), **more}
        )
        return redo(prepare_redo(asked), tiny_model).files[-1]

    return run


def sound(folder: Path, track: str, mark: str = "") -> np.ndarray:
    return read_audio(folder / f"street_{track}{mark}.wav")[0]


def changed_s(folder: Path, track: str) -> tuple[float, float]:
    """First and last second of a track that differ after a redo."""
    differ = np.flatnonzero((sound(folder, track) != sound(folder, track, "_redo")).any(0))
    return differ[0] / RATE_HZ, differ[-1] / RATE_HZ


@pytest.mark.slow
def test_latents_of_each_cue_are_kept(make: Callable[..., Path]) -> None:
    kept = read_latents(latents_path(make(BED, DOOR, STEPS, takes=2)))
    assert kept.keys() == {(take, key) for take in (1, 2) for key in ("amb.0", "fx.0", "fx.1")}
    # The film is shorter than a clip of training: each cue is sampled over all of its 25/6 s.
    assert {len(found) for found in kept.values()} == {90}
    assert not torch.equal(kept[1, "fx.0"], kept[2, "fx.0"])


def test_latents_beyond_what_is_read_are_not_written(
    make: Callable[..., Path], again: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(latents_file, "MOST_BYTES", latents_file.HEADER_BYTES + 1000)
    report = make(DOOR)
    assert read_latents(latents_path(report)) == {}
    with pytest.raises(LatentsMissing):
        again(report, "1", "2")


@pytest.mark.slow
def test_a_stretch_within_a_cue_is_another_and_all_else_stays(
    make: Callable[..., Path], again: Callable[..., Path], tmp_path: Path
) -> None:
    report = make(BED, DOOR, STEPS)
    new = again(report, "1.2", "2.1", "amb", prompt="wind")
    begin, end = changed_s(tmp_path, "amb")
    assert Fraction("1.2") - QUARTER < begin <= 1.2
    assert 2.09 <= end < Fraction("2.1") + QUARTER
    assert np.array_equal(sound(tmp_path, "fx"), sound(tmp_path, "fx", "_redo"))
    mix = sound(tmp_path, "mmhnet", "_redo")
    assert_near(mix, sound(tmp_path, "amb", "_redo") + sound(tmp_path, "fx"), 1e-6)
    [told] = json.loads(new.read_text())["redone"]
    assert (told["voice"], told["prompt"], told["parent"]) == ("amb", "wind", report.name)
    old, now = (read_latents(latents_path(path)) for path in (report, new))
    assert old.keys() == now.keys()
    assert {key for key in old if not torch.equal(old[key], now[key])} == {(1, "amb.0")}
    differ = (old[1, "amb.0"] != now[1, "amb.0"]).any(1).nonzero()[:, 0].tolist()
    assert (differ[0], differ[-1]) == (int(1.2 * 44100 / 2048), int(2.1 * 44100 / 2048))


@pytest.mark.slow
def test_a_whole_cue_is_another_and_its_neighbour_stays(
    make: Callable[..., Path], again: Callable[..., Path], tmp_path: Path
) -> None:
    report = make(BED, DOOR, STEPS)
    new = again(report, "0.25", "1.75")
    begin, end = changed_s(tmp_path, "fx")
    # It is heard from a fade of 0.05 s before its start to one after its end; silence stays silence.
    assert 0.45 <= begin <= 0.5
    assert 1.5 <= end + 1e-3 <= 1.56
    old, now = (read_latents(latents_path(path)) for path in (report, new))
    assert {key for key in old if not torch.equal(old[key], now[key])} == {(1, "fx.0")}
    assert json.loads(new.read_text())["redone"][0]["prompt"] == "door slam"
    twin, other = again(report, "0.25", "1.75"), again(new, "0.25", "1.75")
    wavs = [path.with_name(path.name.replace("mmhnet", "fx")).with_suffix(".wav") for path in (new, twin, other)]
    assert wavs[0].read_bytes() == wavs[1].read_bytes() != wavs[2].read_bytes()


@pytest.mark.slow
def test_a_stretch_over_a_gap_changes_the_cues_on_both_sides(
    make: Callable[..., Path], again: Callable[..., Path], tmp_path: Path
) -> None:
    again(make(DOOR, STEPS), "1", "2.5")
    begin, end = changed_s(tmp_path, "fx")
    assert 1 - QUARTER < begin <= 1 and 2.49 <= end < 2.5 + QUARTER
    gap = slice(round(1.56 * RATE_HZ), round(1.94 * RATE_HZ))
    assert not sound(tmp_path, "fx", "_redo")[:, gap].any()


@pytest.mark.slow
@pytest.mark.parametrize("later", ["1.6", "1.5"])
def test_a_cue_beside_the_stretch_begins_as_it_did(
    make: Callable[..., Path], again: Callable[..., Path], tmp_path: Path, later: str
) -> None:
    """A hit right after the stretch, in whose fade it is, keeps its attack: it is no part of what is crossed away."""
    again(make(DOOR, cue(later, "3", "knocking")), "0.4", "1.5")
    begin = round((float(later) + 0.02) * RATE_HZ)
    fade = slice(begin, begin + round(0.15 * RATE_HZ))
    before, after = (np.square(sound(tmp_path, "fx", mark)[:, fade]).mean() for mark in ("", "_redo"))
    assert 0.7 < after / before < 1.4


@pytest.mark.slow
def test_overlapping_cues_are_both_others(make: Callable[..., Path], again: Callable[..., Path]) -> None:
    report = make(cue("0", "2.5"), cue("1.5", "4", "wind"))
    old, now = (read_latents(latents_path(path)) for path in (report, again(report, "1.6", "2.4")))
    assert not any(torch.equal(old[key], now[key]) for key in old)


@pytest.mark.slow
def test_where_a_track_is_silent_there_is_nothing_to_redo(
    make: Callable[..., Path], again: Callable[..., Path]
) -> None:
    report = make(BED, DOOR, STEPS)
    with pytest.raises(BadOption, match=r"fx, which is silent .* 0\.500 to 1\.500, 2\.000 to 3\.500 s.*new row"):
        again(report, "1.6", "1.9")
    with pytest.raises(BadOption, match="one of amb, fx"):
        again(report, "1", "2", "mmhnet")
    latents_path(report).unlink()
    with pytest.raises(LatentsMissing):
        again(report, "1", "2")


@pytest.mark.slow
def test_parts_handles_and_stereo(make: Callable[..., Path], again: Callable[..., Path], tmp_path: Path) -> None:
    output = OutputOptions(bits=24, channels="dual-mono", handles_s=Fraction(1))
    again(make(BED, DOOR, output=output, start=Fraction(1), end=Fraction(3)), "0.5", "1.25", "amb")
    begin, end = changed_s(tmp_path, "amb")
    # The file begins at the first picture: one second of handle.
    assert 0.5 - QUARTER < begin <= 0.5 and 1.24 <= end < 1.25 + QUARTER


@pytest.mark.slow
def test_a_sheet_varies(
    make: Callable[..., Path], tiny_model: LoadedModel, tiny_model_dir: Path, tmp_path: Path
) -> None:
    report = make(BED, cue("1", "3", "door", seed=5), takes=2)

    def varied(amount: float) -> np.ndarray:
        asked = vary_request(report, 2, Variation(amount, 1), 1, "overwrite", model=str(tiny_model_dir))
        generate(prepare(asked), tiny_model)
        return read_audio(tmp_path / "street_fx_t02_vary.wav")[0]

    own = read_audio(tmp_path / "street_fx_t02.wav")[0]
    assert np.array_equal(varied(0), own)
    near, far = (np.abs(varied(amount) - own).mean() for amount in (0.1, 0.9))
    assert 0 < near < far


def cue_sums(report: Path, track: str) -> tuple[np.ndarray, np.ndarray]:
    """A track, and the sum of the files of its cues at their places."""
    take = json.loads(report.read_text())["takes"][0]
    [whole] = [read_audio(report.parent / one["file"])[0] for one in take["files"] if one["stem"] == track]
    summed = np.zeros_like(whole)
    for one in take["cues"]:
        if one["stem"] == track:
            samples = read_audio(report.parent / one["file"])[0]
            assert samples.shape[1] == one["samples"]
            summed[:, one["first_sample"] : one["first_sample"] + one["samples"]] += samples
    return whole, summed


CUED = OutputOptions(bits=32, cue_files=True)


@pytest.mark.slow
def test_files_of_cues_are_made_anew(make: Callable[..., Path], again: Callable[..., Path], tmp_path: Path) -> None:
    """A redo over two cues that touch: each gets its part, the others are copied, and all still sum to the track."""
    report = make(BED, DOOR, cue("1.5", "3", "knocking", gain_db=-6.0), cue("3.2", "4", "bell", seed=9), output=CUED)
    new = again(report, "1", "2")
    for track in ("amb", "fx"):
        whole, summed = cue_sums(new, track)
        assert summed == pytest.approx(whole, abs=1e-6)
    entries = [json.loads(path.read_text())["takes"][0]["cues"] for path in (report, new)]
    same = {
        old["cue"]: (tmp_path / old["file"]).read_bytes() == (tmp_path / now["file"]).read_bytes()
        for old, now in zip(*entries, strict=True)
    }
    assert same == {1: True, 2: False, 3: False, 4: True}
    for old, now in zip(*entries, strict=True):
        assert now["file"] == old["file"].replace(".wav", "_redo.wav")
        assert all(old[key] == now[key] for key in ("first_sample", "samples", "seed", "name", "row"))
    # Twice, and picked up from there.
    whole, summed = cue_sums(again(new, "2.5", "3.5"), "fx")
    assert summed == pytest.approx(whole, abs=1e-6)


@pytest.mark.slow
def test_a_peak_that_is_held_is_held_in_the_files_of_cues(
    make: Callable[..., Path], again: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    report = make(BED, DOOR, output=CUED)
    monkeypatch.setattr(relaid, "PEAK_MARGIN_DB", 20.0)
    whole, summed = cue_sums(again(report, "0.25", "1.75"), "fx")
    assert summed == pytest.approx(whole, abs=1e-6)
    # Over what is between the fades of 0.2 s all is held far below.
    held = slice(round(0.6 * RATE_HZ), round(1.4 * RATE_HZ))
    assert np.abs(whole[:, held]).max() < 0.5 * np.abs(cue_sums(report, "fx")[0][:, held]).max()


@pytest.mark.slow
def test_a_cue_file_that_is_another_now_is_refused(make: Callable[..., Path], again: Callable[..., Path]) -> None:
    report = make(BED, DOOR, output=CUED)
    content = json.loads(report.read_text())
    bed, door = content["takes"][0]["cues"]
    (report.parent / door["file"]).write_bytes((report.parent / bed["file"]).read_bytes())
    with pytest.raises(ReportMismatch, match=r"door slam\.wav"):
        again(report, "0.5", "1")
    door["sha256"] = bed["sha256"]
    report.write_text(json.dumps(content))
    with pytest.raises(AudioUnreadable, match=r"its report says 2 of"):
        again(report, "0.5", "1")
    for wrong in ({**door, "first_sample": -1}, {**door, "samples": "9"}, {"file": door["file"]}, 7):
        content["takes"][0]["cues"] = [bed, wrong]
        report.write_text(json.dumps(content))
        with pytest.raises(ReportUnreadable, match="what it says of its cues is not complete"):
            again(report, "0.5", "1")
    content["takes"][0]["cues"] = [bed]
    report.write_text(json.dumps(content))
    with pytest.raises(ReportUnreadable, match=r"no file of a cue for street_fx_002_door slam_redo\.wav"):
        again(report, "0.5", "1")


@pytest.mark.slow
def test_a_cue_of_mini(make_film: Callable[..., Path], tmp_path: Path) -> None:
    """The real model, whose sound is stereo, over more than a clip of its training: a bed of 12 s."""
    film = tmp_path / "street.mp4"
    film.write_bytes(make_film("street.mp4", count=300).read_bytes())
    mini = load_model(find_model("mini"), "cpu")
    cues = (cue("0", "12", "rain", track="amb"), cue("5", "6", "door slam", hits=((Fraction("5.2"), 1.0),)))
    asked = with_tracks(GenerateRequest(film, sampler=SamplerOptions(steps=4), cues=cues, output=PLAIN))
    report = generate(prepare(asked), mini).files[-1]
    for track, first, last in (("amb", "4", "6"), ("fx", "5", "6")):
        new = redo(prepare_redo(RedoRequest(report, Fraction(first), Fraction(last), voice=track)), mini).files[-1]
        mark = new.stem.removeprefix("street_mmhnet")
        old, now = (sound(tmp_path, track, mark) for mark in ("", mark))
        differ = np.flatnonzero((old != now).any(0)) / RATE_HZ
        assert float(first) - 0.25 < differ[0] and differ[-1] < float(last) + 0.25
