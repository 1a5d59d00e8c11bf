"""Sounds without a film: which words they come with, and how the network is told that it sees nothing."""

import csv
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile

from mmhnet_cli.cli.app import main
from mmhnet_cli.media.audio_file import write_wav
from mmhnet_cli.media.broadcast_wave import WaveNotes
from mmhnet_cli.media.sound_words import said_in
from mmhnet_cli.training.films.batches import FilmBatches
from mmhnet_cli.training.films.captions import caption, named
from mmhnet_cli.training.films.config import read_run_config
from mmhnet_cli.training.films.index import read_index
from tests.tiny_model import tiny_model_dir

__all__ = ["tiny_model_dir"]


@pytest.mark.parametrize(
    ("stem", "words"),
    [
        ("RAINMetl_Heavy Rain On A Tin Roof_ME_LIB", "heavy rain on a tin roof"),
        ("THUN_CloseClapThenRumble_ME_LIB", "thunder, close clap then rumble"),
        ("DOORWood_CreakSlow01_ME_LIB_take2", "door, creak slow"),
        ("VEHSirn_Passing_ME_LIB", "siren, passing"),
        ("my_own_name_here", ""),
        ("RAIN", ""),
        ("RAIN_heavy", ""),
        ("XYZZy_Heavy_ME_LIB", ""),
    ],
)
def test_names_of_the_category_system_are_words(stem: str, words: str) -> None:
    assert named(stem) == words


def noise(seconds: float, rate_hz: int = 44100) -> np.ndarray:
    return np.random.default_rng(0).normal(0, 0.1, (1, round(seconds * rate_hz))).astype(np.float32)


def with_ixml(path: Path, text: bytes) -> Path:
    """A WAV file whose iXML is `text`."""
    write_wav(path, noise(0.1), 44100)
    content = path.read_bytes()
    path.write_bytes(
        content[:12] + struct.pack("<4sI", b"iXML", len(text)) + text + bytes(len(text) % 2) + content[12:]
    )
    return path


def test_what_a_sound_says_of_itself(tmp_path: Path) -> None:
    """iXML before bext and tags, before the name; what is no description counts as none."""
    name = tmp_path / "RAIN_Drizzle_ME_LIB.wav"
    assert (
        caption(with_ixml(name, b"<BWFXML><USER><DESCRIPTION>soft\n rain</DESCRIPTION></USER></BWFXML>")) == "soft rain"
    )
    write_wav(name, noise(0.1), 44100, notes=WaveNotes(description="rain on leaves"))
    assert caption(name) == "rain on leaves"
    write_wav(name, noise(0.1), 44100)
    assert caption(name) == "rain, drizzle"
    flac = tmp_path / "a.flac"
    with soundfile.SoundFile(flac, "w", 44100, 1) as file:
        file.comment = "a door"
        file.write(noise(0.1)[0])
    assert caption(flac) == "a door"
    bomb = b'<!DOCTYPE a [<!ENTITY b "cc"><!ENTITY d "&b;&b;">]><BWFXML><NOTE>&d;</NOTE></BWFXML>'
    assert said_in(with_ixml(tmp_path / "bomb.wav", bomb)) == ""
    assert said_in(with_ixml(tmp_path / "half.wav", b"<BWFXML><NOTE>rain")) == ""
    long = with_ixml(tmp_path / "long.wav", b"<BWFXML></BWFXML>")
    long.write_bytes(long.read_bytes().replace(struct.pack("<4sI", b"iXML", 17), struct.pack("<4sI", b"iXML", 1 << 31)))
    assert said_in(long) == ""
    assert said_in(tmp_path / "none.wav") == ""


def test_sounds_are_prepared_with_the_empty_picture(
    tiny_model_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sounds, data = tmp_path / "sounds", tmp_path / "data"
    sounds.mkdir()
    write_wav(sounds / "RAIN_Drizzle_ME_LIB.wav", noise(12.5, 48000), 48000)
    write_wav(sounds / "nameless.wav", noise(9), 44100)
    write_wav(sounds / "THUN_Short_ME_LIB.wav", noise(3), 44100)
    (sounds / "WIND_Broken_ME_LIB.flac").write_bytes(b"fLaC" + bytes(100))
    assert main(["train", "prepare", str(sounds), "--out", str(data), "-m", str(tiny_model_dir), "-j", "1"]) == 0
    index = read_index(data)
    assert [(Path(film.path).name, film.prompt, film.blind) for film in index.films] == [
        ("RAIN_Drizzle_ME_LIB.wav", "rain, drizzle", True)
    ]
    assert [clip.start_s for clip in index.clips] == [0, 4]
    with (data / "left_out.csv").open(encoding="utf-8", newline="") as file:
        why = {Path(row["film"]).stem: row["reason"] for row in csv.DictReader(file)}
    assert "nothing says in words what it is" in why.pop("nameless")
    assert "WIND_Broken_ME_LIB" in why.pop("WIND_Broken_ME_LIB")
    assert why == {"THUN_Short_ME_LIB": "3.00 s of film, a clip has 8 s"}
    config = read_run_config("mini")[0]
    batch = FilmBatches(data, index, config, 1)(0)
    assert bool(batch.drop_video.all()) and not bool(batch.drop_text.all())
    capsys.readouterr()
