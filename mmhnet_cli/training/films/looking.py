"""What is seen in a stretch of a film: where it cuts, and the features of any of its clips."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Protocol

from mmhnet_cli.encoders.changes import CHANGES_STREAM, Changes
from mmhnet_cli.encoders.extract import picture_features
from mmhnet_cli.encoders.mini import part_of
from mmhnet_cli.encoders.protocol import Encoders, Picture
from mmhnet_cli.encoders.published_eyes import LITE0, load_eyes
from mmhnet_cli.encoders.shots import cuts_of
from mmhnet_cli.errors import FilmUnreadable
from mmhnet_cli.media.frames import read_frames
from mmhnet_cli.media.probe import VideoInfo
from mmhnet_cli.training.films.places import CLIP_S


@dataclass(frozen=True)
class Stretch:
    """A film from the second `begin_s` to `end`, counted from its first picture."""

    film: VideoInfo
    begin_s: int
    end: Fraction


class Look(Protocol):
    """A look at a stretch. Both methods raise FilmUnreadable and NoFrames."""

    def cuts_s(self) -> Sequence[float]:
        """Return when the film cuts, in seconds from its first picture."""

    def picture(self, start_s: int) -> Picture:
        """Return the features of the clip that begins at a second of the film."""


class LookOnce:
    """The mini's: the eyes see every picture once, all over the stretch, as for the sound of a film that is as long.

    What moves is counted on the scale of the whole, and what is seen is steady over a shot, not over a clip.
    """

    def __init__(self, stretch: Stretch, encoders: Encoders) -> None:
        self.stretch, self.encoders = stretch, encoders
        self._lost: list[tuple[Fraction, str]] = []

    @cached_property
    def _picture(self) -> Picture:
        film, begin = self.stretch.film, Fraction(self.stretch.begin_s)
        lost, streams = self._lost, self.encoders.streams
        frames = read_frames(
            film, begin, self.stretch.end, streams, lost=lambda at, why: lost.append((at, why)), threads=1
        )
        return picture_features(self.encoders, frames)

    def cuts_s(self) -> Sequence[float]:
        """Return when the film cuts."""
        return [self.stretch.begin_s + shot.start_s for shot in self._picture.shots[1:]]

    def picture(self, start_s: int) -> Picture:
        """Return the features of a clip. Raises FilmUnreadable where a picture of it cannot be decoded."""
        found = part_of(self._picture, start_s - self.stretch.begin_s, CLIP_S)
        for second, reason in self._lost:
            # What cannot be read at all is lost at the end of the film: nobody knows since when.
            if start_s <= second < start_s + CLIP_S or second >= self.stretch.film.duration:
                raise FilmUnreadable(self.stretch.film.path, f"{reason} at {float(second):.2f} s")
        return found


class LookByClip:
    """The public encoders': their windows of pictures begin with the clip, so that each clip is looked at by itself.

    Cuts are found by the eyes of the mini, which are in every installation.
    """

    def __init__(self, stretch: Stretch, encoders: Encoders) -> None:
        self.stretch, self.encoders = stretch, encoders

    def cuts_s(self) -> Sequence[float]:
        """Return when the film cuts; damaged pictures are passed over."""
        film, begin, changes = self.stretch.film, Fraction(self.stretch.begin_s), Changes(load_eyes(LITE0))
        for batch in read_frames(
            film, begin, self.stretch.end, [CHANGES_STREAM], lost=lambda second, reason: None, threads=1
        ):
            changes.push(batch.frames)
        return [float(begin) + cut for cut in cuts_of(changes.finish(), changes.lasting())[1:].tolist()]

    def picture(self, start_s: int) -> Picture:
        """Return the features of a clip. Raises FilmUnreadable where a picture of it cannot be decoded."""
        start = Fraction(start_s)
        return picture_features(
            self.encoders, read_frames(self.stretch.film, start, start + CLIP_S, self.encoders.streams, threads=1)
        )
