"""Markers of OpenTimelineIO as cues."""

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from mmhnet_cli.pipeline.session.cues import Cue
from tests.pipeline.session.conftest import MakeReel

otio = pytest.importorskip("opentimelineio", reason="the extra otio is not installed")
SECOND = Fraction(1)


def times(start: float, length: float, rate: float = 24) -> Any:
    return otio.opentime.TimeRange(otio.opentime.RationalTime(start, rate), otio.opentime.RationalTime(length, rate))


def timeline() -> Any:
    """Three markers: of the timeline, of its track at another rate, and of a clip that begins at 2 s."""
    made = otio.schema.Timeline("x", global_start_time=otio.opentime.RationalTime(86400, 24))
    track = otio.schema.Track("A1", kind="Audio")
    track.append(otio.schema.Gap(source_range=times(0, 48)))
    clip = otio.schema.Clip("c", source_range=times(1000, 120))
    clip.markers.append(otio.schema.Marker("slam", times(1024, 0)))
    track.append(clip)
    track.markers.append(otio.schema.Marker("wind", times(48000, 96000, 48000)))
    made.tracks.append(track)
    made.tracks.markers.append(otio.schema.Marker("rain", times(24, 36)))
    return made


def test_markers_of_a_timeline_its_tracks_and_its_clips(make_reel: MakeReel) -> None:
    rain, wind, slam = make_reel().read("a.otio", timeline().to_json_string()).cues
    assert rain == Cue(SECOND, Fraction("2.5"), "rain")
    assert wind == Cue(SECOND, 3 * SECOND, "wind")
    assert slam == Cue(3 * SECOND, 10 * SECOND, "slam", hits=((3 * SECOND, 1.0),))


def test_a_timeline_that_begins_before_the_film(make_reel: MakeReel) -> None:
    made = timeline()
    made.global_start_time = otio.opentime.RationalTime(86400 - 24, 24)
    assert make_reel().read("a.otio", made.to_json_string()).cues[0].start == 0
    made.global_start_time = otio.opentime.RationalTime(90000, 25)
    [(_, column, reason)] = make_reel().flaws("a.otio", made.to_json_string())
    assert column == "global_start_time" and "25.000 is not that of the film's timecode" in reason


def test_what_is_no_timeline(make_reel: MakeReel) -> None:
    reel = make_reel()
    clip = otio.schema.Clip("c").to_json_string()
    for content in ("", "[]", "{", clip, '{"OTIO_SCHEMA": "Nothing.7"}', "[" * 100_000, '{"a":' * 100_000):
        [(_, _, reason)] = reel.flaws("a.otio", content)
        assert "OpenTimelineIO" in reason or "no timeline" in reason


def test_places_that_are_none(make_reel: MakeReel) -> None:
    reel = make_reel()
    for field, value in (("value", "NaN"), ("value", "Infinity"), ("rate", "0"), ("value", "-5"), ("value", "1e300")):
        text = timeline().to_json_string()
        document = json.loads(text)
        document["tracks"]["markers"][0]["marked_range"]["start_time"][field] = "HERE"
        text = json.dumps(document).replace('"HERE"', value)
        assert {row for row, _, _ in reel.flaws("a.otio", text)} == {"marker 1"}, (field, value)


def test_metadata_of_strangers(make_reel: MakeReel, tmp_path: Path) -> None:
    made = timeline()
    marker = made.tracks.markers[0]
    for own, column in (
        ({"gain": 99}, "gain"),
        ({"hits": "1/0"}, "hits"),
        ({"hits": "9"}, "hits"),
        ({"seed": []}, "seed"),
    ):
        marker.metadata["mmhnet"] = own
        assert [row[1] for row in make_reel().flaws("a.otio", made.to_json_string())] == [column]
    for harmless in ("text", 7, [1], {"prompt": "snow"}, {"unknown": "x"}):
        marker.metadata["mmhnet"] = harmless
        assert len(make_reel().read("a.otio", made.to_json_string()).cues) == 3
