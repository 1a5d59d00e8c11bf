"""What a model knows of the words of a prompt."""

import pytest

from mmhnet_cli.encoders.vocabulary import Vocabulary
from mmhnet_cli.errors import BadOption
from mmhnet_cli.fields import build

KNOWN = Vocabulary(("rain", "door slam"), ("rain", "roof", "slams", "door", "drummer", "typing", "fire"))


@pytest.mark.parametrize(
    ("prompt", "unknown"),
    [
        ("", ()),
        ("Rain on the roof, while it RAINED.", ()),
        ("slam slamming slammed slammer", ()),
        ("a drum, drums and drumming; she types on it", ()),
        ("3 velociraptors in the rain with 2 dogs", ("velociraptors", "dogs")),
        ("dog, Dog, dog", ("dog",)),
        ("fir first rainbow doormat", ("first", "rainbow", "doormat")),
        ("雨 räin", ("雨", "räin")),
    ],
)
def test_words_are_known_in_every_regular_form(prompt: str, unknown: tuple[str, ...]) -> None:
    assert KNOWN.unknown(prompt) == unknown


@pytest.mark.parametrize("section", [{}, {"kinds": []}, {"kinds": "rain", "words": []}, {"kinds": [], "words": [1]}, 3])
def test_what_is_no_vocabulary(section: dict) -> None:
    with pytest.raises(BadOption):
        build(Vocabulary, section)
