"""Nested dataclasses as one table of options, and the way back; what no option says is bounded as well."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mmhnet_cli.errors import BadOption
from mmhnet_cli.options import LOUDNESS_TARGETS, FilmOptions, GenerateRequest, LongForm, LoudnessTarget, OutputOptions
from mmhnet_cli.options.table import CHOICES
from mmhnet_cli.options.tree import filled
from mmhnet_cli.pipeline.asking.checked import checked

DEFAULTS = {name: option.default for name, option in CHOICES.items()}
FILM = Path("a.mp4")


def asked(**values: Any) -> GenerateRequest:
    return filled(GenerateRequest, {**DEFAULTS, **values}, film=FILM, stems=())


def test_nothing_chosen_is_the_request_of_the_api() -> None:
    assert asked() == GenerateRequest(FILM)
    assert filled(GenerateRequest, {}, film=FILM) == GenerateRequest(FILM)


def test_what_is_chosen_stands_where_it_belongs() -> None:
    assert asked(duck=9.0) == GenerateRequest(FILM, output=OutputOptions(film=FilmOptions(duck_db=9.0)))
    assert asked(long_form="whole").long_form == LongForm("whole")
    assert asked(steps=7).sampler == replace(GenerateRequest(FILM).sampler, steps=7)


def test_a_ceiling_replaces_that_of_the_preset() -> None:
    atsc = LOUDNESS_TARGETS["atsc"]
    assert asked(loudness=atsc).output.loudness == atsc
    assert asked(loudness=atsc, true_peak=-3.0).output.loudness == LoudnessTarget(-24.0, -3.0, tolerance_lu=2.0)


@pytest.mark.parametrize(
    ("kind", "name", "good", "bad", "expected"),
    [
        (LongForm, "overlap_s", (0, 60), (-0.1, 60.1), "a number from 0 to 60"),
        (LongForm, "windows_at_once", (1, 64), (0, 65), "a whole number from 1 to 64"),
        (LoudnessTarget, "integrated_lufs", (-60, -5, None), (-60.1, -4.9), "a number from -60 to -5"),
        (LoudnessTarget, "tolerance_lu", (0, 10), (-0.1, 10.1), "a number from 0 to 10"),
        (LoudnessTarget, "short_term_max_lufs", (-60, 0, None), (-60.1, 0.1), "a number from -60 to 0"),
    ],
)
def test_what_only_a_report_says(kind: type, name: str, good: tuple, bad: tuple, expected: str) -> None:
    given = {"integrated_lufs": -23.0, "true_peak_dbtp": -1.0} if kind is LoudnessTarget else {}
    for value in good:
        assert getattr(checked(kind, {**given, name: value}), name) == value
    for value in bad:
        with pytest.raises(BadOption) as caught:
            checked(kind, {**given, name: value})
        assert (caught.value.name, caught.value.expected) == (name, expected)


def test_what_only_the_api_says() -> None:
    assert LongForm() == LongForm("auto", 3.2, 8)
    assert LoudnessTarget(-23.0, -1.0) == LoudnessTarget(-23.0, -1.0, 1.0, None)
    assert OutputOptions().originated is None
