"""What the network is told: exact rows for shares, hits, sounds and degrees."""

import numpy as np
import pytest

from mmhnet_cli.encoders.degrees import SCALES, Degree
from mmhnet_cli.encoders.meaning import (
    CLIP_DIM,
    KIND_NAMES,
    KINDS,
    MATERIALS,
    MOST_SOUNDS,
    ROOMS,
    SYNC_DIM,
    TEXT_DIM,
    UNSEEN,
    asked_features,
    degree_features,
    moved_features,
    near,
    opposed_tokens,
    seen_as_asked,
    seen_features,
    with_hits,
)
from mmhnet_cli.encoders.understanding import AskedSound, Likeness, Understood


def part(*likenesses: tuple[str, float]) -> AskedSound:
    return AskedSound("", tuple(Likeness(*one) for one in likenesses), True)


def test_what_is_seen_is_told_by_roots() -> None:
    shares = np.zeros((2, KINDS), np.float32)
    shares[0, 5], shares[1, 6], shares[1, 7] = 0.25, 0.5, 0.5
    rows = seen_features(shares)
    assert rows.shape == (2, CLIP_DIM)
    assert (rows[0, 5], rows[0, -1]) == (0.5, 0.5)
    assert rows[1, [6, 7, -1]] == pytest.approx([0.5**0.5, 0.5**0.5, 1])


def test_a_hit_is_shared_between_the_frames_around_it() -> None:
    rows = with_hits(moved_features(np.ones((10, 4), np.float32)), [(0.02, 1.0), (0.1, 0.5), (0.13, 1.0)])
    assert rows.shape == (10, SYNC_DIM)
    assert not rows[:, :4].any(), "what moves says no more when something may hit"
    # Frame k is shown from k / 25 s on and has its middle at (k + 0.5) / 25 s.
    assert rows[:5, 4] == pytest.approx([1, 0, 0.5, 0.75, 0], abs=1e-6)
    assert rows[:, 5].tolist() == [1.0] * 10
    nobody_said = moved_features(np.ones((3, 4)))
    assert nobody_said[:, 4:].tolist() == [[0, 0]] * 3
    assert with_hits(nobody_said, ())[:, 4:].tolist() == [[0, 1]] * 3
    assert nobody_said[:, 4:].tolist() == [[0, 0]] * 3, "what was given is not changed"
    assert with_hits(nobody_said, [(-5, 1), (0.12, 1), (9, 1)])[:, 4] == pytest.approx([0, 0, 0.5])
    assert with_hits(rows, ())[:, 4].tolist() == [0] * 10, "the hits that were given last hold"


def test_a_sound_that_is_asked_for_is_near_some_kinds() -> None:
    sure = near(part(("rain", 0.95), ("stream", 0.5)))
    assert sure.sum() == pytest.approx(1)
    assert sure[KIND_NAMES.index("rain")] > 0.999
    between = near(part(("rain", 0.7), ("stream", 0.7), ("wind", 0.66)))
    assert (
        between[KIND_NAMES.index("rain")] == between[KIND_NAMES.index("stream")] > between[KIND_NAMES.index("wind")] > 0
    )
    assert near(part(("rain", 0.5), ("stream", 0.2))).sum() == pytest.approx(0.5)
    assert near(part(("rain", 0.3), ("stream", 0.2))).sum() == 0


def shares_of(**shares: float) -> np.ndarray:
    row = np.zeros(KINDS, np.float32)
    for kind, share in shares.items():
        row[KIND_NAMES.index(kind)] = share
    return row


def test_words_say_what_sounds_and_the_picture_when() -> None:
    seen = np.stack([shares_of(dog=0.1, boat=0.3), shares_of(boat=0.5), shares_of()])
    told = seen_as_asked(seen, [shares_of(dog=1.0), shares_of(car=0.6, truck=0.4)])
    assert told.shape == seen.shape and told.dtype == np.float32
    # A quarter of what is seen in the first is asked for: it stays.
    dog = [2 / 3, 0.5, 0.5]
    assert told[:, KIND_NAMES.index("dog")] == pytest.approx([0.75 * dog[0] + 0.25 * 0.1, *dog[1:]])
    assert told[:, KIND_NAMES.index("car")] == pytest.approx([0.75 * 0.6 * (1 - dog[0]), 0.3, 0.3])
    assert told[:, KIND_NAMES.index("truck")] == pytest.approx([0.75 * 0.4 * (1 - dog[0]), 0.2, 0.2])
    assert told[:, KIND_NAMES.index("boat")] == pytest.approx([0.25 * 0.3, 0, 0]), "nobody asked for it"
    assert UNSEEN == 0.1


def test_what_is_asked_for_and_seen_stays_as_it_is() -> None:
    seen = np.stack([shares_of(dog=0.9), shares_of(dog=0.2, car=0.2)])
    assert seen_as_asked(seen, [shares_of(dog=1.0), shares_of(car=1.0)]) == pytest.approx(seen)


def test_words_that_mean_nothing_for_sure_leave_what_is_seen() -> None:
    seen = shares_of(boat=0.5)[None]
    assert (seen_as_asked(seen, []) == seen).all()
    assert (seen_as_asked(seen, [shares_of()]) == seen).all()
    half = seen_as_asked(seen, [shares_of(dog=0.4), shares_of()])
    assert half[0, KIND_NAMES.index("dog")] == pytest.approx(0.4)
    assert half[0, KIND_NAMES.index("boat")] == pytest.approx(0.6 * 0.5)


def test_the_last_word_on_each_scale_holds() -> None:
    row = degree_features(
        [
            Degree("force", "high", "heavy"),
            Degree("force", "low", "light"),
            Degree("room", "large", "hall"),
            Degree("material", "wood", "oak"),
            Degree("material", "metal", "tin"),
        ]
    )
    found = dict(zip((*SCALES, *ROOMS, *MATERIALS), row.tolist(), strict=True))
    assert {name: value for name, value in found.items() if value} == {"force": -1, "large": 1}, "no material"


def test_the_opposite_of_far_is_near_and_of_a_church_no_room() -> None:
    degrees = (Degree("distance", "high", "far"), Degree("speed", "low", "slow"), Degree("room", "large", "church"))
    tokens = asked_features(Understood((part(("dog", 1.0)),), (), degrees, ()))
    opposed = opposed_tokens(tokens)
    assert opposed is not None
    assert np.array_equal(opposed[:, :KINDS], tokens[:, :KINDS]), "the sounds stay"
    assert opposed[:, -1].tolist() == [1, 0]
    for row in opposed[:, KINDS:-1]:
        found = dict(zip((*SCALES, *ROOMS, *MATERIALS), row.tolist(), strict=True))
        assert {name: value for name, value in found.items() if value} == {"distance": -1, "speed": 1}
    assert tokens[0, KINDS + SCALES.index("distance")] == 1, "what was given is not changed"
    assert opposed_tokens(asked_features(Understood((part(("dog", 1.0)),), (), (), ()))) is None


def test_a_prompt_is_a_token_for_each_sound_after_the_first() -> None:
    degrees = (Degree("distance", "high", "far"),)
    tokens = asked_features(Understood((part(("dog", 1.0)), part(("car", 1.0))), (), degrees, ()))
    assert tokens.shape == (3, TEXT_DIM)
    assert tokens[:, -1].tolist() == [1, 0, 0]
    assert tokens[0, :KINDS].max() == 0
    assert [KIND_NAMES[row[:KINDS].argmax()] for row in tokens[1:]] == ["dog", "car"]
    assert (tokens[:, KINDS + SCALES.index("distance")] == 1).all()
    assert len(asked_features(Understood((part(("dog", 1.0)),) * 40, (), (), ()))) == 1 + MOST_SOUNDS
