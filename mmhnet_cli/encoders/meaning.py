"""What the network of the mini is told: how much of each kind is seen and asked for, and when things happen.

Picture and words meet in one space, whose axes are the kinds. What is seen is a share of each, eight times a second;
each sound that is asked for is one token, near some kinds and with its degrees; changes of the picture and hits that
somebody gave are numbers, 25 times a second. Drawn and real film look alike there.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from mmhnet_cli.encoders.degrees import ROOM, SCALES, Degree
from mmhnet_cli.encoders.sounding import kind_words
from mmhnet_cli.encoders.understanding import AskedSound, Understood

CLIP_FPS, SYNC_FPS = 8, 25
KIND_NAMES = tuple(kind.name for kind in kind_words())
KINDS = len(KIND_NAMES)
CLIP_DIM = KINDS + 1
"""Roots of the shares, which show small ones, and the root of their sum: how sure the eyes are of something."""
SYNC_DIM = 6
"""Logarithms of the four measures of `changes`; strength of a hit, shared between the two frames around it; whether
hits are given at all."""
ROOMS = ("outdoors", "small", "large")
MATERIALS = ("wood", "metal", "stone", "glass", "plastic", "cloth", "water")
TEXT_DIM = KINDS + len(SCALES) + len(ROOMS) + len(MATERIALS) + 1
"""Nearness to each kind, degrees from -1 to 1, room, material; 1 in the token that begins every text."""
MOST_SOUNDS = 12
"""Sounds of a prompt that are heard; who asks for more gets the first."""
SHARP = 0.04
"""Of likeness: how much nearer the nearest kind must be to drown the next."""
NOTHING, SURE = 0.35, 0.65
"""Likeness at which a part of a prompt begins to mean something, and at which it means a kind for sure."""
UNSEEN = 0.1
"""So much of a sound that is asked for counts as seen where nothing of it is."""
LEAST_SEEN = 1e-6


def seen_features(shares: np.ndarray) -> np.ndarray:
    """Shares (V, KINDS), CLIP_FPS a second, to (V, CLIP_DIM), float32."""
    return np.sqrt(np.concatenate((shares, shares.sum(1, keepdims=True)), 1)).astype(np.float32)


def moved_features(happenings: np.ndarray) -> np.ndarray:
    """Happenings (S, 4) of `changes` to (S, SYNC_DIM), float32, without hits that somebody gave."""
    features = np.zeros((len(happenings), SYNC_DIM), np.float32)
    features[:, :4] = np.log1p(happenings)
    return features


def with_hits(sync: np.ndarray, hits: Iterable[tuple[float, float]]) -> np.ndarray:
    """Return sync (S, SYNC_DIM) with hits that somebody gave, in seconds, with strengths in (0, 1].

    None at all is a film in which nothing hits, and not one whose hits nobody gave. What moves is told no more: it says
    when something might hit, and somebody knows better.
    """
    given = np.zeros_like(sync)
    given[:, 5] = 1
    for time, strength in hits:
        place = time * SYNC_FPS - 0.5
        first = int(np.floor(place))
        for frame, share in ((first, 1 - (place - first)), (first + 1, place - first)):
            if 0 <= frame < len(given):
                given[frame, 4] = max(given[frame, 4], strength * share)
    return given


def asked_features(understood: Understood) -> np.ndarray:
    """(1 + parts, TEXT_DIM) float32: the token that begins every text, with the degrees that hold for all, and one for
    each sound."""
    nearness = [near(sound) for sound in understood.sounds[:MOST_SOUNDS]]
    return asked_tokens(nearness, degree_features(understood.degrees))


def near(sound: AskedSound) -> np.ndarray:
    """(KINDS,): shares of the kinds that one sound of a prompt may be, which add up to how sure that is."""
    likeness = np.array([one.likeness for one in sound.nearest])
    sure = np.clip((likeness.max() - NOTHING) / (SURE - NOTHING), 0, 1)
    weights = np.exp((likeness - likeness.max()) / SHARP)
    found = np.zeros(KINDS, np.float32)
    found[[KIND_NAMES.index(one.kind) for one in sound.nearest]] = sure * weights / weights.sum()
    return found


def degree_features(degrees: Sequence[Degree]) -> np.ndarray:
    """(TEXT_DIM - KINDS - 1,): the last word on each scale holds.

    The place of a material is there, and stays empty: no clip of the training says of what things are, so the network
    would take it for noise. Materials are heard by the kinds they name.
    """
    found = np.zeros(TEXT_DIM - KINDS - 1, np.float32)
    for degree in degrees:
        if degree.scale in SCALES:
            found[SCALES.index(degree.scale)] = {"low": -1, "high": 1}[degree.value]
        elif degree.scale == ROOM:
            found[len(SCALES) : len(SCALES) + len(ROOMS)] = 0
            found[len(SCALES) + ROOMS.index(degree.value)] = 1
    return found


def seen_as_asked(shares: np.ndarray, nearness: Sequence[np.ndarray]) -> np.ndarray:
    """Shares (V, KINDS) of what is seen, in the light of P sounds that are asked for, near these kinds (KINDS,) each.

    What is seen stays as far as it is asked for. In the place of the rest are the sounds that are asked for: words say
    what sounds, and the picture which of them when, by how much of each is seen. As far as the words mean nothing for
    sure, all stays.
    """
    asked = np.stack(nearness) if len(nearness) else np.zeros((0, KINDS), np.float32)
    sure = asked.sum(1)
    asked, sure = asked[sure > 0], sure[sure > 0]
    if not len(asked):
        return shares
    likely = asked / asked.max(1, keepdims=True)
    parts = sure * (shares @ likely.T + UNSEEN)
    told = parts / parts.sum(1, keepdims=True) @ (asked / sure[:, None])
    agreed = (shares * likely.max(0)).sum(1, keepdims=True) / np.maximum(shares.sum(1, keepdims=True), LEAST_SEEN)
    change = sure.max() * (1 - agreed)
    return (change * told + (1 - change) * shares).astype(np.float32)


def asked_tokens(nearness: Sequence[np.ndarray], degrees: np.ndarray) -> np.ndarray:
    """(1 + P, TEXT_DIM): of P sounds near these kinds (KINDS,), all of these degrees."""
    tokens = np.zeros((1 + len(nearness), TEXT_DIM), np.float32)
    tokens[0, -1] = 1
    tokens[:, KINDS:-1] = degrees
    for row, shares in enumerate(nearness, 1):
        tokens[row, :KINDS] = np.sqrt(shares)
    return tokens


def opposed_tokens(tokens: np.ndarray) -> np.ndarray | None:
    """Tokens (..., TEXT_DIM) with the other end of each scale, and no room; None where they say nothing of degree."""
    if not tokens[..., KINDS:-1].any():
        return None
    opposed = tokens.copy()
    opposed[..., KINDS : KINDS + len(SCALES)] *= -1
    opposed[..., KINDS + len(SCALES) : -1] = 0
    return opposed


NO_WORDS = asked_tokens([], np.zeros(TEXT_DIM - KINDS - 1, np.float32))
"""No prompt, (1, TEXT_DIM): the token that begins every text."""
