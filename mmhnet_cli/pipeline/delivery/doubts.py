"""What makes one doubt a sound although it was made: words that the model never learnt, and next to no level."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from mmhnet_cli.encoders.vocabulary import Vocabulary
from mmhnet_cli.pipeline.request import Job

QUIET_DBFS = -60.0
"""A sound whose peak is lower than this before levelling is next to nothing."""


def unknown_words(job: Job) -> dict[str, list[str]]:
    """Return the `unknown_words` of all prompts of a job, each once, and with them what its model `makes`.

    Both are empty for a model without a vocabulary, to which any word may mean something. Raises WeightsInvalid.
    """
    vocabulary = _vocabulary(job)
    texts = [text for voice in job.request.voices for text in (voice.prompt, voice.negative_prompt)]
    words = [] if vocabulary is None else list(vocabulary.unknown(" ".join(texts)))
    return {"unknown_words": words, "makes": list(vocabulary.kinds) if vocabulary and words else []}


def quiet_voices(job: Job, take: int, voices: Sequence[np.ndarray]) -> list[dict[str, Any]]:
    """Return those voices (1, n) of a take that are next to nothing before levelling; no level is null."""
    found = []
    for voice, samples in zip(job.request.voices, voices, strict=True):
        peak = float(np.abs(samples).max(initial=0.0))
        if peak < 10 ** (QUIET_DBFS / 20):
            level = round(20 * float(np.log10(peak)), 1) if peak > 0 else None
            found.append({"take": take + 1, "voice": voice.name, "peak_dbfs": level})
    return found


def _vocabulary(job: Job) -> Vocabulary | None:
    spec = job.model.spec
    return spec.section("vocabulary", Vocabulary) if "vocabulary" in spec.sections else None
