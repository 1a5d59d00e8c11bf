"""Words cut into pieces of a fixed vocabulary, as BERT does it (Wu et al., arXiv 1609.08144, section 4.1)."""

import re
import unicodedata
from collections.abc import Mapping

TOKEN = re.compile(r"[^\W_]+|[^\w\s]|_")
ACCENTS = re.compile("[\u0300-\u036f]")
INSIDE = "##"
"""Stands before a piece that continues a word."""
LONGEST_WORD = 100


def plain(text: str) -> str:
    """Small letters without accents, in the compatible form that Unicode knows for each character."""
    # Only the accents of letters: the marks of Japanese make other sounds.
    return unicodedata.normalize("NFC", ACCENTS.sub("", unicodedata.normalize("NFKD", text.lower())))


def words_of(text: str) -> list[str]:
    """Words and single signs of a plain text; each Chinese or Japanese sign is a word."""
    return [word for token in TOKEN.findall(text) for word in _apart(token)]


def _apart(token: str) -> list[str]:
    if not any(is_ideograph(sign) for sign in token):
        return [token]
    return "".join(f" {sign} " if is_ideograph(sign) else sign for sign in token).split()


def is_ideograph(sign: str) -> bool:
    """Whether a sign is of the unified Chinese ones, which stand without blanks between words."""
    return "一" <= sign <= "鿿" or "㐀" <= sign <= "䶿" or "豈" <= sign <= "﫿"


def pieces_of(word: str, vocabulary: Mapping[str, int]) -> list[int]:
    """Rows of the longest pieces that make up `word`, from its beginning; none where it cannot be made of them."""
    found: list[int] = []
    start = 0
    while start < len(word) <= LONGEST_WORD:
        prefix = INSIDE if start else ""
        for end in range(len(word), start, -1):
            row = vocabulary.get(prefix + word[start:end])
            if row is not None:
                found.append(row)
                start = end
                break
        else:
            return []
    return found
