"""Handles, trims and moved edges keep what was there: the shared part is the same to the bit."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from mmhnet_cli.media.audio_file import read_audio
from mmhnet_cli.models.registry import find_model
from mmhnet_cli.options import LOUDNESS_TARGETS, LongForm, OutputOptions, PiecesMode, SamplerOptions, Stem, Variation
from mmhnet_cli.pipeline.asking.prepare import prepare
from mmhnet_cli.pipeline.generate import generate
from mmhnet_cli.pipeline.making.load import LoadedModel, load_model
from mmhnet_cli.pipeline.request import GenerateRequest
from mmhnet_cli.pipeline.session.redo import RedoRequest, prepare_redo, redo
from tests.conftest import MakeFilm

RATES = ["25", "24000/1001"]
FADE = 240
"""The ends of a sound are faded in so many samples."""


@dataclass(frozen=True)
class Take:
    """A sound (channels, n) that begins at sample `first` of the film."""

    first: int
    sound: np.ndarray
    report: Path

    @property
    def last(self) -> int:
        return self.first + self.sound.shape[1]


def assert_same(one: Take, other: Take) -> None:
    """The samples that both have are the same, but where an end of either is faded."""
    first = max(one.first, other.first) + FADE
    last = min(one.last, other.last) - FADE
    assert last - first > 10000
    here, there = (take.sound[:, first - take.first : last - take.first] for take in (one, other))
    np.testing.assert_array_equal(here, there)
    assert np.sqrt(np.square(here).mean()) > 1e-4


Make = Callable[..., Take]


def maker(model: LoadedModel, folder: Path, made: Path) -> Make:
    numbers = itertools.count()

    def make(
        film: Path, start: Fraction, end: Fraction, handle: float = 0, rate_hz: int = 48000, **more: object
    ) -> Take:
        output = OutputOptions(
            handles_s=Fraction(handle), loudness=LOUDNESS_TARGETS["off"], bits=32, sample_rate_hz=rate_hz
        )
        path = made / f"{next(numbers)}.wav"
        job = prepare(
            GenerateRequest(
                film,
                model=str(folder),
                cache_gb=1,
                sampler=SamplerOptions(steps=2),
                start=start,
                end=end,
                output=output,
                outputs=(path,),
                **more,
            )
        )
        result = generate(job, model)
        return Take(job.first_film_sample, read_audio(path)[0], result.files[-1])

    return make


@pytest.fixture
def make(tiny_model: LoadedModel, tiny_model_dir: Path, tmp_path: Path) -> Make:
    return maker(tiny_model, tiny_model_dir, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("rate, rate_hz", list(zip(RATES, (44100, 48000), strict=True)))
def test_edges_within_a_short_film(make: Make, make_film: MakeFilm, rate: str, rate_hz: int) -> None:
    film, frame_s = make_film("short.mp4", count=75, rate=rate), 1 / Fraction(rate)
    whole = make(film, Fraction(0), 75 * frame_s, rate_hz=rate_hz)
    for first, last, handle in [(25, 50, 0.25), (26, 50, 0.5), (25, 40, 0)]:
        assert_same(make(film, first * frame_s, last * frame_s, handle, rate_hz=rate_hz), whole)


@pytest.mark.slow
def test_stems_and_variations_in_stereo_stay(make: Make, make_film: MakeFilm) -> None:
    film = make_film("short.mp4", count=75, rate="25")
    more = {"stems": (Stem("amb", "rain"), Stem("fx", "a bell")), "variation": Variation(0.3, 4)}
    assert_same(*(make(film, Fraction(1), Fraction(last), **more) for last in (2, 3)))


@pytest.mark.slow
@pytest.mark.parametrize("rate", RATES)
def test_handles_beyond_a_short_film(make: Make, make_film: MakeFilm, rate: str) -> None:
    film, frame_s = make_film("short.mp4", count=75, rate=rate), 1 / Fraction(rate)
    end = 75 * frame_s
    one, two = (make(film, Fraction(0), end, handle) for handle in (1, 2))
    assert_same(one, two)
    assert_same(one, make(film, frame_s, end - 10 * frame_s, 1))
    # The film itself is that without handles, but for its first and last five thousandths.
    assert_same(one, make(film, Fraction(0), end))


@pytest.mark.slow
@pytest.mark.parametrize("rate", RATES)
def test_edges_in_a_long_film(make: Make, make_film: MakeFilm, rate: str) -> None:
    film, frame_s = make_film("long.mp4", count=1600, rate=rate, size=(64, 36)), 1 / Fraction(rate)
    first, last = 240 * frame_s, 620 * frame_s
    base = make(film, first, last, 1)
    for other in (make(film, first, last, 2), make(film, first + frame_s, last, 1), make(film, first, last - 10, 1)):
        assert_same(base, other)


@pytest.mark.slow
@pytest.mark.parametrize("pieces", ["fixed", "one"])
def test_a_choice_that_grows_beyond_half_of_a_film_stays(make: Make, make_film: MakeFilm, pieces: PiecesMode) -> None:
    film = make_film("long.mp4", count=1600, rate="25", size=(64, 36))
    form = LongForm(pieces=pieces)
    less, more, whole = (make(film, Fraction(2), Fraction(last), long_form=form) for last in (31, 36, 64))
    assert_same(less, more)
    assert_same(less, whole)


@pytest.mark.slow
def test_mini_keeps_a_take(make_film: MakeFilm, tmp_path: Path) -> None:
    mini = find_model("mini")
    make = maker(load_model(mini, "cpu"), mini.parts["network"].parent, tmp_path)
    film = make_film("long.mp4", count=1600, rate="24000/1001", size=(64, 36))
    frame_s = Fraction(1001, 24000)
    base = make(film, Fraction(0), 17 * 24 * frame_s, 1)
    for start, end, handle in [(0, 17 * 24, 2), (1, 17 * 24, 1), (0, 7 * 24, 1)]:
        assert_same(base, make(film, start * frame_s, end * frame_s, handle))


@pytest.mark.slow
def test_a_stretch_over_two_pieces_is_redone(
    make: Make, make_film: MakeFilm, tiny_model: LoadedModel, tiny_model_dir: Path
) -> None:
    film = make_film("long.mp4", count=1600, rate="25", size=(64, 36))
    take = make(film, Fraction(13), Fraction(18), prompt="rain")
    asked = RedoRequest(take.report, Fraction(15), Fraction(17), film=film, model=str(tiny_model_dir))
    found = redo(prepare_redo(asked), tiny_model).files
    new, old = read_audio(found[0])[0], take.sound
    differ = np.flatnonzero((new != old).any(0)) / 48000 + 13
    assert 14.79 < differ[0] <= 15.01
    assert 16.99 <= differ[-1] < 17.21
    assert np.abs(new - old)[:, 2 * 48000 : 4 * 48000].reshape(len(new), 100, -1).max(2).min() > 0
