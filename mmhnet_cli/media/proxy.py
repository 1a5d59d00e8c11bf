"""A small copy of a film that every browser plays, for films that browsers do not."""

import re
from collections.abc import Callable
from pathlib import Path

from mmhnet_cli.media.ffmpeg import FfmpegInput, FfmpegProgram, run_ffmpeg
from mmhnet_cli.media.probe import VideoInfo

WIDEST = 960
PLAYED = {"h264", "vp8", "vp9", "av1"}
"""Browsers decode these, in one of PLAYED_IN."""
PLAYED_IN = {"mov", "mp4", "webm"}
TIMES_REAL = 20
"""A proxy takes at most so many times as long as the film; a slow core makes one in a tenth of it."""
OUT_TIME = re.compile(rb"out_time_us=(\d+)")

Progress = Callable[[int, int], None]
"""It is told of the thousandths that are done, of 1000."""


def is_played(film: VideoInfo) -> bool:
    """Tell whether browsers can be expected to play the picture of a film as it is."""
    containers = set(film.container.split(","))
    return film.codec in PLAYED and bool(containers & PLAYED_IN) and film.pixel_format in ("yuv420p", "yuvj420p")


def make_proxy(film: VideoInfo, path: Path, ffmpeg: FfmpegProgram, progress: Progress) -> None:
    """Write the proxy of a film to `path`, an MP4 on the clock of the film; it replaces what is there.

    What `progress` raises ends the work. Raises FfmpegFailed.
    """
    said = path.with_suffix(".progress")
    said.touch()
    width = min(WIDEST, film.width)
    height = max(2, round(film.height * width / film.width / 2) * 2)
    picture = f"scale={max(2, width // 2 * 2)}:{height},setsar=1"
    arguments = ["-map", f"0:{film.stream_index}", "-map", "0:a:0?", "-sn", "-dn", "-map_metadata", "-1"]
    arguments += ["-vf", picture, "-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-pix_fmt", "yuv420p"]
    # A picture to begin with every half second: seeking is what a proxy is for.
    arguments += ["-g", str(max(1, round(film.frame_rate / 2))), "-bf", "0", "-c:a", "aac", "-b:a", "160k", "-ac", "2"]
    arguments += ["-movflags", "+faststart", "-progress", f"file:{said.absolute()}"]

    def watch() -> None:
        times = OUT_TIME.findall(said.read_bytes())
        done_s = int(times[-1]) / 1_000_000 if times else 0.0
        progress(min(1000, int(1000 * done_s / float(film.duration))), 1000)

    timeout_s = 60 + TIMES_REAL * float(film.duration)
    try:
        run_ffmpeg(ffmpeg, "make a proxy", [FfmpegInput(film.path)], arguments, "mp4", path, timeout_s, watch)
    finally:
        said.unlink(missing_ok=True)
