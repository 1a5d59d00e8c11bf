"""Clips that are music alone are left out, where a network says so."""

import csv
import json
from pathlib import Path

import pytest
import torch

from mmhnet_cli.cli.app import main
from mmhnet_cli.hearing.music import MUSIC
from mmhnet_cli.hearing.panns import Cnn14
from mmhnet_cli.training.films.index import read_index
from mmhnet_cli.training.films.journal import JOURNAL_FILE
from tests.conftest import MakeFilm
from tests.tiny_model import tiny_model_dir
from tests.training.films.test_prepare import spoken

__all__ = ["tiny_model_dir"]


def write_loud_is_music(path: Path) -> None:
    """CNN14 at its public size, to which what is loud is music: one channel brings the level through, all else is 0."""
    with torch.device("meta"):
        network = Cnn14()
    tensors = {key: torch.zeros(value.shape, dtype=value.dtype) for key, value in network.state_dict().items()}
    for key, value in tensors.items():
        if key.endswith(("running_var", "bn0.weight", "bn1.weight", "bn2.weight")):
            value.fill_(1)
        if ".conv" in key and key.endswith("weight") and value.dim() == 4:
            value[0, 0, 1, 1] = 1
    tensors["bn0.bias"].fill_(100)  # dB: what is above -100 dB passes the ReLU.
    tensors["fc1.weight"][0, 0] = 1
    tensors["fc_audioset.weight"][MUSIC, 0] = 1
    tensors["fc_audioset.bias"].fill_(-20)
    tensors["fc_audioset.bias"][MUSIC] = -100
    torch.save({"model": {**tensors, "logmel_extractor.melW": torch.zeros(257, 64)}}, path)


@pytest.mark.slow  # A file of 0.3 GB is written, and read twice.
def test_what_is_music_alone_is_left_out(
    make_film: MakeFilm, tiny_model_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    films, data, network = tmp_path / "films", tmp_path / "data", tmp_path / "Cnn14_16k.pth"
    loud = "aevalsrc='0.5*random(0)-0.25':s=44100:d=8"
    spoken(make_film, films, "score.mp4", 8, loud)
    spoken(make_film, films, "steps.mp4", 8, "sine=440:d=8,volume=0.02")
    write_loud_is_music(network)
    given = ["train", "prepare", str(films), "--out", str(data), "-m", str(tiny_model_dir), "--jobs", "1"]
    assert main([*given, "--skip-music", str(network)]) == 0
    # 0.3 GB that pytest would keep.
    network.unlink()
    assert [Path(film.path).name for film in read_index(data).films] == ["steps.mp4"]
    with (data / "left_out.csv").open(encoding="utf-8", newline="") as file:
        assert [(Path(row["film"]).name, row["reason"]) for row in csv.DictReader(file)] == [
            ("score.mp4", "music alone")
        ]
    head = json.loads((data / JOURNAL_FILE).read_text("utf-8").splitlines()[0])
    assert len(head["choices"]["music"]) == 64
    capsys.readouterr()
    assert main(given) != 0 and "choices" in capsys.readouterr().err, "clips of one folder are chosen in one way"


def test_another_network_hears_no_music(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = ["train", "prepare", str(tmp_path), "--out", str(tmp_path / "data"), "--skip-music"]
    (tmp_path / "a.mp4").write_bytes(b"")
    assert main([*given, str(tmp_path / "gone.pth")]) == 2
    assert "PANNs' CNN14" in capsys.readouterr().err
    torch.save({"a": torch.ones(2)}, tmp_path / "other.pth")
    assert main([*given, str(tmp_path / "other.pth")]) == 5
    assert not (tmp_path / "data").exists()
