"""A film by its cue sheet: each cue in its place, on its track."""

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from mmhnet_cli.media.audio_file import read_audio
from mmhnet_cli.options import Cue, GenerateRequest, OutputOptions, SamplerOptions
from mmhnet_cli.pipeline.asking.prepare import prepare
from mmhnet_cli.pipeline.asking.report_file import request_of
from mmhnet_cli.pipeline.generate import generate
from mmhnet_cli.pipeline.making.load import LoadedModel
from mmhnet_cli.pipeline.session.cues import with_tracks
from tests.near import assert_near

RATE_HZ = 48000
PLAIN = OutputOptions(bits=32, channels="mono")


@pytest.fixture
def make(
    make_film: Callable[..., Path], tiny_model: LoadedModel, tiny_model_dir: Path, tmp_path: Path
) -> Callable[..., dict[str, np.ndarray]]:
    """Makes the tracks of some cues, and gives their sounds as the network made them."""
    film = make_film("street.mp4", count=100)

    def run(*cues: Cue, output: OutputOptions = PLAIN) -> dict[str, np.ndarray]:
        asked = GenerateRequest(
            film, model=str(tiny_model_dir), sampler=SamplerOptions(steps=2), output_dir=tmp_path, cues=cues, cache_gb=1
        )
        asked = with_tracks(GenerateRequest(**{**vars(asked), "output": output}))
        report = generate(prepare(asked), tiny_model).report
        files = report["takes"][0]["files"]
        gain = 10 ** (-report["takes"][0]["loudness"]["gain"]["db"] / 20)
        sounds = {file["stem"] or "mix": read_audio(tmp_path / file["file"])[0] * gain for file in files}
        for path in tmp_path.iterdir():
            if path.suffix == ".wav":
                path.unlink()
        (tmp_path / "street_mmhnet.json").rename(tmp_path / "report.json")
        return sounds

    return run


def cue(start: str, end: str, prompt: str = "rain", **more: object) -> Cue:
    return Cue(Fraction(start), Fraction(end), prompt, **more)


def heard_s(sound: np.ndarray) -> tuple[float, float]:
    found = np.flatnonzero(np.abs(sound).max(0) > 1e-7)
    return found[0] / RATE_HZ, found[-1] / RATE_HZ


@pytest.mark.slow
def test_cues_sound_in_their_places_and_sum_to_the_mix(make: Callable[..., dict[str, np.ndarray]]) -> None:
    made = make(cue("0.5", "1.5"), cue("2", "3", "knock", track="foley"))
    assert made.keys() == {"mix", "fx", "foley"}
    for track, (start, end) in {"fx": (0.5, 1.5), "foley": (2, 3)}.items():
        begin, last = heard_s(made[track])
        assert start - 0.05 <= begin <= start
        assert end <= last + 1e-4
        assert last <= end + 0.05
    assert_near(made["mix"], made["fx"] + made["foley"], 1e-6)


@pytest.mark.slow
def test_what_a_cue_shares_with_itself_stays(make: Callable[..., dict[str, np.ndarray]]) -> None:
    whole, alone = make(cue("1", "3")), make(cue("1", "3"), cue("0", "0.5", "wind", track="amb"))
    assert np.array_equal(whole["fx"], whole["mix"])
    assert_near(alone["fx"], whole["fx"], 1e-6)


@pytest.mark.slow
def test_gain_and_seed_of_a_cue(make: Callable[..., dict[str, np.ndarray]]) -> None:
    plain = make(cue("1", "3"))["fx"]
    assert_near(make(cue("1", "3", gain_db=-6.0))["fx"], plain * 10 ** (-6 / 20), 1e-6)
    assert not np.allclose(make(cue("1", "3", seed=7))["fx"], plain)
    assert_near(make(cue("1", "3", seed=42))["fx"], plain, 1e-6)


@pytest.mark.slow
def test_cues_of_a_track_add_up_and_touching_ones_cross(make: Callable[..., dict[str, np.ndarray]]) -> None:
    one, other = make(cue("0", "2.5"))["fx"], make(cue("1.5", "4", "wind"))["fx"]
    both = make(cue("0", "2.5"), cue("1.5", "4", "wind"))["fx"]
    # Sampled together, they are rounded otherwise.
    assert_near(both, one + other, 1e-5)
    touching = make(cue("0", "2"), cue("2", "4"))["fx"]
    level = np.sqrt(np.square(touching[0, : 4 * RATE_HZ].reshape(-1, RATE_HZ // 4)).mean(1))
    assert level[7:9].min() > 0.3 * level.mean(), "no hole where they touch"


@pytest.mark.slow
def test_stereo_places_a_cue(make: Callable[..., dict[str, np.ndarray]]) -> None:
    output = OutputOptions(bits=32, channels="stereo")
    left = make(cue("1", "3", pan=-1.0), output=output)["fx"]
    assert np.square(left[1]).sum() < 1e-6 * np.square(left[0]).sum()
    assert_near(left.mean(0), make(cue("1", "3"))["fx"][0], 1e-5)


@pytest.mark.slow
def test_cues_come_back_from_the_report(make: Callable[..., dict[str, np.ndarray]], tmp_path: Path) -> None:
    cues = (cue("0.5", "1.5", hits=((Fraction("0.75"), 0.5),), picture=False), cue("2", "3", "knock", track="a b"))
    make(*cues)
    report = tmp_path / "report.json"
    film = tmp_path / "street.mp4"
    film.touch()
    found = request_of(report, film, "error")
    assert found.cues is not None
    assert found.cues[0] == cues[0]
    assert [one.track for one in found.cues] == ["fx", "a_b"]
    assert [stem.name for stem in found.stems] == ["fx", "a_b"]
    content = json.loads(report.read_text())
    assert content["request"]["cues"][0]["hits"] == [["3/4", 0.5]]


@pytest.mark.slow
def test_progress_moves_within_a_cue(
    make_film: Callable[..., Path], tiny_model: LoadedModel, tiny_model_dir: Path, tmp_path: Path
) -> None:
    """A bed may be as long as the film: every step of it is told, of cues that are sampled together as well."""
    cues = (cue("0", "4", track="amb"), *(cue(str(start), str(start + 0.5)) for start in (0.5, 1.5, 2.5)))
    steps = SamplerOptions(steps=4)
    asked = GenerateRequest(
        make_film("street.mp4", count=100), model=str(tiny_model_dir), sampler=steps, output_dir=tmp_path, cues=cues
    )
    told: dict[str, list[tuple[int, int]]] = {}

    def progress(stage: str, done: int, total: int) -> None:
        told.setdefault(stage, []).append((done, total))

    generate(prepare(with_tracks(asked)), tiny_model, progress)
    assert [done for done, _ in told["sample amb"][:6]] == [0, 1, 2, 3, 4, 4]
    assert {total for _, total in told["sample fx"]} == {12}
    counts = [done for done, _ in told["sample fx"]]
    assert counts == sorted(counts) and len(set(counts)) >= 5 and counts[-1] == 12
