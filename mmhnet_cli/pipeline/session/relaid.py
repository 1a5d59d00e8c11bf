"""A stretch of a voice that is another one, laid into its take: fades, level, mix, and the ceiling of its peaks."""

from fractions import Fraction

import numpy as np

from mmhnet_cli.audio.level import PEAK_MARGIN_DB, GainDecision
from mmhnet_cli.audio.limiter import limiter_gain
from mmhnet_cli.audio.loudness import measure
from mmhnet_cli.audio.splice import splice
from mmhnet_cli.options import GenerateRequest
from mmhnet_cli.pipeline.delivery.level import Level
from mmhnet_cli.pipeline.delivery.sounds import Sounds, film_sound
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
) -> Sounds:
    """Return the sounds of a take in which voice number `number` is another one over a stretch, at the level of the
    take.

    stretch_s: in seconds from the first picture. sound: (1 or 2, m) as the network gives it, which begins at sample
    `at` of the take and reaches over the stretch.
    """
    request = job.request
    rate_hz, voice = request.output.sample_rate_hz, request.voices[number]
    gain_db = take.gain_db + voice.gain_db
    old = take.sound(None)
    new = np.broadcast_to(sound, (len(old), sound.shape[1])) * np.float32(10 ** (gain_db / 20))

    def sample_at(seconds: Fraction) -> int:
        return round_half_up((seconds - job.first_sample) * rate_hz)

    stretch = slice(sample_at(stretch_s[0]), min(sample_at(stretch_s[1]), old.shape[1]))

    def renewed(samples: np.ndarray) -> np.ndarray:
        return splice(samples, new, at, stretch, round(FADE_S * rate_hz))

    stems: tuple[np.ndarray, ...] = ()
    if not request.stems:
        mix = renewed(old)
    else:
        parts = {stem.name: take.sound(stem.name) for stem in request.stems}
        before, after = parts[voice.name], renewed(parts[voice.name])
        parts[voice.name] = after
        touched = _touched(stretch, rate_hz, old.shape[1])
        mix = old.copy()
        mix[:, touched] += after[:, touched] - before[:, touched]
        stems = tuple(parts[stem.name] for stem in request.stems)
    mix, stems = _limited(mix, stems, _touched(stretch, rate_hz, old.shape[1]), request, rate_hz)
    handle = slice(job.handle_samples, job.handle_samples + job.picture_samples)
    gain = GainDecision(take.gain_db, "off", 0.0)
    level = Level(measure(old[:, handle], rate_hz), gain, None, measure(mix[:, handle], rate_hz))
    film = film_sound(job, mix) if any(output.is_film for output in job.outputs) else None
    return Sounds(mix, stems, film, level)


def _touched(stretch: slice, rate_hz: int, length: int) -> slice:
    """Return the samples that a redo may change: the stretch and its fades."""
    fade = round(FADE_S * rate_hz)
    return slice(max(0, stretch.start - fade), min(length, stretch.stop + fade))


def _limited(
    mix: np.ndarray, stems: tuple[np.ndarray, ...], touched: slice, request: GenerateRequest, rate_hz: int
) -> tuple[np.ndarray, tuple[np.ndarray, ...]]:
    """Hold the true peak of what was changed under the ceiling, with one curve for the mix and all its stems."""
    ceiling_dbtp = request.output.loudness.true_peak_dbtp - PEAK_MARGIN_DB
    curve = limiter_gain(mix[:, touched], rate_hz, ceiling_dbtp)
    # Nothing new is at the outer ends of the fades: there the curve leads back to 1, and leaves no step.
    fade = min(round(FADE_S * rate_hz), len(curve) // 2)
    share = np.ones(len(curve), np.float32)
    rise = np.linspace(0, 1, fade, endpoint=False, dtype=np.float32)
    share[:fade] = rise if touched.start else 1
    share[len(share) - fade :] = rise[::-1] if touched.stop < mix.shape[1] else 1
    held = 1 - share * (1 - curve)
    for samples in (mix, *stems):
        samples[:, touched] *= held
    return mix, stems
