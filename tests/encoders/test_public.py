"""Features of the public networks from frames in pieces: which frames meet in a segment, and what waits meanwhile."""

import gc
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.multiprocessing.reductions import StorageWeakRef

from mmhnet_cli.encoders.protocol import Picture
from mmhnet_cli.encoders.public import PUBLIC_STREAMS, PublicExtractor, sync_tokens
from mmhnet_cli.encoders.resize import normalise_for_clip, normalise_for_sync, resize_for_clip, resize_for_sync
from mmhnet_cli.encoders.synchformer import Synchformer, SynchformerConfig
from mmhnet_cli.media.frames import FrameBatch, read_frames
from mmhnet_cli.media.probe import probe
from mmhnet_cli.timeline import Timeline
from tests.conftest import MakeFilm

CPU = torch.device("cpu")
CLIP_WIDTH, SYNC_WIDTH = 5, 7


class Towers:
    """Small linear towers that remember what they were given."""

    def __init__(self) -> None:
        generator = torch.Generator().manual_seed(0)
        self.clip_weight = torch.randn(48, CLIP_WIDTH, generator=generator)
        self.sync_weight = torch.randn(96, SYNC_WIDTH, generator=generator)
        self.pictures: list[Tensor] = []
        self.segments: list[Tensor] = []

    def clip(self, pictures: Tensor) -> Tensor:
        self.pictures.append(pictures.clone())
        return F.adaptive_avg_pool2d(pictures, 4).flatten(1) @ self.clip_weight.to(pictures.dtype)

    def sync(self, segments: Tensor) -> Tensor:
        self.segments.append(segments.clone())
        pooled = F.adaptive_avg_pool2d(segments.flatten(0, 1), 4).unflatten(0, (len(segments), 8, 2))
        return pooled.flatten(2) @ self.sync_weight.to(segments.dtype)

    def extractor(self, dtype: torch.dtype = torch.float32, batch: int = 4) -> PublicExtractor:
        return PublicExtractor(self.clip, self.sync, CPU, dtype, batch)


def noise_film(count: int, seed: int = 0, size: tuple[int, int] = (18, 32)) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (count, *size, 3), dtype=np.uint8)


def both(picture: Picture) -> tuple[np.ndarray, np.ndarray]:
    return picture.clip, picture.sync


def features(
    extractor: PublicExtractor, sync: np.ndarray, clip: np.ndarray, cuts: list[int]
) -> tuple[np.ndarray, np.ndarray]:
    """Both streams cut at the same places, where they reach that far, and interleaved."""
    for first, last in pairwise([0, *cuts, max(len(sync), len(clip))]):
        for stream, film in enumerate((sync, clip)):
            if len(film[first:last]):
                extractor.push(FrameBatch(stream, first, film[first:last]))
    return both(extractor.finish())


@pytest.mark.parametrize(
    ("frames", "tokens"),
    [(1, 8), (15, 8), (16, 8), (17, 16), (24, 16), (25, 24), (199, 192), (200, 192), (201, 200), (15_000, 14_992)],
)
def test_tokens_cover_every_frame(frames: int, tokens: int) -> None:
    assert sync_tokens(frames) == tokens


def test_a_segment_more_begins_with_each_eighth_frame() -> None:
    # From the definition: the fewest segments whose last frame, 8 (n - 1) + 15, is at or behind the film's last.
    for frames in range(1, 200):
        count = next(n for n in range(1, 100) if 8 * (n - 1) + 15 >= frames - 1)
        assert sync_tokens(frames) == 8 * count


def test_streams_are_of_the_film_s_own_size() -> None:
    assert [stream.fps for stream in PUBLIC_STREAMS] == [25, 8]
    assert all(stream.width is None and stream.height is None for stream in PUBLIC_STREAMS)


@pytest.mark.slow
@pytest.mark.parametrize("count", [1, 7, 16, 17, 24, 50, 64])
def test_segments_are_windows_of_16_every_8_and_the_last_frame_repeats(count: int) -> None:
    film, towers = noise_film(count), Towers()
    clip, sync = features(towers.extractor(), film, film, [3, 20])
    frames = normalise_for_sync(resize_for_sync(torch.from_numpy(film)))
    expected = [
        torch.stack([frames[min(first + k, count - 1)] for k in range(16)]) for first in range(0, sync_tokens(count), 8)
    ]
    assert torch.equal(torch.cat(towers.segments), torch.stack(expected))
    assert torch.equal(torch.cat(towers.pictures), normalise_for_clip(resize_for_clip(torch.from_numpy(film))))
    assert clip.shape == (count, CLIP_WIDTH)
    assert sync.shape == (sync_tokens(count), SYNC_WIDTH)
    assert clip.dtype == sync.dtype == np.float32


@pytest.mark.slow
def test_rows_are_in_order_segment_by_segment() -> None:
    film, towers = noise_film(40), Towers()
    clip, sync = features(towers.extractor(batch=3), film, film[:9], [11])
    frames, pictures = torch.from_numpy(film), torch.from_numpy(film[:9])
    segments = normalise_for_sync(resize_for_sync(frames)).unfold(0, 16, 8).movedim(-1, 1)
    assert sync == pytest.approx(towers.sync(segments).flatten(0, 1).numpy(), abs=1e-4)
    assert clip == pytest.approx(towers.clip(normalise_for_clip(resize_for_clip(pictures))).numpy(), abs=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("cuts", [list(range(1, 75)), [1, 2, 3], [16], [15, 17, 24], [40, 41], [7, 63, 70]])
def test_pieces_of_any_size_give_the_same_bits(cuts: list[int]) -> None:
    sync, clip = noise_film(75), noise_film(24, seed=1)
    whole, pieces = Towers(), Towers()
    for one, other in zip(
        features(whole.extractor(), sync, clip, []), features(pieces.extractor(), sync, clip, cuts), strict=True
    ):
        np.testing.assert_array_equal(one, other)
    # Not by chance: the towers are called with the very same inputs.
    assert [len(part) for part in whole.segments] == [len(part) for part in pieces.segments] == [4, 4, 1]
    assert all(map(torch.equal, whole.segments + whole.pictures, pieces.segments + pieces.pictures))


@pytest.mark.parametrize("batch", [1, 2, 5, 100])
def test_batch_is_a_matter_of_speed_only(batch: int) -> None:
    sync, clip, towers = noise_film(45), noise_film(15), Towers()
    found = features(towers.extractor(batch=batch), sync, clip, [8, 30])
    for part, expected in zip(found, features(Towers().extractor(), sync, clip, []), strict=True):
        np.testing.assert_allclose(part, expected, rtol=0, atol=1e-4)
    assert max(map(len, towers.segments + towers.pictures)) <= batch


def test_towers_work_in_their_precision_and_features_are_float32() -> None:
    sync, clip, towers = noise_film(20), noise_film(7), Towers()
    found = features(towers.extractor(torch.bfloat16), sync, clip, [])
    assert {part.dtype for part in towers.segments + towers.pictures} == {torch.bfloat16}
    # Normalised in float32, then rounded once.
    expected = normalise_for_clip(resize_for_clip(torch.from_numpy(clip))).to(torch.bfloat16)
    assert torch.equal(torch.cat(towers.pictures), expected)
    assert all(part.dtype == np.float32 for part in found)


def test_a_stream_without_frames_has_no_features() -> None:
    extractor = Towers().extractor()
    extractor.push(FrameBatch(0, 0, noise_film(3)))
    with pytest.raises(ValueError, match="one frame at least"):
        extractor.finish()


def test_frames_are_left_as_they_are_and_may_be_used_again() -> None:
    film = noise_film(30)
    expected = features(Towers().extractor(), film.copy(), film.copy(), [])
    extractor, buffer = Towers().extractor(), np.empty_like(film[:10])
    for first in (0, 10, 20):
        buffer[:] = film[first : first + 10]
        extractor.push(FrameBatch(0, first, buffer))
        extractor.push(FrameBatch(1, first, buffer))
        np.testing.assert_array_equal(buffer, film[first : first + 10])
        buffer[:] = 0
    for part, right in zip(both(extractor.finish()), expected, strict=True):
        np.testing.assert_array_equal(part, right)


def test_a_real_film_gives_the_counts_of_its_timeline(make_film: MakeFilm) -> None:
    film = make_film("public_features.mp4", count=31, rate="24000/1001")
    info = probe(film)
    towers = Towers()
    extractor = towers.extractor()
    for part in read_frames(info, Fraction(0), info.duration, PUBLIC_STREAMS):
        extractor.push(part)
    clip, sync = both(extractor.finish())
    timeline = Timeline(info.duration)
    assert (len(clip), len(sync)) == (timeline.clip_frames, sync_tokens(timeline.sync_frames)) == (11, 32)


@torch.inference_mode()
def test_with_synchformer_itself() -> None:
    torch.manual_seed(0)
    network = Synchformer(SynchformerConfig(width=16, heads=2, depth=1)).eval()
    film = noise_film(25)
    extractor = PublicExtractor(Towers().clip, network, CPU, torch.float32, batch=2)
    _, sync = features(extractor, film, film[:1], [5])
    padded = np.concatenate([film, np.repeat(film[-1:], 7, axis=0)])
    frames = normalise_for_sync(resize_for_sync(torch.from_numpy(padded)))
    segments = torch.stack([frames[first : first + 16] for first in (0, 8, 16)])
    assert sync == pytest.approx(network(segments).flatten(0, 1).numpy(), abs=1e-5)


def held_bytes() -> int:
    """What all tensors of the process hold, storage by storage."""
    gc.collect()
    # By type: some modules put objects here that warn at the touch of an attribute.
    tensors = [thing for thing in gc.get_objects() if issubclass(type(thing), Tensor)]
    tensors = [tensor for tensor in tensors if tensor.layout == torch.strided]
    return sum({part.data_ptr(): part.nbytes() for part in (tensor.untyped_storage() for tensor in tensors)}.values())


@pytest.mark.slow
def test_frames_never_pile_up() -> None:
    piece = noise_film(25, size=(36, 64))
    extractor = PublicExtractor(lambda x: x[:, 0, 0, :5], lambda x: x[:, ::2, 0, 0, :7], CPU, torch.float32, batch=2)
    empty, held = held_bytes(), []
    for second in range(27):
        extractor.push(FrameBatch(0, 25 * second, piece))
        extractor.push(FrameBatch(1, 8 * second, piece[:8]))
        if second % 13 == 0:
            held.append(held_bytes() - empty)
    # 8 batch + 8 frames for segments wait at most, and `batch` pictures, at their reduced size.
    assert 0 < max(held) <= 24 * 3 * 224 * 224 + 2 * 3 * 384 * 384
    clip, sync = both(extractor.finish())
    assert (len(clip), len(sync)) == (216, sync_tokens(675))


def test_features_do_not_hold_what_a_tower_worked_with() -> None:
    storages = []

    def view_of_all(inputs: Tensor) -> Tensor:
        wide = torch.zeros(len(inputs), 8, 1000)
        storages.append(StorageWeakRef(wide.untyped_storage()))
        return wide[..., :SYNC_WIDTH]

    extractor = PublicExtractor(lambda pictures: view_of_all(pictures)[:, 0], view_of_all, CPU, torch.float32, batch=2)
    for stream in (0, 1):
        extractor.push(FrameBatch(stream, 0, noise_film(40)))
    gc.collect()
    assert len(storages) == 22
    assert all(storage.expired() for storage in storages)
