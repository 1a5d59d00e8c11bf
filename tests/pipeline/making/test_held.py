import gc
from pathlib import Path

import numpy as np
import pytest

from mmhnet_cli.errors import OutputUnwritable
from mmhnet_cli.pipeline.making import held
from mmhnet_cli.pipeline.making.held import Scratch
from tests.full_disk import files_of_at_most


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """Two sounds in one file, written piece by piece, one over another."""
    scratch, rng = Scratch(tmp_path), np.random.default_rng(1)
    sounds = [(scratch.silence(channels, 1000), np.zeros((channels, 1000), np.float32)) for channels in (1, 2)]
    for _ in range(40):
        first, last = sorted(rng.integers(0, 1001, 2))
        for on_disk, array in sounds:
            added = rng.standard_normal((array.shape[0], last - first)).astype(np.float32)
            on_disk[:, first:last] += added
            array[:, first:last] += added
            assert np.array_equal(on_disk[:, first // 2 : last], array[:, first // 2 : last])
    for on_disk, array in sounds:
        assert on_disk.shape == array.shape and np.array_equal(on_disk, array)
        assert on_disk[:, 300:2000].flags.c_contiguous and on_disk[:, 300:2000].shape[1] == 700
    with pytest.raises(ValueError, match="are not the samples 0 to 10"):
        sounds[1][0][:, 0:10] = np.zeros((1, 10), np.float32)


def test_a_copy_is_the_sound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(held, "BLOCK_SAMPLES", 300)
    sound = np.random.default_rng(2).standard_normal((2, 1001)).astype(np.float32)
    scratch = Scratch(tmp_path)
    first, second = scratch.held(sound), scratch.held(-sound)
    assert np.array_equal(first, sound) and np.array_equal(second, -sound)


def test_nothing_is_left(tmp_path: Path) -> None:
    """The file has no name, and is closed when nobody holds a sound of it."""
    scratch = Scratch(tmp_path)
    file, sound = scratch._file, scratch.held(np.ones((2, 10), np.float32))
    assert list(tmp_path.iterdir()) == []
    del scratch
    gc.collect()
    assert np.array_equal(sound, np.ones((2, 10))) and not file.closed
    del sound
    gc.collect()
    assert file.closed


def test_a_full_disk_is_told(tmp_path: Path) -> None:
    scratch = Scratch(tmp_path)
    sound = scratch.silence(2, 5000)
    with files_of_at_most(20_000):
        sound[:, :2000] = np.ones((2, 2000), np.float32)
        with pytest.raises(OutputUnwritable) as failed:
            sound[:, :3000] = np.ones((2, 3000), np.float32)
        assert failed.value.path == tmp_path
        with pytest.raises(OutputUnwritable):
            scratch.silence(2, 5000)
    with pytest.raises(OutputUnwritable):
        Scratch(tmp_path / "gone").silence(1, 1)


def test_a_file_that_was_cut_short_is_no_sound(tmp_path: Path) -> None:
    scratch = Scratch(tmp_path)
    sound = scratch.held(np.ones((2, 1000), np.float32))
    scratch._file.truncate(4000)
    with pytest.raises(OutputUnwritable, match="cut short"):
        sound[:, 400:600]
