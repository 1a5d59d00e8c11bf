"""Batches of prepared clips, as a function of their number: the same number gives the same batch."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mmhnet_cli.models.safe_file import opened
from mmhnet_cli.training.batch import Batch
from mmhnet_cli.training.films.config import RunConfig
from mmhnet_cli.training.films.index import ClipRow, Index
from mmhnet_cli.training.films.shards import Example, read_example
from mmhnet_cli.training.team import WHOLE, Share

STATISTICS_CLIPS = 1024
"""The scale of latents is taken from so many clips at most, evenly from all."""


class FilmBatches:
    """It takes every clip once in each round, in an order that the seed and the round decide.

    empty_words: tokens of the text that stands for none. share: what is taken of each batch.
    """

    def __init__(self, folder: Path, index: Index, config: RunConfig, empty_words: int, share: Share = WHOLE) -> None:
        self.folder, self.index, self.config, self.empty_words = folder, index, config, empty_words
        self.share = share
        self._order: tuple[int, np.ndarray] = (-1, np.zeros(0, int))
        self._files: dict[int, Any] = {}
        self._open = ExitStack()

    def __call__(self, number: int) -> Batch:
        size = self.config.batch
        places = self.share.of(torch.arange(number * size, (number + 1) * size)).tolist()
        examples = [self.example(self._clip(place)) for place in places]
        rng = np.random.default_rng((self.config.seed, 1, number))
        # Drawn for all of the batch, so that it is the same for a clip whoever takes it.
        draws = self.share.of(torch.from_numpy(rng.random((3, size)).T)).numpy()
        both, video, text = (draws < (self.config.drop_both, self.config.drop_video, self.config.drop_text)).T
        return stacked(examples, self.empty_words, both | video, both | text)

    def example(self, clip: ClipRow) -> Example:
        """Return what was prepared of a clip."""
        if clip.shard not in self._files:
            path = self.folder / self.index.shards[clip.shard].file
            self._files[clip.shard] = self._open.enter_context(opened(path, "pt"))
        return replace(read_example(self._files[clip.shard], clip.row), blind=self.index.films[clip.film].blind)

    def latents(self) -> Iterator[Tensor]:
        """Yield latents (L, C) from which their scale can be told."""
        clips = self.index.clips
        for at in np.linspace(0, len(clips) - 1, min(len(clips), STATISTICS_CLIPS)).round().astype(int):
            yield self.example(clips[at]).latents

    def _clip(self, place: int) -> ClipRow:
        """Return the clip at a place of the endless row of rounds."""
        turn, at = divmod(place, len(self.index.clips))
        if self._order[0] != turn:
            self._order = turn, np.random.default_rng((self.config.seed, 0, turn)).permutation(len(self.index.clips))
        return self.index.clips[int(self._order[1][at])]


def stacked(examples: Sequence[Example], empty_words: int, drop_video: np.ndarray, drop_text: np.ndarray) -> Batch:
    """Return examples as one batch, in which their pictures and words may be dropped, and those that there are not are.

    empty_words: tokens of the text that stands for none. drop_video, drop_text (B,): bool.
    """
    words = max(empty_words, *(len(example.text) for example in examples))
    blind = np.array([example.blind for example in examples])
    unsaid = np.array([len(example.text) == 0 for example in examples])
    return Batch(
        latents=torch.stack([example.latents for example in examples]),
        clip=torch.stack([example.clip for example in examples]),
        sync=torch.stack([example.sync for example in examples]),
        text=torch.stack([_padded(example.text, words) for example in examples]),
        text_mask=torch.stack([torch.arange(words) < len(example.text) for example in examples]),
        drop_video=torch.from_numpy(drop_video | blind),
        drop_text=torch.from_numpy(drop_text | unsaid),
    )


def _padded(text: Tensor, words: int) -> Tensor:
    return torch.nn.functional.pad(text, (0, 0, 0, words - len(text)))
