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

VALUES = {"film": "street", "model": "mini", "rate": "48000", "bits": "24"}


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
    assert names(chosen)[:3] == ["a/mix_t01.mov", "b/mix_t01.wav", "out/mix_fx_t01.wav"]
    assert chosen.report == Path("a/mix.json")
    assert [output.is_film for output in chosen.outputs()][:3] == [True, False, False]


def test_every_field_has_its_place() -> None:
    template = "{rate}-{bits}-{model}-{seed}-{take}-{stem}-{source}"
    assert names(naming(template, takes=2)) == [
        "out/48000-24-mini-42-_t01-mmhnet-street.wav",
        "out/48000-24-mini-43-_t02-mmhnet-street.wav",
    ]


@pytest.mark.parametrize("template", ["{source}_{stem}{take}", "{film}_{track}{take}"])
def test_older_names_of_fields_are_understood(template: str) -> None:
    assert names(naming(template, stems=("fx",))) == ["out/street_mmhnet.wav", "out/street_fx.wav"]


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{film}/{track}", ["out/street/mmhnet.wav", "out/street/fx.wav", "out/street/mmhnet.json"]),
        ("{track}/{film}", ["out/mmhnet/street.wav", "out/fx/street.wav", "out/street.json"]),
        ("a/{film}/{track}/x", ["out/a/street/mmhnet/x.wav", "out/a/street/fx/x.wav", "out/a/street/x.json"]),
    ],
)
def test_folders_and_the_report_above_all_of_them(template: str, expected: list[str]) -> None:
    chosen = naming(template, stems=("fx",))
    assert [*names(chosen), str(chosen.report)] == expected


def test_a_field_that_is_empty_goes_with_its_separator() -> None:
    assert names(naming("{film}_{take}")) == ["out/street.wav"]
    assert names(naming("{take}_{film}")) == ["out/street.wav"]
    assert names(naming("x/{take}-{film}")) == ["out/x/street.wav"]
    assert names(naming("{take}/{film}")) == ["out/street.wav"]
    assert names(naming("{film}_{take}", takes=2))[0] == "out/street__t01.wav"


@pytest.mark.parametrize(
    ("film", "safe"),
    [
        ("..", "__"),
        (".", "_"),
        ("a/../../b", "a_.._.._b"),
        ("a\\b:c", "a_b_c"),
        ("con", "con_"),
        ("AUX.reel", "AUX_.reel"),
        ("lpt1 ", "lpt1_"),
        (". .", "___"),
        ("-rf", "-rf"),
        (".hidden", ".hidden"),
        ("line\nfeed\x1b[31m", "line_feed__31m".replace("__", "_[")),
    ],
)
def test_a_film_of_any_name_leads_nowhere(film: str, safe: str) -> None:
    found = naming("{film}", values={**VALUES, "film": film})
    assert names(found) == [f"out/{safe}.wav"]
    inside = naming("{film}/{track}", values={**VALUES, "film": film})
    [folder, file] = Path(names(inside)[0]).relative_to("out").parts
    assert (folder, file) == (safe.rstrip("."), "mmhnet.wav")
    assert naming("{film}", fixed=(Path("out") / f"x{safe}.wav",)).report.parent == Path("out")


def test_the_name_by_ucs_is_that_of_the_track() -> None:
    ucs = {"mmhnet": "RAIN_rain_me_street", "fx": "FEETHmn_steps_me_street"}
    assert names(naming("{ucs}{take}", stems=("fx",), ucs=ucs, takes=2))[:2] == [
        "out/RAIN_rain_me_street_t01.wav",
        "out/FEETHmn_steps_me_street_t01.wav",
    ]
    assert with_suffix_of(Path("a.mov"), "{ucs}{take}") == "{ucs}.mov{take}"


def test_values_that_no_file_name_holds_are_cleaned() -> None:
    assert names(naming("{model}", values={**VALUES, "model": "own/er:net\x07"})) == ["out/own_er_net_.wav"]


@pytest.mark.parametrize(
    "template",
    [
        *(
            "{fim}",
            "{source.stem}",
            "{source!r}",
            "{seed:04}",
            "{film",
            "{}",
            "{0}",
            "",
            "..",
            " ",
            "{take}",
            "a\\{film}",
        ),
        *(
            "../{film}",
            "{film}/../{track}",
            "/{film}",
            "{film}/",
            "a/./{film}",
            "{film}/..",
            "C:/{film}",
            "a/" * 9 + "b",
        ),
        *("a\\{film}", "a/" * 9 + "b", "{tc}", "{ucs}", "{film}\0", "x" * 1001),
    ],
)
def test_templates_that_cannot_be_used(template: str) -> None:
    with pytest.raises(BadOption) as found:
        names(naming(template))
    assert found.value.name == "--name"
    assert found.value.found.startswith(template[:60])


@pytest.mark.parametrize("letter", ["x", "é", "雨", "\udcff"])
@pytest.mark.parametrize("length", [239, 243, 244, 251, 255])
@pytest.mark.parametrize("template", [DEFAULT_NAME, "{source}", "{source}-{source}_{seed}{take}"])
def test_a_long_name_is_cut_so_that_all_files_fit(letter: str, length: int, template: str) -> None:
    sources = [letter * (length // len(os.fsencode(letter)) - 1) + end for end in "ab"]
    found = [
        naming(template, takes=takes, values={**VALUES, "film": source}, stems=("footsteps",) if takes > 1 else ())
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
    assert names(naming(values={**VALUES, "film": longest})) == [f"out/{longest}_mmhnet.wav"]
    [cut] = names(naming(values={**VALUES, "film": longest + "y"}))
    assert re.fullmatch(r"out/x{231}~[0-9a-f]{8}_mmhnet\.wav", cut)


def test_names_that_cannot_be_cut_are_refused() -> None:
    with pytest.raises(BadOption):
        names(naming("x" * 250 + "{source}"))
    for path in (Path("y" * 252 + ".wav"), Path("y" * 251 + ".wav")):
        with pytest.raises(OutputUnwritable, match="255"):
            chosen = naming(fixed=(path,))
            assert names(chosen) and chosen.report


def test_a_template_with_the_suffix_of_the_film() -> None:
    assert with_suffix_of(Path("a.mov"), DEFAULT_NAME) == "{film}.mov_{track}_{index}_{cue}{take}"
    assert with_suffix_of(Path("a.m{x}v"), "{source}") == "{source}.m{{x}}v"
    assert names(naming(with_suffix_of(Path("street.m{x}v"), DEFAULT_NAME))) == ["out/street.m{x}v_mmhnet.wav"]
