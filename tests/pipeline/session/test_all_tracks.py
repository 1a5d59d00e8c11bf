"""All tracks of a take in one file: a polyphonic WAV, and a film."""

import shutil
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree

import av
import numpy as np
import pytest
import soundfile
from wavinfo import WavInfoReader

from mmhnet_cli.errors import AudioUnreadable, BadOption, OutputExists
from mmhnet_cli.media.audio_file import read_audio, write_wav
from mmhnet_cli.media.probe import probe
from mmhnet_cli.options import GenerateRequest, OutputOptions, SamplerOptions, Stem
from mmhnet_cli.pipeline.asking.prepare import prepare
from mmhnet_cli.pipeline.generate import generate
from mmhnet_cli.pipeline.making.load import LoadedModel, load_model
from mmhnet_cli.pipeline.session.export import export_report
from tests.conftest import MakeFilm

RATE_HZ = 48000
HOUR = 3600 * RATE_HZ
STEMS = (Stem("fx", "door"), Stem("amb", "rain"))


def made(film: Path, model: Path, loaded: LoadedModel, folder: Path, **more: object) -> Path:
    """Copy a film to a folder, make its sound there, and give the report."""
    shutil.copy(film, folder / film.name)
    said = {"model": str(model), "sampler": SamplerOptions(steps=1), "output_dir": folder, **more}
    return generate(prepare(GenerateRequest(folder / film.name, **said)), loaded).files[-1]


@pytest.fixture(scope="module")
def report(make_film: MakeFilm, tiny_model_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two takes of two stems for a part of a film with timecode, with handles."""
    film = make_film("reel.mov", count=75, rate="25", audio="sine=d=3", output=["-timecode", "01:00:00:00"])
    options = OutputOptions(handles_s=Fraction(1, 2), channels="stereo")
    loaded = load_model(prepare(GenerateRequest(film, model=str(tiny_model_dir))).model, "cpu")
    folder = tmp_path_factory.mktemp("reel")
    range_ = {"start": Fraction(1), "end": Fraction(2)}
    return made(film, tiny_model_dir, loaded, folder, stems=STEMS, takes=2, output=options, **range_)


def test_one_wav_file_with_all_tracks(report: Path) -> None:
    path, _ = export_report(report, "poly", take=2)
    assert path == report.with_name("reel_mmhnet_poly.wav")
    codes, _ = soundfile.read(path, dtype="int32", always_2d=True)
    parts = [soundfile.read(report.with_name(f"reel_{name}_t02.wav"), dtype="int32")[0] for name in ("fx", "amb")]
    assert np.array_equal(codes, np.concatenate(parts, axis=1)), "the very same samples"
    told = WavInfoReader(str(path))
    assert told.bext.time_reference == HOUR + RATE_HZ // 2
    names = [one.text for one in ElementTree.fromstring(told.ixml.source).iterfind("TRACK_LIST/TRACK/NAME")]
    assert names == ["fx L", "fx R", "amb L", "amb R"]
    assert "trainedAlgorithmicMedia" in ElementTree.fromstring(told.ixml.source).findtext("USER/COMMENT", "")
    with pytest.raises(OutputExists):
        export_report(report, "poly")
    first, _ = export_report(report, "poly", replace=True)
    assert not np.array_equal(soundfile.read(first, dtype="int32")[0], codes)


def test_the_film_with_all_tracks(report: Path) -> None:
    told: list[tuple[int, int]] = []
    path, session = export_report(report, "mov", progress=lambda stage, done, total: told.append((done, total)))
    assert path == report.with_name("reel_mmhnet_tracks.mov")
    film = probe(path)
    assert (str(film.timecode.start), film.frame_count, len(film.audio)) == ("01:00:00:00", 75, 3)
    with av.open(str(path)) as opened, av.open(str(session.film.path)) as source:
        sounds = opened.streams.audio
        assert [sound.metadata["handler_name"] for sound in sounds] == ["mix", "fx", "amb"]
        assert [bool(sound.disposition.value & 1) for sound in sounds] == [True, False, False]
        pictures = [[bytes(packet) for packet in one.demux(video=0)] for one in (opened, source)]
        assert pictures[0] == pictures[1], "the picture as it is"
    for number, name in enumerate(("mmhnet", "fx", "amb")):
        with av.open(str(path)) as opened:
            heard = np.concatenate([f.to_ndarray() for f in opened.decode(audio=number)], axis=1).reshape(-1, 2).T
        whole = soundfile.read(report.with_name(f"reel_{name}_t01.wav"), dtype="int32")[0].T
        assert heard.shape == (2, 3 * RATE_HZ)
        assert np.array_equal(heard[:, RATE_HZ // 2 : -RATE_HZ // 2], whole), "with handles, for they are under picture"
        assert not heard[:, : RATE_HZ // 2].any() and not heard[:, -RATE_HZ // 2 :].any()
    assert told[0] == (0, 100) and told[-1] == (100, 100)
    assert sorted(one.name for one in path.parent.iterdir() if one.name.startswith(".mmhnet")) == []


def test_what_cannot_be_handed_over_so(report: Path, tmp_path: Path) -> None:
    with pytest.raises(BadOption, match="take"):
        export_report(report, "poly", tmp_path / "a.wav", take=3)
    with pytest.raises(BadOption, match=r"ends in \.wav"):
        export_report(report, "poly", tmp_path / "a.mov")
    with pytest.raises(BadOption, match="another file than the film"):
        export_report(report, "mov", report.with_name("reel.mov"), replace=True)
    folder = tmp_path / "short"
    shutil.copytree(report.parent, folder)
    sound, _ = read_audio(folder / "reel_amb_t01.wav")
    write_wav(folder / "reel_amb_t01.wav", sound[:, :-7], RATE_HZ)
    with pytest.raises(AudioUnreadable, match="samples that its report says"):
        export_report(folder / report.name, "poly", tmp_path / "b.wav")
    assert not (tmp_path / "b.wav").exists()
