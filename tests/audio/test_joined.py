"""Sounds that follow each other: to the bit beyond the crosses, at an even power in them."""

import weakref
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from mmhnet_cli.audio.joined import join_into, joined

CROSSES = [slice(900, 1100), slice(1900, 2100)]


def noise(seed: int, samples: int, channels: int = 2) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(channels, samples)).astype(np.float32)


def three() -> list[tuple[int, np.ndarray]]:
    return [(-100, noise(0, 1300)), (800, noise(1, 1400)), (1800, noise(2, 1200))]


def test_samples_beyond_the_crosses_are_those_of_the_sounds() -> None:
    sounds = three()
    whole = joined(iter(sounds), CROSSES, slice(-100, 3000))
    for (at, sound), (first, last) in zip(sounds, [(-100, 900), (1100, 1900), (2100, 3000)], strict=True):
        np.testing.assert_array_equal(whole[:, first + 100 : last + 100], sound[:, first - at : last - at])


def test_a_part_of_them_is_that_of_the_whole() -> None:
    whole = joined(three(), CROSSES, slice(0, 3000))
    for span in (slice(0, 1), slice(950, 1000), slice(1000, 2000), slice(850, 2950)):
        np.testing.assert_array_equal(joined(three(), CROSSES, span), whole[:, span])
    # Where a sound is not touched it need not be there.
    np.testing.assert_array_equal(joined(three()[:2], CROSSES[:1], slice(0, 1900)), whole[:, :1900])


def test_they_are_written_where_there_is_room() -> None:
    for span in (slice(-100, 3000), slice(850, 2950), slice(-500, 3500)):
        room = np.zeros((2, span.stop - span.start), np.float32)
        join_into(room, iter(three()), CROSSES, span.start)
        np.testing.assert_array_equal(room, joined(three(), CROSSES, span))


@pytest.mark.parametrize("alike", [True, False])
def test_the_power_is_even(alike: bool) -> None:
    length, cross = 40000, slice(10000, 30000)
    sounds = [(0, noise(0, length)), (0, noise(0 if alike else 1, length))]
    crossed = joined(sounds, [cross], slice(0, length))[:, cross]
    levels_db = 10 * np.log10(np.square(crossed).reshape(2, 10, -1).mean((0, 2)))
    assert np.abs(levels_db).max() < 0.5


def test_beyond_the_last_sound_is_silence() -> None:
    found = joined([(5, noise(0, 10))], [], slice(0, 20))
    assert not found[:, :5].any() and not found[:, 15:].any() and found[:, 5:15].all()


def test_one_that_is_all_of_it_is_not_copied() -> None:
    sound = noise(0, 1000)
    assert np.shares_memory(joined([(0, sound)], [], slice(0, 1000)), sound)
    assert not np.shares_memory(joined([(0, sound)], [], slice(0, 10)), sound)
    with pytest.raises(ValueError):
        joined([], [], slice(0, 10))


@pytest.mark.parametrize("join", [joined, lambda *given: join_into(np.zeros((2, 3000), np.float32), *given)])
def test_one_is_let_go_of_before_the_next_is_made(join: Callable[..., object]) -> None:
    made: list[weakref.ref[np.ndarray]] = []

    def sounds() -> Iterator[tuple[int, np.ndarray]]:
        for at, length in ((0, 1100), (900, 1200), (1900, 1100)):
            assert not any(one() is not None for one in made)
            sound = noise(0, length)
            made.append(weakref.ref(sound))
            yield at, sound
            del sound

    join(sounds(), CROSSES, slice(0, 3000) if join is joined else 0)
    assert len(made) == 3
