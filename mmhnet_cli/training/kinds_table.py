"""The words of all kinds as `encoders/kinds.toml` holds them for prompts, from the files of the kinds.

python -m mmhnet_cli.training.kinds_table
"""

import json
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from importlib import resources
from pathlib import Path

from mmhnet_cli.encoders.sounding import LANGUAGES, kind_words
from mmhnet_cli.training.world.kind import Kind
from mmhnet_cli.training.world.kinds import KINDS

HEAD = """\
# The kinds of sound: how each is called and filed. Written by `python -m mmhnet_cli.training.kinds_table` from the
# files in training/world/kinds, which are the place for changes. A kind keeps its place: models know it by its number.
#
# category: CatID of the Universal Category System. family: as `training.world.kind.Kind` has it.
# nouns: noun phrases in English, the plain keyword first; clauses: the same as subject and verb; gentle, strong: for
# little or much of it. de, fr, es, it, ja, zh: words by which one asks for it in that language.
"""
WIDTH = 120


def kinds_table(kinds: Mapping[str, Kind], order: Sequence[str]) -> str:
    """The text of the file. order: names that have a place already; the others follow in the order of `kinds`."""
    names = [*(name for name in order if name in kinds), *(name for name in kinds if name not in order)]
    return HEAD + "".join(f"\n[{name}]\n" + "\n".join(_lines(kinds[name])) + "\n" for name in names)


def _lines(kind: Kind) -> Iterator[str]:
    words = kind.wording
    yield f"category = {_quoted(kind.category)}"
    yield f"family = {_quoted(kind.family)}"
    for key, phrases in (
        ("nouns", words.nouns),
        ("clauses", words.clauses),
        ("gentle", words.gentle),
        ("strong", words.strong),
        *((language, words.foreign.get(language, ())) for language in LANGUAGES),
    ):
        yield _line(key, phrases)


def _line(key: str, phrases: Sequence[str]) -> str:
    line = f"{key} = [{', '.join(map(_quoted, phrases))}]"
    if len(line) <= WIDTH:
        return line
    # Spaces inside a phrase are kept from being broken at.
    items = " ".join(_quoted(phrase).replace(" ", "\0") + "," for phrase in phrases)
    inner = textwrap.fill(items, WIDTH, initial_indent="    ", subsequent_indent="    ", break_on_hyphens=False)
    return f"{key} = [\n{inner}\n]".replace("\0", " ")


def _quoted(text: str) -> str:
    """A string of TOML, which for all that people write is one of JSON."""
    return json.dumps(text, ensure_ascii=False)


def main() -> None:
    """Write the file in its place."""
    path = Path(str(resources.files("mmhnet_cli.encoders") / "kinds.toml"))
    path.write_text(kinds_table(KINDS, [kind.name for kind in kind_words()]), encoding="utf-8")


if __name__ == "__main__":
    main()
