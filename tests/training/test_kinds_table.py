"""What prompts are understood by is what stands in the files of the kinds."""

import tomllib
from importlib import resources

from mmhnet_cli.encoders.sounding import LANGUAGES, kind_words
from mmhnet_cli.training.kinds_table import kinds_table
from mmhnet_cli.training.world.kinds import KINDS

NAMES = [kind.name for kind in kind_words()]


def test_the_file_is_written_from_the_kinds() -> None:
    text = (resources.files("mmhnet_cli.encoders") / "kinds.toml").read_text(encoding="utf-8")
    assert text == kinds_table(KINDS, NAMES), "python -m mmhnet_cli.training.kinds_table"


def test_what_is_read_is_what_the_kinds_say() -> None:
    assert set(NAMES) == set(KINDS)
    for read in kind_words():
        kind = KINDS[read.name]
        assert (read.category, read.family, read.phrases) == (kind.category, kind.family, kind.wording.phrases)
        assert read.foreign == {language: kind.wording.foreign[language] for language in LANGUAGES}


def test_a_new_kind_moves_no_other() -> None:
    new, old = "rain", [name for name in NAMES if name != "rain"]
    assert list(tomllib.loads(kinds_table(KINDS, old))) == [*old, new]
    without = {name: kind for name, kind in KINDS.items() if name != "rain"}
    assert list(tomllib.loads(kinds_table(without, NAMES))) == old
