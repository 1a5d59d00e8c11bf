"""At which picture a film cuts: of one that is faster than the looks, a look tells two or three that it may be."""

import math
from fractions import Fraction

import numpy as np

from mmhnet_cli.encoders.changes import CHANGES_STREAM
from mmhnet_cli.media.frames import FrameStream, Lost, read_frames
from mmhnet_cli.media.probe import VideoInfo
from mmhnet_cli.timeline import round_half_up

WIDTH, HEIGHT = 64, 36


def picture_at(film: VideoInfo, look: int) -> Fraction:
    """Return when the picture of the film begins that is shown at look / 25 s.

    A film of variable rate has no pictures to count: there it is that moment itself.
    """
    time = Fraction(look, CHANGES_STREAM.fps)
    return time if film.variable_rate else math.floor(time * film.frame_rate) / film.frame_rate


def cut_at(film: VideoInfo, look: int, lost: Lost) -> Fraction:
    """Return when the shot begins whose first look is number `look`, of 25 a second.

    It begins after the look before. Where there are several pictures since then, it is the one that differs most from
    the one before it. Raises FilmUnreadable or NoFrames.
    """
    last = picture_at(film, look)
    if film.variable_rate or look == 0:
        return last
    rate = film.frame_rate
    first = picture_at(film, look - 1) + 1 / rate
    count = round_half_up((last - first) * rate) + 1
    if count < 2:
        return last
    pictures = _pictures(film, first - 1 / rate, count + 1, lost)
    changes = np.abs(np.diff(pictures.astype(np.float32), axis=0)).mean((1, 2, 3))
    return first + int(changes.argmax()) / rate


def _pictures(film: VideoInfo, begin: Fraction, count: int, lost: Lost) -> np.ndarray:
    """Return so many pictures in a row, (count, HEIGHT, WIDTH, 3), from the one that begins then."""
    stream = FrameStream(round_half_up(film.frame_rate), WIDTH, HEIGHT)
    # From the middle of each, so that 29.97 and 30 show the same few.
    start = begin + 1 / (2 * film.frame_rate)
    end = start + (count - Fraction(1, 2)) / stream.fps
    return np.concatenate([batch.frames for batch in read_frames(film, start, end, [stream], lost=lost)])
