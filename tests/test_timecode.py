from fractions import Fraction

import pytest

from mmhnet_cli.timecode import Timecode, nominal_rate

FILM = Fraction(24000, 1001)
NTSC = Fraction(30000, 1001)
DOUBLE_NTSC = Fraction(60000, 1001)
WHOLE = [Fraction(rate) for rate in (24, 25, 30, 50, 60)]
EVERY = [
    *((rate, False) for rate in (FILM, NTSC, DOUBLE_NTSC, *WHOLE)),
    (NTSC, True),
    (DOUBLE_NTSC, True),
]


@pytest.mark.parametrize(
    ("text", "rate", "frames", "samples"),
    [
        ("00:00:00:00", FILM, 0, 0),
        ("01:00:00:00", FILM, 86_400, 172_972_800),  # 3603.6 s, not 3600
        ("01:00:00:00", Fraction(24), 86_400, 172_800_000),
        ("10:00:00:12", Fraction(25), 900_012, 1_728_023_040),
        ("01:00:00:00", NTSC, 108_000, 172_972_800),
        ("01:00:00;00", NTSC, 107_892, 172_799_827),  # .2
        ("00:00:59;29", NTSC, 1_799, 2_881_278),  # .4
        ("00:01:00;02", NTSC, 1_800, 2_882_880),
        ("00:10:00;00", NTSC, 17_982, 28_799_971),  # .2
        ("00:01:00;04", DOUBLE_NTSC, 3_600, 2_882_880),
        ("01:00:00;00", DOUBLE_NTSC, 215_784, 172_799_827),
        ("23:59:59;29", NTSC, 2_589_407, 4_147_194_251),  # .2
        ("23:59:59:49", Fraction(50), 4_319_999, 4_147_199_040),
        # Labels of drop-frame on frames of a 30th: 107,892 of them, however long they last.
        ("01:00:00;00", Fraction(30), 107_892, 172_627_200),
        ("01:00:00;00", Fraction(120_000, 1001), 431_568, 172_799_827),
    ],
)
def test_known_places(text: str, rate: Fraction, frames: int, samples: int) -> None:
    timecode = Timecode.parse(text, rate)
    assert timecode == Timecode(frames, rate, ";" in text)
    assert timecode.seconds == frames / rate
    assert timecode.samples(48000) == samples
    assert str(timecode) == text


@pytest.mark.slow
@pytest.mark.parametrize(("rate", "drop"), EVERY)
def test_labels_of_a_day_come_back(rate: Fraction, drop: bool) -> None:
    day = Timecode(0, rate, drop).frames_per_day
    # A step that shares no factor with the minutes of any rate falls on every kind of label.
    for frames in (*range(0, day, 1009), *range(day - 5, day)):
        timecode = Timecode(frames, rate, drop)
        assert Timecode.parse(str(timecode), rate) == timecode


@pytest.mark.parametrize(("rate", "dropped"), [(NTSC, 2), (DOUBLE_NTSC, 4)])
def test_drop_frame_has_every_label_but_the_dropped_ones(rate: Fraction, dropped: int) -> None:
    """Counting the labels one by one is the definition that the arithmetic must meet."""
    labels = [
        f"00:{minute:02}:{second:02};{frame:02}"
        for minute in range(32)
        for second in range(60)
        for frame in range(round(rate))
        if not (second == 0 and frame < dropped and minute % 10)
    ]
    minutes = [labels.index(f"00:{minute:02}:00;{dropped:02}") for minute in range(1, 32)]
    for frames in (minute + near for minute in minutes for near in range(-6, 7)):
        assert str(Timecode(frames, rate, drop=True)) == labels[frames]
        assert Timecode.parse(labels[frames], rate).frames == frames


@pytest.mark.parametrize("rate", [NTSC, DOUBLE_NTSC])
def test_drop_frame_keeps_to_the_clock(rate: Fraction) -> None:
    assert 86400 - Timecode(0, rate, drop=True).frames_per_day / rate == Fraction(864, 10000)


@pytest.mark.parametrize("text", ["01;00;00;00", "01:00:00,00", " 01:00:00;00\n"])
def test_other_ways_to_write_drop_frame(text: str) -> None:
    assert Timecode.parse(text, NTSC) == Timecode(107_892, NTSC, drop=True)


@pytest.mark.parametrize(
    ("text", "rate", "reason"),
    [
        ("00:01:00;00", NTSC, "left out by drop-frame"),
        ("00:59:00;01", NTSC, "left out by drop-frame"),
        ("00:01:00;03", DOUBLE_NTSC, "left out by drop-frame"),
        ("01:00:00;00", FILM, "drop-frame timecode exists at 29.97 and 59.94"),
        ("01:00:00;00", Fraction(25), "drop-frame timecode exists at 29.97 and 59.94"),
        ("00:00:00:24", FILM, "frame 23"),
        ("00:00:00:25", Fraction(25), "frame 24"),
        ("24:00:00:00", Fraction(24), "23:59:59"),
        ("00:60:00:00", Fraction(24), "23:59:59"),
        ("00:00:60:00", Fraction(24), "23:59:59"),
        ("00:00:01.500", Fraction(24), "is not a timecode"),
        ("1:00:00:00", Fraction(24), "is not a timecode"),
        ("01:00:00", Fraction(24), "is not a timecode"),
        ("-1:00:00:00", Fraction(24), "is not a timecode"),
        ("٠١:00:00:00", Fraction(24), "is not a timecode"),
        ("", Fraction(24), "is not a timecode"),
        ("00:00:00:00", Fraction(0), "no timecode at 0"),
    ],
)
def test_what_is_no_label(text: str, rate: Fraction, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Timecode.parse(text, rate)


@pytest.mark.parametrize("frames", [-1, 86_400 * 24])
def test_frames_outside_the_day(frames: int) -> None:
    with pytest.raises(ValueError, match="of a day"):
        Timecode(frames, Fraction(24))


def test_a_day_begins_again() -> None:
    last = Timecode.parse("23:59:59;29", NTSC)
    assert str(last + 1) == "00:00:00;00"
    assert Timecode(0, NTSC, drop=True) + -1 == last
    assert str(Timecode.parse("00:00:59;29", NTSC) + 1) == "00:01:00;02"
    assert Timecode.parse("23:59:59:23", Fraction(24)).samples(48000, Fraction(1, 24)) == 0
    assert Timecode.parse("00:00:00:00", Fraction(24)).samples(48000, Fraction(-1)) == 86_399 * 48000


def test_an_offset_is_added_before_rounding() -> None:
    start = Timecode.parse("01:00:00;00", NTSC)  # ends in .2
    assert start.samples(48000, Fraction(7, 480_000)) == 172_799_828
    assert start.samples(48000, Fraction(2, 480_000)) == 172_799_827
    assert start.samples(48000, Fraction(3, 480_000)) == 172_799_828, "halves go up"


def test_a_label_of_a_drop_frame_count_may_be_written_with_colons() -> None:
    assert Timecode.parse("01:00:00:00", NTSC, drop=True) == Timecode(107_892, NTSC, drop=True)
    with pytest.raises(ValueError, match="left out by drop-frame"):
        Timecode.parse("00:01:00:00", NTSC, drop=True)


@pytest.mark.parametrize(
    ("measured", "nominal"),
    [("29.72", NTSC), ("29.99", Fraction(30)), ("24.9", Fraction(25)), ("23.97", FILM), ("10", FILM), ("500", 120)],
)
def test_nominal_rate_is_the_nearest(measured: str, nominal: Fraction) -> None:
    assert nominal_rate(Fraction(measured)) == nominal
