"""A part of a film with its sound as a film of its own."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from mmhnet_cli.media.audio_file import read_audio
from mmhnet_cli.media.probe import probe
from mmhnet_cli.options import FilmOptions, GenerateRequest, OutputOptions, SamplerOptions
from mmhnet_cli.pipeline.asking.prepare import prepare
from mmhnet_cli.pipeline.generate import generate
from mmhnet_cli.pipeline.making.load import LoadedModel
from tests.conftest import MakeFilm, read_number


@pytest.mark.slow
@pytest.mark.parametrize("original", ["replace", "mix"])
def test_picture_and_sound_of_a_part(
    make_film: MakeFilm, tiny_model: LoadedModel, tiny_model_dir: Path, tmp_path: Path, original: str
) -> None:
    said = ["-timecode", "01:00:00:00"]
    film = make_film("spoken.mov", count=75, rate="25", audio="sine=d=3", output=said, size=(320, 180))
    outputs = (tmp_path / "shot.mov", tmp_path / "shot.wav")
    options = OutputOptions(handles_s=Fraction(1, 2), film=FilmOptions(original=original, burn_in=original == "mix"))
    asked = GenerateRequest(
        film,
        "rain",
        start="01:00:01:00",
        end="01:00:02:00",
        model=str(tiny_model_dir),
        sampler=SamplerOptions(steps=1),
        output=options,
        outputs=outputs,
    )
    told: list[tuple[str, int, int]] = []
    result = generate(prepare(asked), tiny_model, lambda *step: told.append(step))
    assert result.files == (*outputs, tmp_path / "shot.json")
    made = probe(outputs[0])
    assert (made.frame_count, str(made.timecode.start)) == (25, "01:00:01:00")
    with av.open(str(outputs[0])) as opened:
        numbers = [read_number(frame.to_ndarray(format="rgb24")) for frame in opened.decode(video=0)]
    assert numbers == list(range(25, 50))
    heard, whole = read_audio(outputs[0])[0], read_audio(outputs[1])[0]
    assert heard.shape == (2, 48000)
    assert whole.shape[1] == 96000, "handles are in WAV files alone"
    inside = slice(1000, 47000)
    same = np.allclose(heard[:, inside], whole[:, 24000:72000][:, inside], atol=2e-7)
    assert same == (original == "replace")
    assert ("write", 100, 100) in told
