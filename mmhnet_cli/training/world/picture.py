"""Frames of a procedural scene."""

import math
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from mmhnet_cli.training.world.backdrop import (
    MARGIN,
    Camera,
    Drift,
    make_camera,
    make_distractors,
    paint_background,
)
from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import Look, Timing
from mmhnet_cli.training.world.kinds import KINDS
from mmhnet_cli.training.world.scene import Scene, Shot, Source


def frame_count(duration_s: float, fps: Fraction) -> int:
    """Frames that cover `duration_s`; frame k is shown at k / fps."""
    # A binary float a hair above a frame boundary must not cost a frame.
    return math.ceil(Fraction(duration_s).limit_denominator(1_000_000) * fps)


def render_picture(
    scene: Scene, fps: Fraction, width: int, height: int, start_frame: int = 0, frames: int | None = None
) -> Iterator[np.ndarray]:
    """Frames (height, width, 3) uint8 RGB; frame k shows k / fps seconds.

    The same scene at another size shows the same things: all drawing is in picture heights. Any range of frames may be
    asked for and equals that part of the whole. Memory does not grow with the length.
    """
    stop = frame_count(scene.duration_s, fps) if frames is None else start_frame + frames
    spans = [(shot.start_s, shot.end_s) for shot in scene.shots] + [(s.start_s, s.end_s) for s in scene.sources]
    bounds = sorted({edge for span in spans for edge in span})
    stage, stage_index = None, -1
    for k in range(start_frame, stop):
        # As a float from here on: events and bounds are floats, and 0.8 as a float is more than 20 / 25 as a fraction.
        time_s = float(k / fps)
        index = bisect_right(bounds, time_s)
        if stage is None or index != stage_index:
            stage, stage_index = _set_stage(scene, time_s, width, height), index
        yield _frame(stage, k, time_s)


@dataclass(frozen=True)
class _Stage:
    """All that stays the same while neither the shot nor the set of visible sources changes.

    background: (3, H', W') float32, the picture's size for a still camera, else `MARGIN` larger on every side.
    grain: (3, H + 32, W + 32) float32, from which every frame takes another part.
    """

    shot: Shot
    camera: Camera
    background: np.ndarray
    height: int
    width: int
    actors: list[tuple[Source, Look, Timing]]
    distractors: list[Drift]
    grain: np.ndarray
    flicker: float


def _set_stage(scene: Scene, time_s: float, width: int, height: int) -> _Stage:
    starts = [shot.start_s for shot in scene.shots]
    shot = scene.shots[max(bisect_right(starts, time_s) - 1, 0)]
    rng = np.random.default_rng((shot.seed, 0x51C))
    length_s = shot.end_s - shot.start_s
    camera = make_camera(rng, length_s)
    distractors = make_distractors(rng, length_s)
    grain = rng.uniform(0.0, 0.05) * (rng.random() < 0.5)
    flicker = rng.uniform(0.01, 0.05) * (rng.random() < 0.25)
    edge = 0 if camera.still else math.ceil(MARGIN * height) + 1
    canvas = Canvas(
        np.zeros((3, height + 2 * edge, width + 2 * edge), np.float32), height, width / 2 + edge, height / 2 + edge
    )
    paint_background(canvas, rng)
    actors = []
    for source in sorted(scene.sources, key=lambda source: KINDS[source.looks].depth, reverse=True):
        if source.start_s <= time_s < source.end_s:
            look = KINDS[source.looks].look(np.random.default_rng((source.seed, 0x100C)))
            look.still(canvas.placed(source.x, source.y, source.size))
            actors.append((source, look, Timing(source)))
    # Grain that is as strong after scaling down: its deviation grows with the picture.
    noise = rng.standard_normal((3, height + 32, width + 32), np.float32) * np.float32(grain * min(height / 720, 1))
    return _Stage(shot, camera, canvas.pixels, height, width, actors, distractors, noise, float(flicker))


def _frame(stage: _Stage, k: int, time_s: float) -> np.ndarray:
    elapsed = time_s - stage.shot.start_s
    x, y, zoom = stage.camera.pose(elapsed)
    pixels = stage.background.copy() if stage.camera.still else _look_through(stage, x, y, zoom)
    scale = zoom * stage.height
    canvas = Canvas(pixels, scale, stage.width / 2 - x * scale, stage.height / 2 - y * scale)
    for drift in stage.distractors:
        drift(canvas, elapsed)
    for source, look, timing in stage.actors:
        look.moving(canvas.placed(source.x, source.y, source.size), timing.at(time_s))
    down, right = (k * 13) % 32, (k * 7 + k // 32) % 32
    pixels += stage.grain[:, down : down + stage.height, right : right + stage.width]
    pixels *= 255 * (1 + stage.flicker * math.sin(5.1 * elapsed) * math.sin(2.3 * elapsed))
    np.clip(pixels, 0, 255, out=pixels)
    frame = np.empty((stage.height, stage.width, 3), np.uint8)
    frame[...] = (pixels + np.float32(0.5)).transpose(1, 2, 0)
    return frame


def _look_through(stage: _Stage, x: float, y: float, zoom: float) -> np.ndarray:
    """The part (3, H, W) of the background that the camera sees, by linear interpolation, rows first."""
    view = stage.background
    for axis, size, offset in ((1, stage.height, y), (2, stage.width, x)):
        middle = view.shape[axis] / 2 + offset * stage.height
        position = middle + (np.arange(size, dtype=np.float32) + 0.5 - size / 2) / zoom - 0.5
        position = np.clip(position, 0, view.shape[axis] - 1.001)
        left = position.astype(np.intp)
        part = (position - left).astype(np.float32).reshape((-1, 1) if axis == 1 else (-1,))
        first = view.take(left, axis)
        view = first + part * (view.take(left + 1, axis) - first)
    return view
