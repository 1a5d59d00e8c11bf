"""What begins with a take that was made: redo, vary, pick."""

import json
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from mmhnet_cli.errors import BadOption, BadRange, LatentsMissing, OutputExists, ReportMismatch, ReportUnreadable
from mmhnet_cli.media.audio_file import read_audio
from mmhnet_cli.options import GenerateRequest, OutputOptions, SamplerOptions, Stem, Variation
from mmhnet_cli.pipeline.asking.prepare import prepare
from mmhnet_cli.pipeline.asking.report_file import check_repeatable
from mmhnet_cli.pipeline.delivery.latents import MOST_BYTES, latents_path, read_latents
from mmhnet_cli.pipeline.generate import generate
from mmhnet_cli.pipeline.making.load import LoadedModel
from mmhnet_cli.pipeline.session.hand_over import hand_over
from mmhnet_cli.pipeline.session.pick import pick
from mmhnet_cli.pipeline.session.redo import RedoRequest, prepare_redo, redo
from mmhnet_cli.pipeline.session.vary import vary_request
from tests.near import assert_near

RATE_HZ = 48000
FIRST, LAST = Fraction("1.2"), Fraction("2.1")


@pytest.fixture
def film(make_film: Callable[..., Path], tmp_path: Path) -> Path:
    path = tmp_path / "street.mp4"
    path.write_bytes(make_film("street.mp4", count=75).read_bytes())
    return path


@pytest.fixture
def make(film: Path, tiny_model: LoadedModel, tiny_model_dir: Path) -> Callable[..., Path]:
    """Makes takes of the film, and gives their report."""

    def run(**more: object) -> Path:
        asked = GenerateRequest(film, model=str(tiny_model_dir), sampler=SamplerOptions(steps=2), cache_gb=1, **more)
        return generate(prepare(asked), tiny_model).files[-1]

    return run


@pytest.fixture
def again(tiny_model: LoadedModel, tiny_model_dir: Path) -> Callable[..., Path]:
    def run(report: Path, **more: object) -> Path:
        asked = RedoRequest(report, **{"first": FIRST, "last": LAST, "model": str(tiny_model_dir), **more})
        return redo(prepare_redo(asked), tiny_model).files[-1]

    return run


def changed_s(old: Path, new: Path) -> tuple[float, float]:
    """First and last second that differ."""
    before, after = (read_audio(path)[0] for path in (old, new))
    differ = np.flatnonzero((before != after).any(0))
    return differ[0] / RATE_HZ, differ[-1] / RATE_HZ


@pytest.mark.slow
@pytest.mark.parametrize("bits", [16, 24, 32])
def test_a_stretch_is_another_and_all_else_stays(
    make: Callable[..., Path], again: Callable[..., Path], tmp_path: Path, bits: int
) -> None:
    report = make(prompt="rain", output=OutputOptions(bits=bits))
    new = again(report)
    assert new == tmp_path / "street_mmhnet_redo.json"
    begin, end = changed_s(tmp_path / "street_mmhnet.wav", tmp_path / "street_mmhnet_redo.wav")
    assert FIRST - Fraction("0.25") < begin <= FIRST
    assert LAST - Fraction("0.01") <= end < LAST + Fraction("0.25")
    [told] = json.loads(new.read_text())["redone"]
    assert (told["from_s"], told["to_s"], told["prompt"], told["parent"]) == ("6/5", "21/10", "rain", report.name)
    old_latents, new_latents = (read_latents(latents_path(path))[1, "mmhnet"] for path in (report, new))
    differ = (old_latents != new_latents).any(1).nonzero()[:, 0].tolist()
    # A latent holds 2,048 samples of 44,100.
    assert (differ[0], differ[-1]) == (int(FIRST * 44100 / 2048), int(LAST * 44100 / 2048))


@pytest.mark.slow
def test_the_same_redo_is_the_same_and_the_next_another(
    make: Callable[..., Path], again: Callable[..., Path], tmp_path: Path
) -> None:
    report = make()
    first, twin = again(report), again(report)
    assert twin == tmp_path / "street_mmhnet_redo_2.json"
    wavs = [path.with_suffix(".wav") for path in (first, twin, again(first), again(report, seed=7))]
    assert wavs[0].read_bytes() == wavs[1].read_bytes()
    assert len({path.read_bytes() for path in wavs}) == 3
    assert len(json.loads(wavs[2].with_suffix(".json").read_text())["redone"]) == 2
    with pytest.raises(ReportUnreadable, match="made anew by redo"):
        check_repeatable(first)


@pytest.mark.slow
def test_one_stem_changes_and_the_mix_follows(
    make: Callable[..., Path], again: Callable[..., Path], tmp_path: Path
) -> None:
    stems = (Stem("fx", "knocking"), Stem("amb", "rain", gain_db=-6))
    new = again(make(stems=stems, output=OutputOptions(bits=32)), voice="fx", prompt="a bell")
    amb, fx, mix = (read_audio(tmp_path / f"street_{name}_redo.wav")[0] for name in ("amb", "fx", "mmhnet"))
    assert np.array_equal(amb, read_audio(tmp_path / "street_amb.wav")[0])
    assert FIRST - Fraction("0.25") < changed_s(tmp_path / "street_fx.wav", tmp_path / "street_fx_redo.wav")[0]
    assert_near(mix, amb + fx, 1e-6)
    assert json.loads(new.read_text())["redone"][0]["prompt"] == "a bell"


@pytest.mark.slow
def test_files_in_folders_are_found_again(
    make: Callable[..., Path], again: Callable[..., Path], tmp_path: Path
) -> None:
    report = make(stems=(Stem("fx", "knocking"), Stem("amb", "rain")), name="{track}/{film}{take}", takes=2)
    assert report == tmp_path / "street.json"
    names = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.wav")}
    assert names == {f"{track}/street_t0{take}.wav" for track in ("mmhnet", "fx", "amb") for take in (1, 2)}
    again(report, voice="fx", take=2)
    assert (tmp_path / "fx" / "street_t02_redo.wav").exists()
    pick(report, 1, "error")
    assert (tmp_path / "amb" / "street.wav").exists()
    placed = hand_over(report, None, None)
    assert {sound.path.parent.name for sound in placed.sounds} == {"mmhnet", "fx", "amb"}


@pytest.mark.slow
def test_tracks_of_a_redo_follow_its_output(
    make: Callable[..., Path], again: Callable[..., Path], tmp_path: Path
) -> None:
    new = again(make(stems=(Stem("fx", "knocking"),), outputs=(tmp_path / "a.wav",)), voice="fx")
    files = {file["file"] for file in json.loads(new.read_text())["takes"][0]["files"]}
    assert files == {"a_redo.wav", "a_redo_fx.wav"}


@pytest.mark.slow
def test_a_film_gets_the_new_sound(make: Callable[..., Path], again: Callable[..., Path], tmp_path: Path) -> None:
    new = again(make(outputs=(tmp_path / "a.wav", tmp_path / "a.mov")))
    assert {file["file"] for file in json.loads(new.read_text())["takes"][0]["files"]} == {"a_redo.wav", "a_redo.mov"}
    sound = read_audio(tmp_path / "a_redo.mov")[0]
    assert np.abs(sound - read_audio(tmp_path / "a_redo.wav")[0]).max() < 2**-15


def test_what_cannot_be_redone(make: Callable[..., Path], again: Callable[..., Path], tmp_path: Path) -> None:
    report = make(takes=2)
    with pytest.raises(BadOption, match=r"a take of street_mmhnet\.json: 1, 2"):
        again(report, take=3)
    with pytest.raises(BadOption, match="no stems"):
        again(report, voice="fx")
    for first, last in ((Fraction(2), Fraction(2)), (Fraction(-1), Fraction(1)), (Fraction(2), Fraction(4))):
        with pytest.raises(BadRange):
            again(report, first=first, last=last)
    wav = tmp_path / "street_mmhnet_t01.wav"
    content = wav.read_bytes()
    wav.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(ReportMismatch, match=r"street_mmhnet_t01\.wav"):
        again(report)
    latents_path(report).unlink()
    with pytest.raises(LatentsMissing):
        again(report, take=2)
    assert {path.suffix for path in tmp_path.iterdir()} == {".mp4", ".wav", ".json"}


def test_latents_of_somebody_else_are_not_replaced(make: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "street_mmhnet.latents").write_text("mine")
    with pytest.raises(Exception, match=r"street_mmhnet\.latents"):
        make(output=OutputOptions(on_exists="overwrite"))
    assert (tmp_path / "street_mmhnet.latents").read_text() == "mine"
    assert (tmp_path / "street_mmhnet.wav").exists(), "the sound is kept"


def test_latents_that_a_killed_run_left_are_replaced(make: Callable[..., Path], tmp_path: Path) -> None:
    report = make()
    left = latents_path(report).read_bytes()
    report.unlink()
    (tmp_path / "street_mmhnet.wav").unlink()
    latents_path(report).write_bytes(left[:-2] + b"\0\0")
    assert make() == report
    assert latents_path(report).read_bytes() == left


def test_latents_too_large_to_be_any_are_not_read(make: Callable[..., Path]) -> None:
    path = latents_path(make())
    with path.open("r+b") as file:
        file.truncate(MOST_BYTES + 1)
    assert read_latents(path) == {}


def test_nothing_is_kept_on_wish(make: Callable[..., Path], tmp_path: Path) -> None:
    assert not latents_path(make(output=OutputOptions(kept=False))).exists()


@pytest.mark.slow
def test_variations_are_near_and_repeatable(
    make: Callable[..., Path], tiny_model: LoadedModel, tiny_model_dir: Path, tmp_path: Path
) -> None:
    report = make(output=OutputOptions(bits=32))

    def varied(amount: float, seed: int = 1) -> np.ndarray:
        asked = vary_request(report, 1, Variation(amount, seed), 1, "overwrite", model=str(tiny_model_dir))
        generate(prepare(asked), tiny_model)
        return read_audio(tmp_path / "street_mmhnet_vary.wav")[0]

    own = read_audio(tmp_path / "street_mmhnet.wav")[0]
    assert np.array_equal(varied(0), own)
    near, far = (np.abs(varied(amount) - own).mean() for amount in (0.1, 0.9))
    assert 0 < near < far
    assert not np.array_equal(varied(0.1), varied(0.1, seed=2))


@pytest.mark.slow
def test_a_take_becomes_the_one(make: Callable[..., Path], tmp_path: Path) -> None:
    report = make(takes=2)
    assert pick(report, 2, "error") == (tmp_path / "street_mmhnet.wav",)
    assert (tmp_path / "street_mmhnet.wav").read_bytes() == (tmp_path / "street_mmhnet_t02.wav").read_bytes()
    assert json.loads(report.read_text())["picked"] == 2
    with pytest.raises(OutputExists):
        pick(report, 1, "error")
    assert pick(report, 1, "overwrite") == (tmp_path / "street_mmhnet.wav",)
    assert (tmp_path / "street_mmhnet.wav").read_bytes() == (tmp_path / "street_mmhnet_t01.wav").read_bytes()
    with pytest.raises(BadOption, match="1, 2"):
        pick(report, 3, "error")
    alone = make(takes=1, output=replace(OutputOptions(), on_exists="rename"))
    with pytest.raises(BadOption, match="the one already"):
        pick(alone, 1, "error")


@pytest.mark.slow
def test_what_follows_begins_with_the_take_that_was_picked(
    make: Callable[..., Path], again: Callable[..., Path], tiny_model_dir: Path
) -> None:
    report = make(stems=(Stem("fx", "knocking"), Stem("amb", "rain")), takes=3)

    def firsts() -> list[tuple[str, int]]:
        return [(sound.track, sound.take) for sound in hand_over(report, None, None).firsts]

    assert firsts() == [("fx", 1), ("amb", 1)]
    pick(report, 2, "error")
    assert firsts() == [("fx", 2), ("amb", 2)]
    assert [sound.take for sound in hand_over(report, None, None).tracks["fx"]] == [2, 1, 3]
    assert again(report, voice="fx").name == "street_mmhnet_t02_redo.json"
    assert again(report, voice="fx", take=3).name == "street_mmhnet_t03_redo.json"
    for take, seed in ((None, 43), (1, 42)):
        asked = vary_request(report, take, Variation(0.5, 1), 1, "error", model=str(tiny_model_dir))
        assert asked.sampler.seed == seed
    content = json.loads(report.read_text())
    for nonsense in (7, "2", True, None, [2]):
        report.write_text(json.dumps({**content, "picked": nonsense}))
        assert firsts() == [("fx", 1), ("amb", 1)]
