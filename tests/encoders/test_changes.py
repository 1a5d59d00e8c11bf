"""Changes as the eyes see them."""

import numpy as np
import pytest

from mmhnet_cli.encoders.changes import LIVELIEST, LONG_PICTURES, MEASURES, Changes, happenings
from mmhnet_cli.encoders.published_eyes import LITE0, load_eyes


@pytest.fixture(scope="module")
def film() -> np.ndarray:
    """A picture of waves in which a white square stands at one place, and from frame 6 on at another."""
    y, x = np.mgrid[:160, :160]
    ground = (128 + 60 * np.sin(x / 9) * np.cos(y / 13))[..., None].repeat(3, -1).astype(np.uint8)
    frames = np.stack([ground] * 12)
    frames[:6, 20:60, 20:60] = 255
    frames[6:, 90:130, 90:130] = 255
    return frames


def measures_of(*parts: np.ndarray) -> np.ndarray:
    changes = Changes(load_eyes(LITE0), batch=4)
    for part in parts:
        changes.push(part)
    return changes.finish()


def test_what_stands_still_does_not_change(film: np.ndarray) -> None:
    found = measures_of(film)
    assert found.shape == (12, MEASURES)
    np.testing.assert_allclose(np.delete(found, 6, 0), 0, atol=1e-4)
    assert (found[6] > [0.05, 0.02, 5, 2]).all()


def test_measures_do_not_depend_on_how_frames_come(film: np.ndarray) -> None:
    np.testing.assert_allclose(measures_of(film[:5], film[5:6], film[6:]), measures_of(film), atol=1e-5)


@pytest.mark.slow
def test_a_change_that_lasts_is_told_from_a_flash(film: np.ndarray) -> None:
    flash = np.concatenate((film[:5], film[6:7], film[:6], np.repeat(film[6:7], 30, 0)))
    changes = Changes(load_eyes(LITE0), batch=4)
    for part in (flash[:3], flash[3:]):
        changes.push(part)
    lasting = changes.lasting()
    # The first picture stands for all before it, then one second stands between two pictures.
    np.testing.assert_allclose(np.delete(lasting, 5)[:11], 0, atol=1e-4)
    assert lasting[5] > 0.02 and (lasting[12 : 12 + LONG_PICTURES - 7] > 0.02).all()
    assert lasting[5 + LONG_PICTURES] == pytest.approx(0, abs=1e-4)


def test_brightness_is_measured_exactly() -> None:
    frames = np.zeros((2, 160, 160, 3), np.uint8)
    frames[1, :32, :32] = 100
    found = measures_of(frames)[1]
    assert found[2] == pytest.approx(100 / LIVELIEST, rel=1e-5)
    assert found[3] == pytest.approx(100 / 25, rel=1e-5)


def test_no_frame_is_refused() -> None:
    with pytest.raises(ValueError, match="one frame"):
        measures_of()


def test_happenings_stand_out_of_what_goes_on_all_the_time() -> None:
    measures = np.full((100, MEASURES), 5.0, np.float32)
    measures[[20, 60]] = 25
    found = happenings(measures)
    assert (found[[20, 60]] > 1).all()
    assert (np.delete(found, [20, 60], 0) == 0).all()


def test_happenings_are_on_the_scale_of_the_film() -> None:
    measures = np.abs(np.random.default_rng(0).normal(50, 20, (200, MEASURES))).astype(np.float32)
    np.testing.assert_allclose(happenings(4 * measures), happenings(measures), rtol=1e-5)


def test_grain_in_a_film_that_stands_still_stays_small() -> None:
    grain = np.abs(np.random.default_rng(0).normal(0, [[1e-4, 1e-4, 0.01, 0.01]], (200, MEASURES)))
    assert happenings(grain.astype(np.float32)).max() < 0.1
