"""What people write is read exactly, or refused with what is expected."""

from datetime import datetime
from fractions import Fraction
from pathlib import Path

import pytest

from mmhnet_cli.errors import BadOption
from mmhnet_cli.options import LoudnessTarget
from mmhnet_cli.options.sampling import LARGEST_SEED
from mmhnet_cli.options.table import CHOICES


def read(name: str, text: str) -> object:
    return CHOICES[name].read(text, "here")


def expected(name: str, text: str) -> str:
    with pytest.raises(BadOption) as caught:
        read(name, text)
    assert (caught.value.name, caught.value.found) == ("here", text)
    return caught.value.expected


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", Fraction(0)),
        ("75.5", Fraction(151, 2)),
        (".25", Fraction(1, 4)),
        ("1:15.5", Fraction(151, 2)),
        ("0:01:15.500", Fraction(151, 2)),
        ("01:00:00.001", Fraction(3600001, 1000)),
        ("0.1", Fraction(1, 10)),
    ],
)
def test_times_are_exact(text: str, seconds: Fraction) -> None:
    assert read("start", text) == seconds


@pytest.mark.parametrize("text", ["", "1:2:3:4", "1:60:00", "-1", "1e3", "nan", "1h", "00:00:01;1", "00:00:1:12"])
def test_other_times_are_refused(text: str) -> None:
    assert expected("start", text) == "seconds (75.5), HH:MM:SS.mmm (0:01:15.500) or a timecode of the film"


@pytest.mark.parametrize("text", ["01:00:00:00", "00:00:01;12", "23:59:59,59", "01;00;00;00"])
def test_a_timecode_waits_for_its_film(text: str) -> None:
    assert read("start", f" {text} ") == text


def test_what_is_said_of_a_stem() -> None:
    assert read("stem", "fx=rain = wet") == ("fx", "rain = wet")
    assert read("stem_seed", "fx=7") == ("fx", 7)
    assert read("stem_seed", "fx=random") == ("fx", "random")
    assert read("stem_gain", "fx=-3.5") == ("fx", -3.5)
    pair = "NAME=VALUE with letters, digits, - and _ in NAME"
    for text in ("fx", "=rain", "fx=", "fx= ", "f x=rain", "../fx=rain"):
        assert expected("stem", text) == pair
    for text in ("fx=loud", "fx=61", "fx=nan", "fx"):
        assert expected("stem_gain", text) == f"{pair}, and in VALUE a number from -60 to 60"


def test_seeds() -> None:
    assert read("seed", "0") == 0
    assert read("seed", str(LARGEST_SEED)) == LARGEST_SEED
    assert read("seed", "random") == "random"
    for text in (str(LARGEST_SEED + 1), "-1", "1.5", "Random", ""):
        assert expected("seed", text) == f"random, or a whole number from 0 to {LARGEST_SEED}"


def test_devices() -> None:
    for name in ("auto", "cpu", "cuda", "cuda:1", "mps"):
        assert read("device", name) == name
    for name in ("cuda:x", "tpu", ""):
        assert expected("device", name) == "auto, cpu, cuda, cuda:1 or mps"


def test_loudness_by_name_or_number() -> None:
    assert read("loudness", "ebu") == LoudnessTarget(-23.0, -1.0)
    assert read("loudness", "-18.5") == LoudnessTarget(-18.5, -1.0)
    assert read("loudness", "atsc") == LoudnessTarget(-24.0, -2.0, tolerance_lu=2.0)
    assert read("loudness", "off") == LoudnessTarget(None, -1.0)
    known = "one of ebu, ebu-short, atsc, netflix-effects, apple, web, off, or LUFS from -60 to -5"
    for text in ("", "loud", "nan", "inf", "0", "-61"):
        assert expected("loudness", text) == known


def test_dates() -> None:
    assert read("date", "auto") == "auto"
    assert read("date", "none") is None
    assert read("date", "2026-11-26T21:06:00.5+02:00") == datetime(2026, 11, 26, 21, 6)
    assert expected("date", "soon") == "one of auto, none, or a date such as 2026-11-26T21:06:00"


def test_words_stand_for_values() -> None:
    assert [read("bits", text) for text in ("16", "24", "32f")] == [16, 24, 32]
    assert [read("marking", text) for text in ("metadata", "off")] == [True, False]
    assert [read("strict", text) for text in ("true", "False", "1", "0", "on")] == [True, False, True, False, True]
    assert expected("bits", "32") == "one of 16, 24, 32f"
    assert expected("marking", "true") == "one of metadata, off"
    assert expected("strict", "maybe") == "true or false"
    assert expected("solver", "EULER") == "one of euler, midpoint, heun"
    assert read("output_dir", "a b") == Path("a b")


@pytest.mark.parametrize("text", ["nan", "inf", "-0.1", "100.1", "", "much", "1" * 400, "1e999"])
def test_numbers_are_bounded(text: str) -> None:
    with pytest.raises(BadOption, match="from 0 to 100"):
        CHOICES["guidance"].read(text, "--guidance")


def test_what_is_found_is_told_in_a_line() -> None:
    with pytest.raises(BadOption) as caught:
        read("steps", "9" * 10_000)
    assert len(caught.value.found) < 200


def test_every_default_is_one_of_its_own_words() -> None:
    for name, option in CHOICES.items():
        value, text = option.unchosen
        if value is not None and not option.several:
            assert option.read(text, name) == value, name
