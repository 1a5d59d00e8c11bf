"""A part of a film as a film of its own, with new sound: its picture is coded anew, to begin where it shall."""

import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path

from mmhnet_cli.errors import BadOption, ContainerCannotHold
from mmhnet_cli.media.burnt_in import burnt_in
from mmhnet_cli.media.containers import check_audio_codec, container_of
from mmhnet_cli.media.ffmpeg import FfmpegInput, FfmpegProgram, run_ffmpeg
from mmhnet_cli.media.probe import VideoInfo
from mmhnet_cli.media.remux import ENCODERS, check_sync, timecode_arguments
from mmhnet_cli.media.temporary import temporary_file
from mmhnet_cli.media.timecode_track import write_timecode_track
from mmhnet_cli.options import AudioCodec
from mmhnet_cli.timecode import Timecode
from mmhnet_cli.timeline import round_half_up

CODEC = "h264"
SEEK_S = 2
"""Reading begins at least so long before the first picture: what it is decoded from lies there."""
THREADS = 4
"""Another number of threads may code another picture."""
TIMES_REAL = 40
"""So many times as long as it lasts may a clip of a megapixel take, a larger one as much more."""
FRAME = re.compile(rb"frame=\s*(\d+)")


def check_clip(film: VideoInfo, output: Path, original: str) -> None:
    """Raise where no clip of a film can be called so, or have its own sound so: BadOption or ContainerCannotHold."""
    if CODEC not in container_of(output).pictures:
        raise ContainerCannotHold(output, "a part of a film, which is coded anew", "Choose .mov, .mp4 or .mkv")
    if original == "keep" and film.audio:
        raise BadOption("--original-audio", original, "replace or mix for a part of a film, or with --burn-in")


def clip(
    film: VideoInfo,
    wav: Path,
    output: Path,
    first: Fraction,
    last: Fraction,
    *,
    burn: bool,
    audio_codec: AudioCodec = "auto",
    metadata: Mapping[str, str] | None = None,
    timecode: Timecode | None = None,
    ffmpeg: FfmpegProgram,
    progress: Callable[[float], None] = lambda share: None,
) -> tuple[str, ...]:
    """Write `output`: the picture of `film` from `first` to `last`, in seconds from the first picture, with `wav`.

    burn: whether the timecode is drawn into the picture; a film without one counts from 0. timecode: of the first
    picture of the film. progress: hears which share is done; what it raises ends the work. Returns what the clip could
    not hold.
    Replaces `output`, so the caller passes a temporary name. Raises BadOption, ContainerCannotHold or FfmpegFailed.
    """
    container, codec = container_of(output), check_audio_codec(output, audio_codec)
    rate = film.label_rate if film.variable_rate else film.frame_rate
    pictures = max(1, round_half_up((last - first) * rate))
    clock = timecode or Timecode(0, film.label_rate)
    begins = clock + round_half_up(first * clock.rate)
    arguments = ["-map", f"0:{film.stream_index}", "-map", "1:a:0", "-sn", "-dn"]
    arguments += ["-vf", _filters(film, first, rate, begins if burn else None), "-frames:v", str(pictures)]
    arguments += ["-c:v", "libx264", "-preset", "veryfast", "-crf", "17", "-pix_fmt", "yuv420p"]
    arguments += ["-g", str(max(1, round_half_up(rate))), "-threads:v", str(THREADS)]
    arguments += ["-c:a:0", *ENCODERS[codec], "-metadata:s:a:0", "title=Generated sound"]
    arguments += ["-map_metadata", "-1", "-map_chapters", "-1"]
    for key, value in (metadata or {}).items():
        arguments += ["-metadata", f"{key}={value}"]
    if timecode is not None:
        arguments += timecode_arguments(film, container, begins)
    arguments += ["-copyts", "-fflags", "+bitexact", *container.options]
    inputs = [FfmpegInput(film.path, _seek(film, first)), FfmpegInput(wav)]
    timeout_s = 60 + TIMES_REAL * float(last - first) * max(1.0, film.width * film.height / 1e6)
    with temporary_file(output.parent, ".progress") as said:

        def watch() -> None:
            done = FRAME.findall(said.read_bytes()[-4096:])
            progress(min(1.0, int(done[-1]) / pictures) if done else 0.0)

        arguments += ["-progress", f"file:{said.absolute()}"]
        run_ffmpeg(ffmpeg, "render a part of the film", inputs, arguments, container.muxer, output, timeout_s, watch)
    placed = timecode is None or not container.edit_lists or write_timecode_track(output, begins)
    check_sync(output, codec)
    return () if placed else ("timecode",)


def _seek(film: VideoInfo, first: Fraction) -> tuple[str, ...]:
    """Return options that begin to read shortly before a moment, on the clock of the file."""
    if first <= SEEK_S or film.index_leads_astray:
        return ("-fflags", "+genpts")
    begin = film.start + first - SEEK_S
    return ("-fflags", "+genpts", "-noaccurate_seek", "-seek_timestamp", "1", "-ss", f"{float(begin):.6f}")


def _filters(film: VideoInfo, first: Fraction, rate: Fraction, burn: Timecode | None) -> str:
    """Return the filters that let the pictures begin at 0, as shown, evenly, and go on for a moment after the last."""
    width, height = (max(2, pixels // 2 * 2) for pixels in (film.width, film.height))
    begin = film.start + first
    filters = [
        f"setpts=PTS-({begin.numerator}/{begin.denominator})/TB",
        f"fps=fps={rate.numerator}/{rate.denominator}:start_time=0:round=near",
        "tpad=stop=-1:stop_mode=clone",
        f"scale={width}:{height},setsar=1",
    ]
    return ",".join([*filters, *([burnt_in(burn, rate, width, height)] if burn else [])])
