"""Frames as the public MMAudio reader takes them, for parity only (MMAudio specification, 7.1 and 7.3).

Its rules lose up to a frame of time and the end of a film; `frames.py` is what films are read with. Whoever compares
features or sounds with those of the public stack needs its very frames, late ones included.
"""

from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from av.video.frame import VideoFrame

from mmhnet_cli.errors import FilmUnreadable, NoFrames
from mmhnet_cli.media.source import open_film, picture_stream, reason_of

CLIP_FPS, SYNC_FPS = 8.0, 25.0


@dataclass(frozen=True)
class ReferenceFrames:
    """clip (C, H, W, 3) and sync (n, H, W, 3): uint8 RGB as coded, neither turned nor with square pixels.

    duration_s: what is left of the wished duration when frames are missing at the end; C and n are cut to it.
    """

    clip: np.ndarray
    sync: np.ndarray
    duration_s: float


def read_reference_frames(path: Path, duration_s: float = 8.0) -> ReferenceFrames:
    """The frames of the first seconds of a film, all in memory. Times are those of the file, from 0.

    Raises FilmNotFound, FilmUnreadable, FilmTooLarge or NoPicture, and NoFrames for less than one frame of CLIP.
    """
    clip, sync = _Accumulator(CLIP_FPS), _Accumulator(SYNC_FPS)
    with closing(_pictures(path)) as pictures:
        for time, picture in pictures:
            # The end is part of the range. The reference decodes on to the end of the file and keeps nothing of it.
            if time > duration_s:
                break
            if time >= 0:
                clip.offer(time, picture)
                sync.offer(time, picture)
    duration_s = min(duration_s, len(clip.taken) / CLIP_FPS, len(sync.taken) / SYNC_FPS)
    if duration_s < 1 / CLIP_FPS:
        raise NoFrames(path)
    return ReferenceFrames(clip.frames(duration_s), sync.frames(duration_s), duration_s)


class _Accumulator:
    """Sample k is the first picture at or after a time that k additions of 1 / fps lead to, rounding errors and all.

    The sum of 0.04s lies above k * 0.04 for most k, so that a film of 25 or 50 frames per second is sampled one
    frame late there.
    """

    def __init__(self, fps: float) -> None:
        self.fps = fps
        self.due = 0.0
        self.taken: list[np.ndarray] = []

    def offer(self, time: float, picture: VideoFrame) -> None:
        """Take `picture`, shown at `time` in seconds, for every sample due by then."""
        first = len(self.taken)
        while time >= self.due:
            # A picture that several samples share is converted once.
            self.taken.append(self.taken[-1] if len(self.taken) > first else picture.to_ndarray(format="rgb24"))
            self.due += 1 / self.fps

    def frames(self, duration_s: float) -> np.ndarray:
        """(n, H, W, 3) of the samples in `duration_s`, rounded down."""
        return np.stack(self.taken[: int(self.fps * duration_s)])


def _pictures(path: Path) -> Generator[tuple[float, VideoFrame], None, None]:
    """Pictures and their times, in seconds on the clock of the file."""
    with open_film(path) as container:
        stream = picture_stream(container)
        stream.thread_type = "AUTO"
        try:
            for picture in container.decode(stream):
                if picture.time is None:
                    raise FilmUnreadable(path, "a picture has no time")
                yield picture.time, picture
        except av.FFmpegError as error:
            raise FilmUnreadable(path, reason_of(error)) from error
