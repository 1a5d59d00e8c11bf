"""Stems, takes, handles, channels, marks and the film's own sound, in files that other readers open."""

import json
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import av
import numpy as np
import pytest
import soundfile
import wavinfo

from mmhnet_cli.media.audio_file import read_audio
from mmhnet_cli.options import (
    LOUDNESS_TARGETS,
    Cue,
    FilmOptions,
    Hit,
    LoudnessTarget,
    OutputOptions,
    SamplerOptions,
    Stem,
)
from mmhnet_cli.pipeline.asking.prepare import prepare
from mmhnet_cli.pipeline.asking.report_file import request_of
from mmhnet_cli.pipeline.generate import GenerateResult, generate
from mmhnet_cli.pipeline.making.load import LoadedModel
from mmhnet_cli.pipeline.request import GenerateRequest
from tests.conftest import MakeFilm

STEMS = (Stem("fx", "footsteps", gain_db=-6), Stem("amb", "rain"), Stem("bell", "a bell", seed=3))
SAMPLES = 96096  # 48 frames at 24000/1001 per second, at 48 kHz
Run = Callable[..., GenerateResult]


@pytest.fixture
def run(make_film: MakeFilm, tiny_model: LoadedModel, tiny_model_dir: Path, tmp_path: Path) -> Run:
    film = make_film("rate2398.mp4", count=48, rate="24000/1001")

    def make(*names: str, film: Path = film, **more: Any) -> GenerateResult:
        request = GenerateRequest(
            film,
            model=str(tiny_model_dir),
            cache_gb=1,
            sampler=SamplerOptions(steps=2, guidance=4.5),
            outputs=tuple(tmp_path / name for name in names),
            output_dir=tmp_path,
            **more,
        )
        return generate(prepare(request), tiny_model)

    return make


def sound(path: Path) -> np.ndarray:
    """(samples, channels) in units of full scale, by libsndfile."""
    return soundfile.read(path, always_2d=True)[0]


@pytest.mark.slow
@pytest.mark.parametrize("ceiling_dbtp", [-1.0, -12.0])
def test_stems_sum_to_the_mix(run: Run, tmp_path: Path, ceiling_dbtp: float) -> None:
    result = run(stems=STEMS, output=OutputOptions(loudness=LoudnessTarget(-23.0, ceiling_dbtp)))
    gain = result.report["takes"][0]["loudness"]["gain"]
    # The low ceiling makes the limiter work.
    assert (gain["max_reduction_db"] > 1) == (ceiling_dbtp == -12)
    stems = [sound(tmp_path / f"rate2398_{stem.name}.wav") for stem in STEMS]
    rest = np.sum(stems, axis=0) - sound(tmp_path / "rate2398_mmhnet.wav")
    assert 20 * np.log10(np.abs(rest).max()) < -120
    assert all(20 * np.log10(np.abs(stem).max()) > -60 for stem in stems)


@pytest.mark.slow
def test_a_stem_is_the_same_whatever_its_gain(run: Run, tmp_path: Path) -> None:
    run(stems=STEMS, output=OutputOptions(loudness=LOUDNESS_TARGETS["off"], bits=32), name="a_{source}_{stem}")
    louder = (Stem("fx", "footsteps", gain_db=0), *STEMS[1:])
    run(stems=louder, output=OutputOptions(loudness=LOUDNESS_TARGETS["off"], bits=32), name="b_{source}_{stem}")
    quiet, loud = (sound(tmp_path / f"{name}_rate2398_fx.wav") for name in "ab")
    other, same = (sound(tmp_path / f"{name}_rate2398_amb.wav") for name in "ab")
    # Both are under one gain of the mix, which "off" lowers only for the ceiling.
    ratio = np.linalg.norm(same) / np.linalg.norm(other)
    assert 20 * np.log10(np.linalg.norm(loud) / np.linalg.norm(quiet) / ratio) == pytest.approx(6, abs=0.01)


def test_takes_have_the_seeds_that_follow(run: Run, tmp_path: Path) -> None:
    result = run(takes=3, prompt="rain")
    assert [take["seeds"] for take in result.report["takes"]] == [{"mmhnet": 42}, {"mmhnet": 43}, {"mmhnet": 44}]
    takes = [tmp_path / f"rate2398_mmhnet_t0{number}.wav" for number in (1, 2, 3)]
    assert [file["file"] for take in result.report["takes"] for file in take["files"]] == [path.name for path in takes]
    run("alone.wav", prompt="rain")
    assert np.array_equal(sound(takes[0]), sound(tmp_path / "alone.wav"))
    assert not np.array_equal(sound(takes[0]), sound(takes[1]))
    assert json.loads((tmp_path / "rate2398_mmhnet.json").read_text()) == result.report


def test_takes_that_are_done_stay_when_a_later_one_fails(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mmhnet_cli.pipeline import generate as module

    render = module.render

    def until_the_third(job: Any, model: Any, conditions: Any, take: int, stages: Any) -> Any:
        if take == 2:
            raise KeyboardInterrupt
        return render(job, model, conditions, take, stages)

    monkeypatch.setattr(module, "render", until_the_third)
    with pytest.raises(KeyboardInterrupt):
        run("a.wav", takes=3)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.json", "a.latents", "a_t01.wav", "a_t02.wav"]
    assert [take["take"] for take in json.loads((tmp_path / "a.json").read_text())["takes"]] == [1, 2]
    monkeypatch.undo()
    result = run("a.wav", takes=3, output=OutputOptions(on_exists="skip"))
    assert [path.name for path in result.files] == ["a_t03.wav", "a.json"]


@pytest.mark.slow
def test_handles_stand_around_the_film_and_not_in_it(run: Run, tmp_path: Path) -> None:
    pcm = FilmOptions(audio_codec="pcm")
    output = OutputOptions(handles_s=Fraction("0.5"), timecode="01:00:00:00", film=pcm, channels="mono")
    run("a.wav", "a.mov", output=output)
    wav, (film, _) = sound(tmp_path / "a.wav"), read_audio(tmp_path / "a.mov")
    assert (len(wav), film.shape) == (SAMPLES + 48000, (1, SAMPLES))
    assert np.abs(wav[:24000]).max() > 0
    assert np.abs(wav[-24000:]).max() > 0
    inside = slice(480, -480)  # away from the short fades of the film's cut
    assert np.abs(wav[24000 : 24000 + SAMPLES, 0] - film[0])[inside].max() < 2**-22
    assert abs(wav[0, 0]) < 1e-4
    assert abs(film[0, 0]) < 1e-4
    assert wavinfo.WavInfoReader(str(tmp_path / "a.wav")).bext.time_reference == 172_972_800 - 24000


def test_two_channels_are_measured_as_two(run: Run, tmp_path: Path) -> None:
    result = run("a.wav", output=OutputOptions(channels="dual-mono", bits=16))
    info, samples = soundfile.info(tmp_path / "a.wav"), sound(tmp_path / "a.wav")
    assert (info.channels, info.subtype, len(samples)) == (2, "PCM_16", SAMPLES)
    # The same but for the dither of one step.
    assert np.abs(samples[:, 0] - samples[:, 1]).max() <= 2.5 / 32768
    assert result.report["takes"][0]["loudness"]["after"]["integrated_lufs"] == pytest.approx(-23, abs=0.06)


@pytest.mark.slow
def test_notes_of_a_sound_file(run: Run, tmp_path: Path) -> None:
    run(stems=STEMS, takes=2)
    mix, stem = (wavinfo.WavInfoReader(str(tmp_path / f"rate2398_{name}_t02.wav")) for name in ("mmhnet", "bell"))
    assert mix.bext.description == "FEETHmn_footsteps rain a bell_mmhnet_rate2398: footsteps; rain; a bell"
    assert mix.bext.loudness_value == pytest.approx(-23, abs=0.06)
    assert mix.bext.max_true_peak <= -1
    assert stem.bext.description == "BELLLrg_a bell_mmhnet_rate2398: a bell"
    parts = {part.tag: part.text for part in ElementTree.fromstring(stem.ixml.source).findall("ASWG/*")}
    assert parts == {"catId": "BELLLrg", "fxName": "a bell", "creatorId": "mmhnet", "sourceId": "rate2398"}
    assert (stem.ixml.scene, stem.ixml.take) == ("rate2398", "2")
    assert ElementTree.fromstring(stem.ixml.source).findtext("USER/SEED") == "4"
    assert ElementTree.fromstring(stem.ixml.source).findtext("USER/PROMPT") == "a bell"


@pytest.mark.slow
def test_hits_are_cue_points(run: Run, tmp_path: Path) -> None:
    hits = (Hit(Fraction("0.5")), Hit(Fraction(1), 0.25))
    run("a.wav", hits=hits, output=OutputOptions(handles_s=Fraction("0.25")))
    found = wavinfo.WavInfoReader(str(tmp_path / "a.wav")).cues
    assert [cue.position for cue in found.cues] == [36000, 60000]
    assert [label.text.rstrip("\0") for label in found.labels] == ["hit", "hit 0.25"]
    # Those of a track are in its file, those of all in the mix; what lies outside of the part is left out.
    cue = Cue(Fraction(0), Fraction(2), "knocking", hits=((Fraction(1), 1.0), (Fraction("0.25"), 1.0)))
    cues = (cue, replace(cue, track="amb", prompt="rain", hits=None))
    run("b.wav", stems=(Stem("fx", "knocking"), Stem("amb", "rain")), cues=cues, start=Fraction("0.5"))
    found = wavinfo.WavInfoReader(str(tmp_path / "b_fx.wav")).cues
    [cue_point], [label] = found.cues, found.labels
    assert (cue_point.position, label.text.rstrip("\0")) == (24000, "knocking")
    assert [cue.position for cue in wavinfo.WavInfoReader(str(tmp_path / "b.wav")).cues.cues] == [24000]
    assert b"cue " not in (tmp_path / "b_amb.wav").read_bytes()[:4000]


@pytest.mark.parametrize("marked", [True, False])
def test_files_say_that_a_model_made_them_unless_told_not_to(run: Run, tmp_path: Path, marked: bool) -> None:
    result = run("a.wav", "a.mkv", output=OutputOptions(marked=marked))
    with av.open(str(tmp_path / "a.mkv")) as film:
        comment = film.metadata.get("COMMENT", film.metadata.get("comment", ""))
    assert ("compositeWithTrainedAlgorithmicMedia" in comment) == marked
    content = (tmp_path / "a.wav").read_bytes()
    assert (b"digitalsourcetype/trainedAlgorithmicMedia" in content) == marked
    assert (b"AI-generated" in content) == marked
    types = {file["digital_source_type"] for file in result.report["takes"][0]["files"]}
    assert (types == {None}) != marked


@pytest.mark.slow
def test_the_film_s_own_sound_is_left_out_kept_or_mixed(run: Run, tmp_path: Path, make_film: MakeFilm) -> None:
    film = make_film("spoken.mp4", count=48, rate="24", audio="sine=frequency=1000:duration=2")
    tones = {}
    for original in ("replace", "keep", "mix"):
        run(f"{original}.mkv", film=film, output=OutputOptions(film=FilmOptions(original, audio_codec="flac")))
        with av.open(str(tmp_path / f"{original}.mkv")) as container:
            assert len(container.streams.audio) == (2 if original == "keep" else 1)
        samples, rate_hz = read_audio(tmp_path / f"{original}.mkv")
        assert samples.shape[1] == 96000
        spectrum = np.abs(np.fft.rfft(samples[0] * np.hanning(samples.shape[1])))
        around = round(1000 * samples.shape[1] / rate_hz)
        tones[original] = spectrum[around - 2 : around + 3].max() / np.sqrt(np.mean(spectrum**2))
    assert tones["mix"] > 5 * max(tones["replace"], tones["keep"])


@pytest.mark.slow
def test_a_repetition_is_the_same_to_the_bit(
    run: Run, tmp_path: Path, tiny_model: LoadedModel, tiny_model_dir: Path, make_film: MakeFilm
) -> None:
    stems = STEMS[::2]
    result = run("a.wav", "a.mov", stems=stems, takes=2, output=OutputOptions(handles_s=Fraction("0.25"), bits=16))
    film, again = make_film("rate2398.mp4", count=48, rate="24000/1001"), tmp_path / "again"
    # The report names a model in a folder by its last part: it may be elsewhere now.
    request = request_of(tmp_path / "a.json", film, "error", output_dir=again, model=str(tiny_model_dir))
    generate(prepare(request), tiny_model)
    first = {path.name: path.read_bytes() for path in result.files if path.suffix != ".json"}
    assert {
        path.name: path.read_bytes() for path in again.iterdir() if path.suffix not in (".json", ".latents")
    } == first
