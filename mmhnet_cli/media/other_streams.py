"""What a film holds beside its picture, sound and subtitles: further pictures, and data such as a camera's position."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from av.stream import Disposition

from mmhnet_cli.media.containers import Container
from mmhnet_cli.media.iso_boxes import Box, find, movie_tracks, read_at, track_id
from mmhnet_cli.media.source import open_film

# Written anew, from the film's timecode and chapters.
REMADE = frozenset({"tmcd", "text"})
# The only data that ffmpeg writes into mp4 and mov: measurements of GoPro cameras.
COPIED = frozenset({"gpmd"})
ATTACHMENT = "attachment"


@dataclass(frozen=True)
class OtherStream:
    """A picture or data beside the film's own."""

    index: int
    """It counts all streams."""
    name: str
    """It is the codec of a picture, or four letters for the kind of data; for the user."""


def other_pictures(path: Path, picture: int) -> tuple[OtherStream, ...]:
    """Return the moving pictures of a film but for that with the index `picture`."""
    with open_film(path) as container:
        return tuple(
            OtherStream(stream.index, "unknown" if stream.codec_context is None else stream.codec_context.name)
            for stream in container.streams.video
            if stream.index != picture and not stream.disposition & Disposition.attached_pic
        )


def other_data(path: Path) -> tuple[OtherStream, ...]:
    """Return the data of a film, and its attachments, which are not made anew in a copy."""
    with open_film(path) as container:
        kinds = _kinds(path) if "mov" in container.format.name.split(",") else {}
        streams: list[Any] = [stream for stream in container.streams if stream.type in ("data", ATTACHMENT)]
        found = (
            OtherStream(stream.index, kinds.get(stream.id, ATTACHMENT if stream.type == ATTACHMENT else "unknown"))
            for stream in streams
        )
        return tuple(stream for stream in found if stream.name not in REMADE)


def other_arguments(path: Path, picture: int, container: Container) -> tuple[list[str], tuple[str, ...]]:
    """Return arguments that carry further pictures and data over, and what stays behind."""
    arguments: list[str] = []
    dropped: list[str] = []
    kept = 0
    for stream in other_pictures(path, picture):
        if stream.name not in container.pictures:
            dropped.append(f"second picture ({stream.name})")
            continue
        kept += 1
        arguments += ["-map", f"0:{stream.index}", f"-disposition:v:{kept}", "0"]
    arguments += ["-disposition:v:0", "default"] if kept else []
    kept = 0
    for stream in other_data(path):
        if stream.name in COPIED and container.edit_lists:
            arguments += ["-map", f"0:{stream.index}", f"-c:d:{kept}", "copy", f"-tag:d:{kept}", stream.name]
            kept += 1
        elif stream.name != ATTACHMENT:
            dropped.append(f"{stream.name} data")
        elif not container.attachments:
            dropped.append(ATTACHMENT)
    return arguments, tuple(dropped)


def _kinds(path: Path) -> dict[int, str]:
    """Return the number of each track of an mp4 or mov file, and the kind of its samples."""
    with path.open("rb") as file:
        try:
            return {track_id(file, track): _kind(file, track) for track in movie_tracks(file)}
        except EOFError:
            return {}


def _kind(file: Any, track: Box) -> str:
    listed = find(file, track, b"mdia", b"minf", b"stbl", b"stsd")
    if listed is None:
        return "unknown"
    (kind,) = read_at(file, listed.start + 12, "4s")
    text = kind.decode("ascii", "replace")
    return text if text.isprintable() and text.strip() else "unknown"
