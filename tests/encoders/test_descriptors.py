"""Picture features: sums against slow twins, pieces against the whole, and what each part answers to."""

from itertools import pairwise

import numpy as np
import pytest
import torch

from mmhnet_cli.encoders.descriptors import (
    CELLS,
    CLIP_DIM,
    COLUMNS,
    GRAIN,
    HEIGHT,
    HUES,
    LEVELS,
    ROWS,
    STREAMS,
    SYNC_DIM,
    WIDTH,
    DescriptorExtractor,
    cell_peaks,
    cells,
    compress,
    mirrored,
)
from mmhnet_cli.media.frames import FrameBatch

TALL, WIDE = HEIGHT // ROWS, WIDTH // COLUMNS
RISE, FALL, PEAK, WHOLE = (slice(start, start + CELLS) for start in (0, CELLS, 2 * CELLS, 3 * CELLS))


def noise_film(count: int, seed: int = 0) -> np.ndarray:
    """(count, 72, 128, 3) uint8 without any order."""
    return np.random.default_rng(seed).integers(0, 256, (count, HEIGHT, WIDTH, 3), dtype=np.uint8)


def grey_film(levels: list[int]) -> np.ndarray:
    """One even grey per frame."""
    return np.broadcast_to(np.array(levels, np.uint8)[:, None, None, None], (len(levels), HEIGHT, WIDTH, 3)).copy()


def features(sync: np.ndarray, clip: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Clip and sync features of two streams of frames, pushed whole."""
    extractor = DescriptorExtractor()
    extractor.push(FrameBatch(0, 0, sync))
    extractor.push(FrameBatch(1, 0, sync if clip is None else clip))
    return extractor.finish()


def test_cells_are_means_of_a_grid() -> None:
    image = np.random.default_rng(1).random((3, HEIGHT, WIDTH)).astype(np.float32)
    naive = [
        [
            image[n, r * TALL : (r + 1) * TALL, c * WIDE : (c + 1) * WIDE].mean()
            for r in range(ROWS)
            for c in range(COLUMNS)
        ]
        for n in range(3)
    ]
    assert cells(image) == pytest.approx(np.array(naive), abs=1e-5)


def test_cell_peaks_are_the_brightest_blocks_of_cells() -> None:
    image = np.random.default_rng(2).random((2, HEIGHT, WIDTH)).astype(np.float32) ** 8
    naive = np.zeros((2, CELLS))
    for n in range(2):
        for top in range(0, HEIGHT, 3):
            for left in range(0, WIDTH, 4):
                cell = top // TALL * COLUMNS + left // WIDE
                naive[n, cell] = max(naive[n, cell], image[n, top : top + 3, left : left + 4].mean())
    assert cell_peaks(image) == pytest.approx(naive, abs=1e-5)


def test_change_is_measured_in_doublings_over_grain() -> None:
    assert compress(np.array([0.0, 1.0, 3.0, 7.0]) * GRAIN) == pytest.approx([0, 1, 2, 3])


def test_sizes_are_those_of_the_mini_model() -> None:
    clip, sync = features(noise_film(5), noise_film(2))
    assert clip.shape == (2, CLIP_DIM) == (2, 256)
    assert sync.shape == (5, SYNC_DIM) == (5, 104)
    assert clip.dtype == sync.dtype == np.float32
    assert [stream.fps for stream in STREAMS] == [25, 8]
    assert all((stream.height, stream.width) == (HEIGHT, WIDTH) for stream in STREAMS)


@pytest.mark.parametrize("cuts", [[1, 2, 3], [5], [4, 11], list(range(1, 12))])
def test_pieces_of_any_size_give_the_rows_of_the_whole(cuts: list[int]) -> None:
    sync, clip = noise_film(12), noise_film(12, seed=1)
    extractor = DescriptorExtractor()
    for first, last in pairwise([0, *cuts, 12]):
        # The streams come interleaved; neither sees the other's last frame.
        extractor.push(FrameBatch(0, first, sync[first:last]))
        extractor.push(FrameBatch(1, first, clip[first:last]))
    for part, whole in zip(extractor.finish(), features(sync, clip), strict=True):
        np.testing.assert_allclose(part, whole, rtol=0, atol=1e-4)


def test_a_film_that_stands_still_does_not_move() -> None:
    still = np.repeat(noise_film(1), 4, axis=0)
    clip, sync = features(still)
    assert not sync[:, : 3 * CELLS].any()
    assert not sync[:, WHOLE][:, 1:6].any()
    assert np.ptp(sync, axis=0).max() == 0
    assert np.ptp(clip, axis=0).max() == 0


def test_the_first_frame_is_no_event() -> None:
    _, sync = features(noise_film(3))
    assert not sync[0, : 3 * CELLS].any()
    assert (sync[1, : 3 * CELLS] > 0).all()


@pytest.mark.parametrize(("row", "column"), [(0, 0), (3, 7), (2, 3)])
def test_a_flash_shows_in_its_own_cell_as_rise_then_fall(row: int, column: int) -> None:
    film = grey_film([60, 60, 60, 60])
    film[2, row * TALL : (row + 1) * TALL, column * WIDE : (column + 1) * WIDE] = 200
    sync, cell = features(film)[1], row * COLUMNS + column
    size = compress(140 / 255) / 2
    expected = np.zeros((4, 3 * CELLS))
    expected[2, RISE][cell] = expected[3, FALL][cell] = size
    expected[2:, PEAK][:, cell] = size
    # float32 leaves a millionth of white elsewhere.
    np.testing.assert_allclose(sync[:, : 3 * CELLS], expected, rtol=0, atol=1e-3)


def test_light_that_comes_is_not_light_that_goes() -> None:
    sync = features(grey_film([50, 150, 100, 100]))[1]
    up, down = compress(100 / 255) / 2, compress(50 / 255) / 2
    assert sync[:, RISE] == pytest.approx(np.outer([0, up, 0, 0], np.ones(CELLS)), abs=1e-3)
    assert sync[:, FALL] == pytest.approx(np.outer([0, 0, down, 0], np.ones(CELLS)), abs=1e-3)
    assert sync[:, 3 * CELLS + 1] == pytest.approx([0, up, 0, 0], abs=1e-3)
    assert sync[:, 3 * CELLS + 2] == pytest.approx([0, 0, down, 0], abs=1e-3)


def test_a_small_fast_thing_counts_more_at_its_peak_than_in_the_mean() -> None:
    film = grey_film([60, 60])
    film[1, 18:21, 16:20] = 255
    sync, cell = features(film)[1], COLUMNS + 1
    assert sync[1, PEAK][cell] == pytest.approx(compress(195 / 255) / 2, abs=1e-3)
    assert sync[1, RISE][cell] == pytest.approx(compress(195 / 255 * 12 / (TALL * WIDE)) / 2, abs=1e-3)


def test_one_cell_is_an_event_and_all_cells_are_a_cut() -> None:
    film = grey_film([60, 60, 200])
    film[1, :TALL, :WIDE] = 200
    whole = features(film)[1][:, 3 * CELLS :]
    median, largest = whole[:, 4], whole[:, 5]
    assert median[1] == pytest.approx(0, abs=1e-3)
    assert largest[1] == pytest.approx(compress(140 / 255) / 2, abs=1e-3)
    assert median[2] == pytest.approx(largest[2], abs=1e-3)


@pytest.mark.parametrize("colour", [(255, 0, 10), (0, 255, 20), (20, 0, 255)])
def test_an_even_colour_has_one_hue_one_level_and_no_texture(colour: tuple[int, int, int]) -> None:
    film = np.broadcast_to(np.array(colour, np.uint8), (2, HEIGHT, WIDTH, 3)).copy()
    clip = features(film)[0]
    for channel, value in enumerate(colour):
        assert clip[:, channel * CELLS : (channel + 1) * CELLS] == pytest.approx(4 * (value / 255 - 0.5), abs=1e-4)
    # Spread comes from a difference of squares, whose root leaves a little of float32's rounding.
    assert np.abs(clip[:, 3 * CELLS : 7 * CELLS]).max() < 0.2
    hues, levels = np.split(clip[:, 7 * CELLS : 7 * CELLS + HUES + LEVELS], [HUES], axis=1)
    assert ((hues > 0).sum(1) == 1).all()
    assert ((levels > 0).sum(1) == 1).all()
    assert levels.max() == 4


def test_colours_have_hues_of_their_own_and_grey_has_none() -> None:
    def hue_of(colour: tuple[int, int, int]) -> np.ndarray:
        film = np.broadcast_to(np.array(colour, np.uint8), (1, HEIGHT, WIDTH, 3)).copy()
        return features(film)[0][0, 7 * CELLS : 7 * CELLS + HUES]

    found = {int(hue_of(colour).argmax()) for colour in ((255, 0, 10), (0, 255, 20), (20, 0, 255), (250, 255, 0))}
    assert len(found) == 4
    assert not hue_of((90, 90, 90)).any()


def test_stripes_are_texture_across_their_direction() -> None:
    film = grey_film([0])
    film[:, :, ::2] = 255
    clip = features(film)[0][0]
    across, down = clip[4 * CELLS : 5 * CELLS], clip[5 * CELLS : 6 * CELLS]
    assert across.min() > 3
    assert not down.any()


def test_frames_are_left_as_they_are() -> None:
    film = noise_film(3)
    before = film.copy()
    features(film)
    assert np.array_equal(film, before)


def test_a_mirror_image_has_the_descriptors_mirrored() -> None:
    film = noise_film(4)
    clip, sync = map(torch.from_numpy, features(film))
    other_clip, other_sync = map(torch.from_numpy, features(np.ascontiguousarray(film[:, :, ::-1])))
    clip, sync = mirrored(clip, sync)
    assert not torch.equal(clip, other_clip)
    assert torch.allclose(sync, other_sync, atol=1e-4)
    # A change from a pixel to its neighbour is counted at one of the two, and hue on every second pixel.
    near = torch.zeros(CLIP_DIM, dtype=torch.bool)
    near[4 * CELLS : 5 * CELLS] = near[7 * CELLS : 7 * CELLS + HUES] = True
    assert torch.allclose(clip[:, ~near], other_clip[:, ~near], atol=1e-4)
    assert torch.allclose(clip[:, near], other_clip[:, near], atol=0.3)
