"""One sound of many in a film: what sounds when, and on which track."""

from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Annotated

from mmhnet_cli.fields import AtMost, Within
from mmhnet_cli.options.sampling import SEEDS
from mmhnet_cli.timeline import round_half_up

FX = "fx"
SHEET_SUFFIXES = (".csv", ".tsv", ".edl", ".otio", ".srt", ".vtt", ".txt")
"""Files that may be a cue sheet have one of these."""
MOST_CUES = 10_000
MOST_SHOTS = 1_000_000
MOST_HITS = 10_000
"""Of one cue, or of one film."""


@dataclass(frozen=True)
class Cue:
    """A stretch of the film that gets a sound of its own. Times are seconds from the first picture."""

    start: Fraction
    end: Fraction
    """It is the first moment that is not part of it."""
    prompt: str
    """It may be empty: then the picture decides."""
    track: str = FX
    hits: Annotated[tuple[tuple[Fraction, float], ...] | None, AtMost(MOST_HITS)] = None
    """These times, in order, have strengths above 0, up to 1; None leaves to the picture when something hits."""
    gain_db: Annotated[float, Within(-60.0, 60.0)] = 0.0
    pan: Annotated[float | None, Within(-1.0, 1.0)] = None
    """It goes from -1, left, to 1, right; None is where it is seen."""
    seed: Annotated[int | None, SEEDS] = None
    negative: str = ""
    name: str = ""
    picture: bool = True
    """Whether the picture has a say; else words and hits alone have it."""
    shot: Annotated[int | None, Within(1, MOST_SHOTS)] = None
    """It begins in this shot of the film, counted from 1; None is not looked at."""

    row: Annotated[int | None, Within(1, MOST_CUES)] = field(default=None, compare=False)
    """It stands in this row of its sheet, counted from 1 without the head; None is no row of any."""

    @property
    def title(self) -> str:
        """Return what a list or a marker calls it: its name, else its prompt, else its track."""
        return self.name or self.prompt or self.track

    def on_frames(self, rate: Fraction) -> "Cue":
        """Return it with all times at the nearest frame; it keeps one frame at least, and its hits inside."""
        first = round_half_up(self.start * rate)
        last = max(round_half_up(self.end * rate), first + 1)
        hits = [(min(round_half_up(time * rate), last - 1) / rate, strength) for time, strength in self.hits or ()]
        return replace(self, start=first / rate, end=last / rate, hits=tuple(hits) or None)
