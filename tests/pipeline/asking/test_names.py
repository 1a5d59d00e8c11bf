"""Names of outputs: templates, takes, stems, and what may not become a file name."""

import os
import re
from pathlib import Path
from typing import Any

import pytest

from mmhnet_cli.errors import BadOption, OutputUnwritable
from mmhnet_cli.options import GenerateRequest
from mmhnet_cli.pipeline.asking.names import Naming, with_suffix_of

DEFAULT_NAME = GenerateRequest.name

VALUES = {"source": "street", "model": "mini", "rate": "48000", "bits": "24"}


def naming(template: str = DEFAULT_NAME, **changes: Any) -> Naming:
    fields = {"takes": 1, "fixed": (), "stems": (), "values": VALUES, "seed": 42, **changes}
    return Naming(folder=Path("out"), template=template, **fields)


def names(chosen: Naming) -> list[str]:
    return [str(output.path) for output in chosen.outputs()]


def test_one_sound_is_called_after_the_film() -> None:
    assert names(naming()) == ["out/street_mmhnet.wav"]
    assert naming().report == Path("out/street_mmhnet.json")


def test_stems_stand_beside_the_mix_take_by_take() -> None:
    chosen = naming(takes=2, stems=("fx", "amb"))
    assert names(chosen) == [
        "out/street_mmhnet_t01.wav",
        "out/street_fx_t01.wav",
        "out/street_amb_t01.wav",
        "out/street_mmhnet_t02.wav",
        "out/street_fx_t02.wav",
        "out/street_amb_t02.wav",
    ]
    assert [(output.take, output.stem) for output in chosen.outputs()][:3] == [(0, None), (0, "fx"), (0, "amb")]
    assert chosen.report == Path("out/street_mmhnet.json")


def test_names_given_in_full_hold_the_mix() -> None:
    chosen = naming(fixed=(Path("a/mix.mov"), Path("b/mix.wav")), stems=("fx",), takes=2)
    assert names(chosen)[:3] == ["a/mix_t01.mov", "b/mix_t01.wav", "out/street_fx_t01.wav"]
    assert chosen.report == Path("a/mix.json")
    assert [output.is_film for output in chosen.outputs()][:3] == [True, False, False]


def test_every_field_has_its_place() -> None:
    template = "{rate}-{bits}-{model}-{seed}-{take}-{stem}-{source}"
    assert names(naming(template, takes=2)) == [
        "out/48000-24-mini-42-_t01-mmhnet-street.wav",
        "out/48000-24-mini-43-_t02-mmhnet-street.wav",
    ]


def test_values_that_no_file_name_holds_are_cleaned() -> None:
    assert names(naming("{model}", values={**VALUES, "model": "own/er:net\x07"})) == ["out/own_er_net_.wav"]


@pytest.mark.parametrize(
    "template",
    ["{film}", "{source.stem}", "{source!r}", "{seed:04}", "{source", "{}", "{0}", "../{source}", "a/b", "", "..", " "],
)
def test_templates_that_cannot_be_used(template: str) -> None:
    with pytest.raises(BadOption) as found:
        names(naming(template))
    assert (found.value.name, found.value.found) == ("--name", template)


@pytest.mark.parametrize("letter", ["x", "é", "雨", "\udcff"])
@pytest.mark.parametrize("length", [239, 243, 244, 251, 255])
@pytest.mark.parametrize("template", [DEFAULT_NAME, "{source}", "{source}-{source}_{seed}{take}"])
def test_a_long_name_is_cut_so_that_all_files_fit(letter: str, length: int, template: str) -> None:
    sources = [letter * (length // len(os.fsencode(letter)) - 1) + end for end in "ab"]
    found = [
        naming(template, takes=takes, values={**VALUES, "source": source}, stems=("footsteps",) if takes > 1 else ())
        for source in sources
        for takes in (1, 3)
    ]
    if template == DEFAULT_NAME:
        assert len({name for one in found[1::2] for name in names(one)}) == 12
    for one in found:
        assert names(one) == names(one)
        assert all(len(os.fsencode(path.name)) <= 255 for path in [one.report, *(o.path for o in one.outputs())])
    assert names(found[0]) != names(found[2])


def test_a_name_that_fits_stays() -> None:
    longest = "x" * (255 - len("_mmhnet.latents"))
    assert names(naming(values={**VALUES, "source": longest})) == [f"out/{longest}_mmhnet.wav"]
    [cut] = names(naming(values={**VALUES, "source": longest + "y"}))
    assert re.fullmatch(r"out/x{231}~[0-9a-f]{8}_mmhnet\.wav", cut)


def test_names_that_cannot_be_cut_are_refused() -> None:
    with pytest.raises(BadOption):
        names(naming("x" * 250 + "{source}"))
    for path in (Path("y" * 252 + ".wav"), Path("y" * 251 + ".wav")):
        with pytest.raises(OutputUnwritable, match="255"):
            chosen = naming(fixed=(path,))
            assert names(chosen) and chosen.report


def test_a_template_with_the_suffix_of_the_film() -> None:
    assert with_suffix_of(Path("a.mov"), DEFAULT_NAME) == "{source}.mov_{stem}{take}"
    assert with_suffix_of(Path("a.m{x}v"), "{source}") == "{source}.m{{x}}v"
    assert names(naming(with_suffix_of(Path("street.m{x}v"), DEFAULT_NAME))) == ["out/street.m{x}v_mmhnet.wav"]
