"""What prompts ask for, with the shipped table of words."""

from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks.prompts import PROMPTS, WORDS, measure, read_prompts
from mmhnet_cli.encoders.degrees import Degree
from mmhnet_cli.encoders.sounding import LANGUAGES, kind_words, other_things
from mmhnet_cli.encoders.understanding import WordSpace
from mmhnet_cli.encoders.words import TABLE_KEYS, load_words, unit
from mmhnet_cli.errors import WeightsInvalid
from mmhnet_cli.models.checkpoint import save_tensors


@pytest.fixture(scope="module")
def space() -> WordSpace:
    return WordSpace(load_words(WORDS))


@pytest.mark.parametrize(
    ("prompt", "kinds"),
    [
        ("crackling campfire", ("fire",)),
        ("keyboard clicks", ("typing",)),
        ("crunchy snow footsteps", ("snow_steps",)),
        ("police car", ("siren",)),
        ("thunder and lightning", ("thunder",)),
        ("bow and arrow", ("arrow",)),
        ("rain and a barking dog", ("rain", "dog")),
        ("HEAVY RAIN, DISTANT THUNDER.", ("rain", "thunder")),
    ],
)
def test_kinds_that_are_asked_for(space: WordSpace, prompt: str, kinds: tuple[str, ...]) -> None:
    assert space.understand(prompt).kinds == kinds


@pytest.mark.parametrize(
    ("prompt", "kinds", "denied"),
    [
        ("no rain", (), ("rain",)),
        ("rain without thunder", ("rain",), ("thunder",)),
        ("no rain, only wind", ("wind",), ("rain",)),
        ("no dog and cat, birds", ("bird",), ("dog", "cat")),
        ("Regen ohne Donner", ("rain",), ("donner",)),
        ("pluie sans tonnerre", ("rain",), ("tonnerre",)),
        ("風なし、波", ("waves",), ("風",)),
        ("没有雨，只有风", ("wind",), ("雨",)),
    ],
)
def test_no_rain_is_not_rain(space: WordSpace, prompt: str, kinds: tuple[str, ...], denied: tuple[str, ...]) -> None:
    understood = space.understand(prompt)
    assert (understood.kinds, understood.denied) == (kinds, denied)


def test_degrees_are_heard(space: WordSpace) -> None:
    understood = space.understand("soft distant knocking on a wooden door in a church, leise")
    assert understood.degrees == (
        Degree("loudness", "low", "soft"),
        Degree("distance", "high", "distant"),
        Degree("material", "wood", "wooden"),
        Degree("room", "large", "church"),
        Degree("loudness", "low", "leise"),
    )


def test_what_is_denied_has_no_degree(space: WordSpace) -> None:
    assert space.understand("rain, no loud thunder").degrees == ()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_is_understood_in_other_languages(space: WordSpace, language: str) -> None:
    missed = [
        (kind.name, kind.foreign[language])
        for kind in kind_words()
        if not any(space.understand(phrase).kinds == (kind.name,) for phrase in kind.foreign[language])
    ]
    assert missed == []


def test_english_words_stay_english(space: WordSpace) -> None:
    assert space.understand("air vent").kinds != ("wind",)
    assert space.understand("le vent").kinds == ("wind",)


def test_the_plain_keyword_of_a_kind_is_the_kind(space: WordSpace) -> None:
    wrong = [kind.name for kind in kind_words() if space.understand(kind.nouns[0]).kinds != (kind.name,)]
    assert wrong == []


def test_other_things_are_told_from_kinds(space: WordSpace) -> None:
    taken = [thing for thing in other_things() if space.understand(thing).kinds]
    assert taken == []
    [part] = space.understand("velociraptor").sounds
    assert not part.known and part.like == "velociraptor" and len(part.nearest) == 3


def test_words_without_meaning_are_told(space: WordSpace) -> None:
    understood = space.understand("rain on a trampoline")
    assert understood.unknown == ("trampoline",), "not half of it, a tram"
    assert understood.kinds == ("rain",)
    assert space.understand("Regen auf einem Blechdach").unknown == ()


@pytest.mark.parametrize("prompt", ["", "   ", ",,;", "the of and", "!?", "no", "\u0300", "𝄞"])
def test_prompts_that_ask_for_nothing(space: WordSpace, prompt: str) -> None:
    assert space.understand(prompt).kinds == ()


def test_a_phrase_of_a_kind_is_most_like_the_kind(space: WordSpace) -> None:
    found = space.likenesses(space.phrases(["a dog barking"])[0])
    assert 0.9 < found[space.kinds.index("dog")] == found.max() <= 1


def test_kinds_lie_apart(space: WordSpace) -> None:
    between = space.kind_vectors @ space.kind_vectors.T - 2 * np.eye(len(space.kinds))
    assert between.max() < 0.95


def test_everyday_prompts_are_mostly_understood(space: WordSpace) -> None:
    prompts = read_prompts(PROMPTS)
    assert len(prompts) == 150 and sum(not prompt.kinds for prompt in prompts) == 40
    assert {kind for prompt in prompts for kind in prompt.kinds} <= set(space.kinds)
    assert measure(space, prompts).startswith("| prompts | number |")


def test_the_table_is_small() -> None:
    assert WORDS.stat().st_size < 6_000_000


def test_a_file_that_is_no_table_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "words.safetensors"
    save_tensors(path, {TABLE_KEYS[0]: torch.zeros(3, 2, dtype=torch.int8)})
    with pytest.raises(WeightsInvalid, match="scale"):
        load_words(path)
    text = torch.tensor(list(b"one\ntwo"), dtype=torch.uint8)
    whole = dict(zip(TABLE_KEYS, (torch.zeros(3, 2, dtype=torch.int8), torch.ones(3).half(), text), strict=True))
    save_tensors(path, whole)
    with pytest.raises(WeightsInvalid, match="3 pieces"):
        load_words(path)


def test_unit_leaves_nothing_as_it_is() -> None:
    np.testing.assert_array_equal(unit(np.array([[3.0, 4.0], [0.0, 0.0]])), [[0.6, 0.8], [0.0, 0.0]])
