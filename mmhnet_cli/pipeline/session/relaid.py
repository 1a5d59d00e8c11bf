"""A stretch of a voice that is another one, laid into its take: fades, level, mix, and the ceiling of its peaks."""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

import numpy as np

from mmhnet_cli.audio.level import PEAK_MARGIN_DB, GainDecision
from mmhnet_cli.audio.limiter import limiter_gain
from mmhnet_cli.audio.loudness import measure
from mmhnet_cli.audio.splice import Seam
from mmhnet_cli.options import GenerateRequest
from mmhnet_cli.pipeline.delivery.level import Level
from mmhnet_cli.pipeline.delivery.sounds import Sounds, film_sound
from mmhnet_cli.pipeline.making.cued import HeardCue
from mmhnet_cli.pipeline.request import Job
from mmhnet_cli.pipeline.session.take_file import EarlierTake
from mmhnet_cli.timeline import round_half_up

FADE = Fraction(1, 5)
FADE_S = float(FADE)
"""Seconds before and after the stretch in which both sounds go over into each other."""


def relaid(
    job: Job,
    take: EarlierTake,
    number: int,
    stretch_s: tuple[Fraction, Fraction],
    sound: np.ndarray,
    at: int,
    heard: Mapping[int, HeardCue] | None = None,
) -> Sounds:
    """Return the sounds of a take in which voice number `number` is another one over a stretch, at the level of the
    take.

    stretch_s: in seconds from the first picture. sound: (1 or 2, m) as the network gives it, which begins at sample
    `at` of the take and reaches over the stretch. heard: what of it is heard of single cues that have files, by number.
    """
    request = job.request
    rate_hz, voice = request.output.sample_rate_hz, request.voices[number]
    old = take.sound(None)
    gain = np.float32(10 ** ((take.gain_db + voice.gain_db) / 20))

    def levelled(samples: np.ndarray) -> np.ndarray:
        return np.broadcast_to(samples, (len(old), samples.shape[1])) * gain

    def sample_at(seconds: Fraction) -> int:
        return round_half_up((seconds - job.first_sample) * rate_hz)

    stretch, new = slice(sample_at(stretch_s[0]), min(sample_at(stretch_s[1]), old.shape[1])), levelled(sound)
    touched, stems = (
        _touched(stretch, rate_hz, old.shape[1]),
        {stem.name: take.sound(stem.name) for stem in request.stems},
    )
    before = stems[voice.name] if stems else old
    seam = Seam.between(before, new, at, stretch, round(FADE_S * rate_hz))
    after = seam.of(before, new, at)
    if stems:
        mix, stems[voice.name] = old.copy(), after
        mix[:, touched] += after[:, touched] - before[:, touched]
    else:
        mix = after
    cues = {}
    for cue, one in (heard or {}).items():
        begins = take.cues[cue].first
        spliced = seam.of(take.cue_sound(cue, len(old)), levelled(one.samples[:, :]), at + one.first, begins)
        cues[cue] = HeardCue(one.cue, begins, spliced, levelled=True)
    _limit(mix, [(0, mix), *((0, stem) for stem in stems.values()), *_placed(cues)], touched, request, rate_hz)
    handle = slice(job.handle_samples, job.handle_samples + job.picture_samples)
    decision = GainDecision(take.gain_db, "off", 0.0)
    level = Level(measure(old[:, handle], rate_hz), decision, None, measure(mix[:, handle], rate_hz))
    film = film_sound(job, mix) if any(output.is_film for output in job.outputs) else None
    return Sounds(mix, tuple(stems.values()), film, level, cues)


def _placed(cues: Mapping[int, HeardCue]) -> Iterator[tuple[int, np.ndarray]]:
    yield from ((one.first, np.asarray(one.samples)) for one in cues.values())


def _touched(stretch: slice, rate_hz: int, length: int) -> slice:
    """Return the samples that a redo may change: the stretch and its fades."""
    fade = round(FADE_S * rate_hz)
    return slice(max(0, stretch.start - fade), min(length, stretch.stop + fade))


def _limit(
    mix: np.ndarray,
    sounds: Sequence[tuple[int, np.ndarray]],
    touched: slice,
    request: GenerateRequest,
    rate_hz: int,
) -> None:
    """Hold the true peak of what was changed of the mix under the ceiling, with one curve for all sounds, in place.

    sounds: each with the sample of the mix at which it begins.
    """
    ceiling_dbtp = request.output.loudness.true_peak_dbtp - PEAK_MARGIN_DB
    curve = limiter_gain(mix[:, touched], rate_hz, ceiling_dbtp)[:]
    # Nothing new is at the outer ends of the fades: there the curve leads back to 1, and leaves no step.
    fade = min(round(FADE_S * rate_hz), len(curve) // 2)
    share = np.ones(len(curve), np.float32)
    rise = np.linspace(0, 1, fade, endpoint=False, dtype=np.float32)
    share[:fade] = rise if touched.start else 1
    share[len(share) - fade :] = rise[::-1] if touched.stop < mix.shape[1] else 1
    held = 1 - share * (1 - curve)
    for first, samples in sounds:
        begin, end = max(touched.start, first), min(touched.stop, first + samples.shape[1])
        if begin < end:
            samples[:, begin - first : end - first] *= held[begin - touched.start : end - touched.start]
