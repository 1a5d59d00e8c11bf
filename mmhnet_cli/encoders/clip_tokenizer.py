"""CLIP's byte-pair tokenizer, from its merges file alone (MMAudio specification, 3.1; the scheme is GPT-2's).

Text is cleaned, lower-cased and cut into words; the UTF-8 bytes of a word, each written as a printable character, are
joined pair by pair in the order of the merges. Joins do not cross words, and the last symbol of a word carries `</w>`.
"""

import html
import re
import unicodedata
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import torch
from torch import Tensor

from mmhnet_cli.errors import WeightsInvalid
from mmhnet_cli.fields import shown
from mmhnet_cli.models.reading import read_text

LENGTH = 77
VOCABULARY = 49408
LARGEST_MERGES_BYTES = 16 << 20
"""A longer file is refused; the published one, which goes on behind what CLIP uses, has 3 MB."""
START, END = "<start_of_text>", "<end_of_text>"
WORD_END = "</w>"

_PRINTED = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
_HIDDEN = [byte for byte in range(256) if byte not in _PRINTED]
BYTE_SYMBOLS = {byte: chr(byte) for byte in _PRINTED} | {byte: chr(256 + n) for n, byte in enumerate(_HIDDEN)}
"""Each byte has a character that stands for it, in the order of the vocabulary: those that print come first."""

MERGES = VOCABULARY - 2 * len(BYTE_SYMBOLS) - 2

_SIMPLER = str.maketrans(
    dict.fromkeys("\u02bc\u2018\u2019\u201a\u201b", "'")
    | dict.fromkeys("\u201c\u201d\u201e\u201f", '"')
    # Ligatures of f and the wide and narrow forms of East Asian typesetting.
    | {form: unicodedata.normalize("NFKC", form) for form in map(chr, (*range(0xFB00, 0xFB05), *range(0xFF01, 0xFFF0)))}
    # Controls that are no white space, and the byte order mark.
    | dict.fromkeys(map(chr, (*range(9), 11, *range(14, 32), 127, *range(0x206A, 0x2070), 0xFEFF)), "")
)

# Numbers stand apart by then, so what is left of \w beside the underscore is letters.
_WORD = re.compile(rf"{START}|{END}|'s|'t|'re|'ve|'m|'ll|'d|[^\W_]+|(?:[^\w\s]|_)+", re.IGNORECASE)


def clean(text: str) -> str:
    """Return text in lower case, with single spaces, no HTML entities, straight quotes, composed accents, no control
    characters.

    The original also runs ftfy, which besides repairs text that was decoded with the wrong code page and removes
    terminal colours; such text keeps its flaws here.
    """
    text = html.unescape(html.unescape(text)).translate(_SIMPLER)
    return " ".join(unicodedata.normalize("NFC", text).split()).lower()


def words(text: str) -> list[str]:
    """Cut text into English endings after an apostrophe, runs of letters, single numbers, runs of all but white
    space.
    """
    # A number is a character of the Unicode categories N (5, ², Ⅷ, ५), which `re` cannot name; \d is only some of them.
    apart = "".join(f" {letter} " if unicodedata.category(letter).startswith("N") else letter for letter in text)
    return _WORD.findall(apart)


def read_merges(path: Path) -> list[tuple[str, str]]:
    """Return the pairs of a `merges.txt`, in order: a line of version, then two symbols a line. Raises WeightsInvalid.

    Lines after the last one that CLIP uses are left out: the file it was published with goes on.
    """
    lines = read_text(path, LARGEST_MERGES_BYTES).split("\n")
    merges = []
    for number, line in enumerate(lines[1 : MERGES + 1], start=2):
        match line.split():
            case [first, second]:
                merges.append((first, second))
            case []:
                break
            case _:
                raise WeightsInvalid(path, f"line {number}", "two symbols", shown(line))
    if len(merges) != MERGES:
        raise WeightsInvalid(path, "merges", str(MERGES), str(len(merges)))
    return merges


class ClipTokenizer:
    """It turns texts into rows of LENGTH numbers. The vocabulary is bytes, bytes at a word's end, joined pairs, two
    specials.

    merges: pairs of symbols, most frequent first. `start` and `end` are 49406 and 49407 with CLIP's own.
    """

    def __init__(self, merges: Sequence[tuple[str, str]]) -> None:
        symbols = list(BYTE_SYMBOLS.values())
        vocabulary = [*symbols, *(symbol + WORD_END for symbol in symbols), *map("".join, merges), START, END]
        self._ids = {symbol: number for number, symbol in enumerate(vocabulary)}
        self._ranks = {pair: rank for rank, pair in enumerate(merges)}
        self.start, self.end = self._ids[START], self._ids[END]

    @classmethod
    def from_file(cls, path: Path) -> "ClipTokenizer":
        """Read `merges.txt`; a `vocab.json` beside it says nothing more and is not read. Raises WeightsInvalid."""
        return cls(read_merges(path))

    def tokenize(self, texts: Sequence[str]) -> Tensor:
        """Turn B texts into (B, 77) int64: start, text, end, zeros. A text too long is cut, with the end in the last
        place."""
        ids = torch.zeros(len(texts), LENGTH, dtype=torch.int64)
        for row, text in enumerate(texts):
            numbers = [self.start, *self.encode(text)[: LENGTH - 2], self.end]
            ids[row, : len(numbers)] = torch.tensor(numbers)
        return ids

    def encode(self, text: str) -> list[int]:
        """Return the numbers of a text of any length, without start and end."""
        return [self._ids[symbol] for word in words(clean(text)) for symbol in self._split(word)]

    def _split(self, word: str) -> list[str]:
        if word in (START, END):
            return [word]
        # Half of a surrogate pair, from a command line in another encoding, has no bytes: it becomes a question mark.
        symbols = [BYTE_SYMBOLS[byte] for byte in word.encode(errors="replace")]
        symbols[-1] += WORD_END
        while len(symbols) > 1:
            pair = min(pairwise(symbols), key=lambda pair: self._ranks.get(pair, len(self._ranks)))
            if pair not in self._ranks:
                break
            symbols = _join(symbols, pair)
        return symbols


def _join(symbols: list[str], pair: tuple[str, str]) -> list[str]:
    """Replace the pair by its join wherever it stands, from the left."""
    joined: list[str] = []
    place = 0
    while place < len(symbols):
        if tuple(symbols[place : place + 2]) == pair:
            joined.append("".join(pair))
            place += 2
        else:
            joined.append(symbols[place])
            place += 1
    return joined
