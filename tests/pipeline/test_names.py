"""Names of outputs: templates, takes, stems, and what may not become a file name."""

from pathlib import Path
from typing import Any

import pytest

from mmhnet_cli.errors import BadOption
from mmhnet_cli.pipeline.names import DEFAULT_NAME, Naming

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
