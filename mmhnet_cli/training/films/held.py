"""Clips that a training never sees, and stretches of several of them in a row, which are longer than it ever sees."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import torch

from mmhnet_cli.errors import BadOption
from mmhnet_cli.training.films.index import ClipRow, Index
from mmhnet_cli.training.films.places import CLIP_S
from mmhnet_cli.training.films.shards import Example

TIMES_AS_LONG = 4
"""A stretch has so many clips: 32 s."""


@dataclass(frozen=True)
class Held:
    """What is kept out of a training."""

    clips: tuple[ClipRow, ...]
    stretches: tuple[tuple[ClipRow, ...], ...]
    """Each has clips of one film that follow one another."""


def kept_out(index: Index, at_least: int, seed: int) -> tuple[Index, Held]:
    """Return the index of what is trained on, and what is kept out: films as wholes, which the seed draws, until there
    are so many clips. Raises BadOption where nothing would be left to train on."""
    if not at_least:
        return index, Held((), ())
    films: set[int] = set()
    count = 0
    for film in np.random.default_rng((seed, 2)).permutation(len(index.films)).tolist():
        if count >= at_least:
            break
        films.add(film)
        count += sum(clip.film == film for clip in index.clips)
    trained = tuple(clip for clip in index.clips if clip.film not in films)
    if count < at_least or not trained:
        most = f"less than the {len(index.clips)} clips of {len(index.films)} films leave, as films are kept out whole"
        raise BadOption("held_out", str(at_least), most)
    held = sorted((clip for clip in index.clips if clip.film in films), key=lambda clip: (clip.film, clip.start_s))
    # Their number of clips goes into what is told of the training.
    rows = tuple(replace(row, clips=0) if film in films else row for film, row in enumerate(index.films))
    return replace(index, clips=trained, films=rows), Held(tuple(held), _stretches(held))


def _stretches(clips: Sequence[ClipRow]) -> tuple[tuple[ClipRow, ...], ...]:
    """Return stretches that do not overlap, of clips in the order of film and time."""
    found, run = [], list(clips[:1])
    for before, clip in pairwise(clips):
        follows = clip.film == before.film and clip.start_s == before.start_s + CLIP_S
        run = [*run, clip] if follows and len(run) < TIMES_AS_LONG else [clip]
        if len(run) == TIMES_AS_LONG:
            found.append(tuple(run))
    return tuple(found)


def joined(examples: Sequence[Example]) -> Example:
    """Return clips that follow one another as one; the words are those of the first."""
    return Example(
        latents=torch.cat([example.latents for example in examples]),
        clip=torch.cat([example.clip for example in examples]),
        sync=torch.cat([example.sync for example in examples]),
        text=examples[0].text,
        blind=examples[0].blind,
    )
