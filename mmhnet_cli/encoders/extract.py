"""From the frames of a film to its features: the one way for who makes sound and for who learns to."""

import math
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction

from mmhnet_cli.encoders.protocol import Eyes, Picture
from mmhnet_cli.media.frames import FrameBatch, FrameStream


def frame_count(streams: Sequence[FrameStream], duration: Fraction) -> int:
    """Count the frames of all streams together, for `duration` seconds of film."""
    return sum(math.ceil(duration * stream.fps) for stream in streams)


def picture_features(
    encoders: Eyes, batches: Iterable[FrameBatch], done: Callable[[int], None] = lambda frames: None
) -> Picture:
    """Encode batches of the encoders' streams."""
    extractor = encoders.extractor()
    frames = 0
    for batch in batches:
        extractor.push(batch)
        frames += len(batch.frames)
        done(frames)
    return extractor.finish()
