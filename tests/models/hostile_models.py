"""Model folders that a stranger, a broken disk or a bad copy might leave: one for each number, always the same."""

import json
import os
import random
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.tiny_model import write_tiny_model

WEIGHTS = ("network.safetensors", "codec.safetensors")

NUMBERS = (10**9, 10**30, -1, 0, 1, 2, 3, 1e300, 0.5, float("nan"), float("inf"), 2**31, 2**63, 48000, 255)
OTHERS = (True, None, "", "x" * 100_000, "\x1b[2J", [], [[]], {}, {"a": {"b": 1}}, ["mel"], "attention", "public")


def mutated_model_folder(seed: int, folder: Path) -> Path:
    """Write the tiny model into `folder` with one to three things changed, which `seed` alone decides; the folder."""
    chance = random.Random(seed)
    write_tiny_model(folder)
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        chance.choice(_CHANGES)(chance, folder)
    return folder


def _bytes_of_config(chance: random.Random, folder: Path) -> None:
    _stir_bytes(chance, folder / "config.json", 0, None)


def _bytes_of_header(chance: random.Random, folder: Path) -> None:
    path = folder / chance.choice(WEIGHTS)
    if _small(path):
        content = path.read_bytes()
        _stir_bytes(chance, path, 0, 8 + int.from_bytes(content[:8], "little"))


def _stir_bytes(chance: random.Random, path: Path, first: int, end: int | None) -> None:
    if not _small(path):
        return
    content = bytearray(path.read_bytes())
    end = min(len(content), len(content) if end is None else end)
    for _ in range(chance.choice((1, 1, 2, 8))):
        if end <= first + 1:
            break
        place = chance.randrange(first, end)
        match chance.randrange(4):
            case 0:
                content[place] = chance.randrange(256)
            case 1:
                content[place:place] = bytes(chance.choices(b'{}[]",:0123456789eE-', k=chance.randrange(1, 9)))
            case 2:
                del content[place : place + chance.randrange(1, 40)]
            case _:
                content[place] ^= 1 << chance.randrange(8)
        end = min(end, len(content))
    path.write_bytes(content)


def _field_of_config(chance: random.Random, folder: Path) -> None:
    """One value, of whatever kind, in the place of another."""

    def change(config: dict[str, Any]) -> None:
        holder: Any = config
        key = chance.choice(list(holder))
        while isinstance(holder[key], dict) and holder[key] and chance.random() < 0.9:
            holder, key = holder[key], chance.choice(list(holder[key]))
        match chance.randrange(5):
            case 0:
                del holder[key]
            case 1:
                holder[key + "_"] = 1
            case 2:
                holder[key] = chance.choice(OTHERS)
            case _:
                holder[key] = chance.choice(NUMBERS)

    _change_config(folder, change)


def _change_config(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    path = folder / "config.json"
    try:
        config = json.loads(path.read_bytes()) if _small(path) else None
    except (ValueError, RecursionError):
        return
    if isinstance(config, dict) and config:
        change(config)
        path.write_text(json.dumps(config))


def _entry_of_header(chance: random.Random, folder: Path) -> None:
    """Shape, kind or place of one tensor, or the length of the header itself."""
    path = folder / chance.choice(WEIGHTS)
    if not _small(path) or (parts := _parts(path)) is None:
        return
    header, data = parts
    key = chance.choice(list(header))
    if not isinstance(entry := header[key], dict):
        return
    match chance.randrange(8):
        case 0:
            entry["shape"] = [chance.choice((0, 1, 10**9, 2**40, 2**63, -1))] * chance.randrange(1, 5)
        case 1:
            entry["dtype"] = chance.choice(("F64", "F16", "I32", "I64", "U8", "BOOL", "F8_E4M3", "X", ""))
        case 2:
            entry["data_offsets"] = [0, chance.choice((0, 4, 2**40, 2**64, -4))]
        case 3:
            other = header[chance.choice(list(header))]
            entry["data_offsets"] = other.get("data_offsets") if isinstance(other, dict) else other
        case 4:
            del header[key]
        case 5:
            header["\x1b[31m" + key] = header.pop(key)
        case 6:
            header[key] = chance.choice((None, 1, "x", [], {"dtype": "F32"}))
        case _:
            header = {str(number): entry for number in range(20_000)}
    _write(path, json.dumps(header).encode(), data)


def _length_of_header(chance: random.Random, folder: Path) -> None:
    path = folder / chance.choice(WEIGHTS)
    if _small(path):
        length = chance.choice((0, 1, 2**20, 2**31, 10**8, 2**40, 2**63, 2**64 - 1))
        path.write_bytes(struct.pack("<Q", length) + path.read_bytes()[8:])


def _numbers_of_tensors(chance: random.Random, folder: Path) -> None:
    """What is no number, or is infinite, among the weights."""
    path = folder / chance.choice(WEIGHTS)
    if not _small(path) or (parts := _parts(path)) is None:
        return
    header, data = parts
    place = 4 * chance.randrange(max(1, len(data) // 4))
    changed = data[:place] + struct.pack("<f", chance.choice((float("nan"), float("inf")))) + data[place + 4 :]
    _write(path, json.dumps(header).encode(), changed)


def _length_of_file(chance: random.Random, folder: Path) -> None:
    """Cut short, or with a hole of terabytes, which takes no place on the disk."""
    path = folder / chance.choice((*WEIGHTS, "config.json"))
    if path.is_file():
        os.truncate(path, chance.choice((0, 7, 8, path.stat().st_size // 2, 10**12, 30 * 10**9)))


def _no_file(chance: random.Random, folder: Path) -> None:
    """Something else under the name of a file."""
    path = folder / chance.choice((*WEIGHTS, "config.json"))
    if path.is_dir():
        return
    path.unlink(missing_ok=True)
    match chance.randrange(6):
        case 0:
            os.mkfifo(path)
        case 1:
            path.symlink_to("/dev/zero")
        case 2:
            path.symlink_to(path.name)
        case 3:
            path.mkdir()
        case 4:
            path.symlink_to("/dev/tty")


def _other_text(chance: random.Random, folder: Path) -> None:
    """Text that no configuration is."""
    path = folder / "config.json"
    if not path.is_file():
        return
    deep = 100_000
    path.write_bytes(
        chance.choice(
            (
                b"[" * deep,
                b'{"format":1,"network":' + b'{"a":' * deep + b"1" + b"}" * (deep + 1),
                b'{"format": ' + b"9" * 5000 + b"}",
                '{"format": 1}'.encode("utf-16"),
                b"\xff" * 100,
                b"{}",
                b"[]",
                b'{"format": true}',
                b'{"format": 1, "network": [1], "codec": "public"}',
                b'{"format": 1, "codec": "public", "network": {"sequence": {"sample_rate_hz": [16000]}}}',
                b'{"format": 1, "encoders": {}, "network": {}, "codec": {}}',
                b" " * (2 << 20),
            )
        )
    )


def _small(path: Path) -> bool:
    """A file that may be read whole: an earlier change may have left a hole of terabytes, or what never ends."""
    return path.is_file() and path.stat().st_size < 1 << 28


def _parts(path: Path) -> tuple[dict[str, Any], bytes] | None:
    content = path.read_bytes()
    size = int.from_bytes(content[:8], "little")
    try:
        header = json.loads(content[8 : 8 + size])
    except (ValueError, RecursionError):
        return None
    return (header, content[8 + size :]) if isinstance(header, dict) and header else None


def _write(path: Path, header: bytes, data: bytes) -> None:
    path.write_bytes(struct.pack("<Q", len(header)) + header + data)


_CHANGES: tuple[Callable[[random.Random, Path], None], ...] = (
    _bytes_of_config,
    _bytes_of_config,
    _bytes_of_header,
    _bytes_of_header,
    _field_of_config,
    _field_of_config,
    _field_of_config,
    _entry_of_header,
    _entry_of_header,
    _length_of_header,
    _numbers_of_tensors,
    _length_of_file,
    _no_file,
    _other_text,
)
