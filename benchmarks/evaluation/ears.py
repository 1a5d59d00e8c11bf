"""Measures of what a listener would notice: pitch, decay, stripes in noise, sound in silence."""

import numpy as np
from scipy.signal import stft

SAMPLE_RATE_HZ = 44100
SILENCE_WINDOW_S = 0.05


def _spectrogram(sound: np.ndarray, window: int, hop: int) -> np.ndarray:
    """Magnitudes (window // 2 + 1, frames) of (samples,); a full-scale sine has 0.5."""
    _, _, spectrum = stft(sound, SAMPLE_RATE_HZ, nperseg=window, noverlap=window - hop, padded=False)
    return np.abs(spectrum)


def pitch_track_hz(sound: np.ndarray, window: int = 4096, hop: int = 1024) -> np.ndarray:
    """Frequency of the strongest partial per frame (frames,): a parabola through the log magnitudes of three bins."""
    spectrum = np.log(_spectrogram(sound, window, hop) + 1e-9)
    peak = np.clip(spectrum[1:-1].argmax(0) + 1, 1, len(spectrum) - 2)
    frame = np.arange(spectrum.shape[1])
    left, centre, right = spectrum[peak - 1, frame], spectrum[peak, frame], spectrum[peak + 1, frame]
    shift = 0.5 * (left - right) / np.minimum(left - 2 * centre + right, -1e-9)
    return (peak + np.clip(shift, -0.5, 0.5)) * SAMPLE_RATE_HZ / window


def pitch_error_cents(sound: np.ndarray, true: np.ndarray) -> np.ndarray:
    """Distance of the pitch tracks (frames,) in cents, where the true sound is within 30 dB of its loudest frame."""
    length = min(len(sound), len(true))
    level = _spectrogram(true[:length], 4096, 1024).max(0)
    cents = 1200 * np.abs(np.log2(pitch_track_hz(sound[:length]) / pitch_track_hz(true[:length])))
    return cents[level > level.max() * 10 ** (-30 / 20)]


def decay_time_s(sound: np.ndarray, onset_s: float, length_s: float) -> float:
    """Time for 60 dB of decay after an onset, from a line through the level between 5 and 30 dB under the peak.

    Returns NaN where the level does not fall by 12 dB within `length_s`.
    """
    first = int((onset_s + 0.01) * SAMPLE_RATE_HZ)
    piece = sound[first : first + int(length_s * SAMPLE_RATE_HZ)]
    block = 441
    energy = (piece[: len(piece) // block * block].reshape(-1, block).astype(np.float64) ** 2).mean(1)
    level = 10 * np.log10(energy + 1e-12)
    start = int(level.argmax())
    fallen = level[start] - level[start:]
    # The line ends where the sound has fallen by 30 dB or reaches the next onset or the floor.
    last = int(np.argmax(fallen > 30)) if (fallen > 30).any() else len(fallen)
    use = np.flatnonzero(fallen[:last] > 5)
    if len(use) < 5 or fallen[:last].max() < 12:
        return float("nan")
    slope = np.polyfit(use * block / SAMPLE_RATE_HZ, level[start:][use], 1)[0]
    return float(-60 / slope) if slope < 0 else float("nan")


def stripes(sound: np.ndarray) -> float:
    """Deviation (nepers) between neighbouring bins of the long-term spectrum, 200 Hz to 12 kHz: low for even noise."""
    mean = np.sqrt((_spectrogram(sound, 2048, 512) ** 2).mean(1))
    low, high = (int(hertz * 2048 / SAMPLE_RATE_HZ) for hertz in (200, 12000))
    return float(np.diff(np.log(mean[low:high] + 1e-9)).std())


def level_in_silence_dbfs(sound: np.ndarray, true: np.ndarray, margin_s: float = 0.1) -> float:
    """Loudest 50 ms (RMS, dBFS) of `sound` where the true sound stays under -90 dBFS in them and `margin_s` around.

    Returns -inf where the true sound has no such silence.
    """
    block = int(SILENCE_WINDOW_S * SAMPLE_RATE_HZ)
    count = min(len(sound), len(true)) // block

    def blocks(x: np.ndarray) -> np.ndarray:
        return np.sqrt((x[: count * block].reshape(count, block).astype(np.float64) ** 2).mean(1))

    loud = np.abs(true[: count * block].reshape(count, block)).max(1) > 10 ** (-90 / 20)
    reach = int(np.ceil(margin_s / SILENCE_WINDOW_S))
    near = np.convolve(loud, np.ones(2 * reach + 1), mode="same") > 0
    if near.all():
        return float("-inf")
    return float(20 * np.log10(blocks(sound)[~near].max() + 1e-9))


def leaping_share(sound: np.ndarray, true: np.ndarray, semitones: float = 1.0) -> float:
    """Share of frames in which the strongest partial of `sound` leaps by more than this from the frame before.

    Counted are pairs of frames where the true sound is within 30 dB of its loudest frame.
    """
    length = min(len(sound), len(true))
    level = _spectrogram(true[:length], 4096, 1024).max(0)
    heard = level > level.max() * 10 ** (-30 / 20)
    leaps = 12 * np.abs(np.diff(np.log2(pitch_track_hz(sound[:length]))))
    return float((leaps[heard[1:] & heard[:-1]] > semitones).mean())


def early_db(sound: np.ndarray, onsets_s: np.ndarray) -> float:
    """Median level of 40 to 3 ms before an onset beside that of 60 ms after it: what a codec smears ahead."""
    found = []
    for first in (onsets_s * SAMPLE_RATE_HZ).astype(int):
        before, after = sound[max(0, first - 1764) : first - 132], sound[first : first + 2646]
        if first > 1764 and len(after) == 2646:
            energies = [float(np.square(part.astype(np.float64)).mean()) for part in (before, after)]
            found.append(10 * np.log10((energies[0] + 1e-12) / (energies[1] + 1e-12)))
    return float(np.median(found))
