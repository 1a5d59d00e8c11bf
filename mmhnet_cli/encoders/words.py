"""The space of words: a static table of word pieces, in which words, phrases and kinds of sound have a place.

The table is distilled from a sentence encoder (`training.word_table`). A word is the sum of its pieces, a phrase the
sum of its words; their length says how much they mean, and pieces that the table lacks weigh nothing.
"""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mmhnet_cli.encoders.wordpiece import pieces_of
from mmhnet_cli.errors import WeightsInvalid
from mmhnet_cli.models.safe_file import opened

TABLE_KEYS = ("pieces.values", "pieces.scale", "pieces.text")
TABLE_TYPES = (("I8", 2), ("F16", 1), ("U8", 1))
LARGEST = 1 << 26
"""An entry has at most so many numbers; the largest of ours has four million."""


@dataclass(frozen=True)
class WordTable:
    """vocabulary: piece to its row; values (P, D) int8 and scale (P,) float16: their product is the table."""

    vocabulary: dict[str, int]
    values: np.ndarray
    scale: np.ndarray

    @property
    def width(self) -> int:
        """D, numbers per word."""
        return self.values.shape[1]

    def word(self, word: str) -> np.ndarray:
        """(D,) float32 of a word in small letters without accents; zeros where no piece of it is known."""
        rows = pieces_of(word, self.vocabulary)
        return (self.values[rows].astype(np.float32) * self.scale[rows, None].astype(np.float32)).sum(0)


def load_words(path: Path) -> WordTable:
    """Read a table. Raises WeightsInvalid where the file holds no such table, which is seen before there is memory for
    it."""
    with opened(path, "np") as file:
        _check_words(path, file)
        values, scale, text = (file.get_tensor(key) for key in TABLE_KEYS)
    if not np.isfinite(scale).all():
        raise WeightsInvalid(path, TABLE_KEYS[1], "numbers", "infinity, or what is no number")
    pieces = text.tobytes().decode("utf-8", errors="replace").split("\n")
    if not len(pieces) == len(values) == len(scale):
        raise WeightsInvalid(path, TABLE_KEYS[2], f"{len(values)} pieces", f"{len(pieces)}")
    return WordTable({piece: row for row, piece in enumerate(pieces)}, values, scale)


def _check_words(path: Path, file: Any) -> None:
    for key, (dtype, dimensions) in zip(TABLE_KEYS, TABLE_TYPES, strict=True):
        entry = file.get_slice(key) if key in file.keys() else None  # noqa: SIM118
        shape = () if entry is None else entry.get_shape()
        if entry is None or entry.get_dtype() != dtype or len(shape) != dimensions or math.prod(shape) > LARGEST:
            shown = "no such entry" if entry is None else f"{entry.get_dtype()} of shape {tuple(shape)}"
            raise WeightsInvalid(path, key, f"{dtype} in {dimensions} dimensions, {LARGEST} at most", shown)


def unit(vectors: np.ndarray) -> np.ndarray:
    """(..., D) at length 1; zeros stay zeros."""
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)
