"""Model folders that no one should trust: refused in words, soon, and in little memory."""

import json
import os
import random
import re
import resource
import shutil
import struct
import sys
import time
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import pytest
import torch

from benchmarks.hostile.models import write_damaged
from mmhnet_cli.codec.mini import MiniCodecConfig
from mmhnet_cli.codec.public import PublicCodecConfig
from mmhnet_cli.encoders.mini import EyesConfig
from mmhnet_cli.encoders.public import PublicEncodersConfig
from mmhnet_cli.errors import BadOption, MMHNetError, WeightsInvalid
from mmhnet_cli.fields import Within, build, check_fields
from mmhnet_cli.model.config import NetworkConfig
from mmhnet_cli.models.checkpoint import load_tensors, read_tensors, save_tensors
from mmhnet_cli.models.registry import find_model
from mmhnet_cli.pipeline.making.load import load_model
from mmhnet_cli.timeline import SequenceConfig
from tests.pipeline.making.test_sampling import make_sound

LIMIT_S = 30
LIMIT_MIB = 600
"""What loading any of these may add to the memory of this process."""


def peak_mib() -> float:
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


@pytest.fixture
def folder(tiny_model_dir: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_model_dir, tmp_path / "model"))


def refused(folder: Path) -> WeightsInvalid:
    """The error, which came soon and took little memory."""
    began, before = time.process_time(), peak_mib()
    with pytest.raises(WeightsInvalid) as caught:
        load_model(find_model(str(folder)), "cpu")
    assert time.process_time() - began < LIMIT_S
    assert peak_mib() - before < LIMIT_MIB
    assert all(len(words) < 300 for words in (caught.value.key, caught.value.expected, caught.value.found))
    return caught.value


def change(folder: Path, key: str, value: object) -> None:
    config = json.loads((folder / "config.json").read_text())
    *path, last = key.split(".")
    section = config
    for name in path:
        section = section[name]
    section[last] = value
    (folder / "config.json").write_text(json.dumps(config))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(24))
def test_mutated_folders(seed: int, tiny_model_dir: Path, tmp_path: Path) -> None:
    folder, whole = tmp_path / "model", {path.name: path.read_bytes() for path in sorted(tiny_model_dir.iterdir())}
    write_damaged(random.Random(seed), whole, folder)
    began = time.process_time()
    try:
        model = load_model(find_model(str(folder)), "cpu")
    except MMHNetError as error:
        assert all(str(fact).isprintable() for fact in vars(error).values())
    else:
        # What is taken for a model works as one.
        latents, decoded = make_sound(model)
        assert torch.from_numpy(latents).isfinite().all()
        assert torch.from_numpy(decoded).isfinite().all()
    assert time.process_time() - began < LIMIT_S


@pytest.mark.parametrize("value", [10**9, -1, 10**400, 1.5, True, [8]])
@pytest.mark.parametrize(
    "key",
    [
        "network.multimodal_blocks",
        "network.width",
        "network.heads",
        "network.latent_channels",
        "network.sequence.sample_rate_hz",
        "codec.mel.bins",
        "codec.mel.fft_samples",
        "codec.vocoder.width",
        "codec.vocoder.noise_samples",
        "codec.channels",
    ],
)
def test_numbers_are_not_believed(folder: Path, key: str, value: object) -> None:
    change(folder, key, value)
    error = refused(folder)
    assert error.path == folder / "config.json"
    assert error.key == key


@pytest.mark.parametrize(
    "key", ["network.training_s", "network.expand", "codec.mel.floor", "network.routing.threshold"]
)
@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1, 1e300, 10**400])
def test_numbers_with_a_point_are_not_believed(folder: Path, key: str, value: object) -> None:
    change(folder, key, value)
    assert refused(folder).key == key


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("network.sequence.sample_rate_hz", 48000, "44100"),
        ("network.sequence.clip_fps", 9, "8"),
        ("network.sequence.sync_fps", 24, "25"),
        ("network.empty_text_tokens", 2, "1"),
        ("codec.frames_per_latent", 2, "2"),
        ("codec.channels", 9, "9"),
    ],
)
def test_parts_must_agree(folder: Path, key: str, value: int, expected: str) -> None:
    change(folder, key, value)
    assert expected in refused(folder).expected


@pytest.mark.parametrize("width", [4800, 8112])
def test_a_network_of_gigabytes_is_refused_before_it_is_made(folder: Path, width: int) -> None:
    change(folder, "network.width", width)
    change(folder, "network.ffn_width", 32768)
    change(folder, "network.single_modal_blocks", 64)
    error = refused(folder)
    assert error.path == folder / "network.safetensors"
    assert "shape" in error.found or "no such entry" in error.found


@pytest.mark.parametrize("file", ["config.json", "network.safetensors", "codec.safetensors", "words.safetensors"])
@pytest.mark.parametrize("kind", ["pipe", "zero", "loop", "folder", "nowhere"])
def test_what_is_no_file(folder: Path, file: str, kind: str) -> None:
    path = folder / file
    path.unlink()
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to({"zero": "/dev/zero", "loop": path.name, "nowhere": "not-there"}[kind])
    assert refused(folder).path == path


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (b"[" * 500_000, "brackets"),
        (b'{"format": ' + b"9" * 5000 + b"}", "digit"),
        (b" " * (2 << 20), "bytes"),
        (b"\xff\xfe{", "byte 0"),
        (b'{"format": true}', "True"),
        (b'{"format": 1}', "nothing"),
    ],
)
def test_texts_that_are_no_configuration(folder: Path, text: bytes, word: str) -> None:
    (folder / "config.json").write_bytes(text)
    assert word in refused(folder).found


def test_a_configuration_of_terabytes(folder: Path) -> None:
    os.truncate(folder / "config.json", 10**12)
    assert refused(folder).found == "it is larger than 1048576 bytes"


@pytest.mark.parametrize("length", [2**64 - 1, 2**63, 10**10, 10**8, 0])
def test_headers_of_any_length(folder: Path, length: int) -> None:
    path = folder / "network.safetensors"
    path.write_bytes(struct.pack("<Q", length) + path.read_bytes()[8:])
    assert refused(folder).path == path


def header(path: Path) -> tuple[dict[str, Any], bytes]:
    content = path.read_bytes()
    size = int.from_bytes(content[:8], "little")
    return json.loads(content[8 : 8 + size]), content[8 + size :]


def with_header(path: Path, entries: dict[str, Any], data: bytes) -> None:
    text = json.dumps(entries).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


NOTHING = {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]}


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["overlap", "beyond", "negative", "whole", "eight", "escape", "many"])
def test_headers_that_lie(folder: Path, kind: str) -> None:
    path = folder / "codec.safetensors"
    entries, data = header(path)
    name = "projection.scale"
    size = entries[name]["data_offsets"]
    many = {} if kind != "many" else dict.fromkeys(map(str, range(50_000)), NOTHING)
    changes: dict[str, dict[str, Any]] = {
        "overlap": {name: entries[name] | {"data_offsets": [size[0] - 4, size[1] - 4]}},
        "beyond": {name: entries[name] | {"data_offsets": [size[0], 2**50]}},
        "negative": {name: entries[name] | {"data_offsets": [-4, 28]}},
        "whole": {name: entries[name] | {"dtype": "I32"}},
        "eight": {name: {"dtype": "F8_E4M3", "shape": [32], "data_offsets": size}},
        "escape": {"\x1b[2J": entries[name] | {"data_offsets": [len(data), len(data) + 32]}},
        "many": many,
    }
    with_header(path, entries | changes[kind], data + bytes(32 if kind == "escape" else 0))
    error = refused(folder)
    assert error.path == path
    assert error.key.isprintable()


def test_a_hole_of_terabytes_that_the_header_agrees_with(folder: Path) -> None:
    path = folder / "codec.safetensors"
    with_header(path, {"a": {"dtype": "F32", "shape": [10**12], "data_offsets": [0, 4 * 10**12]}}, b"")
    os.truncate(path, path.stat().st_size + 4 * 10**12)
    assert "bytes" in refused(folder).found
    # Of a size that a model may have, it is refused by what it holds.
    with_header(path, {"a": {"dtype": "F32", "shape": [4 * 10**9], "data_offsets": [0, 16 * 10**9]}}, b"")
    os.truncate(path, path.stat().st_size + 16 * 10**9)
    assert refused(folder).key == "a"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("file", ["network", "codec"])
def test_what_is_no_number_is_no_weight(folder: Path, file: str, value: float) -> None:
    path = folder / f"{file}.safetensors"
    tensors, _ = read_tensors(path)
    key = sorted(tensors)[3]
    tensors[key].view(-1)[-1] = value
    save_tensors(path, tensors)
    assert refused(folder).key == key


def test_a_size_of_zero_and_whole_numbers_are_no_trouble(tmp_path: Path) -> None:
    tensors = {"empty": torch.zeros(0, 3), "count": torch.tensor(3)}
    save_tensors(tmp_path / "x.safetensors", tensors)
    load_tensors(tmp_path / "x.safetensors", {key: value.clone() for key, value in tensors.items()})


def test_a_range_says_what_it_holds() -> None:
    odd = Within(1, 31, multiple_of=2, rest=1)
    assert [value for value in range(-3, 40) if odd.holds(value)] == list(range(1, 32, 2))
    assert str(odd) == "an odd number from 1 to 31"
    assert str(Within(0.5, 4)) == "from 0.5 to 4"


def test_sections_are_built_and_checked() -> None:
    config = NetworkConfig(sequence=SequenceConfig(clip_fps=9))
    assert build(NetworkConfig, json.loads(json.dumps(config.to_dict())), "network") == config
    for values, name in (
        ({"sequence": 3}, "network.sequence"),
        ({"sequence": {"clip_fps": 0}}, "network.sequence.clip_fps"),
        ({"sequence": {"fps": 1}}, "network.sequence.fps"),
        ({"routing": []}, "network.routing"),
        ({"global_window_s": "8"}, "network.global_window_s"),
        ([], "network"),
    ):
        with pytest.raises(BadOption) as caught:
            build(NetworkConfig, values, "network")
        assert caught.value.name == name
    assert build(NetworkConfig, {"global_window_s": None, "routing": None}).routing is None
    check_fields(config)


def test_every_number_of_every_configuration_has_a_range() -> None:
    """A new field without one would be believed."""
    waiting: list[Any] = [*(NetworkConfig, MiniCodecConfig, PublicCodecConfig, EyesConfig, PublicEncodersConfig)]
    seen = 0
    while waiting:
        kind = waiting.pop()
        hints = get_type_hints(kind, include_extras=True)
        for entry in fields(kind):
            hint = hints[entry.name]
            options = [option for option in (hint, *get_args(hint)) if is_dataclass(option)]
            waiting += [option for option in options if isinstance(option, type)]
            if get_origin(hint) is not Annotated:
                assert not re.search(r"\b(int|float)\b", str(hint)), f"{kind.__name__}.{entry.name}"
            seen += 1
    assert seen > 80
