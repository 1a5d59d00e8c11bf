"""When something hits in a film, as the eyes have it: strong changes of the picture that are no cut."""

import numpy as np

from mmhnet_cli.encoders.changes import CHANGES_STREAM

LATE, LIGHT = 0, 2
"""Columns of what changes of the pictures are told as: the liveliest cells of the late maps, and of brightness."""
LEAST = 0.5
"""Of both together, in which 1 of each is among the strongest twentieth of the film. On eight real films with sound of
their own, 54 % of the hits found with it are at an onset (within 0.1 s; 47 % by chance), and 58 % of the onsets are
found (51 % by chance): single blows well, fast ones hardly."""
FULL = 2.0
"""It is a hit of strength 1: both at once are among the strongest."""
APART = 3
"""A hit is the strongest change of so many pictures before and after; 0.12 s."""
CUT_REACH = 1
"""A cut changes everything; so many pictures before and after it tell nothing either."""


def hits_seen(sync: np.ndarray, begins_s: np.ndarray) -> list[tuple[int, float]]:
    """Return the pictures, 25 a second, in which something hits, with strengths above 0, up to 1.

    sync: (S, 4 or more), logarithms of `changes.happenings`, as networks are told them. begins_s: of the shots.
    """
    happened = np.expm1(sync[:, [LATE, LIGHT]]).sum(1)
    for begin in np.round(begins_s * CHANGES_STREAM.fps).astype(int):
        happened[max(0, begin - CUT_REACH) : begin + CUT_REACH + 1] = 0
    reach = np.lib.stride_tricks.sliding_window_view(np.pad(happened, APART), 2 * APART + 1).max(1)
    found = np.flatnonzero((happened == reach) & (happened >= LEAST))
    return [(int(picture), round(min(1.0, float(happened[picture]) / FULL), 2)) for picture in found]
