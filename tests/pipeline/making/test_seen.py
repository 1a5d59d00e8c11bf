"""What was seen in a film is kept: the same sound with and without, whatever lies in the cache."""

import os
import threading
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from mmhnet_cli.encoders import seen
from mmhnet_cli.encoders.protocol import Picture, Shot
from mmhnet_cli.encoders.seen import ABOUT, picture_as_bytes, read_picture
from mmhnet_cli.encoders.seen_cache import SeenCache
from mmhnet_cli.media.frames import FrameBatch, Lost
from mmhnet_cli.models.checkpoint import read_tensors, tensors_as_bytes
from mmhnet_cli.models.registry import find_model
from mmhnet_cli.options import OutputOptions, SamplerOptions
from mmhnet_cli.pipeline.asking.prepare import prepare
from mmhnet_cli.pipeline.generate import generate
from mmhnet_cli.pipeline.making.load import LoadedModel, load_model
from mmhnet_cli.pipeline.making.seen import sight_of
from mmhnet_cli.pipeline.request import GenerateRequest, Job
from tests.conftest import MakeFilm
from tests.tiny_model import tiny_model_dir
from tests.tiny_public_model import write_tiny_public_model

__all__ = ["tiny_model_dir"]

FORBIDDEN = "the film is read again"


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub" / "mmhnet" / "seen"


@pytest.fixture
def job(make_film: MakeFilm, tiny_model_dir: Path, tmp_path: Path) -> Job:
    return job_of(make_film("30.mp4", count=30), tiny_model_dir, tmp_path)


def job_of(film: Path, model: Path, folder: Path, cache_gb: float = 1.0) -> Job:
    request = GenerateRequest(
        film,
        "rain",
        model=str(model),
        device="cpu",
        sampler=SamplerOptions(steps=1),
        output=OutputOptions(on_exists="overwrite"),
        output_dir=folder,
        cache_gb=cache_gb,
    )
    return prepare(request)


@cache
def loaded(folder: Path) -> LoadedModel:
    return load_model(find_model(str(folder)), "cpu")


def sound_of(job: Job) -> bytes:
    files = generate(job, loaded(job.model.path)).files
    return next(path for path in files if path.suffix == ".wav").read_bytes()


def no_reading(*given: Any, **named: Any) -> Iterator[FrameBatch]:
    pytest.fail(FORBIDDEN)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["tiny", "public"])
def test_the_sound_is_the_same_to_the_bit_and_the_film_is_read_once(
    kind: str, make_film: MakeFilm, tiny_model_dir: Path, tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = tiny_model_dir if kind == "tiny" else write_tiny_public_model(tmp_path / "public")
    film = make_film("30.mp4", count=30)
    without = sound_of(job_of(film, model, tmp_path, cache_gb=0.0))
    assert not folder.exists()
    assert sound_of(job_of(film, model, tmp_path)) == without
    [kept] = folder.iterdir()
    monkeypatch.setattr(seen, "read_frames", no_reading)
    os.utime(kept, (1, 1))
    assert sound_of(job_of(film, model, tmp_path)) == without
    assert kept.stat().st_mtime > 1
    with pytest.raises(pytest.fail.Exception, match=FORBIDDEN):
        sound_of(job_of(film, model, tmp_path, cache_gb=0.0))


@pytest.mark.slow
def test_what_features_come_from_is_in_the_name(
    job: Job, make_film: MakeFilm, tiny_model_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def name(of: Job = job) -> Path:
        return SeenCache(1).path(sight_of(of, loaded(of.model.path).load_encoders())._facts)

    first = name()
    assert name() == first
    copy = tmp_path / "moved.mp4"
    copy.write_bytes(job.film.path.read_bytes())
    assert name(job_of(copy, tiny_model_dir, tmp_path)) == first
    assert name(job_of(make_film("31.mp4", count=31), tiny_model_dir, tmp_path)) != first
    assert name(job_of(job.film.path, write_tiny_public_model(tmp_path / "public"), tmp_path)) != first
    monkeypatch.setattr(seen, "program_sha256", lambda: "another version")
    assert name() != first


def picture(duration: Fraction = Fraction(1), **changes: Any) -> Picture:
    generator = np.random.default_rng(0)
    clip, sync = generator.random((8, 113), np.float32), generator.random((25, 6), np.float32)
    shots = (Shot(0.0, 0.48, {"rain": 0.7, "wind": 0.1}), Shot(0.48, 1.0))
    return Picture(**{"clip": clip, "sync": sync, "pan": np.linspace(-1, 1, 25), "shots": shots, **changes})


def test_a_picture_comes_back_as_it_was(job: Job, tmp_path: Path) -> None:
    for told in (picture(), picture(pan=None, shots=())):
        path = tmp_path / "one.safetensors"
        path.write_bytes(picture_as_bytes(told))
        found = read_picture(path, job.model.spec.network, Fraction(1))
        assert found is not None and found.shots == told.shots
        for one, other in ((found.clip, told.clip), (found.sync, told.sync), (found.pan, told.pan)):
            assert (one is None and other is None) or (one.dtype == other.dtype and np.array_equal(one, other))


def altered(change: Callable[[dict[str, torch.Tensor], dict[str, str]], None]) -> bytes:
    told = picture()
    tensors = {"clip": torch.from_numpy(told.clip), "sync": torch.from_numpy(told.sync)}
    about = {ABOUT: "[]"}
    change(tensors, about)
    return tensors_as_bytes(tensors, about)


HOSTILE = {
    "empty": b"",
    "no safetensors": b"x" * 5000,
    "half": picture_as_bytes(picture())[:-100],
    "longer": picture_as_bytes(picture()) + b"0" * 100,
    "a header without end": (1 << 62).to_bytes(8, "little") + b"{",
    "another length": altered(lambda tensors, about: tensors.update(clip=torch.zeros(80, 113))),
    "another width": altered(lambda tensors, about: tensors.update(sync=torch.zeros(25, 7))),
    "whole numbers": altered(lambda tensors, about: tensors.update(clip=torch.zeros(8, 113, dtype=torch.int32))),
    "no number": altered(lambda tensors, about: tensors["sync"].fill_(float("nan"))),
    "one more": altered(lambda tensors, about: tensors.update(other=torch.zeros(1))),
    "one less": altered(lambda tensors, about: tensors.__delitem__("clip")),
    "beyond the sides": altered(lambda tensors, about: tensors.update(pan=torch.full((25,), 2.0))),
    "no words": altered(lambda tensors, about: about.clear()),
    "words that are none": altered(lambda tensors, about: about.update({ABOUT: "[" * 100_000})),
    "no list": altered(lambda tensors, about: about.update({ABOUT: "{}"})),
    "no shots": altered(lambda tensors, about: about.update({ABOUT: '[["a", 1, {}]]'})),
    "infinite": altered(lambda tensors, about: about.update({ABOUT: "[[0, Infinity, {}]]"})),
    "escapes": altered(lambda tensors, about: about.update({ABOUT: '[[0, 1, {"\\u001b[2J": 1}]]'})),
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_what_holds_anything_else_is_removed(content: bytes, job: Job, tmp_path: Path) -> None:
    path = tmp_path / "one.safetensors"
    path.write_bytes(content)
    assert read_picture(path, job.model.spec.network, Fraction(1)) is None
    assert not path.exists()


@pytest.mark.slow
def test_a_hostile_cache_changes_no_sound(job: Job, tmp_path: Path, folder: Path) -> None:
    first = sound_of(job)
    [kept] = folder.iterdir()
    good, elsewhere = kept.read_bytes(), tmp_path / "elsewhere"
    elsewhere.write_bytes(good)
    for spoil in (lambda: kept.write_bytes(b"x"), lambda: kept.symlink_to(elsewhere), kept.mkdir):
        kept.unlink()
        spoil()
        assert sound_of(job) == first
        assert elsewhere.read_bytes() == good
        if kept.is_dir():
            kept.rmdir()
        else:
            assert read_tensors(kept)[0].keys() == {"clip", "sync", "pan"}


def test_of_a_damaged_film_nothing_is_kept(job: Job, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reading = seen.read_frames

    def damaged(*given: Any, lost: Lost, **named: Any) -> Iterator[FrameBatch]:
        lost(Fraction(1, 2), "broken")
        return reading(*given, lost=lost, **named)

    monkeypatch.setattr(seen, "read_frames", damaged)
    sound_of(job)
    assert not folder.exists()


def test_the_oldest_go_first_beyond_the_bound(folder: Path) -> None:
    readings = SeenCache(250)
    paths = [readings.path({"number": number}) for number in range(4)]
    for number, path in enumerate(paths[:2]):
        readings.keep(path, bytes(100))
        os.utime(path, (number + 1, number + 1))
    readings.used(paths[0])
    readings.keep(paths[2], bytes(100))
    assert {file.path for file in readings.files()} == {paths[0], paths[2]}
    readings.keep(paths[3], bytes(251))
    assert {file.path for file in readings.files()} == {paths[0], paths[2]}, (
        "one beyond the bound takes no other's place"
    )
    assert folder.stat().st_mode & 0o777 == 0o700


def test_what_kills_leave_is_no_reading_and_goes_with_clear(folder: Path) -> None:
    readings = SeenCache(1000)
    readings.keep(readings.path({}), bytes(100))
    (folder / "half.part").write_bytes(bytes(50))
    (folder / "note.txt").write_bytes(b"of somebody else")
    assert [file.size for file in readings.files()] == [100]
    assert readings.clear() == 150
    assert [path.name for path in folder.iterdir()] == ["note.txt"]


def test_several_that_write_the_same_leave_one_whole_file() -> None:
    readings, content = SeenCache(10**6), os.urandom(10_000)
    threads = [threading.Thread(target=readings.keep, args=(readings.path({}), content)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    [file] = readings.files()
    assert file.path.read_bytes() == content and [path.name for path in readings.folder.iterdir()] == [file.path.name]
