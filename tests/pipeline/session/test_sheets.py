"""Cue sheets of every kind say what they say, and all that is wrong with one is told at once."""

from fractions import Fraction

import pytest

from mmhnet_cli.options.cues import SHEET_SUFFIXES
from mmhnet_cli.pipeline.session.checked_cues import MAX_CUES, MAX_HITS, MAX_PROBLEMS
from mmhnet_cli.pipeline.session.cues import Cue
from mmhnet_cli.pipeline.session.sheet_file import MAX_BYTES, READERS
from mmhnet_cli.timecode import Timecode
from tests.pipeline.session.conftest import MakeReel

SECOND = Fraction(1)


def test_every_column(make_reel: MakeReel) -> None:
    text = (
        "start,end,prompt,track,hits,gain,pan,seed,negative,name,picture,seen,shot,notes\n"
        "01:00:02:00,01:00:04:12,door slam,foley,01:00:03:06@0.25 01:00:02:00,-6.5,-0.5,7,music,door,no,x 0.1,1,!\n"
    )
    [cue] = make_reel().read("a.csv", text).cues
    hits = ((2 * SECOND, 1.0), (Fraction("3.25"), 0.25))
    assert cue == Cue(
        2 * SECOND, Fraction("4.5"), "door slam", "foley", hits, -6.5, -0.5, 7, "music", name="door", picture=False
    )


def test_what_is_not_said(make_reel: MakeReel) -> None:
    assert make_reel().read("a.csv", "End,START\n2.5,0:01.5\n").cues == (Cue(Fraction("1.5"), Fraction("2.5"), ""),)


def test_rows_may_overlap_and_come_in_any_order(make_reel: MakeReel) -> None:
    sheet = make_reel().read("a.csv", "start,end,prompt,track\n5,6,c,x\n1,9,a,y\n1,10,b,x\n")
    assert [cue.prompt for cue in sheet.cues] == ["a", "b", "c"]
    assert [cue.row for cue in sheet.cues] == [2, 3, 1]
    assert sheet.tracks == ("y", "x")


@pytest.mark.parametrize(
    "content",
    [
        b"start,end,hits,gain,prompt\n1.5,2.5,1.75@0.5 2,-6.5,Geraeusch\n",
        b"start;end;hits;gain;prompt\r\n1,5;2,5;1,75@0,5 2;-6,5;Geraeusch\r\n",
        b"sep=;\r\nstart;end;hits;gain;prompt\r\n01:00:01:12;01:00:02:12;01:00:01:18@0,5 2,0;-6,5;Geraeusch\r\n",
        b"start\tend\thits\tgain\tprompt\n0:01,5\t0:02,5\t1,75@.5 2\t-6,5\tGeraeusch\n",
        "start;end;hits;gain;prompt\n1,5;2,5;1,75@0,5 2;-6,5;Geraeusch\n".encode("utf-8-sig"),
        "start\tend\thits\tgain\tprompt\r\n1,5\t2,5\t1,75@0,5 2\t-6,5\tGeraeusch\r\n".encode("utf-16"),
    ],
    ids=["plain", "semicolon", "sep", "tab", "mark", "utf-16"],
)
def test_dialects_of_spreadsheets(make_reel: MakeReel, content: bytes) -> None:
    hits = ((Fraction("1.75"), 0.5), (2 * SECOND, 1.0))
    assert make_reel().read("a.csv", content).cues == (
        Cue(Fraction("1.5"), Fraction("2.5"), "Geraeusch", hits=hits, gain_db=-6.5),
    )


def test_everything_wrong_is_told_at_once(make_reel: MakeReel) -> None:
    text = (
        "start,end,prompt,hits,gain,pan,seed,name,picture,colour\n"
        "01:00:02:00,01:00:01:00,,,,,,door,,red\n"
        "01:00:20:00,01:00:30:00,,,,,,,,\n"
        "1,2,,2 0.5@2 soon,,,,Door,,\n"
        "01:00:02:24,01:00:03;00,,,99,loud,1.5,,maybe,blue\n"
        ",,x,,,,,,,\n"
        "00:59:00:00,3,\a,,,,,,,\n"
        "1,2,3,4,5,6,7,8,yes,10,11\n"
    )
    assert [(row, column) for row, column, _ in make_reel().flaws("a.csv", text)] == [
        ("line 1", "colour"),
        ("line 2", "end"),
        ("line 3", "start"),
        ("line 3", "end"),
        *[("line 4", "hits")] * 4,
        ("line 4", "name"),
        ("line 5", "start"),
        ("line 5", "end"),
        *[("line 5", column) for column in ("gain", "pan", "seed", "picture")],
        ("line 6", "start"),
        ("line 6", "end"),
        ("line 7", "start"),
        ("line 7", "prompt"),
        ("line 8", ""),
    ]


def test_flaws_say_what_is_wrong(make_reel: MakeReel) -> None:
    reel = make_reel()
    [(_, _, other_rate), (_, _, drop)] = reel.flaws("a.csv", "start,end\n01:00:02:24,3\n2,01:00:03;00\n")
    assert "goes to 23:59:59 and frame 23" in other_rate
    assert "not drop-frame" in drop
    [(_, _, outside)] = reel.flaws("a.csv", "start,end\n1,60\n")
    assert outside == "'60' is outside the film, which begins at 01:00:00:00 and lasts 10.000 s"
    [(_, _, start), (_, _, end), (_, _, late)] = make_reel("25", None).flaws(
        "a.csv", "start,end\n01:00:00:00,01:00:02:00\n1,60\n"
    )
    for found, time in ((start, "01:00:00:00"), (end, "01:00:02:00")):
        gives = "which has no timecode (--timecode gives its first picture one) and lasts 9.600 s"
        assert found == f"'{time}' is outside the film, {gives}"
    assert late == "'60' is outside the film, which lasts 9.600 s"
    [(_, _, twice)] = reel.flaws("a.csv", "start,end,name\n1,2,Tür\n2,3,TU\u0308R\n")
    assert "the name of line 2 already" in twice
    [(_, _, unknown)] = reel.flaws("a.csv", "start,end,promt\n1,2,x\n")
    assert "perhaps prompt is meant" in unknown
    mixes = reel.flaws("a.csv", "start,end,track\n1,2,mix\n1,2,Mix!\n1,2,MMHNET\n1,2,remix\n")
    assert [(row, column) for row, column, _ in mixes] == [
        ("line 2", "track"),
        ("line 3", "track"),
        ("line 4", "track"),
    ]
    assert "but for mix and mmhnet, which are the sum of all tracks" in mixes[0][2]
    [(row, column, rate)] = reel.flaws("a.csv", "start;end;rate\n1;2;23,976\n1;2;24\n")
    assert (row, column) == ("line 2", "rate") and "24.000" in rate


def test_a_sheet_that_counts_otherwise(make_reel: MakeReel) -> None:
    reel = make_reel("30000/1001", "01:00:00;00")
    [(row, column, _)] = reel.flaws("a.edl", "TITLE: x\nFCM: NON-DROP FRAME\n")
    assert (row, column) == ("line 2", "FCM")
    [(row, column, _)] = reel.flaws("a.txt", "SESSION NAME:\tx\nTIMECODE FORMAT:\t29.97 Frame\n")
    assert (row, column) == ("line 2", "TIMECODE FORMAT")
    # Its own way of counting is told apart from other rates: here there is no cue in it, and nothing else.
    [(_, _, empty)] = reel.flaws("a.txt", "SESSION NAME:\tx\nTIMECODE FORMAT:\t29.97 Drop Frame\n")
    assert empty == "there is no cue in it"


def test_other_encodings_are_refused_with_help(make_reel: MakeReel) -> None:
    [(_, _, reason)] = make_reel().flaws("a.csv", "start,end,prompt\n1,2,Tür\n".encode("cp1252"))
    assert reason.startswith("line 2 is not UTF-8 near '1,2,Tür'")
    assert "in Excel: CSV UTF-8" in reason


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", b""),
        ("a.csv", b"start,end\n"),
        ("a.csv", b"start,end\n1,2\x00\n"),
        ("a.csv", b'start,end,prompt\n1,2,"x\n'),
        ("a.csv", b"film,prompt\na.mp4,rain\n"),
        ("a.txt", b"1.5\n2.5\n"),
        ("a.mp3", b"start,end\n1,2\n"),
        ("a.edl", b"001  AX  V  C\n"),
        ("a.srt", b"1\nsoon\nrain\n"),
        ("a.vtt", b"\n" * 9),
    ],
)
def test_what_is_no_sheet(make_reel: MakeReel, name: str, content: bytes) -> None:
    assert make_reel().flaws(name, content)


def test_a_file_that_is_not_there(make_reel: MakeReel) -> None:
    reel = make_reel()
    (reel.folder / "pipe.csv").mkdir()
    for name in ("none.csv", "pipe.csv"):
        with pytest.raises(ExceptionGroup):
            from mmhnet_cli.pipeline.session.sheet_file import read_sheet

            read_sheet(reel.folder / name, reel.film, reel.clock)


@pytest.mark.slow
def test_hostile_sheets_are_bounded(make_reel: MakeReel) -> None:
    reel = make_reel()
    [(_, _, large)] = reel.flaws("a.csv", b"start,end\n" + b"1,2\n" * (MAX_BYTES // 4))
    assert "larger than" in large
    [(row, _, many)] = reel.flaws("a.csv", b"start,end\n" + b"1,2\n" * 1_000_000)
    assert (row, many) == (f"line {MAX_CUES + 2}", f"there are more than {MAX_CUES} cues")
    [(_, column, hits)] = reel.flaws(
        "a.csv", b"start,end,hits\n" + b"1,2," + b"1 " * 60_000 + b"\n1,2," + b"1 " * 60_000
    )
    assert (column, hits) == ("hits", f"there are more than {MAX_HITS} hits")
    wrong = reel.flaws("a.csv", b"start,end\n" + b"2,1\n" * 100_000)
    assert len(wrong) == MAX_PROBLEMS + 1 and "not read" in wrong[-1][2]
    for odd in ("x" * 100_000, "1e999999999", "9" * 5000, "-1", "1/0"):
        for told in (
            reel.flaws("a.csv", f"start,end,rate\n1,2,{odd}\n"),
            reel.flaws("a.csv", f"start,end,{odd}\n1,2,3\n"),
        ):
            assert [column[:4] for _, column, _ in told] in (["rate"], [odd[:4]])
            assert len(told[0][1]) + len(told[0][2]) < 300
        assert reel.flaws("a.csv", f"start,end,gain,seed,hits\n1,2,{odd},{odd},{odd}@{odd}\n")
        assert reel.flaws("a.txt", f"SESSION NAME:\nTIMECODE FORMAT:\t{odd} Frame\n")
    assert reel.flaws("a.edl", "001  AX  V  C" + " " * 1_000_000 + "x") == [
        ("line 1", "", "it is longer than 1000 characters"),
    ]
    [(_, _, long)] = reel.flaws("a.csv", b"start,end,prompt\n1,2," + b"x" * 100_000)
    assert len(long) < 300


def test_edl_events_are_cues(make_reel: MakeReel) -> None:
    text = (
        "TITLE: REEL 1\nFCM: NON-DROP FRAME\n\n"
        "001  A004     V     C        14:10:03:00 14:10:05:00 01:00:00:00 01:00:02:00\n"
        "* FROM CLIP NAME: rain on a roof\n* LOC: 01:00:01:12 RED     HIT 0.5\n"
        "002  A005     V     D    024 14:10:03:00 14:10:05:00 01:00:02:00 01:00:04:00\n"
        "* FROM CLIP NAME: street\n* SOURCE FILE: x\n"
    )
    rain, street = make_reel().read("a.edl", text).cues
    assert rain == Cue(Fraction(0), 2 * SECOND, "rain on a roof", hits=((Fraction("1.5"), 0.5),))
    assert street == Cue(2 * SECOND, 4 * SECOND, "street")


def test_edl_locators_with_words_are_cues_in_place_of_events(make_reel: MakeReel) -> None:
    text = (
        "001  A004  V  C  00:00:00:00 00:00:10:00 01:00:00:00 01:00:10:00\n"
        "* LOC: 01:00:01:00 RED     DOOR SLAM\n* LOC: 01:00:04:12 GREEN   GLASS\n"
    )
    door, glass = make_reel().read("a.edl", text).cues
    assert door == Cue(SECOND, Fraction("4.5"), "DOOR SLAM", hits=((SECOND, 1.0),))
    assert glass == Cue(Fraction("4.5"), 10 * SECOND, "GLASS", hits=((Fraction("4.5"), 1.0),))


def test_subtitles(make_reel: MakeReel) -> None:
    srt = (
        "1\r\n00:00:01,500 --> 00:00:03,000\r\n<i>rain</i>\r\non a roof\r\n\r\n"
        "2\r\n00:00:04,000 --> 00:00:05,000\r\n{\\an8}wind\r\n"
    )
    vtt = (
        "WEBVTT\n\nNOTE a\nb\n\n00:01.500 --> 00:03.000 align:left\nrain\non a roof\n\n"
        "x\n00:00:04.000 --> 00:00:05.000\nwind"
    )
    wanted = (Cue(Fraction("1.5"), 3 * SECOND, "rain on a roof"), Cue(4 * SECOND, 5 * SECOND, "wind"))
    assert make_reel().read("a.srt", srt).cues == wanted
    assert make_reel().read("a.vtt", vtt).cues == wanted


def test_reaper_regions(make_reel: MakeReel) -> None:
    text = "#,Name,Start,End,Length\nR1,rain,0:01.500,0:03.000,0:01.500\nM1,slam,01:00:05:00,,\nM2,,7,,\n"
    rain, slam, last = make_reel().read("a.csv", text).cues
    assert rain == Cue(Fraction("1.5"), 3 * SECOND, "rain")
    assert slam == Cue(5 * SECOND, 7 * SECOND, "slam", hits=((5 * SECOND, 1.0),))
    assert (last.start, last.end) == (7 * SECOND, 10 * SECOND)
    [(row, column, _)] = make_reel().flaws("a.csv", "#,Name,Start,End,Length\nR1,rain,1.1.00,3.1.00,2.0.00\n")[:1]
    assert (row, column) == ("line 2", "start")


def test_pro_tools_text(make_reel: MakeReel) -> None:
    text = (
        "SESSION NAME:\treel\nSAMPLE RATE:\t48000.000000\nTIMECODE FORMAT:\t24 Frame\n\n\n"
        "T R A C K  L I S T I N G\nTRACK NAME:\tFX 1 (Stereo)\nCOMMENTS:\t\nUSER DELAY:\t0 Samples\n"
        "CHANNEL \tEVENT   \tCLIP NAME  \tSTART TIME \tEND TIME \tDURATION \tSTATE\n"
        "1       \t1       \tdoor.L     \t 01:00:01:00\t 01:00:02:12.50\t 00:00:01:12\tUnmuted\n"
        "1       \t2       \told.L      \t 01:00:03:00\t 01:00:04:00\t 00:00:01:00\tMuted\n\n"
        "CHANNEL \tEVENT   \tCLIP NAME  \tSTART TIME \tEND TIME \tDURATION \tSTATE\n"
        "2       \t1       \tdoor.R     \t 01:00:01:00\t 01:00:02:12.50\t 00:00:01:12\tUnmuted\n\n\n"
        "M A R K E R S  L I S T I N G\n#   \tLOCATION   \tTIME REFERENCE \tUNITS  \tNAME    \tCOMMENTS\n"
        "1   \t01:00:05:00\t240000         \tSamples\tthunder \t\n"
    )
    door, thunder = make_reel().read("a.txt", text).cues
    assert door == Cue(SECOND, Fraction("2.5"), "door", "FX 1 (Stereo)")
    assert thunder == Cue(5 * SECOND, 10 * SECOND, "thunder", hits=((5 * SECOND, 1.0),))


def test_a_film_without_timecode_counts_from_nothing(make_reel: MakeReel) -> None:
    reel = make_reel(timecode=None)
    [cue] = reel.read("a.csv", "start,end\n00:00:01:12,2\n").cues
    assert (cue.start, cue.end) == (Fraction("1.5"), 2 * SECOND)
    assert reel.flaws("a.csv", "start,end\n01:00:01:12,01:00:02:00\n")


def test_the_end_may_lie_within_the_last_label(make_reel: MakeReel) -> None:
    reel = make_reel("24", "01:00:00:00")
    [cue] = reel.read("a.csv", "start,end\n9,10.04\n").cues
    assert cue.end == reel.film.duration == 10
    assert reel.flaws("a.csv", "start,end\n9,10.05\n")


def test_cues_on_frames_keep_a_frame_and_their_hits() -> None:
    rate = Fraction(24)
    short = Cue(Fraction(1, 100), Fraction(2, 100), "", hits=((Fraction(15, 1000), 1.0),)).on_frames(rate)
    assert (short.start, short.end, short.hits) == (0, 1 / rate, ((0, 1.0),))
    assert str(Timecode(0, rate) + 1) == "00:00:00:01"


def test_every_suffix_of_a_sheet_has_its_reader() -> None:
    assert set(READERS) == set(SHEET_SUFFIXES)
