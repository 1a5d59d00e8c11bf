"""Films become clips to train on: what is taken, what is left out and told, and nothing done twice."""

import csv
import json
import shutil
import subprocess
import sys
from fractions import Fraction
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from mmhnet_cli.cli.app import main
from mmhnet_cli.encoders.extract import picture_features
from mmhnet_cli.encoders.meaning import CLIP_DIM, SYNC_DIM, TEXT_DIM
from mmhnet_cli.errors import OutputUnwritable, TrainingInvalid
from mmhnet_cli.media.ffmpeg import find_ffmpeg
from mmhnet_cli.media.frames import read_frames
from mmhnet_cli.media.original_sound import original_parts, read_original
from mmhnet_cli.media.probe import probe
from mmhnet_cli.models.checkpoint import read_tensors
from mmhnet_cli.models.registry import find_model
from mmhnet_cli.processes import Processes
from mmhnet_cli.training.films.index import check_shards, read_index
from mmhnet_cli.training.films.journal import JOURNAL_FILE
from mmhnet_cli.training.films.making import Choices, Film
from mmhnet_cli.training.films.parts import load_parts
from mmhnet_cli.training.films.prepare import Preparing, prepare
from tests.conftest import MakeFilm, RunFfmpeg
from tests.full_disk import files_of_at_most
from tests.tiny_model import LATENT_CHANNELS, tiny_model_dir
from tests.tiny_public_model import write_tiny_public_model

__all__ = ["tiny_model_dir"]

ROOT = Path(__file__).parents[3]


def spoken(make_film: MakeFilm, folder: Path, name: str, seconds: int, sound: str | None) -> Path:
    """A film of 5 pictures a second in `folder`, copied, so that nothing lies beside it that is not meant."""
    film = make_film(name, count=5 * seconds, rate="5", audio=sound)
    folder.mkdir(exist_ok=True)
    return shutil.copyfile(film, folder / name)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def preparing(model: Path, **changes: object) -> Preparing:
    files = find_model(str(model))
    return Preparing(files, "cpu", find_ffmpeg(), str, model=str(model), **changes)  # type: ignore[arg-type]


@pytest.mark.slow
def test_films_of_a_list(
    make_film: MakeFilm, tiny_model_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One clip is prepared; each film that gives none has one row that says why."""
    films, data = tmp_path / "films", tmp_path / "data"
    spoken(make_film, films, "good.mp4", 9, "sine=440:d=9")
    spoken(make_film, films, "short.mp4", 3, "sine=440:d=3")
    spoken(make_film, films, "mute.mp4", 9, None)
    spoken(make_film, films, "silent.mp4", 8, "anullsrc=d=8")
    (films / "broken.mp4").write_bytes((films / "good.mp4").read_bytes()[:300])
    sheet = "film,licence\ngood.mp4,CC0-1.0\nshort.mp4,\nmute.mp4,\nsilent.mp4,\nbroken.mp4,\ngone.mp4,\n"
    (films / "list.csv").write_text(sheet)
    (films / "good.txt").write_text("heavy rain\n")
    given = [
        "train",
        "prepare",
        str(films / "list.csv"),
        "--out",
        str(data),
        "-m",
        str(tiny_model_dir),
        "--json",
        "-j",
        "1",
    ]
    assert main([*given, "--licence", "own"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert {key: record[key] for key in ("films", "clips", "left_out", "licences")} == {
        "films": 1,
        "clips": 1,
        "left_out": 6,
        "licences": {"CC0-1.0": 1},
    }
    why = {Path(row["film"]).stem: row["reason"] for row in rows_of(data / "left_out.csv")}
    assert why.pop("broken").startswith(f"{films / 'broken.mp4'} cannot be read as a film")
    assert why.pop("gone") == f"There is no film at {films / 'gone.mp4'}."
    assert why == {
        "good": "the last 1.00 s, a clip has 8 s",
        "short": "3.00 s of film, a clip has 8 s",
        "mute": f"{films / 'mute.mp4'} holds no sound that can be read: it has no sound.",
        "silent": "silence",
    }
    index = read_index(data)
    check_shards(data, index)
    assert [(film.prompt, film.licence) for film in index.films] == [("heavy rain", "CC0-1.0")]
    assert index.clips[0].lufs == pytest.approx(-21, abs=3)
    tensors, _ = read_tensors(data / index.shards[0].file)
    assert {name: tuple(value.shape) for name, value in tensors.items()} == {
        "latents": (1, 173, LATENT_CHANNELS),
        "clip": (1, 64, CLIP_DIM),
        "sync": (1, 200, SYNC_DIM),
        "text": (1, 2, TEXT_DIM),
        "words": (1,),
    }
    assert all(value.isfinite().all() for value in tensors.values())
    assert list((data / "clips").iterdir()) == []
    # The same again, under another licence: nothing is made, and the index says so.
    before = (data / JOURNAL_FILE).read_bytes()
    (films / "list.csv").write_text("film,licence\ngood.mp4,CC-BY-4.0\n")
    assert main(given) == 0
    assert (data / JOURNAL_FILE).read_bytes() == before
    assert read_index(data).licences() == {"CC-BY-4.0": 1}


KILLED = """
import os, signal, sys
from pathlib import Path
from dataclasses import replace
from tests.training.films.test_prepare import Film, prepare, preparing
model, out, *films = map(Path, sys.argv[1:])
def die(done, total):
    if done == 1:
        os.kill(os.getpid(), signal.SIGKILL)
prepare([Film(film) for film in films], replace(preparing(model), progress=die), out)
"""


@pytest.mark.processes
def test_a_killed_prepare_goes_on(make_film: MakeFilm, tiny_model_dir: Path, tmp_path: Path) -> None:
    folder = tmp_path / "films"
    films = [spoken(make_film, folder, f"{tone}.mp4", 8, f"sine={tone}:d=8") for tone in (300, 700)]
    ran = subprocess.run(
        [sys.executable, "-c", KILLED, tiny_model_dir, tmp_path / "cut", *films], cwd=ROOT, check=False
    )
    assert ran.returncode == -9
    [kept] = (tmp_path / "cut" / "clips").iterdir()
    made = kept.read_bytes()
    with (tmp_path / "cut" / JOURNAL_FILE).open("a") as file:
        file.write('{"kind": "stretch", "film": "half a li')
    (tmp_path / "cut" / "clips" / "a-000001.safetensors.part").write_bytes(b"half")
    with pytest.raises(TrainingInvalid, match="none: preparing has not come to its end"):
        read_index(tmp_path / "cut")
    seen: list[bytes] = []

    def look(done: int, total: int) -> None:
        if done < total:
            seen.append(kept.read_bytes())

    listed = [Film(film) for film in films]
    work = preparing(tiny_model_dir, shard_bytes=1 << 30, progress=look)
    index, left_out = prepare(listed, work, tmp_path / "cut")
    assert (seen, left_out) == ([made, made], 0)
    whole, _ = prepare(listed, preparing(tiny_model_dir, shard_bytes=1), tmp_path / "whole")
    assert (len(index.shards), len(whole.shards)) == (1, 2)
    ours = read_tensors(tmp_path / "cut" / index.shards[0].file)[0]
    theirs = [read_tensors(tmp_path / "whole" / shard.file)[0] for shard in whole.shards]
    for name in ("latents", "clip", "sync"):
        assert torch.equal(ours[name], torch.cat([tensors[name] for tensors in theirs]))


def test_what_is_in_the_way_is_told(tiny_model_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder of other things, a model that is another one, a list with a wrong column, no films, no folder."""
    films, other = tmp_path / "films", tmp_path / "other"
    films.mkdir()
    other.mkdir()
    (other / "thesis.txt").write_text("mine")
    (films / "none.mp4").write_bytes(b"nothing")
    (films / "list.csv").write_text("film,words\nnone.mp4,rain\n")

    def said(*words: str) -> tuple[int, str]:
        code = main(["train", "prepare", *words, "-m", str(tiny_model_dir), "--jobs", "1"])
        return code, capsys.readouterr().err

    code, err = said(str(films), "--out", str(other))
    assert code == 7
    assert "other is already there" in err
    code, err = said(str(films / "list.csv"), "--out", str(tmp_path / "data"))
    assert code == 2
    assert "there is no 'words'" in err
    code, err = said(str(films), "--out", str(tmp_path / "data"))
    assert code == 4
    assert "None of the films has 8 seconds" in err
    assert len(rows_of(tmp_path / "data" / "left_out.csv")) == 1
    code, err = said(str(films))
    assert code == 2
    assert "--out" in err
    journal = tmp_path / "data" / JOURNAL_FILE
    journal.write_text(journal.read_text().replace('"format": 2', '"format": 3'))
    code, err = said(str(films), "--out", str(tmp_path / "data"))
    assert code == 4
    assert "format should be 2, found 3" in err


@pytest.mark.slow
def test_public_parts_prepare_films_too(make_film: MakeFilm, tmp_path: Path) -> None:
    film = spoken(make_film, tmp_path / "films", "a.mp4", 8, "sine=300:d=8")
    (tmp_path / "model").mkdir()
    model = write_tiny_public_model(tmp_path / "model")
    index, _ = prepare([Film(film, "a tone")], preparing(model), tmp_path / "data")
    check_shards(tmp_path / "data", index)
    tensors, _ = read_tensors(tmp_path / "data" / index.shards[0].file)
    assert {name: tuple(value.shape)[1:] for name, value in tensors.items()} == {
        "latents": (250, 6),
        "clip": (64, 20),
        "sync": (192, 24),
        "text": (77, 16),
        "words": (),
    }


def test_sound_in_parts_is_the_sound(make_film: MakeFilm, tmp_path: Path) -> None:
    film = probe(spoken(make_film, tmp_path / "films", "a.mp4", 3, "sine=300:d=2.5"))
    whole = read_original(film, 16000, 48000, find_ffmpeg())
    parts = list(original_parts(film, 16000, 7000, find_ffmpeg()))
    joined = np.concatenate(parts, axis=1)
    assert joined.shape[1] % 7000 == 0
    assert 40000 <= joined.shape[1] <= 47000
    assert np.array_equal(joined, whole[:, : joined.shape[1]])


def shots_film(make_film: MakeFilm, run_ffmpeg_program: RunFfmpeg, folder: Path) -> Path:
    """20 s of three pictures that have nothing in common: it cuts at 9.2 s and at 12 s."""
    sources = [f"testsrc=d={d}:s=192x128:r=25" if n % 2 else f"mandelbrot=s=192x128:r=25,trim=duration={d},loop=0"
               for n, d in enumerate((9.2, 2.8, 8))]  # fmt: skip
    folder.mkdir(exist_ok=True)
    inputs = [word for source in sources for word in ("-f", "lavfi", "-i", source)]
    run_ffmpeg_program(
        "-y", *inputs, "-f", "lavfi", "-i", "anoisesrc=d=20:a=0.3", "-filter_complex",
        "[0:v][1:v][2:v]concat=n=3:v=1:a=0[v]", "-map", "[v]", "-map", "3:a", "-shortest", folder / "shots.mp4",
    )  # fmt: skip
    return folder / "shots.mp4"


def tensors_of(data: Path) -> dict[str, torch.Tensor]:
    """What all shards of a folder hold, one after the other."""
    found = [read_tensors(data / shard.file)[0] for shard in read_index(data).shards]
    return {name: torch.cat([one[name] for one in found]) for name in ("latents", "clip", "sync")}


@pytest.mark.slow
def test_clips_are_what_the_film_is_told_as(
    make_film: MakeFilm, run_ffmpeg_program: RunFfmpeg, tiny_model_dir: Path, tmp_path: Path
) -> None:
    """Clips keep to the shots, and have the very values of the features of the whole film."""
    film = shots_film(make_film, run_ffmpeg_program, tmp_path / "films")
    index, left_out = prepare([Film(film, "rain")], preparing(tiny_model_dir), tmp_path / "data")
    assert [clip.start_s for clip in index.clips] == [0, 10]
    assert left_out == 2
    parts, info = load_parts(find_model(str(tiny_model_dir)), torch.device("cpu")), probe(film)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    whole = picture_features(parts.encoders, read_frames(info, Fraction(0), info.duration, parts.encoders.streams))
    torch.set_num_threads(threads)
    asked = parts.encoders.as_asked(whole, "rain").clip
    made = tensors_of(tmp_path / "data")
    for row, start in enumerate((0, 10)):
        assert np.array_equal(made["clip"][row].numpy(), asked[8 * start : 8 * start + 64])
        assert np.array_equal(made["sync"][row].numpy(), whole.sync[25 * start : 25 * start + 200])
    plain = preparing(tiny_model_dir, choices=Choices(cuts=False))
    assert [clip.start_s for clip in prepare([Film(film)], plain, tmp_path / "plain")[0].clips] == [0, 8, 12]
    with pytest.raises(TrainingInvalid, match="choices"):
        prepare([Film(film)], plain, tmp_path / "data")


def same_folders(first: Path, second: Path) -> None:
    names = sorted(path.name for path in first.iterdir() if path.is_file() and path.name != JOURNAL_FILE)
    assert names == sorted(path.name for path in second.iterdir() if path.is_file() and path.name != JOURNAL_FILE)
    for name in names:
        assert (first / name).read_bytes() == (second / name).read_bytes(), name


@pytest.mark.processes
@pytest.mark.slow
def test_jobs_change_nothing_and_one_that_dies_costs_its_film(
    make_film: MakeFilm, tiny_model_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two processes write the files of one; a process that is killed costs a row, and the next run makes it good."""
    folder = tmp_path / "films"
    tones = [(300, 8), (500, 13), (700, 3)]
    films = [Film(spoken(make_film, folder, f"{tone}.mp4", s, f"sine={tone}:d={s}"), "tone") for tone, s in tones]
    one, two = preparing(tiny_model_dir, shard_bytes=1), preparing(tiny_model_dir, shard_bytes=1, jobs=2)
    prepare(films, one, tmp_path / "one")
    start = Processes._start
    begun: list[SpawnProcess] = []

    def doomed(self: Processes[Any, Any]) -> object:
        process = start(self)
        begun.append(process.process)
        if len(begun) == 1:
            process.process.kill()
        return process

    prepare(films, two, tmp_path / "two")
    same_folders(tmp_path / "one", tmp_path / "two")
    monkeypatch.setattr(Processes, "_start", doomed)
    index, left_out = prepare(films, two, tmp_path / "lost")
    assert [Path(film.path).name for film in index.films] == ["500.mp4"]
    rows = {Path(row["film"]).name: row["reason"] for row in rows_of(tmp_path / "lost" / "left_out.csv")}
    assert "signal 9" in rows["300.mp4"] and left_out == 2
    index, left_out = prepare(films, one, tmp_path / "lost")
    assert (sorted(film.clips for film in index.films), left_out) == ([1, 2], 1)


@pytest.mark.slow
def test_a_full_disk_is_one_error(make_film: MakeFilm, tiny_model_dir: Path, tmp_path: Path) -> None:
    """What was done before stands, and the same command goes on."""
    film = Film(spoken(make_film, tmp_path / "films", "a.mp4", 8, "sine=300:d=8"), "a tone")
    work = preparing(tiny_model_dir)
    with files_of_at_most(20_000), pytest.raises(OutputUnwritable):
        prepare([film], work, tmp_path / "data")
    assert len(prepare([film], work, tmp_path / "data")[0].clips) == 1
