"""Sound of any coding, decoded by the ffmpeg program: in a process of its own, block by block.

PyAV 17.1 to 18.1 cannot: a frame whose channels are not one of the usual layouts ends its process. What ffmpeg hands
over here is plain PCM whose channels are only counted.
"""

from collections.abc import Generator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.frame import AudioFrame

from mmhnet_cli.errors import AudioUnreadable
from mmhnet_cli.media.ffmpeg import FfmpegInput, FfmpegProgram, ffmpeg_pipe
from mmhnet_cli.media.source import PYAV_FAULTS, as_fraction, reason_of

# Sounds may begin before the time 0 of the file, which the format between the programs cannot say.
BEFORE_ZERO_S = 1000


@dataclass(frozen=True)
class SoundBlock:
    """Decoded sound."""

    time: Fraction | None
    """The first sample lies here on the clock of the file; None where unsaid."""
    samples: np.ndarray
    """They are (channels, n) float32, full scale +-1."""
    rate_hz: int


def decode_sound(
    path: Path, number: int, program: FfmpegProgram, *, layout: str | None = None, whole: bool = False
) -> Generator[SoundBlock, None, None]:
    """Yield the sound track that is number `number` of the sound tracks, at its own rate.

    layout: what the channels are brought to, as libavutil names it; None leaves them. whole: damage is an error, else
    it becomes a hole. Raises AudioUnreadable.
    """
    options = ("-xerror",) if whole else ()
    arguments = ["-map", f"0:a:{number}", "-c:a", "pcm_f32le", "-avoid_negative_ts", "disabled"]
    # What else the file says of itself, perhaps in broken text, is not wanted here.
    arguments += ["-map_metadata", "-1", "-map_chapters", "-1"]
    if layout is not None:
        arguments += ["-af", f"aformat=channel_layouts={layout}"]
    source = FfmpegInput(path, (*options, "-copyts", "-itsoffset", str(BEFORE_ZERO_S)))
    # Decoding takes a second of a core for minutes of sound; this is for what would never end.
    timeout_s = 600 + path.stat().st_size / 1e5
    with ffmpeg_pipe(program, [source], arguments, "nut", timeout_s) as (pipe, end):
        try:
            with av.open(pipe, "r", format="nut", metadata_errors="replace") as container:
                for frame in container.decode(audio=0):
                    yield _block(frame)
        except PYAV_FAULTS as error:
            _, said = end()
            raise AudioUnreadable(path, _last_words(said) or reason_of(error)) from error
        status, said = end()
        if status:
            raise AudioUnreadable(path, _last_words(said) or f"ffmpeg ended with status {status}")


def _block(frame: AudioFrame) -> SoundBlock:
    time = None if frame.pts is None else frame.pts * as_fraction(frame.time_base) - BEFORE_ZERO_S
    # Interleaved: one row that holds the channels in turn.
    samples = frame.to_ndarray().reshape(frame.samples, -1).T
    return SoundBlock(time, samples, frame.sample_rate)


def _last_words(said: str) -> str:
    """Return the line that names the cause, without the part of the program that speaks."""
    lines = [line.rpartition("] ")[2] for line in said.splitlines() if "rror" in line or "nvalid" in line]
    # Of a program whose reader gave up first: the reader knows why.
    lines = [line for line in lines if "Broken pipe" not in line and "mux" not in line]
    return lines[0] if lines else ""
