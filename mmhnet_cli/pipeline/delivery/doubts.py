"""What makes one doubt a sound although it was made: words that mean nothing to the model, a picture in which it sees
nothing that sounds, and next to no level."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from mmhnet_cli.audio.waves import Waves, stretches
from mmhnet_cli.encoders.understanding import Understood
from mmhnet_cli.pipeline.asking.report_file import relative
from mmhnet_cli.pipeline.asking.ucs import FIELD, MISCELLANEOUS
from mmhnet_cli.pipeline.asking.word_space import space_of
from mmhnet_cli.pipeline.request import Job

if TYPE_CHECKING:
    from mmhnet_cli.encoders.protocol import Shot

QUIET_DBFS = -60.0
"""A sound whose peak is lower than this before levelling is next to nothing."""
BLOCK_SAMPLES = 1 << 20
UNSEEN_SHARE = 0.08
"""Where no kind has such a share of what is seen, nothing was recognised: a grey picture spreads as much over many."""


def doubtful_words(job: Job) -> dict[str, Any]:
    """Return what of the prompts of a job its model does not know: `unknown_words` that mean nothing to it, each once,
    sounds that are `beyond` what it `makes`, with the kinds that are nearest to each, the options `ignored`, and files
    that are `unnamed` by the Universal Category System, for no words say what they hold.

    All but the last two are empty for a model that takes words as they come. Raises WeightsInvalid.
    """
    space, voices = space_of(job.model), job.request.voices
    found, away = (
        [] if space is None else [space.understand(text) for text in texts]
        for texts in ([voice.prompt for voice in voices], [voice.negative_prompt for voice in voices])
    )
    words = list(dict.fromkeys(word for one in (*found, *away) for word in one.unknown))
    # Who keeps away from what the model cannot make has lost nothing.
    sounds = [sound for one in found for sound in one.sounds]
    beyond = [
        {"text": sound.text, "nearest": sound.nearest[0].kind, "near": [one.kind for one in sound.nearest]}
        for sound in sounds
        if not sound.known
    ]
    makes = [kind.replace("_", " ") for kind in space.kinds] if space is not None and (words or beyond) else []
    doubts = {"unknown_words": words, "beyond": beyond, "makes": makes, "ignored": list(job.ignored)}
    return {**doubts, "unnamed": _unnamed(job)}


def _unnamed(job: Job) -> list[str]:
    """Return the files whose name says MISCELLANEOUS where it should say what sounds."""
    if FIELD not in job.request.name:
        return []
    names = (relative(output.path, job.report.parent) for output in job.outputs)
    return [name for name in names if MISCELLANEOUS in name]


def understood_words(job: Job) -> dict[str, Any]:
    """Return what the model of a job understands of each voice's prompt; nothing where it takes words as they come."""
    space = space_of(job.model)
    voices = job.request.voices if space is not None else ()
    return {voice.name: _understood(space.understand(voice.prompt)) for voice in voices if space and voice.prompt}


def _understood(found: Understood) -> dict[str, Any]:
    return {
        "kinds": list(found.kinds),
        "degrees": [asdict(degree) for degree in found.degrees],
        "denied": list(found.denied),
    }


def unseen_shots(job: Job, shots: Sequence["Shot"]) -> list[dict[str, float]]:
    """Return where in the film nothing was recognised that sounds, while no words say what does."""
    if all(voice.prompt.strip() for voice in job.request.voices):
        return []
    return [
        {"start_s": round(shot.start_s, 3), "end_s": round(shot.end_s, 3)}
        for shot in shots
        if max(shot.shares.values(), default=0.0) < UNSEEN_SHARE
    ]


def quiet_voices(job: Job, take: int, voices: Sequence[Waves]) -> list[dict[str, Any]]:
    """Return those voices (1, n) of a take that are next to nothing before levelling; no level is null."""
    found = []
    for voice, samples in zip(job.request.voices, voices, strict=True):
        peak = max((float(np.abs(block).max()) for block in stretches(samples, BLOCK_SAMPLES)), default=0.0)
        if peak < 10 ** (QUIET_DBFS / 20):
            level = round(20 * float(np.log10(peak)), 1) if peak > 0 else None
            found.append({"take": take + 1, "voice": voice.name, "peak_dbfs": level})
    return found
