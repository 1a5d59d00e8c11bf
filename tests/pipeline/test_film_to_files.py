import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from mmhnet_cli.errors import MMHNetError, OutputUnwritable
from mmhnet_cli.media.audio_file import read_audio
from mmhnet_cli.options import OutputOptions, SamplerOptions
from mmhnet_cli.pipeline.asking.names import Output
from mmhnet_cli.pipeline.asking.prepare import prepare
from mmhnet_cli.pipeline.asking.report_file import relative, to_json
from mmhnet_cli.pipeline.generate import generate
from mmhnet_cli.pipeline.making.load import LoadedModel
from mmhnet_cli.pipeline.request import GenerateRequest

REPORT_KEYS = {
    "schema": int,
    "tool": {"name": str, "version": str},
    "model": {
        "name": str,
        "licence": str,
        "commercial_use": type(None),
        "sha256": {"config.json": str, "network.safetensors": str, "codec.safetensors": str, "words.safetensors": str},
    },
    "fingerprint": str,
    "source": {"file": str, "sha256": str},
    "film": dict,
    "request": dict,
    "range": {"start_s": str, "end_s": str},
    "timecode": {"start": type(None), "rate": type(None), "time_reference_samples": type(None)},
    "device": {"name": str, "dtype": str, "torch": str},
    "timings_s": dict,
    "sound": {"sample_rate_hz": int, "bits": int, "channels": str, "samples": int, "handle_samples": int},
    "seen": list,
    "understood": dict,
    "warnings": {
        "timecode": list,
        "unknown_words": list,
        "beyond": list,
        "makes": list,
        "ignored": list,
        "unnamed": list,
        "unseen": list,
        "quiet": list,
    },
    "takes": list,
}
TAKE_KEYS = {
    "take": int,
    "seeds": {"mmhnet": int},
    "loudness": {
        "target": dict,
        "before": dict,
        "after": dict,
        "gain": {"db": float, "limited_by": str, "short_db": float, "max_reduction_db": float, "limited_share": float},
    },
    "files": list,
}


@pytest.fixture
def request_for(make_film: Callable[..., Path], tiny_model_dir: Path) -> Callable[..., GenerateRequest]:
    film = make_film("rate2398.mp4", count=48, rate="24000/1001")

    def make(*outputs: Path, **more: object) -> GenerateRequest:
        return GenerateRequest(
            film, model=str(tiny_model_dir), sampler=SamplerOptions(steps=1), outputs=outputs, cache_gb=1, **more
        )

    return make


def assert_schema(value: object, schema: object) -> None:
    if isinstance(schema, dict):
        assert isinstance(value, dict)
        assert value.keys() == schema.keys()
        for key, inner in schema.items():
            assert_schema(value[key], inner)
    else:
        assert isinstance(value, schema)


def test_report_says_everything(
    request_for: Callable[..., GenerateRequest], tiny_model: LoadedModel, tmp_path: Path
) -> None:
    result = generate(prepare(request_for(tmp_path / "a.wav", tmp_path / "a.mp4", prompt="rain")), tiny_model)
    assert result.files == (tmp_path / "a.wav", tmp_path / "a.mp4", tmp_path / "a.json")
    report = json.loads((tmp_path / "a.json").read_text())
    assert report == result.report
    assert_schema(report, REPORT_KEYS)
    [take] = report["takes"]
    assert_schema(take, TAKE_KEYS)
    assert report["schema"] == 2
    # No path of this machine, so that the report can travel with the sound.
    assert str(tmp_path) not in (tmp_path / "a.json").read_text()
    ends = [file["digital_source_type"].rsplit("/", 1)[1] for file in report["takes"][0]["files"]]
    assert ends == ["trainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia"]


def test_written_sound_measures_as_reported(
    request_for: Callable[..., GenerateRequest], tiny_model: LoadedModel, tmp_path: Path
) -> None:
    result = generate(prepare(request_for(tmp_path / "a.wav")), tiny_model)
    samples, rate_hz = read_audio(tmp_path / "a.wav")
    assert (rate_hz, samples.shape) == (48000, (1, 96096))
    peak = 20 * np.log10(np.abs(samples).max())
    assert peak == pytest.approx(result.report["takes"][0]["loudness"]["after"]["sample_peak_dbfs"], abs=0.01)
    before, after = (result.report["takes"][0]["loudness"][when]["integrated_lufs"] for when in ("before", "after"))
    assert after - before == pytest.approx(result.report["takes"][0]["loudness"]["gain"]["db"], abs=0.02)


def test_skipping_is_decided_before_the_model(request_for: Callable[..., GenerateRequest], tmp_path: Path) -> None:
    (tmp_path / "a.wav").touch()
    job = prepare(request_for(tmp_path / "a.wav", tmp_path / "b.wav", output=OutputOptions(on_exists="skip")))
    assert (job.outputs, job.existing) == ((Output(tmp_path / "b.wav"),), (tmp_path / "a.wav",))
    assert job.report == tmp_path / "a.json"


def test_a_part_is_exact(request_for: Callable[..., GenerateRequest], tmp_path: Path) -> None:
    job = prepare(request_for(tmp_path / "a.wav", start=Fraction(1, 3), end=Fraction(2)))
    assert job.duration == Fraction(5, 3)


def test_failure_while_writing_leaves_nothing(
    request_for: Callable[..., GenerateRequest],
    tiny_model: LoadedModel,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(path: Path, *arguments: object) -> None:
        path.write_bytes(b"half")
        raise OutputUnwritable(path, "no space")

    monkeypatch.setattr("mmhnet_cli.pipeline.delivery.files.write_waves", full)
    with pytest.raises(OutputUnwritable) as failure:
        generate(prepare(request_for(tmp_path / "a.mp4")), tiny_model)
    assert failure.value.path == tmp_path / "a.mp4"
    assert list(tmp_path.iterdir()) == []


def test_all_problems_at_once(tmp_path: Path) -> None:
    bad = GenerateRequest(tmp_path / "no.mp4", model="none", outputs=(tmp_path / "a.mp3", tmp_path / "x" / "b.wav"))
    with pytest.raises(ExceptionGroup) as caught:
        prepare(bad)
    assert [type(error).__name__ for error in caught.value.exceptions] == [
        "FilmNotFound",
        "UnknownModel",
        "BadOption",
        "OutputUnwritable",
    ]
    assert all(isinstance(error, MMHNetError) for error in caught.value.exceptions)


def test_report_is_json_and_nothing_else() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        to_json({"loudness": float("-inf")})
    assert json.loads(to_json({"file": "caf\udce9.wav", "prompt": "雨"})) == {"file": "caf\udce9.wav", "prompt": "雨"}
    assert "雨".encode() in to_json({"prompt": "雨"})


def test_report_names_files_without_folders_of_the_user(tmp_path: Path) -> None:
    assert relative(tmp_path / "a" / "b.wav", tmp_path) == "a/b.wav"
    assert relative(tmp_path / "elsewhere" / "film.mp4", tmp_path / "here") == "film.mp4"
