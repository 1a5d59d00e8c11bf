"""The sound tracks of an open file, without the decoder's own description of their channels.

PyAV 17.1 to 18.1 free the list of a layout that is not one of the usual ones twice: to look at `channels` or `layout`
of such a track, or at one of its frames, ends the process. QuickTime, CAF and Opus files have such layouts.
"""

import io
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer
from av.stream import Disposition

from mmhnet_cli.media.source import PYAV_FAULTS, codec_of


@dataclass(frozen=True)
class AudioTrack:
    """A sound stream of a film."""

    codec: str
    channels: int
    """It is 0 where the file does not say."""
    sample_rate_hz: int
    """It is 0 where the file does not say."""
    language: str | None
    layout: str = ""
    """It is written as libavutil writes it."""
    decodable: bool = True
    """There is a decoder for it."""
    default: bool = False
    """Players choose it."""


def sound_tracks(path: Path, container: InputContainer) -> tuple[AudioTrack, ...]:
    """Return all sound streams, in the order of the file."""
    return tuple(_track(path, stream) for stream in container.streams.audio)


def _track(path: Path, stream: Any) -> AudioTrack:
    context = stream.codec_context
    language, default = stream.metadata.get("language"), bool(stream.disposition & Disposition.default)
    if context is None:
        return AudioTrack(codec_of(path, stream), 0, 0, language, decodable=False, default=default)
    layout = _layout(stream)
    return AudioTrack(codec_of(path, stream), _channels(layout), context.sample_rate, language, layout, default=default)


def _layout(stream: Any) -> str:
    """Return the layout as a writer of check sums puts it into the head of its list; nothing where it cannot."""
    listed = io.BytesIO()
    try:
        with av.open(listed, "w", format="framecrc") as output:
            output.add_stream_from_template(stream, opaque=True)
            output.start_encoding()
    except PYAV_FAULTS:
        return ""
    found = re.search(r"^#channel_layout_name 0: (.*)$", listed.getvalue().decode(errors="replace"), re.MULTILINE)
    return found[1].strip() if found else ""


def _channels(layout: str) -> int:
    counted = re.match(r"(\d+) channels", layout)
    if counted:
        return int(counted[1])
    try:
        # Made from a name, it has a list of its own: nobody else frees it.
        return av.AudioLayout(layout).nb_channels if layout else 0
    except ValueError:
        return 0
