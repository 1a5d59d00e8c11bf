"""What a picture proposes: shots, kinds in plain words, and hits on the track of what hits."""

import math
from dataclasses import replace
from fractions import Fraction
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from mmhnet_cli.encoders.protocol import Picture, Shot
from mmhnet_cli.media.frames import refuse
from mmhnet_cli.media.probe import probe
from mmhnet_cli.pipeline.session.cuts import cut_at, picture_at
from mmhnet_cli.pipeline.session.seen_hits import FULL, LATE, LEAST, LIGHT, hits_seen
from mmhnet_cli.pipeline.session.spot import Spotted, joined, spotted
from tests.conftest import RunFfmpeg
from tests.pipeline.session.conftest import MakeReel


def sync_of(pictures: int, **peaks: float) -> np.ndarray:
    """Features in which nothing happens but at these pictures, `p12` being number 12."""
    sync = np.zeros((pictures, 6), np.float32)
    for name, height in peaks.items():
        sync[int(name[1:]), [LATE, LIGHT]] = np.log1p(height / 2)
    return sync


NOWHERE = np.array([0.0])


def test_a_hit_is_a_peak_that_is_strong() -> None:
    sync = sync_of(100, p20=FULL / 2, p30=LEAST, p40=LEAST - 0.01, p50=5 * FULL)
    assert hits_seen(sync, NOWHERE) == [(20, 0.5), (30, LEAST / FULL), (50, 1.0)]
    assert hits_seen(np.zeros((100, 6), np.float32), NOWHERE) == []


def test_of_two_peaks_that_are_near_the_stronger_is_one() -> None:
    assert hits_seen(sync_of(100, p20=1.0, p23=1.2, p27=1.0), NOWHERE) == [(23, 0.6), (27, 0.5)]


def test_a_cut_is_no_hit() -> None:
    sync = sync_of(100, p0=2.0, p49=2.0, p50=2.0, p51=2.0, p53=2.0)
    assert hits_seen(sync, np.array([0.0, 2.0])) == [(53, 1.0)]


def test_short_shots_join_what_is_before_them() -> None:
    flash = Shot(2.0, 2.04, {"clock": 0.9})
    shots = [Shot(0, 0.2), Shot(0.2, 2.0, {"rain": 0.5}), flash, replace(flash, start_s=2.04, end_s=2.2), Shot(2.2, 5)]
    assert joined(shots) == [Shot(0, 2.2, {"rain": 0.5}), Shot(2.2, 5)]
    assert joined([flash]) == [flash]
    assert joined([Shot(0, 1), Shot(1, 1.4)]) == [Shot(0, 1), Shot(1, 1.4)]


def rows(found: tuple[Spotted, ...]) -> list[tuple[int, str, str]]:
    return [(one.shot, one.cue.track, one.cue.prompt) for one in found]


def test_beds_and_moments_have_rows_of_their_own(make_reel: MakeReel) -> None:
    film = make_reel("25").film
    shots = (
        Shot(0.0, 2.0, {"rain": 0.4, "footsteps": 0.3, "wind": 0.2, "dog": 0.15, "clock": 0.05}),
        Shot(2.0, 4.0, {"hammer_metal": 0.8}),
        Shot(4.0, 6.0, {"fire": 0.5}),
        Shot(6.0, 8.0, {"clock": 0.09}),
        Shot(8.0, 9.64),
    )
    picture = Picture(np.zeros((1, 1)), sync_of(240, p25=1.0, p75=2.0, p125=2.0, p225=1.0), shots=shots)
    found = spotted(film, picture, partial(picture_at, film))
    assert rows(found) == [
        (1, "ambience", "rain, wind"),
        (1, "fx", "footsteps"),
        (2, "fx", "hammering on metal"),
        (3, "ambience", "fire"),
        (4, "ambience", ""),
        (5, "fx", ""),
    ]
    assert [one.cue.hits for one in found] == [None, ((1, 0.5),), ((3, 1.0),), None, None, ((9, 0.5),)]
    assert [one.cue.start for one in found] == [0, 0, 2, 4, 6, 8]
    assert found[-1].cue.end == film.duration
    assert found[1].notes == {
        "shot": "1",
        "seen": "rain 0.40, footsteps 0.30, wind 0.20, dog 0.15, clock 0.05",
    }


RATES = ["24000/1001", "24", "25", "30000/1001", "50", "60000/1001"]


@pytest.mark.slow
@pytest.mark.parametrize("rate", RATES)
def test_a_cut_is_at_its_picture(run_ffmpeg_program: RunFfmpeg, tmp_path: Path, rate: str) -> None:
    """Moving stripes that change their colour at picture 31, or 32 and so on."""
    for cut in range(31, 36):
        path = tmp_path / f"{cut}.mov"
        picture = f"testsrc=size=96x64:rate={rate}:duration=3"
        run_ffmpeg_program(
            "-f", "lavfi", "-i", picture, "-vf", f"negate=enable='gte(n,{cut})'", "-c:v", "libx264", path
        )
        film = probe(path)
        begins = cut / film.frame_rate
        look = math.ceil(begins * 25)
        assert cut_at(film, look, refuse(path)) == begins
    assert cut_at(film, 0, refuse(path)) == 0


@pytest.mark.parametrize("rate", RATES)
def test_what_a_look_shows(make_reel: MakeReel, rate: str) -> None:
    film = make_reel(rate, None).film
    for look in range(100):
        begins = picture_at(film, look)
        assert (begins * film.frame_rate).denominator == 1
        assert begins <= Fraction(look, 25) < begins + 1 / film.frame_rate
    assert picture_at(replace(film, variable_rate=True), 7) == Fraction(7, 25)
