"""What sounds when in a film, and on which track."""

import re
from dataclasses import dataclass, replace

from mmhnet_cli.options import GenerateRequest, Stem
from mmhnet_cli.options.cues import FX, Cue

__all__ = ["AMBIENCE", "FX", "Cue", "CueSheet"]

AMBIENCE = "ambience"


@dataclass(frozen=True)
class CueSheet:
    """Cues in order of time; they may overlap."""

    cues: tuple[Cue, ...]

    @property
    def tracks(self) -> tuple[str, ...]:
        """Return the tracks, each once, in the order in which they begin."""
        return tuple(dict.fromkeys(cue.track for cue in self.cues))


def with_tracks(request: GenerateRequest) -> GenerateRequest:
    """Return a request with cues that has a stem for each of their tracks, in the order in which they begin."""
    sheet = CueSheet(tuple(replace(cue, track=track_name(cue.track)) for cue in request.cues or ()))
    stems = tuple(Stem(track, _said(sheet, track), request.negative_prompt) for track in sheet.tracks)
    return replace(request, stems=stems, cues=sheet.cues, negative_prompt="")


def track_name(track: str) -> str:
    """Return a track's name as it may stand in that of a file."""
    return re.sub(r"[^A-Za-z0-9_-]+", "_", track).strip("_") or FX


def _said(sheet: CueSheet, track: str) -> str:
    """Return the prompts of a track, each once."""
    said = dict.fromkeys(cue.prompt for cue in sheet.cues if cue.track == track and cue.prompt)
    return "; ".join(said)
