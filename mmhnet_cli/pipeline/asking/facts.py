"""Films and measurements as plain JSON values, for reports and for the command line. Loads nothing heavy."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mmhnet_cli.audio.loudness import Loudness
    from mmhnet_cli.encoders.protocol import Shot
    from mmhnet_cli.media.probe import VideoInfo


def film_facts(info: "VideoInfo") -> dict[str, Any]:
    """Return the film as plain JSON values; rates and times are exact fractions as text."""
    return {
        "container": info.container,
        "codec": info.codec,
        "width": info.width,
        "height": info.height,
        "rotation_degrees": info.rotation_degrees,
        "frame_rate": str(info.frame_rate),
        "variable_rate": info.variable_rate,
        "frame_count": info.frame_count,
        "start_s": str(info.start),
        "duration_s": str(info.duration),
        "label_rate": str(info.label_rate),
        "start_timecode": info.timecode.text,
        "timecode_rate": None if info.timecode.start is None else str(info.timecode.start.rate),
        "timecode_doubt": info.timecode.doubt,
        "pixel_format": info.pixel_format,
        "colour": list(info.colour),
        "hdr": info.hdr,
        "audio": [
            {
                "codec": track.codec,
                "channels": track.channels,
                "sample_rate_hz": track.sample_rate_hz,
                "language": track.language,
            }
            for track in info.audio
        ],
        "subtitles": len(info.subtitles),
        "chapters": info.chapters,
        "covers": info.covers,
        "damage": info.damage.facts() if info.damage else None,
    }


def shot_facts(shots: Sequence["Shot"]) -> list[dict[str, Any]]:
    """Return the shots of a film, with the kinds that are seen in each and their shares, as plain JSON values."""
    return [
        {"start_s": round(shot.start_s, 3), "end_s": round(shot.end_s, 3), "kinds": dict(shot.shares)} for shot in shots
    ]


def loudness_facts(loudness: "Loudness") -> dict[str, Any]:
    """Return a measurement as plain JSON values, rounded to what such a meter can tell."""
    return {name: round(value, 3) if isinstance(value, float) else value for name, value in asdict(loudness).items()}
