"""Damaged model folders: `generate --model FOLDER` with one step."""

import json
import math
import os
import random
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.hostile.commands import command
from benchmarks.hostile.damage import damaged
from benchmarks.hostile.trees import damaged_text, damaged_tree, to_text
from benchmarks.hostile.watch import Finding
from mmhnet_cli.models.model_files import CODEC_FILE, CONFIG_FILE, NETWORK_FILE, WORDS_FILE

MODEL = "model"
WEIGHTS = (NETWORK_FILE, CODEC_FILE, WORDS_FILE)
SPARSE_BYTES = 20 << 30
HEAD = "<Q"  # what a safetensors file begins with: the length of its JSON


@dataclass(frozen=True)
class Models:
    """files: bytes of a whole model by name. film: a whole film."""

    files: dict[str, bytes]
    film: Path

    def write(self, rng: random.Random, folder: Path) -> None:
        """Write a model folder that is damaged."""
        write_damaged(rng, self.files, folder / MODEL)

    def run(self, rng: random.Random, folder: Path) -> Finding:
        """Make sound with it."""
        sound = folder / "sound.wav"
        return command("generate", self.film, "--model", folder / MODEL, "-o", sound, "--steps", 1).finding


def write_damaged(rng: random.Random, files: Mapping[str, bytes], model: Path) -> None:
    """Make the folder `model`, in which one of the files of a whole one is damaged, or is no file."""
    chosen = rng.choice((CONFIG_FILE, CONFIG_FILE, CONFIG_FILE, *WEIGHTS))
    wound = rng.choice(CONFIG_WOUNDS if chosen == CONFIG_FILE else WEIGHT_WOUNDS)
    model.mkdir()
    for name, content in files.items():
        (model / name).write_bytes(wound(rng, content) if name == chosen else content)
    if rng.random() < 0.15:
        (model / chosen).unlink()
        rng.choice(NO_FILES)(model / chosen)


def _tree(rng: random.Random, content: bytes) -> bytes:
    return to_text(damaged_tree(rng, json.loads(content))).encode()


def _text(rng: random.Random, content: bytes) -> bytes:
    return damaged_text(rng, content.decode())


def _sizes(rng: random.Random, content: bytes) -> bytes:
    """Every number of a section is out of the world, or all of one."""
    config = json.loads(content)
    section = rng.choice([part for part in config.values() if isinstance(part, dict)])
    new = rng.choice((10**9, 0, -1, 10**5, 2**63))
    numbers = [name for name, value in section.items() if type(value) is int]
    for name in numbers[: rng.choice((1, len(numbers)))]:
        section[name] = new
    return to_text(config).encode()


def _other_kind(rng: random.Random, content: bytes) -> bytes:
    """It claims the public parts, or to bring them."""
    config = json.loads(content)
    config |= rng.choice(({"codec": "public"}, {"encoders": {}}, {"codec": "public", "encoders": {}}))
    return to_text(damaged_tree(rng, config) if rng.random() < 0.5 else config).encode()


def _bytes(rng: random.Random, content: bytes) -> bytes:
    return damaged(rng, content, content)


def _head(rng: random.Random, content: bytes) -> bytes:
    """The table of entries is damaged and tells its length rightly."""
    (length,) = struct.unpack_from(HEAD, content)
    table: dict[str, Any] = json.loads(content[8 : 8 + length])
    name = rng.choice(list(table))
    damaged_table = {**table, name: damaged_tree(rng, table[name])} if rng.random() < 0.7 else damaged_tree(rng, table)
    text = to_text(damaged_table).encode()
    return struct.pack(HEAD, len(text)) + text + content[8 + length :]


def _head_length(rng: random.Random, content: bytes) -> bytes:
    length = rng.choice((0, 1, 7, len(content), len(content) - 8, 10**8, 2**31, 2**63, 2**64 - 1))
    return struct.pack(HEAD, length) + content[8:]


def _values(rng: random.Random, content: bytes) -> bytes:
    """Some or all weights are no numbers, infinite, or too large."""
    (length,) = struct.unpack_from(HEAD, content)
    value = struct.pack("<f", rng.choice((math.nan, math.inf, -math.inf, 3e38, 1e20, 1e-40, 0.0)))
    first = 8 + length + 4 * rng.randrange((len(content) - 8 - length) // 4)
    count = (len(content) - first) // 4 if rng.random() < 0.5 else 1
    return content[:first] + count * value + content[first + 4 * count :]


def _whole(rng: random.Random, content: bytes) -> bytes:
    return content


CONFIG_WOUNDS: tuple[Callable[[random.Random, bytes], bytes], ...] = (
    *(_tree, _tree, _tree, _tree),
    *(_sizes, _text, _other_kind),
)
WEIGHT_WOUNDS: tuple[Callable[[random.Random, bytes], bytes], ...] = (_bytes, _head, _head_length, _values, _whole)


def _sparse(path: Path) -> None:
    path.touch()
    os.truncate(path, SPARSE_BYTES)


NO_FILES: tuple[Callable[[Path], object], ...] = (
    os.mkfifo,
    Path.mkdir,
    Path.touch,
    _sparse,
    lambda path: path.symlink_to("/dev/zero"),
    lambda path: path.symlink_to(path),
    lambda path: None,
)
"""What stands in the place of a file, or nothing."""
