"""What can happen to values that are read from JSON or TOML, and to the text they are written as."""

import copy
import json
import random
import re
from collections.abc import Iterator
from typing import Any

MOST_WOUNDS = 4
NUMBERS = (
    *(0, 1, -1, 2, 3, 7, 1001, 65536, 10**6, 10**9, 2**31, 2**53 + 1, 2**63, 2**64, 10**30, 10**400),
    *(0.5, -0.0, 1e-300, 1e300, 1.5e9, float("nan"), float("inf"), float("-inf")),
)
TEXTS = (
    *(
        "",
        " ",
        ".",
        "..",
        "../canary.txt",
        "/etc/passwd",
        "/dev/zero",
        "/dev/stdin",
        "C:\\x",
        "~/x",
        "a/b",
        "-rf",
        "NUL",
    ),
    *("\0", "\ud800", "\u202e", "\x1b[2J", "e\u0301", "\N{FIRE}", ":fire:", "\n", "x" * 300, "x" * 100_000),
    *(
        "{0}",
        "{source}{take}{seed}",
        "{0.__class__}",
        "{",
        "%s",
        "$HOME",
        "1/0",
        "1e999",
        "0x10",
        "nan",
        "-1",
        "99:99:99:99",
    ),
    *("00:00:00:00", "mini", "euler", "None", "true", "http://example.com/x.mp4", "concat:a|b", "10" * 3000),
)
OTHERS: tuple[Any, ...] = (None, True, False, [], {}, [None], [[]], {"": {}}, [0] * 100_000, ["x"] * 1000)
DEEP = 100_000


def damaged_tree(rng: random.Random, tree: Any) -> Any:
    """A copy of `tree` with one to four wounds, most often one or two."""
    holder = [copy.deepcopy(tree)]
    for _ in range(MOST_WOUNDS):
        _wound(rng, holder)
        if rng.random() < 0.5:
            break
    return holder[0]


def odd(rng: random.Random, value: Any = None) -> Any:
    """Something that hardly anyone would write in the place of `value`."""
    choices = [rng.choice(NUMBERS), rng.choice(TEXTS), rng.choice(OTHERS), [value], {"value": value}, str(value)]
    if isinstance(value, int | float):
        choices += [-value, value * 10**6, value + 1, value * 1.0 if abs(value) < 1e300 else 0, rng.choice(NUMBERS)]
    # A later wound may go into this one.
    return copy.deepcopy(rng.choice(choices))


def damaged_text(rng: random.Random, text: str) -> bytes:
    """The bytes of a text file that is not as it should be: its encoding, its end, what stands in it."""
    encodings = ("utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1252", "latin-1", "shift-jis")
    place = rng.randrange(len(text) + 1)
    odds = ("\0", "\ud800", "\ufeff", '"', "'", "\\", "\r", "\x1a", "é", "9" * 5000)
    deep = ("[" * DEEP, "{" * DEEP, '{"a":' * DEEP)
    match rng.randrange(6):
        case 0:
            return text.encode(rng.choice(encodings), errors="replace")
        case 1:
            return text[:place].encode()
        case 2:
            return (text[:place] + rng.choice((*odds, *deep)) + text[place:]).encode(errors="surrogatepass")
        case 3:
            return re.sub(r'"[^"]*": ', lambda found: rng.choice((1, 1, 2)) * (found[0] + "0, "), text).encode()
        case 4:
            numbers = ("NaN", "Infinity", "9" * 5000, "0" * 99, "1e999")
            return re.sub(r"-?\d+", lambda found: rng.choice((found[0], *numbers)), text, count=3).encode()
        case _:
            flipped = bytearray(text.encode())
            for _ in range(1 << rng.randrange(5)):
                flipped[rng.randrange(len(flipped))] ^= 1 << rng.randrange(8)
            return bytes(flipped)


def to_text(tree: Any) -> str:
    """JSON; numbers that it does not have are written as Python and JavaScript do."""
    return json.dumps(tree, indent=2)


def _places(node: Any) -> Iterator[tuple[Any, Any]]:
    """Every container with every key or number in it, to the bottom."""
    keys = list(node) if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
    for key in keys:
        yield node, key
        yield from _places(node[key])


def _wound(rng: random.Random, holder: list[Any]) -> None:
    places = list(_places(holder))
    container, key = rng.choice(places)
    match rng.randrange(8):
        case 0:
            del container[key]
            if container is holder:
                holder.append({})
        case 1 if isinstance(container, dict):
            container[rng.choice(TEXTS)] = container.pop(key)
        case 2 if isinstance(container, dict):
            container[rng.choice(TEXTS)] = odd(rng)
        case 3:
            other, name = rng.choice(places)
            container[key] = copy.deepcopy(other[name])
        case _:
            container[key] = odd(rng, container[key])
