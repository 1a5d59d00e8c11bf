"""Cues that get files of their own: what is heard of each, at the level of its track, and what a report says of it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from mmhnet_cli.audio.edges import edge_gain
from mmhnet_cli.audio.loudness import measure
from mmhnet_cli.encoders.protocol import Shot
from mmhnet_cli.options import Cue, GenerateRequest
from mmhnet_cli.pipeline.asking.names import Output
from mmhnet_cli.pipeline.delivery.level import Level
from mmhnet_cli.pipeline.delivery.sound_files import Sound, seed_of, time_reference
from mmhnet_cli.pipeline.making.cued import HeardCue
from mmhnet_cli.pipeline.making.held import Scratch
from mmhnet_cli.pipeline.request import Job


class HeardCues:
    """Collects the cues of a take where they get files of their own, else nothing. scratch: their sounds lie there."""

    def __init__(self, request: GenerateRequest, shots: Sequence[Shot], scratch: Scratch) -> None:
        self.found: dict[int, HeardCue] = {}
        self.seen: dict[int, str] = {}
        # Two rows of a sheet may be equal, and are two cues all the same.
        self._numbers = {id(cue): number for number, cue in enumerate(request.cues or ())}
        self._wanted, self._shots, self._scratch = request.output.cue_files, shots, scratch

    def add(self, heard: HeardCue) -> None:
        """Take a cue."""
        if not self._wanted or not heard.samples.shape[1]:
            return
        number = self._numbers[id(heard.cue)]
        self.found[number] = replace(heard, samples=self._scratch.held(heard.samples))
        if (kind := _seen_most(self._shots, heard.cue)) is not None:
            self.seen[number] = kind


def cue_sound(job: Job, number: int, heard: HeardCue | None, level: Level) -> Sound:
    """Return what the file of a cue holds: with the sounds of the others of its track it adds up to that of the track.

    heard: None is a cue of which nothing is heard, as one that begins within the last frame.
    """
    rate_hz, request = job.request.output.sample_rate_hz, job.request
    if heard is not None and heard.levelled:
        return Sound(heard.samples, measure(heard.samples, rate_hz), heard.first)
    first, samples = (0, np.zeros((1, 1), np.float32)) if heard is None else (heard.first, heard.samples[:, :])
    cue = (request.cues or ())[number]
    gain_db = next(stem.gain_db for stem in request.stems if stem.name == cue.track)
    shaped = np.broadcast_to(samples, (job.channel_count, samples.shape[1])) * np.float32(10 ** (gain_db / 20))
    shaped *= edge_gain(first, samples.shape[1], job.samples, rate_hz).astype(np.float32)
    levelled = level.applied(shaped, first)
    return Sound(levelled, measure(levelled, rate_hz), first)


def cue_facts(job: Job, output: Output, heard: Mapping[int, HeardCue]) -> dict[str, Any]:
    """Return what a report says of the file of a cue besides what it says of every file."""
    assert output.cue is not None and job.request.cues is not None
    cue, found, kept = job.request.cues[output.cue], heard.get(output.cue), job.kept_cues.get(output.cue)
    first, samples, seed = 0, 1, seed_of(job, output)
    if kept is not None:
        first, samples, seed = kept.first, kept.samples, kept.seed
    elif found is not None:
        first, samples = found.first, found.samples.shape[1]
    return {
        "cue": output.cue + 1,
        "row": cue.row,
        "name": cue.title,
        "shot": cue.shot,
        "seed": seed,
        "first_sample": first,
        "samples": samples,
        "time_reference_samples": time_reference(job, first),
    }


def _seen_most(shots: Sequence[Shot], cue: Cue) -> str | None:
    """Return the kind that the picture shows most of while a cue lasts; None where it shows none."""
    shares: defaultdict[str, float] = defaultdict(float)
    for shot in shots:
        lasts_s = min(shot.end_s, float(cue.end)) - max(shot.start_s, float(cue.start))
        for kind, share in shot.shares.items():
            shares[kind] += share * max(0.0, lasts_s)
    return max((kind for kind in shares if shares[kind] > 0), key=lambda kind: shares[kind], default=None)
