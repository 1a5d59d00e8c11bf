"""A film that is too long to be sampled at once: in pieces, whose sound lies on disk, and the same to the sample."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from mmhnet_cli.media.audio_file import read_audio
from mmhnet_cli.options import LOUDNESS_TARGETS, OutputOptions, SamplerOptions
from mmhnet_cli.pipeline.asking import pieces
from mmhnet_cli.pipeline.asking.prepare import prepare
from mmhnet_cli.pipeline.generate import encode, generate, render
from mmhnet_cli.pipeline.making.held import HeldSound
from mmhnet_cli.pipeline.making.load import LoadedModel
from mmhnet_cli.pipeline.making.stages import Stages
from mmhnet_cli.pipeline.request import GenerateRequest
from tests.conftest import MakeFilm


@pytest.fixture(autouse=True)
def long_from_two_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seconds in (
        ("ONE_PIECE_S", 1),
        ("MOST_AT_ONCE_S", 2),
        ("LONG_PIECE_S", 1),
        ("CONTEXT_S", Fraction(1, 2)),
    ):
        monkeypatch.setattr(pieces, name, Fraction(seconds))


@pytest.mark.slow
def test_its_sound_lies_on_disk(
    make_film: MakeFilm, tiny_model: LoadedModel, tiny_model_dir: Path, tmp_path: Path
) -> None:
    output = OutputOptions(loudness=LOUDNESS_TARGETS["off"], bits=32)
    found = {}
    for mode in ("whole", "half"):
        job = prepare(
            GenerateRequest(
                make_film("long.mp4", count=72, rate="24"),
                model=str(tiny_model_dir),
                sampler=SamplerOptions(steps=2),
                end=None if mode == "whole" else Fraction(7, 4),
                output=output,
                outputs=(tmp_path / f"{mode}.wav",),
            )
        )
        assert [piece.begin for piece in job.pieces] == [0, Fraction(1, 2), Fraction(3, 2)][
            : 3 if mode == "whole" else 2
        ]
        stages = Stages(tiny_model.device, lambda *told: None)
        encoded = encode(job, tiny_model, tiny_model.load_encoders(), stages, lambda *told: None)
        sound = render(job, tiny_model, encoded, 0, stages).sounds[0]
        assert isinstance(sound, HeldSound)
        generate(job, tiny_model)
        found[mode] = read_audio(tmp_path / f"{mode}.wav")[0]
        assert found[mode].shape[1] == sound.shape[1] == (144000 if mode == "whole" else 84000)
        # Its ends are faded.
        np.testing.assert_array_equal(
            np.broadcast_to(sound[:, 240:80000], found[mode][:, 240:80000].shape), found[mode][:, 240:80000]
        )
        assert np.abs(sound[:, 240:]).max() > 1e-4
    np.testing.assert_array_equal(found["whole"][:, 240:83000], found["half"][:, 240:83000])
