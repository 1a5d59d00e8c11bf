"""The whole command: wall time, peak memory, delivered level. Each run is a process of its own."""

import json
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from benchmarks.common import FIRST_SEED, table
from mmhnet_cli.media.ffmpeg import find_ffmpeg
from mmhnet_cli.training.world.script import make_scene
from mmhnet_cli.training.world.writer import write_film


@dataclass(frozen=True)
class Run:
    """Of one process: wall seconds, peak resident megabytes, standard output."""

    seconds: float
    megabytes: float
    output: str


LAUNCH = """
import resource, subprocess, sys
code = subprocess.call([sys.executable, "-m", "mmhnet_cli.cli.app", *sys.argv[1:]])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(code)
"""
"""Runs `mmhnet` from a small process: the peak memory of a new process counts from that of the one that started it."""


def run(arguments: list[str]) -> Run:
    """Run `mmhnet` with these arguments; raises CalledProcessError when it fails."""
    began = time.perf_counter()
    launched = [sys.executable, "-c", LAUNCH, *arguments]
    said = subprocess.run(launched, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()
    return Run(time.perf_counter() - began, int(said[-1]) / 1024, "\n".join(said[:-1]))


def film_of(seconds: int, folder: Path, width: int, height: int) -> Path:
    """A procedural film: 8 s drawn at 640 x 360, coded with grain at the size asked for, and repeated."""
    drawn, coded, path = folder / "drawn.mp4", folder / f"8s-{height}.mp4", folder / f"{seconds}s-{height}.mp4"
    if not path.exists():
        write_film(make_scene(FIRST_SEED, 8.0), None, drawn, fps=Fraction(25), width=640, height=360)
        ffmpeg = [str(find_ffmpeg(None).path), "-nostdin", "-loglevel", "error", "-y"]
        grain = ["-vf", f"scale={width}:{height},noise=alls=6:allf=t"]
        coding = ["-c:v", "libx264", "-preset", "veryfast", "-b:v", "8M"]
        subprocess.run([*ffmpeg, "-i", drawn, *grain, *coding, coded], check=True)
        subprocess.run([*ffmpeg, "-stream_loop", "-1", "-i", coded, "-t", str(seconds), "-c", "copy", path], check=True)
    return path


def loudness_by_ffmpeg(path: Path) -> tuple[float, float]:
    """Integrated loudness (LUFS) and true peak (dBTP) by the ebur128 filter of ffmpeg."""
    command = [
        str(find_ffmpeg(None).path),
        "-nostdin",
        "-hide_banner",
        "-i",
        str(path),
        "-af",
        "ebur128=peak=true",
        "-f",
        "null",
        "-",
    ]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stderr.split("Summary:")[-1]
    integrated, peak = re.search(r"I:\s+(-?[\d.]+) LUFS", said), re.search(r"Peak:\s+(-?[\d.]+) dBFS", said)
    assert integrated is not None and peak is not None
    return float(integrated[1]), float(peak[1])


def measure(folder: Path, long_seconds: int) -> str:
    """Table of the whole command on 60 s of 1080p, and on a long film at the same size."""
    rows = []
    memory = 0.0
    for seconds in (60, long_seconds):
        film = film_of(seconds, folder, 1920, 1080)
        output = folder / f"{seconds}.wav"
        done = run(["generate", str(film), "--prompt", "rain on city street", "-o", str(output), "-f", "--json", "-q"])
        stages = json.loads(output.with_suffix(".json").read_text())["timings_s"]
        level, peak = loudness_by_ffmpeg(output)
        memory = memory or done.megabytes
        rows.append(
            [
                f"{seconds} s of 1080p",
                f"{done.seconds:.1f} s",
                ", ".join(f"{name} {value:.1f}" for name, value in stages.items()),
                f"{done.megabytes:.0f} MB ({done.megabytes - memory:+.0f})",
                f"{level:.1f} LUFS, {peak:.1f} dBTP",
            ]
        )
    result = table(["film", "whole command", "stages (s)", "peak memory", "written, by ffmpeg ebur128"], rows)
    starts = min(run(["--help"]).seconds for _ in range(3))
    return f"{result}\n\n`mmhnet --help`: {starts:.2f} s."
