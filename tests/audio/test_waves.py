import numpy as np
import pytest

from mmhnet_cli.audio.edges import fade_edges, faded_stretch
from mmhnet_cli.audio.waves import Changed, Summed, Waves, Window, stretches

RATE_HZ = 48000


def sound(seed: int, channels: int = 2, samples: int = 5000) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((channels, samples)).astype(np.float32)


def test_computed_stretches_are_those_of_arrays() -> None:
    one, other, gain = sound(1), sound(2), np.float32(0.3)
    ways: list[tuple[Waves, np.ndarray]] = [
        (Window(one, slice(300, 4000)), one[:, 300:4000]),
        (Window(Window(one, slice(300, 4000)), slice(100, None)), one[:, 400:4000]),
        (Window(one, slice(4990, 9999)), one[:, 4990:]),
        (Summed([one, other, one]), one + other + one),
        (Changed(one, lambda block, first: block * gain), one * gain),
        (Changed(one, lambda block, first: block[:1] + np.float32(first), 1)[:, 7:9], one[:1, 7:9] + np.float32(7)),
    ]
    for waves, wanted in ways:
        assert waves.shape == wanted.shape
        assert np.array_equal(waves[:, :], wanted) and np.array_equal(np.asarray(waves), wanted)
        assert np.array_equal(waves[:, 7:9], wanted[:, 7:9]) and waves[:, 9:7].shape == (wanted.shape[0], 0)
        assert np.array_equal(np.concatenate(list(stretches(waves, 999)), axis=1), wanted)
    assert np.array_equal(one, sound(1))


def test_what_is_no_stretch_of_all_channels_is_refused() -> None:
    window = Window(sound(1), slice(None))
    for key in ((slice(0, 1), slice(None)), (slice(None), slice(None, None, 2))):
        with pytest.raises(IndexError, match="no stretch of all channels"):
            window[key]
    with pytest.raises(ValueError, match="have no sum"):
        Summed([sound(1), sound(1, 1)])


@pytest.mark.parametrize("samples", [1, 7, 400, 479, 480, 481, 5000])
def test_ends_fade_stretch_by_stretch_as_in_one(samples: int) -> None:
    whole = sound(3, samples=samples)
    parts = [faded_stretch(whole[:, first : first + 113], first, samples, RATE_HZ) for first in range(0, samples, 113)]
    assert np.array_equal(np.concatenate(parts, axis=1), fade_edges(whole, RATE_HZ))
