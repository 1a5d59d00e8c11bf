"""What happens in a procedural scene: sources, their kinds and exact event times, shots and cuts.

A `Scene` is data only. `sound.py` turns it into samples, `picture.py` into frames, `captions.py` into words; all three
read the same event times, so picture and sound agree exactly.
"""

from dataclasses import dataclass, replace

import numpy as np

CONTROL_RATE_HZ = 25
"""Rate of `Source.curve`."""


@dataclass(frozen=True)
class Kind:
    """A kind of sound.

    family: `impact`, `texture`, `machine` or `one_shot`.
    eventful: its sound is a series of onsets (`Source.events`); otherwise it is continuous and follows `Source.curve`.
    """

    name: str
    family: str
    eventful: bool


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        *(
            Kind(name, "impact", True)
            for name in (
                "footsteps",
                "gravel_steps",
                "bouncing_ball",
                "hammer_wood",
                "hammer_metal",
                "glass_tap",
                "knock",
                "drum",
                "typing",
            )
        ),
        *(Kind(name, "texture", False) for name in ("rain", "wind", "fire", "waves", "stream", "crowd")),
        *(Kind(name, "machine", False) for name in ("engine", "fan", "siren", "rotor", "drill")),
        *(Kind(name, "machine", True) for name in ("alarm", "bell", "clock")),
        *(Kind(name, "one_shot", True) for name in ("thunder", "explosion", "splash", "whoosh", "slam")),
    )
}


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


@dataclass(frozen=True)
class SceneConfig:
    """How scenes are drawn.

    kinds: which kinds may sound.
    shot_s: shortest and longest shot; a scene shorter than the longest may be one shot.
    sources_per_shot: probabilities of one, two and three sources in a shot.
    rescored: probability that a source sounds like another kind than it looks.
    """

    kinds: tuple[str, ...] = tuple(KINDS)
    shot_s: tuple[float, float] = (2.5, 12.0)
    sources_per_shot: tuple[float, float, float] = (0.7, 0.22, 0.08)
    rescored: float = 0.0


def make_scene(seed: int, duration_s: float, config: SceneConfig = SceneConfig()) -> Scene:
    """Draw a scene. The same seed, duration and config give the same scene."""
    rng = np.random.default_rng((seed, 0x5CE4E))
    shots, sources = [], []
    start = 0.0
    while start < duration_s:
        end = start + rng.uniform(*config.shot_s)
        if duration_s - end < config.shot_s[0]:
            end = duration_s
        shots.append(Shot(start, end, int(rng.integers(2**31))))
        sources += _sources_of_shot(rng, start, end, config)
        start = end
    return Scene(seed, duration_s, tuple(shots), tuple(sources))


def _sources_of_shot(rng: np.random.Generator, start_s: float, end_s: float, config: SceneConfig) -> list[Source]:
    count = 1 + int(rng.choice(3, p=np.asarray(config.sources_per_shot) / sum(config.sources_per_shot)))
    chosen: list[str] = []
    candidates = list(rng.permutation(config.kinds))
    while candidates and len(chosen) < count:
        name = str(candidates.pop())
        # Two eventful sources at once would make it undecidable which one an onset belongs to.
        if not (KINDS[name].eventful and any(KINDS[other].eventful for other in chosen)):
            chosen.append(name)
    columns = rng.permutation(len(chosen))
    return [
        _source(rng, name, start_s, end_s, config, column=(int(column), len(chosen)))
        for name, column in zip(chosen, columns, strict=True)
    ]


def _source(
    rng: np.random.Generator, kind: str, start_s: float, end_s: float, config: SceneConfig, column: tuple[int, int]
) -> Source:
    looks = str(rng.choice(config.kinds)) if rng.random() < config.rescored else kind
    rhythm = looks if KINDS[looks].eventful else kind
    events = event_times(rng, rhythm, start_s, end_s) if KINDS[rhythm].eventful else np.zeros(0)
    index, count = column
    centre = (index - (count - 1) / 2) * 1.6 / count
    return Source(
        kind=kind,
        looks=looks,
        start_s=start_s,
        end_s=end_s,
        events_s=events,
        strengths=rng.uniform(0.35, 1.0, len(events)) ** 0.7,
        curve=control_curve(rng, end_s - start_s),
        gain=float(10 ** (rng.uniform(-6, 3) / 20)),
        x=float(centre + rng.uniform(-0.12, 0.12)),
        y=float(rng.uniform(-0.08, 0.12)),
        size=float(rng.uniform(0.45, 0.8) / count**0.3),
        seed=int(rng.integers(2**31)),
    )


def event_times(rng: np.random.Generator, kind: str, start_s: float, end_s: float) -> np.ndarray:
    """Onset times (E,) in seconds, in the rhythm of a kind, at least 0.11 s apart and 0.15 s from the edges."""
    low, high = start_s + 0.15, end_s - 0.15
    times = np.cumsum(_intervals(rng, kind, high - low)) + low
    times = times[times < high]
    keep = np.concatenate([[True], np.diff(times) >= 0.11]) if len(times) else np.zeros(0, bool)
    return times[keep]


def _intervals(rng: np.random.Generator, kind: str, length_s: float) -> np.ndarray:
    """Intervals (N,) in seconds, long enough to fill `length_s`."""
    first = rng.uniform(0.0, 0.6)
    if kind in ("footsteps", "gravel_steps", "hammer_wood", "hammer_metal", "drum", "clock", "alarm"):
        pace = rng.uniform(0.4, 1.1) if kind not in ("drum", "alarm") else rng.uniform(0.25, 0.8)
        jitter = 0.01 if kind in ("clock", "alarm") else 0.08
        steps = pace * (1 + jitter * rng.standard_normal(int(length_s / pace) + 2))
    elif kind == "bouncing_ball":
        drops: list[float] = []
        while sum(drops) < length_s:
            fall, restitution = rng.uniform(0.5, 0.9), rng.uniform(0.72, 0.88)
            bounces = fall * restitution ** np.arange(1, 14)
            drops += [*bounces[bounces > 0.13], rng.uniform(0.8, 1.5)]
        steps = np.array(drops)
    elif kind in ("knock", "typing"):
        steps_list: list[float] = []
        low, high, burst = (0.16, 0.3, (2, 6)) if kind == "knock" else (0.12, 0.28, (4, 14))
        while sum(steps_list) < length_s:
            steps_list += [*rng.uniform(low, high, rng.integers(*burst)), rng.uniform(0.5, 1.6)]
        steps = np.array(steps_list)
    elif kind == "glass_tap":
        steps = rng.uniform(0.35, 1.3, int(length_s / 0.35) + 2)
    elif kind == "bell":
        steps = rng.uniform(0.9, 2.4, int(length_s / 0.9) + 2)
    else:  # thunder, explosion, splash, whoosh, slam
        steps = rng.uniform(1.2, 3.5, int(length_s / 1.2) + 2)
    return np.concatenate([[first], steps])


def control_curve(rng: np.random.Generator, length_s: float) -> np.ndarray:
    """Smooth random control in [0, 1], (ceil(length_s * 25) + 1,): knots every 1 to 3 s, cosine between them."""
    count = int(np.ceil(length_s * CONTROL_RATE_HZ)) + 1
    times = np.arange(count) / CONTROL_RATE_HZ
    knots = np.cumsum(np.concatenate([[0.0], rng.uniform(1.0, 3.0, int(length_s) + 2)]))
    values = rng.uniform(0.0, 1.0, len(knots))
    if rng.random() < 0.3:
        values[:] = values[0]
    left = np.clip(np.searchsorted(knots, times, side="right") - 1, 0, len(knots) - 2)
    phase = (times - knots[left]) / (knots[left + 1] - knots[left])
    blend = (1 - np.cos(np.pi * phase)) / 2
    return (1 - blend) * values[left] + blend * values[left + 1]


def resound(scene: Scene, seed: int) -> Scene:
    """The same film and events with other materials, pitches and levels: every source sounds from a new seed.

    The picture of a resounded scene is not drawn; it stands for another recording of the same film.
    """
    rng = np.random.default_rng((seed, 0x50D))
    return replace(
        scene,
        sources=tuple(
            replace(source, seed=int(rng.integers(2**31)), gain=float(10 ** (rng.uniform(-6, 3) / 20)))
            for source in scene.sources
        ),
    )


def rescore(scene: Scene, seed: int, kinds: tuple[str, ...] = tuple(KINDS)) -> Scene:
    """The same film with other sounds than it shows, as a prompt may ask for: `looks` stays, `kind` changes.

    Onsets stay where the film shows contacts. A film of continuous things that is given an eventful sound gets onsets
    of that sound's own rhythm; at most one eventful source per shot.
    """
    rng = np.random.default_rng((seed, 0x5C0))
    sources: list[Source] = []
    for source in scene.sources:
        seen = KINDS[source.looks].eventful
        others = (*sources, *scene.sources[len(sources) + 1 :])
        beside = any(KINDS[other.kind].eventful for other in others if other.start_s == source.start_s)
        eventful = seen if rng.random() < 0.5 else not seen and not beside
        kind = str(rng.choice([name for name in kinds if KINDS[name].eventful == eventful and name != source.looks]))
        events, strengths = source.events_s, source.strengths
        if eventful and not seen:
            events = event_times(rng, kind, source.start_s, source.end_s)
            strengths = rng.uniform(0.35, 1.0, len(events)) ** 0.7
        sources.append(replace(source, kind=kind, events_s=events, strengths=strengths, seed=int(rng.integers(2**31))))
    return replace(scene, sources=tuple(sources))


def excerpt(source: Source, start_s: float, end_s: float) -> Source:
    """What a source does from `start_s` to `end_s` of its scene."""
    start, end = max(source.start_s, start_s), min(source.end_s, end_s)
    there = (source.events_s >= start) & (source.events_s < end)
    first = round((start - source.start_s) * CONTROL_RATE_HZ)
    curve = source.curve[first : first + int(np.ceil((end - start) * CONTROL_RATE_HZ)) + 1]
    events, strengths = source.events_s[there], source.strengths[there]
    return replace(source, start_s=start, end_s=end, events_s=events, strengths=strengths, curve=curve)


def cut_together(first: Scene, second: Scene, at_s: float) -> Scene:
    """One scene up to `at_s`, from there on another of the same length."""
    before, after = (0.0, at_s), (at_s, second.duration_s)
    pieces = ((first, before), (second, after))
    return replace(
        first,
        shots=tuple(
            replace(shot, start_s=max(shot.start_s, start), end_s=min(shot.end_s, end))
            for scene, (start, end) in pieces
            for shot in scene.shots
            if shot.start_s < end and shot.end_s > start
        ),
        sources=tuple(
            excerpt(source, start, end)
            for scene, (start, end) in pieces
            for source in scene.sources
            if source.start_s < end and source.end_s > start
        ),
    )
