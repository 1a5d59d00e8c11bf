import os
import pickle
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from mmhnet_cli.errors import CacheUnwritable, WeightsInvalid
from mmhnet_cli.models.checkpoint import read_tensors
from mmhnet_cli.models.convert import convert, load_plain, standing_for, tensors_in
from tests.models.small_table import Program


def tensors() -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(3)
    return {
        "half": torch.randn(3, 4, generator=generator).half(),
        "brain": torch.randn(5, generator=generator).bfloat16(),
        "full": torch.randn(2, 3, 4, generator=generator),
        "whole": torch.arange(7),
        "flag": torch.tensor([True, False]),
        "single": torch.tensor(2.5),
        "empty": torch.zeros(0, 3),
    }


def converted(content: Any, folder: Path, **how: Any) -> dict[str, torch.Tensor]:
    torch.save(content, folder / "published.pth", **how.pop("saving", {}))
    convert(folder / "published.pth", folder / "kept.safetensors", **how)
    return read_tensors(folder / "kept.safetensors")[0]


def assert_same(found: dict[str, torch.Tensor], expected: dict[str, torch.Tensor]) -> None:
    assert found.keys() == expected.keys()
    for key, tensor in expected.items():
        assert found[key].dtype == tensor.dtype
        assert torch.equal(found[key], tensor), key


@pytest.mark.parametrize("archive", [True, False], ids=["archive", "before PyTorch 1.6"])
def test_values_names_and_dtypes_stay(tmp_path: Path, archive: bool) -> None:
    saving = {"_use_new_zipfile_serialization": archive}
    assert_same(converted(OrderedDict(tensors()), tmp_path, saving=saving), tensors())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kept.safetensors", "published.pth"]


def test_tensors_that_share_memory_are_written_one_by_one(tmp_path: Path) -> None:
    base = torch.arange(64.0)
    shared = {
        "whole": base,
        "again": base,
        "end": base[60:],
        "turned": torch.arange(6.0).reshape(2, 3).T,
        "parameter": torch.nn.Parameter(torch.ones(100)),
    }
    found = converted(shared, tmp_path)
    assert_same(found, {key: tensor.detach() for key, tensor in shared.items()})


def test_only_what_lies_inside(tmp_path: Path) -> None:
    assert_same(converted({"generator": tensors(), "steps": 5}, tmp_path, inside="generator"), tensors())


def test_only_what_begins_with_the_prefix(tmp_path: Path) -> None:
    content = {"vfeat_extractor.a": torch.ones(2), "vfeat_extractors": torch.ones(3), "afeat_extractor.a": "not kept"}
    found = converted(content, tmp_path, prefix="vfeat_extractor.")
    assert_same(found, {"vfeat_extractor.a": torch.ones(2)})


def test_parts_that_are_packed_tight_are_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "packed.pth"
    torch.save(tensors(), path)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("packed/data/9", bytes(10_000_000))
    with pytest.raises(WeightsInvalid, match="its parts"):
        convert(path, tmp_path / "kept.safetensors")


def test_what_is_passed_over_leaves_the_rest(tmp_path: Path) -> None:
    """Arrays of NumPy beside tensors are not made, whichever release wrote them; nothing else may come with them."""
    path = tmp_path / "beside.pth"
    names = (
        "numpy.core.multiarray._reconstruct",
        "numpy._core.multiarray._reconstruct",
        "numpy.ndarray",
        "numpy.dtype",
    )
    passed_over = [standing_for(name) for name in names]
    torch.save({"model": tensors(), "beside": np.arange(9)}, path)
    with pytest.raises(WeightsInvalid, match="_reconstruct"):
        load_plain(path)
    found = load_plain(path, passed_over)
    assert_same(tensors_in(path, found["model"]), tensors())
    assert not isinstance(found["beside"], np.ndarray)
    with pytest.raises(WeightsInvalid, match="_reconstruct"):
        load_plain(path)
    torch.save({"model": tensors(), "beside": Program()}, path)
    with pytest.raises(WeightsInvalid, match="mkdir"):
        load_plain(path, passed_over)


@pytest.mark.parametrize("archive", [True, False])
def test_a_program_is_named_and_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, archive: bool) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "evil.pth"
    torch.save({"a": torch.ones(2), "b": Program()}, path, _use_new_zipfile_serialization=archive)
    with pytest.raises(WeightsInvalid) as caught:
        convert(path, tmp_path / "kept.safetensors")
    assert f"{os.mkdir.__module__}.mkdir" in caught.value.found
    assert [file.name for file in tmp_path.iterdir()] == ["evil.pth"]
    # The ordinary reader runs it.
    torch.load(path, weights_only=False)
    assert (tmp_path / "boom").exists()


@pytest.mark.parametrize(
    "content", [b"", b"these are words" * 100, pickle.dumps(Program()), b"PK\x03\x04" + bytes(200)]
)
def test_files_of_another_kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.pth").write_bytes(content)
    with pytest.raises(WeightsInvalid) as caught:
        convert(tmp_path / "x.pth", tmp_path / "kept.safetensors")
    assert caught.value.path == tmp_path / "x.pth"
    assert [file.name for file in tmp_path.iterdir()] == ["x.pth"]


@pytest.mark.parametrize(
    ("content", "how", "key"),
    [
        ([torch.ones(2)], {}, "the file"),
        ({"a": torch.ones(2), "epoch": 5}, {}, "epoch"),
        ({"a": {"b": torch.ones(2)}}, {}, "a"),
        ({"model": {"a": torch.ones(2)}}, {"inside": "generator"}, "the file"),
        ({"generator": torch.ones(2)}, {"inside": "generator"}, "the file"),
        ({5: torch.ones(2)}, {}, "5"),
        ({}, {}, "the file"),
        ({"a": torch.ones(2)}, {"prefix": "b."}, "b."),
        ({"a": torch.eye(3).to_sparse()}, {}, "a"),
        ({"a": torch.ones(2, dtype=torch.complex64)}, {}, "a"),
        ({"a": torch.ones(2, device="meta")}, {}, "a"),
    ],
)
def test_other_contents_are_refused(tmp_path: Path, content: Any, how: dict[str, str], key: str) -> None:
    with pytest.raises(WeightsInvalid) as caught:
        converted(content, tmp_path, **how)
    assert caught.value.key == key


def test_a_small_file_cannot_fill_the_disk(tmp_path: Path) -> None:
    with pytest.raises(WeightsInvalid, match="4000000000 bytes"):
        converted({"a": torch.ones(1).expand(10**9)}, tmp_path)


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    torch.save(tensors(), tmp_path / "x.pth")
    with pytest.raises(CacheUnwritable):
        convert(tmp_path / "x.pth", tmp_path / "x.pth" / "kept.safetensors")
