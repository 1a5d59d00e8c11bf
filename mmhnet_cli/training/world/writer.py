"""Procedural scenes as real film files.

python -m mmhnet_cli.training.world.writer OUT.mp4 --seed 3 --duration 8 --size 640x360 --fps 25 --kinds rain,footsteps
"""

import argparse
import math
import sys
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from mmhnet_cli.errors import BadOption, MMHNetError, OutputUnwritable
from mmhnet_cli.media.output import atomic_output
from mmhnet_cli.training.world.kinds import DRAWN
from mmhnet_cli.training.world.picture import render_picture
from mmhnet_cli.training.world.scene import Scene
from mmhnet_cli.training.world.script import SceneConfig, make_scene

SAMPLE_RATE_HZ = 44100

AAC_FRAME = 1024
"""Samples of one AAC frame."""


def write_film(
    scene: Scene,
    sound: np.ndarray | None,
    path: Path,
    *,
    fps: Fraction = Fraction(25),
    width: int = 640,
    height: int = 360,
) -> None:
    """Write a scene as H.264 with, if given, AAC; the extension of `path` names the container.

    sound: (N,) float32 at 44100 Hz, or None for a silent film.

    Frames are drawn and encoded one at a time, sound beside them, so that memory does not grow with the length.
    """
    if width % 2 or height % 2:
        raise BadOption("size", f"{width}x{height}", "even width and height, for 4:2:0 colour")
    with atomic_output(path, "overwrite") as unfinished:
        try:
            with av.open(str(unfinished), "w", options=_muxer_options(path, fps)) as container:
                _encode(container, render_picture(scene, fps, width, height), sound, fps, (width, height))
        except (ValueError, av.error.FFmpegError) as error:
            raise OutputUnwritable(path, str(error)) from error


def _muxer_options(path: Path, fps: Fraction) -> dict[str, str]:
    """MP4 states durations in the movie's own clock, by default milliseconds, which hold few whole frames."""
    if path.suffix.lower() not in {".mp4", ".mov", ".m4v"}:
        return {}
    return {"movie_timescale": str(math.lcm(fps.numerator, SAMPLE_RATE_HZ))}


def _encode(
    container: av.container.OutputContainer,
    frames: Iterator[np.ndarray],
    sound: np.ndarray | None,
    fps: Fraction,
    size: tuple[int, int],
) -> None:
    picture = container.add_stream("libx264", rate=fps, options={"crf": "20", "preset": "veryfast"})
    picture.width, picture.height = size
    picture.pix_fmt, picture.time_base = "yuv420p", 1 / fps
    track = None if sound is None else container.add_stream("aac", rate=SAMPLE_RATE_HZ, layout="mono")
    chunks = iter(()) if sound is None else _sound_frames(sound)
    heard_s = Fraction(0)
    for k, pixels in enumerate(frames):
        frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
        frame.pts, frame.duration, frame.time_base = k, 1, 1 / fps
        container.mux(picture.encode(frame))
        # Sound keeps pace with the picture, so that the muxer has nothing to hold back.
        while track is not None and heard_s < (k + 1) / fps and (chunk := next(chunks, None)) is not None:
            container.mux(track.encode(chunk))
            heard_s += Fraction(chunk.samples, SAMPLE_RATE_HZ)
    if track is not None:
        for chunk in chunks:
            container.mux(track.encode(chunk))
        container.mux(track.encode(None))
    container.mux(picture.encode(None))


def _sound_frames(sound: np.ndarray) -> Iterator[av.AudioFrame]:
    """Sound (N,) in encoder frames."""
    for start in range(0, len(sound), AAC_FRAME):
        samples = np.ascontiguousarray(sound[None, start : start + AAC_FRAME], np.float32)
        frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = SAMPLE_RATE_HZ, start, Fraction(1, SAMPLE_RATE_HZ)
        yield frame


def main(arguments: Sequence[str] | None = None) -> int:
    """Write one film as the command line says. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m mmhnet_cli.training.world.writer", description="Write a scene.")
    parser.add_argument("out", type=Path, help="film to write; its extension names the container")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--duration", type=float, default=8.0, help="seconds")
    parser.add_argument("--size", default="640x360", help="width x height in pixels, both even")
    parser.add_argument("--fps", type=Fraction, default=Fraction(25), help="frames per second, 25 or 24000/1001")
    parser.add_argument("--kinds", default=",".join(DRAWN), help="which kinds of sound may occur, with commas between")
    parser.add_argument("--silent", action="store_true", help="write no sound")
    chosen = parser.parse_args(arguments)
    kinds = tuple(chosen.kinds.split(","))
    if unknown := sorted(set(kinds) - set(DRAWN)):
        parser.error(f"unknown kinds: {', '.join(unknown)}; known: {', '.join(DRAWN)}")
    width, cross, height = chosen.size.partition("x")
    if not (cross and width.isdigit() and height.isdigit()):
        parser.error(f"--size {chosen.size}: expected two numbers such as 640x360")
    scene = make_scene(chosen.seed, chosen.duration, SceneConfig(kinds=kinds))
    sound = None
    if not chosen.silent:
        # A silent film needs no synthesis.
        from mmhnet_cli.training.world.sound import render_sound

        sound = render_sound(scene)
    try:
        write_film(scene, sound, chosen.out, fps=chosen.fps, width=int(width), height=int(height))
    except MMHNetError as error:
        parser.error(repr(error))
    return 0


if __name__ == "__main__":
    sys.exit(main())
