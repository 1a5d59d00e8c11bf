"""What happens in a procedural scene, as data: sources with exact event times, shots and cuts.

`sound.py` turns a scene into samples, `picture.py` into frames, `captions.py` into words; all three read the same event
times, so picture and sound agree exactly.
"""

from dataclasses import dataclass, replace

import numpy as np

CONTROL_RATE_HZ = 25
"""Rate of `Source.curve`."""


@dataclass(frozen=True)
class Source:
    """One thing that sounds, from `start_s` to `end_s` of the scene.

    kind: name in `KINDS`; what is heard.
    looks: name in `KINDS`; what is seen. Differs from `kind` where a prompt asks for another sound under the picture.
    events_s: (E,) onset times in seconds from the start of the scene, ascending, inside [start_s, end_s).
    strengths: (E,) in (0, 1], one per event.
    curve: (ceil((end_s - start_s) * 25) + 1,) in [0, 1]: intensity of a texture, speed of a machine; at 25 Hz.
    gain: linear gain of its sound in the mix.
    x, y, size: where it is in the picture, in picture heights from the centre (x right, y down); size is its height.
    seed: everything else that varies (pitch, material, colour) is drawn from it.
    """

    kind: str
    looks: str
    start_s: float
    end_s: float
    events_s: np.ndarray
    strengths: np.ndarray
    curve: np.ndarray
    gain: float
    x: float
    y: float
    size: float
    seed: int


@dataclass(frozen=True)
class Shot:
    """One camera position: background, light and camera motion, between two cuts."""

    start_s: float
    end_s: float
    seed: int


@dataclass(frozen=True)
class Scene:
    """A film of `duration_s` seconds as data: shots that follow each other without gaps, and the sources in them."""

    seed: int
    duration_s: float
    shots: tuple[Shot, ...]
    sources: tuple[Source, ...]
    caption: str = ""

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds heard, in order of appearance, without repeats."""
        return tuple(dict.fromkeys(source.kind for source in self.sources))


def excerpt(source: Source, start_s: float, end_s: float) -> Source:
    """What a source does from `start_s` to `end_s` of its scene."""
    start, end = max(source.start_s, start_s), min(source.end_s, end_s)
    there = (source.events_s >= start) & (source.events_s < end)
    first = round((start - source.start_s) * CONTROL_RATE_HZ)
    curve = source.curve[first : first + int(np.ceil((end - start) * CONTROL_RATE_HZ)) + 1]
    events, strengths = source.events_s[there], source.strengths[there]
    return replace(source, start_s=start, end_s=end, events_s=events, strengths=strengths, curve=curve)
