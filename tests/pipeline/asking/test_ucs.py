"""Names by the Universal Category System: the category of what is made, and four parts that stay four."""

from pathlib import Path
from typing import Any

import pytest

from mmhnet_cli.encoders.sounding import kind_words
from mmhnet_cli.models.model_files import ModelFiles
from mmhnet_cli.models.registry import find_model
from mmhnet_cli.options import GenerateRequest, OutputOptions, Stem
from mmhnet_cli.pipeline.asking.ucs import MISCELLANEOUS, ucs_name, ucs_names


@pytest.fixture
def mini() -> ModelFiles:
    return find_model("mini")


def named(mini: ModelFiles, film: str = "street.mp4", stem: str | None = None, **more: Any) -> str:
    return str(ucs_name(GenerateRequest(Path(film), **more), mini, stem))


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("rain on city street", "RAIN_rain on city street_mmhnet_street"),
        ("heavy footsteps_on stone, and far thunder", "FEETHmn_heavy footsteps on stone and far thunder_mmhnet_street"),
        ("a dog's bark", "ANMLDog_a dog's bark_mmhnet_street"),
        ("pluie", "RAIN_pluie_mmhnet_street"),
        ("someone speaks", f"{MISCELLANEOUS}_someone speaks_mmhnet_street"),
        ("", f"{MISCELLANEOUS}_mix_mmhnet_street"),
    ],
)
def test_the_category_is_that_of_what_the_words_ask_for(mini: ModelFiles, prompt: str, expected: str) -> None:
    assert named(mini, prompt=prompt) == expected


def test_without_words_it_is_what_is_seen(mini: ModelFiles) -> None:
    request = GenerateRequest(Path("street.mp4"))
    assert str(ucs_name(request, mini, None, "waves")).startswith("WATRSurf_ocean waves_")
    words = GenerateRequest(Path("street.mp4"), "rain")
    assert ucs_name(words, mini, None, "waves").category == "RAIN"


def test_every_track_has_its_own(mini: ModelFiles) -> None:
    stems = (Stem("fx", "a door slams"), Stem("amb", "wind"), Stem("bed", ""))
    request = GenerateRequest(Path("street.mp4"), stems=stems, name="{ucs}")
    assert ucs_names(request, mini) == {
        "mmhnet": "DOORWood_a door slams wind_mmhnet_street",
        "fx": "DOORWood_a door slams_mmhnet_street",
        "amb": "WIND_wind_mmhnet_street",
        "bed": f"{MISCELLANEOUS}_bed_mmhnet_street",
    }
    assert ucs_names(GenerateRequest(Path("street.mp4"), stems=stems), mini) == {}, "the words are not read in vain"


@pytest.mark.parametrize("film", ["a_b_c.mov", "_.mov", "x" * 250 + ".mov", "_" * 9 + ".mov", "雨の街_1.mov"])
@pytest.mark.parametrize("prompt", ["rain", "_____", "x" * 9000, "../../etc/passwd", "雨", "rain\nwind\x1b"])
def test_strangers_leave_it_four_parts(mini: ModelFiles, film: str, prompt: str) -> None:
    output = OutputOptions(creator="A_B/C", project=None)
    name = named(mini, film, prompt=prompt, output=output)
    assert len(name.split("_")) == 4
    assert all(name.split("_"))
    assert len(name) < 200


def test_creator_and_project(mini: ModelFiles) -> None:
    output = OutputOptions(creator="JD", project="The Door")
    assert named(mini, prompt="rain", output=output) == "RAIN_rain_JD_The Door"


def test_every_kind_has_a_category_of_the_form_that_libraries_know() -> None:
    for kind in kind_words():
        assert kind.category.isalpha(), kind
        assert kind.category[:3].isupper(), kind
