"""An OpenTimelineIO timeline: the film, every take of every track, cues and hits as markers."""

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmhnet_cli.pipeline.session.cues import Cue
from mmhnet_cli.pipeline.session.hand_over import HandOver, PlacedSound
from mmhnet_cli.pipeline.session.otio_markers import HIT, OURS, library
from mmhnet_cli.pipeline.session.paths import path_from

if TYPE_CHECKING:
    from opentimelineio.opentime import RationalTime, TimeRange
    from opentimelineio.schema import Marker, Timeline, Track


def write(session: HandOver, folder: Path, file: Path) -> None:
    """Write the timeline to `file`; it will stand in `folder`. Raises ExtraMissing."""
    otio = library()
    timeline = _timeline(otio, session, folder)
    file.write_text(otio.adapters.write_to_string(timeline, adapter_name="otio_json"), encoding="utf-8", newline="\n")


def _timeline(otio: Any, session: HandOver, folder: Path) -> "Timeline":
    begin = None if session.clock is None else _time(otio, session.clock.frames, session.rate)
    timeline = otio.schema.Timeline(session.film.path.stem, global_start_time=begin)
    timeline.tracks.append(_picture(otio, session, folder))
    for name, takes in session.tracks.items():
        for take in takes:
            title = name if len(takes) == 1 else f"{name} take {take.take}"
            track = otio.schema.Track(title, kind=otio.schema.TrackKind.Audio)
            track.enabled = take is takes[0] and not session.is_sum(name)
            _place(otio, track, take, folder)
            timeline.tracks.append(track)
    for cue in session.cues:
        timeline.tracks.markers.append(_cue(otio, cue, session.rate))
        for time, strength in cue.hits or ():
            place = _range(otio, time * session.rate, Fraction(0), session.rate)
            hit = otio.schema.Marker(f"hit {strength:g} {cue.title}", place, metadata={OURS: {HIT: strength}})
            timeline.tracks.markers.append(hit)
    return timeline


def _picture(otio: Any, session: HandOver, folder: Path) -> "Track":
    film = session.film
    whole = _range(otio, session.begins.frames, session.film.duration * session.rate, session.rate)
    media = otio.schema.ExternalReference(path_from(folder, film.path), available_range=whole)
    track = otio.schema.Track("picture", kind=otio.schema.TrackKind.Video)
    track.append(otio.schema.Clip(film.path.name, media_reference=media, source_range=whole))
    return track


def _place(otio: Any, track: "Track", take: PlacedSound, folder: Path) -> None:
    rate = Fraction(take.sample_rate_hz)
    if take.begin > 0:
        track.append(otio.schema.Gap(source_range=_range(otio, 0, take.begin * rate, rate)))
    media = otio.schema.ExternalReference(
        path_from(folder, take.path), available_range=_range(otio, 0, take.samples, rate)
    )
    used = _range(otio, take.trimmed, take.samples - take.trimmed, rate)
    track.append(otio.schema.Clip(take.path.name, media_reference=media, source_range=used))


def _cue(otio: Any, cue: Cue, rate: Fraction) -> "Marker":
    said = {
        "prompt": cue.prompt,
        "track": cue.track,
        "negative": cue.negative,
        "hits": " ".join(f"{time}@{strength:g}" for time, strength in cue.hits or ()),
        "gain": f"{cue.gain_db:g}",
        "pan": "" if cue.pan is None else f"{cue.pan:g}",
        "seed": "" if cue.seed is None else str(cue.seed),
        "name": cue.name,
        "picture": "yes" if cue.picture else "no",
    }
    place = _range(otio, cue.start * rate, (cue.end - cue.start) * rate, rate)
    return otio.schema.Marker(cue.title, place, metadata={OURS: {key: text for key, text in said.items() if text}})


def _range(otio: Any, start: Fraction | int, length: Fraction | int, rate: Fraction) -> "TimeRange":
    return otio.opentime.TimeRange(_time(otio, start, rate), _time(otio, length, rate))


def _time(otio: Any, frames: Fraction | int, rate: Fraction) -> "RationalTime":
    return otio.opentime.RationalTime(float(frames), float(rate))
