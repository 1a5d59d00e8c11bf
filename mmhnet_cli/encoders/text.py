"""The mini model's text encoder: words as bags of hashed pieces, so that a word it never met still has a meaning."""

import zlib
from dataclasses import dataclass
from typing import Annotated

import torch
from torch import Tensor, nn

from mmhnet_cli.encoders.vocabulary import WORD
from mmhnet_cli.fields import Within, check_fields


@dataclass(frozen=True)
class TextConfig:
    """words: W, with the start token; pieces: hashed pieces per word; table: rows of the embedding; width: text_dim."""

    words: Annotated[int, Within(1, 1024)] = 32
    pieces: Annotated[int, Within(1, 256)] = 16
    table: Annotated[int, Within(2, 1 << 20)] = 4096
    width: Annotated[int, Within(1, 8192)] = 128

    def __post_init__(self) -> None:
        check_fields(self)


def word_pieces(word: str) -> list[str]:
    """The word itself, then its character 3-grams and 4-grams with the word's borders marked."""
    marked = f"<{word}>"
    return [marked] + [marked[i : i + n] for n in (3, 4) for i in range(len(marked) - n + 1)]


class SubwordTextEncoder(nn.Module):
    """Each token is the mean of the embeddings of a word's pieces, after a normalisation; order is not encoded.

    Every text begins with a start token, so that the empty prompt is one token rather than none.
    """

    def __init__(self, config: TextConfig) -> None:
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(config.table, config.width, padding_idx=0)
        nn.init.normal_(self.embedding.weight[1:], std=1.0)
        self.norm = nn.LayerNorm(config.width)

    def tokenize(self, texts: list[str]) -> Tensor:
        """Hashed pieces (B, W, pieces) int64; 0 is padding. Words beyond W - 1 are left out."""
        config = self.config
        ids = torch.zeros(len(texts), config.words, config.pieces, dtype=torch.int64)
        for row, text in enumerate(texts):
            words = WORD.findall(text.lower())[: config.words - 1]
            for column, pieces in enumerate([[""], *map(word_pieces, words)]):
                hashed = [1 + zlib.crc32(piece.encode()) % (config.table - 1) for piece in pieces[: config.pieces]]
                ids[row, column, : len(hashed)] = torch.tensor(hashed)
        return ids

    def forward(self, ids: Tensor) -> tuple[Tensor, Tensor]:
        """(B, W, pieces) to text features (B, W, width) and their mask (B, W)."""
        present = ids != 0
        count = present.sum(-1, keepdim=True)
        total = self.embedding(ids).sum(2)
        # The root of a whole number is a float32, which would carry half precision up with it.
        mean = total / count.clamp(min=1).sqrt().to(total.dtype)
        mask = count[..., 0] > 0
        return self.norm(mean) * mask[..., None], mask
