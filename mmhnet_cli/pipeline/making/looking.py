"""What the mini's eyes see in a film, without making a sound."""

from fractions import Fraction

from mmhnet_cli.encoders.extract import frame_count
from mmhnet_cli.encoders.mini import STREAMS, MiniExtractor
from mmhnet_cli.encoders.protocol import Picture
from mmhnet_cli.encoders.published_eyes import LITE0, LITE2, load_eyes
from mmhnet_cli.media.frames import Lost, read_frames
from mmhnet_cli.media.probe import VideoInfo
from mmhnet_cli.pipeline.making.stages import Progress


def look(film: VideoInfo, lost: Lost, progress: Progress) -> Picture:
    """Return what is seen in a film, and when something happens.

    lost: hears of damaged pictures. Raises FilmUnreadable, NoFrames, and what `load_eyes` raises.
    """
    extractor, read = MiniExtractor(load_eyes(LITE0), load_eyes(LITE2)), 0
    total = frame_count(STREAMS, film.duration)
    for batch in read_frames(film, Fraction(0), film.duration, STREAMS, lost=lost):
        extractor.push(batch)
        read += len(batch.frames)
        progress("look", read, total)
    return extractor.finish()
