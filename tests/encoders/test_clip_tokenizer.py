"""CLIP's tokenizer: words, cleaning, joins, and numbers that do not depend on which merges there are."""

import html
import random
import unicodedata
from pathlib import Path

import pytest
import torch

from mmhnet_cli.encoders.clip_tokenizer import BYTE_SYMBOLS, MERGES, ClipTokenizer, clean, read_merges, words
from mmhnet_cli.errors import WeightsInvalid

# Those that make "rain" and "the", in an order that matters: "ra" before "ai".
JOINS = [("i", "n</w>"), ("r", "a"), ("a", "i"), ("t", "h"), ("th", "e</w>"), ("ra", "in</w>"), ("ai", "n</w>")]
FIRST_JOIN = 512
A, A_AT_END = 64, 320
ENDINGS = ("'s", "'t", "'re", "'ve", "'m", "'ll", "'d")


@pytest.fixture(scope="module")
def merges_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As long as CLIP's own; what follows the joins above never occurs in a text."""
    filling = [(f"<{number}", ">") for number in range(MERGES - len(JOINS))]
    path = tmp_path_factory.mktemp("clip") / "merges.txt"
    lines = ["#version: 0.2", *(" ".join(pair) for pair in JOINS + filling)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def tokenizer(merges_file: Path) -> ClipTokenizer:
    return ClipTokenizer.from_file(merges_file)


def slow_words(text: str) -> list[str]:
    """As `words`, character by character, straight from the definition. Not for texts with the two specials."""
    found: list[str] = []
    place = 0
    while place < len(text):
        endings = [end for end in ENDINGS if text.startswith(end, place)]
        kind = kind_of(text[place])
        stop = place + 1
        if endings:
            stop = place + len(endings[0])
        elif kind in "LP":
            while stop < len(text) and kind_of(text[stop]) == kind:
                stop += 1
        if kind != "space":
            found.append(text[place:stop])
        place = stop
    return found


def kind_of(letter: str) -> str:
    if letter.isspace():
        return "space"
    category = unicodedata.category(letter)[0]
    return category if category in "LN" else "P"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("rain on a tin roof", ["rain", "on", "a", "tin", "roof"]),
        ("it's we've they're don't", ["it", "'s", "we", "'ve", "they", "'re", "don", "'t"]),
        ("I'm he'LL she'd", ["I", "'m", "he", "'LL", "she", "'d"]),
        ("rock'n'roll 'twas", ["rock", "'", "n", "'", "roll", "'t", "was"]),
        ("wait!!'s", ["wait", "!!'", "s"]),
        ("in 1984, 50%", ["in", "1", "9", "8", "4", ",", "5", "0", "%"]),
        ("x² ½ⅷ ५", ["x", "²", "½", "ⅷ", "५"]),
        ("a_b __c", ["a", "_", "b", "__", "c"]),
        ("дождь 雨が降る été", ["дождь", "雨が降る", "été"]),
        # A vowel sign is no letter, so a word of Hindi falls apart: so it does in the original.
        ("नमस्ते", ["नमस", "्", "त", "े"]),
        ("🐕🔥dog", ["🐕🔥", "dog"]),
        ("<start_of_text>a<end_of_text>", ["<start_of_text>", "a", "<end_of_text>"]),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_every_character_falls_into_its_class() -> None:
    """Between two letters: a letter joins them, anything else parts them, and all but white space is kept."""
    letters = [chr(code) for code in range(0x20000) if not 0xD800 <= code < 0xE000]
    expected: list[str] = []
    for letter in letters:
        pieces = {"L": [f"a{letter}b"], "space": ["a", "b"]}
        expected += pieces.get(kind_of(letter), ["a", letter, "b"])
    found = words(" ".join(f"a{letter}b" for letter in letters))
    assert len(found) == len(expected) > 150_000
    # The first that differs, because the difference of two long lists takes minutes to print.
    assert next((pair for pair in zip(found, expected, strict=True) if pair[0] != pair[1]), None) is None


def test_random_texts_are_cut_as_the_definition_says() -> None:
    rng = random.Random(0)
    pool = "'''  sretvmld_-!?09²éжで雨🔥\u0301"
    for _ in range(2000):
        text = "".join(rng.choices(pool, k=12))
        assert words(text) == slow_words(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  RAIN\t on\n\n a  tin Roof ", "rain on a tin roof"),
        ("dog &amp; cat, &amp;lt;3", "dog & cat, <3"),
        ("it’s “loud” ‚here‛", "it's \"loud\" 'here'"),
        ("e\u0301te\u0301 A\u030a", "\u00e9t\u00e9 \u00e5"),
        ("ﬁre ＷＩＤＥ\u3000ｶﾞ", "fire wide ガ"),
        ("\ufeffa\x00b\x07c", "abc"),
        ("non\u00a0breaking\u2028line", "non breaking line"),
        ("", ""),
    ],
)
def test_cleaning(text: str, expected: str) -> None:
    assert clean(text) == expected


def test_cleaning_once_is_enough() -> None:
    for text in ("Rain’s &amp; “thunder”", "ＷＩＤＥ  É", html.escape("<b>")):
        assert clean(clean(text)) == clean(text)


def test_bytes_have_the_numbers_of_the_published_vocabulary() -> None:
    """Numbers that CLIP's own vocabulary gives to texts that no merge touches; "a" at the end of a word is 320."""
    plain = ClipTokenizer([])
    assert plain.encode("a") == [A_AT_END]
    assert plain.encode("1984!") == [272, 280, 279, 275, 256]
    assert plain.encode("aaa") == [A, A, A_AT_END]
    assert plain.encode("🐕") == [172, 253, 238, 499]
    assert (plain.start, plain.end) == (512, 513)
    assert len(set(BYTE_SYMBOLS.values())) == 256
    assert not any(symbol.isspace() for symbol in BYTE_SYMBOLS.values())


def test_pairs_are_joined_in_the_order_of_the_merges(tokenizer: ClipTokenizer) -> None:
    join = {"".join(pair): FIRST_JOIN + number for number, pair in enumerate(JOINS)}
    assert tokenizer.encode("rain") == [join["rain</w>"]]
    assert tokenizer.encode("The") == [join["the</w>"]]
    assert tokenizer.encode("ain") == [A, join["in</w>"]]
    assert tokenizer.encode("rara") == [join["ra"], 81, A_AT_END]
    assert tokenizer.encode("raira") == [join["ra"], 72, 81, A_AT_END]
    # The end of a word is a symbol of its own, so the same letters inside a word are other numbers.
    assert tokenizer.encode("thing") == [join["th"], 72, 77, 256 + 70]


def test_joins_from_the_left_and_not_overlapping() -> None:
    joined = ClipTokenizer([("a", "a"), ("aa", "a</w>")])
    assert joined.encode("aaa") == [513]
    assert joined.encode("aaaa") == [512, A, A_AT_END]
    assert joined.encode("aaaaa") == [512, 513]


def test_a_row_is_start_text_end_and_zeros(tokenizer: ClipTokenizer) -> None:
    ids = tokenizer.tokenize(["the rain", ""])
    assert ids.shape == (2, 77)
    assert ids.dtype == torch.int64
    assert ids[0, :5].tolist() == [49406, 516, 517, 49407, 0]
    assert ids[1, :3].tolist() == [49406, 49407, 0]
    assert not ids[0, 4:].any()
    assert tokenizer.tokenize([]).shape == (0, 77)


def test_a_text_too_long_is_cut_with_the_end_in_the_last_place(tokenizer: ClipTokenizer) -> None:
    ids = tokenizer.tokenize(["rain " * 200, "rain " * 75, "rain " * 74])
    assert torch.equal(ids[0], ids[1])
    assert ids[0].tolist() == [49406, *[517] * 75, 49407]
    assert ids[2, 74:].tolist() == [517, 49407, 0]


def test_the_specials_are_recognised_in_a_text(tokenizer: ClipTokenizer) -> None:
    """As in the original, where a text can end itself."""
    assert tokenizer.encode("<start_of_text> rain <END_of_text>") == [49406, 517, 49407]


def test_any_text_has_numbers(tokenizer: ClipTokenizer) -> None:
    rng = random.Random(1)
    for _ in range(200):
        text = "".join(chr(rng.randrange(0x11000)) for _ in range(20))
        assert all(0 <= number < 49408 for number in tokenizer.encode(text))
    assert tokenizer.encode("\ud800") == tokenizer.encode("?")


def test_the_file_as_first_published_goes_on(merges_file: Path, tmp_path: Path) -> None:
    longer = tmp_path / "longer.txt"
    longer.write_text(merges_file.read_text(encoding="utf-8") + "more pairs\n", encoding="utf-8")
    assert read_merges(longer) == read_merges(merges_file)
    windows = tmp_path / "windows.txt"
    windows.write_bytes(merges_file.read_bytes().replace(b"\n", b"\r\n"))
    assert read_merges(windows) == read_merges(merges_file)


@pytest.mark.parametrize(
    ("content", "key", "expected", "found"),
    [
        (b"#version: 0.2\nr a\na i\n", "merges", str(MERGES), "2"),
        (b"#version: 0.2\nr a\na i n\n", "line 3", "two symbols", "'a i n'"),
        (b'{"a": 1}', "merges", str(MERGES), "0"),
        (b"\xff\xfe\x00", "the file", "text in UTF-8", "byte 0 is none"),
    ],
)
def test_other_files_are_refused(content: bytes, key: str, expected: str, found: str, tmp_path: Path) -> None:
    path = tmp_path / "merges.txt"
    path.write_bytes(content)
    with pytest.raises(WeightsInvalid) as caught:
        ClipTokenizer.from_file(path)
    assert (caught.value.path, caught.value.key, caught.value.expected) == (path, key, expected)
    assert caught.value.found.startswith(found)


def test_a_missing_file_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(WeightsInvalid, match="No such file"):
        read_merges(tmp_path / "merges.txt")
