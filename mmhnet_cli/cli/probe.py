"""`mmhnet probe`: what a film holds."""

from typing import TYPE_CHECKING, Annotated

from mmhnet_cli.cli._looking import look
from mmhnet_cli.cli._options import FilmArgument
from mmhnet_cli.cli._output import aligned
from mmhnet_cli.cli._session import Session
from mmhnet_cli.cli._words.times import seconds
from mmhnet_cli.options.choice import Choice

if TYPE_CHECKING:
    from mmhnet_cli.encoders.protocol import Shot
    from mmhnet_cli.media.probe import VideoInfo

HELP = """Show what a film holds, as mmhnet sees it."""
EXAMPLES = """Examples:

mmhnet probe street.mp4

mmhnet probe street.mp4 --json

mmhnet probe street.mp4 --kinds
"""
KindsOption = Annotated[
    bool,
    Choice("--kinds", None, "Look at the pictures: shots, and what may sound in each, with its share.", setting=False),
]


def probe(session: Session, film: FilmArgument, kinds: KindsOption = False) -> None:
    """Print what a film holds."""
    from mmhnet_cli.media.probe import probe as probe_film
    from mmhnet_cli.pipeline.asking.facts import film_facts, shot_facts

    info = probe_film(film)
    rows, facts = _rows(info), film_facts(info)
    if kinds:
        shots = look(session, info).shots
        rows += [(f"shot {number}", _shot(shot)) for number, shot in enumerate(shots, 1)]
        facts["seen"] = shot_facts(shots)
    session.output.result(aligned(rows), {"type": "film", "path": str(film), **facts})


def _shot(shot: "Shot") -> str:
    seen = ", ".join(f"{kind.replace('_', ' ')} {share:.2f}" for kind, share in shot.shares.items())
    return f"{shot.start_s:.2f} to {shot.end_s:.2f} s: {seen or 'nothing that sounds'}"


def _rows(info: "VideoInfo") -> list[tuple[str, str]]:
    turned = f", turned by {info.rotation_degrees}°" if info.rotation_degrees else ""
    rate = f"{float(info.frame_rate):.3f} per second ({info.frame_rate})"
    rows = [
        ("film", str(info.path)),
        ("container", info.container),
        ("picture", f"{info.codec}, {info.width} x {info.height}{turned}, {info.pixel_format}"),
        ("frames", f"{info.frame_count}, {rate}{', variable' if info.variable_rate else ''}"),
        ("duration", f"{seconds(info.duration)} ({float(info.duration):.6f} s)"),
        ("timecode", _timecode(info)),
        ("HDR", info.hdr or "no"),
    ]
    for track in info.audio:
        language = f", {track.language}" if track.language else ""
        known = f"{track.channels} channels, {track.sample_rate_hz} Hz" if track.decodable else "no decoder here"
        rows.append(("sound", f"{track.codec}, {known}{language}"))
    if info.damage:
        rows.append(("damage", info.damage.words()))
    return [*rows, ("subtitles", str(len(info.subtitles))), ("chapters", str(info.chapters))]


def _timecode(info: "VideoInfo") -> str:
    found = info.timecode
    if found.text is None:
        return "none"
    counted = "" if found.start is None else f"at {float(found.start.rate):.3f} per second"
    return ", ".join(part for part in (found.text, counted, found.doubt) if part)
