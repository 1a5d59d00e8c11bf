import tracemalloc
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from mmhnet_cli.audio.edges import fade_edges
from mmhnet_cli.options import OutputOptions, Stem
from mmhnet_cli.pipeline.asking.prepare import prepare
from mmhnet_cli.pipeline.delivery.sounds import Sounds, sounds_of
from mmhnet_cli.pipeline.making.held import Scratch
from mmhnet_cli.pipeline.request import GenerateRequest, Job

STREET = Path(__file__).parents[3] / "examples" / "rain_street.mp4"
RATE_HZ = 48000


def job_of(folder: Path, count: int, seconds: int, **output: float) -> Job:
    """So many stems of a film, each with a gain of its own."""
    stems = tuple(Stem(f"stem{number}", "rain", gain_db=-1.0 - number) for number in range(count))
    asked = GenerateRequest(STREET, stems=stems, output_dir=folder, output=OutputOptions(channels="stereo", **output))
    job = prepare(asked)
    end = Fraction(seconds)
    return replace(job, end=job.start + end, film=replace(job.film, duration=job.start + end))


def voices_of(job: Job) -> list[np.ndarray]:
    """Noise that swells, with blows that the limiter has to hold."""
    time = np.arange(job.samples) / RATE_HZ
    found = []
    for number in range(len(job.request.stems)):
        noise = np.random.default_rng(number).standard_normal((2, job.samples)).astype(np.float32)
        noise *= (0.01 * (2 + np.sin(time * (1 + number)))).astype(np.float32)
        noise[:, :: RATE_HZ // 2] = 0.9
        found.append(noise)
    return found


@pytest.mark.slow
def test_what_is_read_stretch_by_stretch_is_what_arrays_give(tmp_path: Path) -> None:
    job = job_of(tmp_path, 3, 12, handles_s=0.5)
    voices = voices_of(job)
    gains = [np.float32(10 ** (stem.gain_db / 20)) for stem in job.request.stems]
    shaped = [fade_edges(voice, RATE_HZ) * gain for voice, gain in zip(voices, gains, strict=True)]
    scratch = Scratch(tmp_path)
    from_disk, from_memory = sounds_of(job, [scratch.held(voice) for voice in voices]), sounds_of(job, voices)
    for made in (from_disk, from_memory):
        level = made.level
        assert level.curve is not None and level.curve.lowest < 1
        assert np.array_equal(made.mix, level.applied(shaped[0] + shaped[1] + shaped[2]))
        for stem, wanted in zip(made.stems, shaped, strict=True):
            assert np.array_equal(stem, level.applied(wanted))
        assert np.array_equal(made.mix[:, 70000:70100], np.asarray(made.mix)[:, 70000:70100])
    assert from_disk.level.gain == from_memory.level.gain


@pytest.mark.slow
def test_memory_does_not_grow_with_the_tracks(tmp_path: Path) -> None:
    def peak_bytes(count: int) -> tuple[int, Sounds]:
        job, scratch = job_of(tmp_path, count, 30), Scratch(tmp_path)
        held = [scratch.held(voice) for voice in voices_of(job)]
        tracemalloc.start()
        made = sounds_of(job, held)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak, made

    few, made = peak_bytes(2)
    many, _ = peak_bytes(6)
    one = 4 * made.mix.shape[0] * made.mix.shape[1]
    assert many == pytest.approx(few, abs=0.1 * one)
    # The curves of two limiters are one sound of two channels; what is worked on beside them is some seconds.
    assert many < 2.5 * one
