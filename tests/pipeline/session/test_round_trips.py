"""What is written is read back to the frame, at every rate."""

from fractions import Fraction
from pathlib import Path

import pytest

from mmhnet_cli.pipeline.session import to_edl, to_reaper, to_table
from mmhnet_cli.pipeline.session.cues import Cue
from mmhnet_cli.pipeline.session.hand_over import HandOver
from mmhnet_cli.pipeline.session.sheet_file import read_sheet
from tests.pipeline.session.conftest import PICTURES, RATES, MakeReel, Reel

rates = pytest.mark.parametrize(("rate", "timecode"), RATES.values(), ids=RATES)


def cues_of(reel: Reel) -> tuple[Cue, ...]:
    """Cues whose times are frames, at both ends of the film and over a change of minute."""
    assert reel.clock is not None
    rate = reel.clock.rate

    def at(frame: int) -> Fraction:
        return frame / rate

    return (
        Cue(at(0), at(1), "one frame", hits=((at(0), 1.0),)),
        Cue(at(0), at(PICTURES), "=rain, 'in' \"Köln\"", "ambience", None, -6.5, 0.25, 7, "-music", "whole", False),
        Cue(at(7), at(113), "door", hits=tuple((at(frame), frame / 200) for frame in range(7, 113, 5))),
        Cue(at(PICTURES - 1), at(PICTURES), "last"),
    )


def session(reel: Reel) -> HandOver:
    return HandOver(reel.film, reel.clock, (), cues_of(reel))


@rates
def test_our_table(make_reel: MakeReel, rate: str, timecode: str) -> None:
    reel = make_reel(rate, timecode)
    path = reel.folder / "a.csv"
    to_table.write(session(reel), reel.folder, path)
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    assert read_sheet(path, reel.film, reel.clock).cues == cues_of(reel)


def test_our_table_in_seconds(make_reel: MakeReel) -> None:
    reel = make_reel("25", None)
    path = reel.folder / "a.csv"
    wanted = (Cue(Fraction(1, 25), Fraction("8.96"), "rain", hits=((Fraction("1.234567"), 0.5),)),)
    to_table.write(HandOver(reel.film, None, (), wanted), reel.folder, path)
    assert read_sheet(path, reel.film, None).cues == wanted


@rates
def test_edl(make_reel: MakeReel, rate: str, timecode: str) -> None:
    reel = make_reel(rate, timecode)
    path = reel.folder / "a.edl"
    to_edl.write(session(reel), reel.folder, path)
    assert read_sheet(path, reel.film, reel.clock).cues == cues_of(reel)


@rates
def test_otio(make_reel: MakeReel, rate: str, timecode: str) -> None:
    pytest.importorskip("opentimelineio", reason="the extra otio is not installed")
    from mmhnet_cli.pipeline.session import to_otio

    reel = make_reel(rate, timecode)
    path = reel.folder / "a.otio"
    to_otio.write(session(reel), reel.folder, path)
    assert read_sheet(path, reel.film, reel.clock).cues == cues_of(reel)


@rates
def test_reaper(make_reel: MakeReel, rate: str, timecode: str) -> None:
    rpp = pytest.importorskip("rpp", reason="rpp of the extra dev is not installed")
    reel = make_reel(rate, timecode)
    assert reel.clock is not None
    path = reel.folder / "a.rpp"
    to_reaper.write(session(reel), reel.folder, path)
    with path.open(encoding="utf-8") as file:
        project = rpp.load(file)
    assert float(project.find("PROJOFFS")[1]) == pytest.approx(float(reel.clock.seconds), abs=1e-9)
    marks = list(project.findall("MARKER"))
    ends = [mark for mark in marks if mark[4] == "1"]
    found = [
        (round(float(begin[2]) * reel.clock.rate), round(float(end[2]) * reel.clock.rate), begin[3])
        for begin, end in zip(ends[::2], ends[1::2], strict=True)
    ]
    rate_of = reel.clock.rate
    assert found == [(cue.start * rate_of, cue.end * rate_of, cue.title) for cue in cues_of(reel)]
    hits = [round(float(mark[2]) * rate_of) for mark in marks if mark[4] == "0"]
    assert hits == sorted(time * rate_of for cue in cues_of(reel) for time, _ in cue.hits or ())


def reaper_table(reel: Reel, path: Path) -> None:
    """As Reaper exports regions with its ruler on frames."""
    assert reel.clock is not None
    rows = ["#,Name,Start,End,Length"]
    for number, cue in enumerate(cues_of(reel), 1):
        start, end = (str(reel.clock + int(time * reel.clock.rate)) for time in (cue.start, cue.end))
        rows.append(f"R{number},region,{start},{end},")
    path.write_text("\n".join(rows), encoding="utf-8")


@rates
def test_reaper_regions(make_reel: MakeReel, rate: str, timecode: str) -> None:
    reel = make_reel(rate, timecode)
    reaper_table(reel, reel.folder / "a.csv")
    found = read_sheet(reel.folder / "a.csv", reel.film, reel.clock).cues
    assert [(cue.start, cue.end) for cue in found] == [(cue.start, cue.end) for cue in cues_of(reel)]


@pytest.mark.parametrize(
    ("rate", "timecode"), [way for name, way in RATES.items() if name != "over midnight"]
)  # which that library does not know
def test_edl_is_read_by_another_library(make_reel: MakeReel, rate: str, timecode: str) -> None:
    """Events one after another, as its tracks hold them; ours overlap."""
    otio = pytest.importorskip("opentimelineio", reason="the extra otio is not installed")
    pytest.importorskip("otio_cmx3600_adapter", reason="otio-cmx3600-adapter of the extra dev is not installed")
    reel = make_reel(rate, timecode)
    assert reel.clock is not None
    path = reel.folder / "a.edl"
    to_edl.write(HandOver(reel.film, reel.clock, (), ()), reel.folder, path)
    timeline = otio.adapters.read_from_file(str(path), rate=float(reel.clock.rate))
    [track] = timeline.tracks
    [clip] = track
    assert clip.name == reel.film.path.name
    assert round(clip.source_range.duration.value) == PICTURES
    assert round(clip.source_range.start_time.value) == reel.clock.frames
