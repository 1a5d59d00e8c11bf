"""A static table of word pieces that stands in for a sentence encoder: a phrase is the sum of its pieces.

Each piece begins as what the encoder says of it alone, shorter the more common it is (smooth inverse frequency, Arora
et al., ICLR 2017; the vocabulary is in order of frequency), in the directions that vary most. Then the pieces are moved
until their sums point where the encoder points for whole phrases. The length of a piece is its weight: pieces that say
nothing become short, and pieces that the table lacks weigh nothing.

    python -m mmhnet_cli.training.word_table --out weights/mini/words.safetensors
"""

import argparse
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmhnet_cli.encoders.wordpiece import INSIDE, pieces_of, plain, words_of
from mmhnet_cli.encoders.words import TABLE_KEYS
from mmhnet_cli.models.checkpoint import save_tensors
from mmhnet_cli.training.sentence_encoder import SentenceEncoder, load_sentence_encoder
from mmhnet_cli.training.word_corpus import corpus

KEPT = re.compile(r"(##)?[a-z]+")
"""Pieces of the vocabulary that are taken over: Latin letters, or their continuation."""
FIRST_WORD = 1996
"""Row of the most common word in the vocabulary; letters and signs stand before it."""
COMMON = 100.0
"""Rank at which a word has half its weight."""
ENDINGS = frozenset(INSIDE + ending for ending in ("s", "es", "ed", "d", "ing", "er", "ers", "ly", "y", "ie", "ies"))
"""Of English words, in any of which a known word stays known."""
STAY = 2e-5
"""Price of moving a piece: what few phrases know is mostly left where the encoder put it."""
INSIDE_WEIGHT = 0.5
"""Of a piece that continues a word: it says little by itself."""


def first_table(rows: Sequence[int], pieces: Sequence[str], alone: np.ndarray) -> np.ndarray:
    """What each piece is before fitting: (P, D) from what the encoder says of it alone, (P, D) of unit length."""
    rank = np.maximum(np.array(rows, np.float32) - FIRST_WORD, 0)
    weight = rank / (rank + COMMON)
    weight *= [INSIDE_WEIGHT if piece.startswith(INSIDE) else 1.0 for piece in pieces]
    return alone * weight[:, None]


def directions(vectors: np.ndarray, width: int) -> np.ndarray:
    """The `width` directions (384, width) in which vectors (N, 384) vary most about the origin."""
    _, parts = np.linalg.eigh(vectors.T @ vectors)
    return np.ascontiguousarray(parts[:, ::-1][:, :width])


def fit(
    table: np.ndarray,
    phrases: Sequence[Sequence[int]],
    wanted: np.ndarray,
    report: Callable[[str], None],
    epochs: int = 20,
    seed: int = 0,
) -> np.ndarray:
    """Move the rows of a table (P, D) until sums over `phrases` point along wanted (N, D). Gives (P, D).

    Only pieces that some phrase has are moved. Phrases of which the table has no piece are left out. Each tenth
    phrase is kept aside and told of.
    """
    torch.manual_seed(seed)
    met = sorted({row for phrase in phrases for row in phrase})
    place = {row: index for index, row in enumerate(met)}
    phrases = [[place[row] for row in phrase] for phrase in phrases]
    start, target = torch.from_numpy(table[met]), F.normalize(torch.from_numpy(wanted), dim=-1)
    bag = nn.EmbeddingBag.from_pretrained(start.clone(), mode="sum", freeze=False)
    usable = torch.tensor([index for index, phrase in enumerate(phrases) if phrase])
    aside, use = usable[::10], usable[torch.arange(len(usable)) % 10 > 0]
    optimiser = torch.optim.Adam(bag.parameters(), lr=4e-3)

    def closeness(chosen: Tensor) -> Tensor:
        flat = torch.tensor([row for index in chosen.tolist() for row in phrases[index]])
        counts = torch.tensor([0, *(len(phrases[index]) for index in chosen.tolist())])
        return F.cosine_similarity(bag(flat, counts.cumsum(0)[:-1]), target[chosen])

    for epoch in range(epochs):
        for chosen in use[torch.randperm(len(use))].split(512):
            moved = (bag.weight - start).square().sum()
            loss = 1 - closeness(chosen).mean() + STAY * moved
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        if (epoch + 1) % 5 == 0:
            with torch.no_grad():
                report(f"epoch {epoch + 1}: {closeness(use).mean():.3f}, kept aside {closeness(aside).mean():.3f}")
    fitted = table.copy()
    fitted[met] = bag.weight.detach().numpy()
    return fitted


def packed(table: np.ndarray, pieces: Sequence[str]) -> dict[str, Tensor]:
    """The table as it is stored: bytes with a scale for each piece."""
    scale = np.maximum(np.abs(table).max(1), 1e-6) / 127
    values = np.round(table / scale[:, None]).astype(np.int8)
    text = np.frombuffer("\n".join(pieces).encode(), np.uint8).copy()
    stored = (torch.from_numpy(values), torch.from_numpy(scale.astype(np.float16)), torch.from_numpy(text))
    return dict(zip(TABLE_KEYS, stored, strict=True))


def whole_words(table: np.ndarray, pieces: Sequence[str], texts: Sequence[str]) -> tuple[np.ndarray, list[str]]:
    """The table (P, D) and its pieces with the words of the texts as pieces of their own, and of the pieces that
    continue a word the ENDINGS alone.

    A word that goes on in any other way is unknown: half of a trampoline would be a tram.
    """
    place = {piece: row for row, piece in enumerate(pieces)}
    words = dict.fromkeys(word for text in texts for word in words_of(plain(text)))
    parts = {word: pieces_of(word, place) for word in words}
    longer = {word: rows for word, rows in parts.items() if len(rows) > 1}
    kept = [row for row, piece in enumerate(pieces) if not piece.startswith(INSIDE) or piece in ENDINGS]
    summed = np.stack([table[rows].sum(0) for rows in longer.values()])
    return np.concatenate([table[kept], summed]), [*(pieces[row] for row in kept), *longer]


def kept_rows(encoder: SentenceEncoder, texts: Sequence[str]) -> list[int]:
    """Rows of the vocabulary that are fitted: words, and what continues a word in the texts."""
    met = {row for text in texts for row in encoder.rows(text)}
    return [
        row
        for row, piece in enumerate(encoder.pieces)
        if KEPT.fullmatch(piece) and (row in met or not (piece.startswith(INSIDE) or row < FIRST_WORD))
    ]


def main(given: Sequence[str] | None = None) -> None:
    """Ask the encoder, fit the table, write it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--width", type=int, default=192, help="numbers per piece")
    parser.add_argument("--phrases", type=int, default=5000, help="combined phrases")
    arguments = parser.parse_args(given)
    encoder = load_sentence_encoder()
    texts = corpus(arguments.phrases)
    print(f"{len(texts)} phrases")
    meanings = encoder.encode(texts)
    rows = kept_rows(encoder, texts)
    v = encoder.vocabulary
    alone = encoder.encode_rows([[v["[CLS]"], row, v["[SEP]"]] for row in rows], 256)
    save_tensors(arguments.out, distil(encoder, texts, meanings, rows, alone, arguments.width, print))


def distil(
    encoder: SentenceEncoder,
    texts: Sequence[str],
    meanings: np.ndarray,
    rows: Sequence[int],
    alone: np.ndarray,
    width: int,
    report: Callable[[str], None],
) -> dict[str, Tensor]:
    """The stored table from what the encoder says of texts, (N, 384), and of the pieces `rows`, (P, 384)."""
    axes = directions(np.concatenate([meanings, 0.3 * alone]), width)
    pieces = [encoder.pieces[row] for row in rows]
    place = {row: index for index, row in enumerate(rows)}
    phrases = [[place[row] for row in encoder.rows(text) if row in place] for text in texts]
    start = first_table(rows, pieces, alone @ axes)
    return packed(*whole_words(fit(start, phrases, meanings @ axes, report), pieces, texts))


if __name__ == "__main__":
    main()
