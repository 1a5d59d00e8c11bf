"""Signal tools of the procedural sound world: sample axes, noise, resonances, struck bodies, grains and levels."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import signal as dsp

from mmhnet_cli.training.world.scene import CONTROL_RATE_HZ, Source

SAMPLE_RATE_HZ = 44100

RELEASE_S = 0.08
"""How long a source may sound after its end."""

RING_LENGTH = 1.65
"""Length of a decaying sound in T60: 99 dB, below the silence the world promises between events."""

QUIET_RMS, LOUD_RMS = 0.03, 0.12
"""What most continuous sounds reach at the least and the most of their curve."""


def samples_of(time_s: float) -> int:
    """Sample nearest to a time in seconds."""
    return round(time_s * SAMPLE_RATE_HZ)


def sample_count(source: Source) -> int:
    """Samples of [start_s, end_s) and the release after it."""
    return samples_of(source.end_s) - samples_of(source.start_s) + samples_of(RELEASE_S)


def at_samples(control: np.ndarray, count: int) -> np.ndarray:
    """Control values (C,) at 25 Hz to (count,) at 44.1 kHz, linear between them and constant after the last."""
    return np.interp(np.arange(count) * (CONTROL_RATE_HZ / SAMPLE_RATE_HZ), np.arange(len(control)), control)


def wander(rng: np.random.Generator, count: int, rate_hz: float) -> np.ndarray:
    """Smooth random signal (count,) in [-1, 1] with `rate_hz` independent values per second."""
    knots = rng.uniform(-1, 1, int(count * rate_hz / SAMPLE_RATE_HZ) + 3)
    position = np.arange(count) * (rate_hz / SAMPLE_RATE_HZ)
    return np.interp(position, np.arange(len(knots)), knots)


def noise(rng: np.random.Generator, count: int) -> np.ndarray:
    """White Gaussian noise (count,), RMS 1."""
    return rng.standard_normal(count)


def bandpass(signal: np.ndarray, low_hz: float, high_hz: float) -> np.ndarray:
    """Second-order Butterworth band, (N,) to (N,)."""
    return dsp.sosfilt(dsp.butter(2, (low_hz, high_hz), "bandpass", fs=SAMPLE_RATE_HZ, output="sos"), signal)


def lowpass(signal: np.ndarray, cutoff_hz: float) -> np.ndarray:
    """Second-order Butterworth low-pass, (N,) to (N,)."""
    return dsp.sosfilt(dsp.butter(2, cutoff_hz, "lowpass", fs=SAMPLE_RATE_HZ, output="sos"), signal)


def resonance(signal: np.ndarray, frequency_hz: float, t60_s: float) -> np.ndarray:
    """Two-pole resonance, (N,) to (N,): an impulse becomes a sine of amplitude 1 that decays by 60 dB in `t60_s`."""
    radius = 10 ** (-3 / (t60_s * SAMPLE_RATE_HZ))
    angle = 2 * np.pi * frequency_hz / SAMPLE_RATE_HZ
    return dsp.lfilter([0, radius * np.sin(angle)], [1, -2 * radius * np.cos(angle), radius**2], signal)


def decay(t60_s: float) -> np.ndarray:
    """Exponential decay from 1, -60 dB at `t60_s`, down to -99 dB."""
    return 10 ** (np.arange(samples_of(RING_LENGTH * t60_s)) * (-3 / (t60_s * SAMPLE_RATE_HZ)))


def burst(rng: np.random.Generator, low_hz: float, high_hz: float, t60_s: float) -> np.ndarray:
    """Band noise of peak 1 that starts at once and decays by 60 dB in `t60_s`."""
    envelope = decay(t60_s)
    return unit_peak(bandpass(noise(rng, len(envelope)), low_hz, high_hz) * envelope)


def phase(frequency_hz: np.ndarray) -> np.ndarray:
    """Phase (N,) in radians of an oscillator whose frequency is given at every sample."""
    return np.cumsum(frequency_hz) * (2 * np.pi / SAMPLE_RATE_HZ)


def harmonics(angle: np.ndarray, amplitudes: np.ndarray) -> np.ndarray:
    """Sum of sin(k * angle) * amplitudes[k - 1], (N,); each harmonic by the recurrence of Chebyshev, not a new sine."""
    before, now, twice_cos = np.zeros_like(angle), np.sin(angle), 2 * np.cos(angle)
    out = np.zeros_like(angle)
    for amplitude in amplitudes:
        out += amplitude * now
        before, now = now, twice_cos * now - before
    return out


def mix(*parts: tuple[float, float, np.ndarray]) -> np.ndarray:
    """Sum of (delay in seconds, gain, samples), as long as the longest needs."""
    out = np.zeros(max(samples_of(delay) + len(part) for delay, _, part in parts))
    for delay, gain, part in parts:
        out[samples_of(delay) : samples_of(delay) + len(part)] += gain * part
    return out


@dataclass(frozen=True)
class Body:
    """A struck thing: its modes, and how long whatever strikes it stays in contact.

    frequencies_hz, t60_s, amplitudes: (M,) modes. contact_s: contact time of a strike of strength 1.
    """

    frequencies_hz: np.ndarray
    t60_s: np.ndarray
    amplitudes: np.ndarray
    contact_s: float

    def ringer(self) -> Callable[[np.random.Generator, float], np.ndarray]:
        """Strike function: (rng, strength) to samples (N,) of peak 1. Modes are computed once for all strikes."""
        time = np.arange(samples_of(RING_LENGTH * float(self.t60_s.max()))) / SAMPLE_RATE_HZ
        modes = np.exp(np.outer(-6.908 / self.t60_s, time)) * np.sin(np.outer(2 * np.pi * self.frequencies_hz, time))

        def strike(rng: np.random.Generator, strength: float) -> np.ndarray:
            # Hertz: contact time falls with the fifth root of the speed, so harder strikes are brighter.
            contact = self.contact_s * strength**-0.2
            excited = self.amplitudes / (1 + (2 * self.frequencies_hz * contact) ** 2)
            # The point of the strike varies, and with it how much each mode takes.
            return unit_peak((excited * rng.uniform(0.7, 1.3, len(excited))) @ modes)

        return strike


def play_events(source: Source, peak: float, sound: Callable[[int, float], np.ndarray]) -> np.ndarray:
    """One sound per event, (sample_count,): `sound(index, strength)`, scaled to `peak` times the event's strength."""
    out = np.zeros(sample_count(source))
    start = samples_of(source.start_s)
    for index, (time_s, strength) in enumerate(zip(source.events_s, source.strengths, strict=True)):
        onset = samples_of(float(time_s)) - start
        struck = unit_peak(sound(index, float(strength)))[: len(out) - onset]
        out[onset : onset + len(struck)] += peak * float(strength) * struck
    return out


def random_times(rng: np.random.Generator, rate_hz: np.ndarray) -> np.ndarray:
    """Samples (G,) at which a Poisson process fires whose rate is given at every sample (N,)."""
    total = np.cumsum(rate_hz) / SAMPLE_RATE_HZ
    fired = rng.uniform(0, total[-1], rng.poisson(total[-1]))
    return np.searchsorted(total, fired)


def pulse_times(rate_hz: np.ndarray, count: int) -> np.ndarray:
    """Samples (G,) at which a periodic process fires whose rate (C,) is given at 25 Hz; all below `count`."""
    seconds = count / SAMPLE_RATE_HZ
    time = np.arange(int(seconds * CONTROL_RATE_HZ) + 2) / CONTROL_RATE_HZ
    held = rate_hz[np.minimum(np.arange(len(time)), len(rate_hz) - 1)]
    cycles = np.concatenate([[0.0], np.cumsum((held[1:] + held[:-1]) / (2 * CONTROL_RATE_HZ))])
    fired = np.interp(np.arange(1, int(cycles[-1]) + 1), cycles, time)
    samples = np.round(fired * SAMPLE_RATE_HZ).astype(np.int64)
    return samples[samples < count]


def impulses(count: int, times: np.ndarray, amplitudes: np.ndarray) -> np.ndarray:
    """Signal (count,) that is zero but for `amplitudes` (G,) added at samples `times` (G,)."""
    return np.bincount(times, amplitudes, minlength=count)[:count]


def scatter(count: int, times: np.ndarray, grains: np.ndarray) -> np.ndarray:
    """Sum (count,) of grains (G, L), each starting at its sample in `times` (G,)."""
    places = times[:, None] + np.arange(grains.shape[1])
    return np.bincount(places.ravel(), grains.ravel(), minlength=count)[:count]


def rms(signal: np.ndarray) -> float:
    """Root mean square."""
    return float(np.sqrt(np.mean(np.square(signal))))


def unit_rms(signal: np.ndarray) -> np.ndarray:
    """The same signal at RMS 1; silence stays silence."""
    return signal / max(rms(signal), 1e-12)


def unit_peak(signal: np.ndarray) -> np.ndarray:
    """The same signal with its largest sample at 1; silence stays silence."""
    return signal / max(float(np.abs(signal).max(initial=0.0)), 1e-12)


def sustained(signal: np.ndarray, control: np.ndarray, quiet: float, loud: float) -> np.ndarray:
    """A continuous sound whose RMS goes from `quiet` to `loud` as `control` (C,) at 25 Hz goes from 0 to 1."""
    gain = at_samples(quiet * (loud / quiet) ** control, len(signal))
    # One-sided pulses carry an offset that no loudspeaker plays; it goes before levels are measured.
    heard = dsp.sosfilt(dsp.butter(1, 20, "highpass", fs=SAMPLE_RATE_HZ, output="sos"), signal)
    shaped = heard * gain
    return soft_limit(shaped * (rms(gain) / max(rms(shaped), 1e-12)), 0.35, 0.7)


def soft_limit(signal: np.ndarray, knee: float, ceiling: float) -> np.ndarray:
    """Unchanged up to `knee`, then bent so that no sample passes `ceiling`."""
    over = np.abs(signal) - knee
    room = ceiling - knee
    return np.where(over > 0, np.sign(signal) * (knee + room * np.tanh(np.maximum(over, 0) / room)), signal)
