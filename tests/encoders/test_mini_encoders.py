"""The mini's encoders as one: a film in memory to what is seen, what happens, where, and in which shots."""

import numpy as np
import pytest
import torch

from mmhnet_cli.encoders.meaning import CLIP_DIM, KIND_NAMES, SYNC_DIM, TEXT_DIM
from mmhnet_cli.encoders.mini import STREAMS, EyesConfig, MiniEncoders, load_mini_encoders
from mmhnet_cli.encoders.protocol import Picture
from mmhnet_cli.encoders.understanding import WordSpace
from mmhnet_cli.encoders.words import load_words
from mmhnet_cli.errors import BadOption
from mmhnet_cli.media.frames import FrameBatch
from mmhnet_cli.models.registry import find_model

CUT_S, END_S = 0.8, 1.6


@pytest.fixture(scope="module")
def encoders() -> MiniEncoders:
    return load_mini_encoders(WordSpace(load_words(find_model("mini").parts["words"])), torch.device("cpu"))


def picture_at(time: float, width: int, height: int) -> np.ndarray:
    """Stripes, and from the cut on a bright square on the right, which leaps at 1.2 s, on black."""
    picture = np.zeros((height, width, 3), np.uint8)
    if time < CUT_S:
        picture[:, (np.arange(width) * 12 // width) % 2 == 0] = (200, 180, 40)
    else:
        top = height // 8 if time < 1.2 else height // 2
        picture[top : top + height // 3, 3 * width // 4 :] = (255, 255, 255)
    return picture


@pytest.fixture(scope="module")
def picture(encoders: MiniEncoders) -> Picture:
    extractor = encoders.extractor()
    for number, stream in enumerate(STREAMS):
        size = stream.size(160, 90)
        frames = [picture_at(frame / stream.fps, *size) for frame in range(int(np.ceil(END_S * stream.fps)))]
        # In two pieces, as a reader gives them.
        for first, part in ((0, frames[:2]), (2, frames[2:])):
            extractor.push(FrameBatch(number, first, np.stack(part)))
    return extractor.finish()


def test_a_film_has_rows_at_the_rates_of_the_network(picture: Picture) -> None:
    assert (picture.clip.shape, picture.clip.dtype) == ((13, CLIP_DIM), np.float32)
    assert (picture.sync.shape, picture.sync.dtype) == ((40, SYNC_DIM), np.float32)
    assert picture.pan is not None and picture.pan.shape == (40,)
    assert np.isfinite(picture.clip).all() and np.isfinite(picture.sync).all()
    assert not picture.sync[:, 4:].any(), "nobody gave hits"


def test_shots_are_those_of_the_film(picture: Picture) -> None:
    assert [(shot.start_s, shot.end_s) for shot in picture.shots] == [(0.0, CUT_S), (CUT_S, END_S)]
    for shot in picture.shots:
        assert set(shot.shares) <= set(KIND_NAMES)
        assert sorted(shot.shares.values(), reverse=True) == list(shot.shares.values())
    # What is seen changes with the cut and nowhere else.
    assert (picture.clip[0] == picture.clip[:6]).all()
    assert not np.allclose(picture.clip[5], picture.clip[8])


def test_what_moves_is_felt_when_and_where_it_does(picture: Picture) -> None:
    within = picture.sync[22:, 0]
    assert abs(22 + int(within.argmax()) - 30) <= 1, "the square leaps at 1.2 s, frame 30"
    assert picture.pan is not None and picture.pan[30] > 0.2 > picture.pan[10]


def test_hits_are_shared_by_the_frames_around_them(encoders: MiniEncoders, picture: Picture) -> None:
    given = encoders.with_hits(picture.sync, ((0.5, 1.0), (1.0, 0.5)))
    assert picture.sync[:, :4].any() and not given[:, :4].any(), "what moves says no more when something may hit"
    assert (given[:, 5] == 1).all()
    assert given[12, 4] == pytest.approx(1.0) and np.count_nonzero(given[:, 4]) == 3
    assert given[24:26, 4] == pytest.approx([0.25, 0.25])
    assert not picture.sync[:, 4:].any(), "the picture's own stay"


def test_words_are_a_token_for_each_sound(encoders: MiniEncoders) -> None:
    tokens, mask = encoders.words("rain, knocking on a door")
    assert (tokens.shape, mask) == ((1, 3, TEXT_DIM), None)
    named = [KIND_NAMES[int(row)] for row in tokens[0, 1:, : len(KIND_NAMES)].argmax(1)]
    assert named == ["rain", "knock"]
    assert torch.equal(encoders.words("")[0], encoders.words("   ")[0])


def test_what_is_asked_for_counts_as_seen(encoders: MiniEncoders, picture: Picture) -> None:
    asked = encoders.as_asked(picture, "rain")
    assert (asked.clip[:, :-1].argmax(1) == KIND_NAMES.index("rain")).all()
    assert asked.sync is picture.sync and asked.shots == picture.shots
    assert np.allclose(encoders.as_asked(picture, "").clip, picture.clip, atol=1e-3)


def test_a_film_without_pictures(encoders: MiniEncoders) -> None:
    with pytest.raises(ValueError, match="one frame at least"):
        encoders.extractor().finish()


def test_eyes_that_nobody_has() -> None:
    with pytest.raises(BadOption) as refused:
        EyesConfig(things="efficientnet-lite9")  # type: ignore[arg-type]
    assert (refused.value.name, refused.value.expected) == ("things", "one of efficientnet-lite2")
