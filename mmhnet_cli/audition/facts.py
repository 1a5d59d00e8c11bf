"""What is on the shelf, as the page reads it: JSON values, times in seconds from the first picture."""

from fractions import Fraction
from typing import Any

from mmhnet_cli.audition.library import Library, Version
from mmhnet_cli.media.probe import VideoInfo
from mmhnet_cli.media.proxy import is_played
from mmhnet_cli.options import Cue

MOST_CUES, MOST_HITS = 2000, 20_000


def library_facts(library: Library, proxies: set[str]) -> dict[str, Any]:
    """Return everything that the page shows. proxies: keys of films that have one."""
    return {
        "films": [film_facts(library, key, film, key in proxies) for key, film in library.films.items()],
        "versions": [version_facts(version) for version in library.versions.values()],
    }


def film_facts(library: Library, key: str, film: VideoInfo, has_proxy: bool) -> dict[str, Any]:
    """Return a film with its clock, which is that of the first version of it."""
    session = next(version.session for version in library.versions.values() if version.film == key)
    begins = session.begins
    return {
        "key": key,
        "name": film.path.name,
        "rate": [session.rate.numerator, session.rate.denominator],
        "frames": session.frames,
        "duration": float(film.duration),
        "clock": {"frame": begins.frames, "drop": begins.drop, "known": session.clock is not None},
        # A player's clock begins with the first stream of a file, ours with the first picture.
        "offset": float(film.start - film.container_start),
        "codec": film.codec,
        "played": is_played(film),
        "proxy": has_proxy,
        "sound": bool(film.audio),
        "width": film.width,
        "height": film.height,
    }


def version_facts(version: Version) -> dict[str, Any]:
    """Return a take with its sounds and cues."""
    left = MOST_HITS
    cues = []
    for cue in version.session.cues[:MOST_CUES]:
        cues.append(_cue(cue, left))
        left -= len(cues[-1]["hits"])
    return {
        "key": version.key,
        "film": version.film,
        "label": version.label,
        "report": version.report.name,
        "take": version.take,
        "picked": version.picked,
        "redone": version.redone,
        "voices": [{"name": voice.name, "prompt": voice.prompt} for voice in version.voices],
        "stems": version.stems,
        "latents": version.latents,
        "lufs": version.lufs,
        "sounds": [
            {
                "key": key,
                "track": sound.track,
                "file": sound.path.name,
                "begin": float(sound.begin),
                "samples": sound.samples,
                "rate": sound.sample_rate_hz,
                "channels": sound.channels,
                "sum": version.session.is_sum(sound.track),
            }
            for key, sound in version.sounds
        ],
        "cues": cues,
    }


def _cue(cue: Cue, most_hits: int) -> dict[str, Any]:
    def seconds(time: Fraction) -> float:
        return round(float(time), 6)

    return {
        "start": seconds(cue.start),
        "end": seconds(cue.end),
        "prompt": cue.prompt[:300],
        "track": cue.track,
        "hits": [[seconds(time), strength] for time, strength in (cue.hits or ())[:most_hits]],
    }
