"""Where a sound is: near and dry, in a room, between houses, far over a field."""

from collections.abc import Callable

import numpy as np
from scipy import signal as dsp

from mmhnet_cli.training.world.dsp import SAMPLE_RATE_HZ, decay, lowpass, noise, samples_of


def place(rng: np.random.Generator, wettest: float = 0.5) -> Callable[[np.ndarray], np.ndarray]:
    """Draw surroundings: a function of a dry sound (N,) to what is heard there (N + tail,).

    The direct sound stays exactly on time and loses treble to the air; walls answer with decaying noise that is darker
    than the sound itself (Moorer, "About this reverberation business"). `wettest`: most of the tail's RMS, where the
    direct sound has 1.
    """
    t60 = 10 ** rng.uniform(-0.8, 0.15)
    tail = lowpass(noise(rng, samples_of(1.65 * t60)), rng.uniform(1500, 6000)) * decay(t60)
    first = samples_of(rng.uniform(0.004, 0.025))
    response = np.concatenate([np.zeros(first), tail * (wettest * rng.uniform(0, 1) ** 1.5 / np.linalg.norm(tail))])
    response[0] = 1.0
    air = dsp.butter(1, 10 ** rng.uniform(3.7, 4.3), fs=SAMPLE_RATE_HZ)
    response = dsp.lfilter(*air, response)
    return lambda dry: dsp.fftconvolve(dry, response)
