"""From a template to the name of a file, and to the folders it lies in: any film may be called anything."""

import hashlib
import os
import re
import string
from bisect import bisect_right
from collections.abc import Callable, Mapping

from mmhnet_cli.errors import BadOption

OF_CUES = ("index", "cue", "shot")
"""They are empty in the names of files that hold no single cue."""
FIELDS = ("film", "track", "take", *OF_CUES, "tc", "start", "end", "seed", "model", "rate", "bits", "ucs")
OLDER = {"source": "film", "stem": "track"}
"""Templates in reports, and of people, may still have these names."""
UNKNOWN = {
    "tc": "the film has no timecode; --timecode says which it shall have",
    "shot": "the shots of films are looked at by generate alone, not by batch",
}
SEPARATORS = "_- ."
FORBIDDEN = dict.fromkeys([*map(ord, '/\\:*?"<>|'), *range(32), 127], "_")
"""No name has these on every system; none of them comes out of a field, and so no folder."""
RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])[ ]*(?=\.|$)")
"""Names that Windows keeps for devices, whatever suffix follows."""
LONGEST_TEMPLATE = 1000
MOST_FOLDERS = 8
DIGEST_LETTERS = 8


def filled(template: str, values: Mapping[str, str]) -> tuple[str, ...]:
    """Return folders, and last the name without its suffix.

    A field that is empty goes with the separator before it, so that `{film}_{cue}` of what has no cue is the film's
    name. Raises BadOption for a template that cannot be used.
    """
    known = {name: value_as_name(value) for name, value in values.items()}
    if len(template) > LONGEST_TEMPLATE:
        raise BadOption("--name", f"{template[:60]}...", f"a template of at most {LONGEST_TEMPLATE} characters")
    text, headless = "", False
    try:
        for literal, name, spec, conversion in string.Formatter().parse(template):
            text += literal[1:] if headless and literal[:1] in SEPARATORS else literal
            if name is None:
                continue
            value = _value(template, OLDER.get(name, name), known)
            if spec or conversion:
                raise ValueError(f"{{{name}}}")
            if not value and literal and text and text[-1] in SEPARATORS:
                text = text[:-1]
            headless = not value and text[-1:] in ("", "/")
            text += value
    except ValueError as error:
        raise BadOption("--name", template, f"a name with no other fields than {_known()} ({error})") from None
    return _parts(template, text)


def value_as_name(value: str) -> str:
    """Return what a field holds without what no name has; dots alone lead to another folder, and become lines."""
    value = value.translate(FORBIDDEN)
    return value if value.strip(". ") else "_" * len(value)


def _value(template: str, name: str, known: Mapping[str, str]) -> str:
    if name not in FIELDS:
        raise ValueError(f"{{{name}}}")
    if name not in known:
        raise BadOption(
            "--name", template, f"a template without {{{name}}}: {UNKNOWN.get(name, 'it is not known yet')}"
        )
    return known[name]


def _parts(template: str, text: str) -> tuple[str, ...]:
    """Return the parts of a filled template, each as every system takes it. Raises BadOption."""
    parts = text.split("/")
    if text != text.translate({**FORBIDDEN, ord("/"): "/"}) or any(part and not part.strip(". ") for part in parts):
        raise BadOption("--name", template, "the name of a file without its suffix, in folders with / between them")
    if template.startswith("/") or not parts[-1]:
        raise BadOption("--name", template, "a name below the folder of the outputs, which ends in that of a file")
    if len(parts) > MOST_FOLDERS + 1:
        raise BadOption("--name", template, f"a name in at most {MOST_FOLDERS} folders")
    *folders, name = (RESERVED.sub(r"\1_", part) for part in parts if part)
    # Windows drops what stands at the end of a folder's name.
    return (*(re.sub(r"[. ]+$", lambda end: "_" * len(end[0]), folder) for folder in folders), name)


def shortened(name: str, most_bytes: int) -> str:
    """Return a name of at most so many bytes; one that is cut ends in a digest of the whole."""
    return shortened_to(name, lambda shorter: name_bytes(shorter) <= most_bytes)


def shortened_to(name: str, fits: Callable[[str], bool]) -> str:
    """Return the name, or as much of it as fits with a digest of the whole behind; nothing where not even that does.

    fits: holds for every name that is shorter than one for which it holds.
    """
    if fits(name):
        return name
    digest = "~" + hashlib.sha256(os.fsencode(name)).hexdigest()[:DIGEST_LETTERS]
    kept = bisect_right(range(1, len(name)), False, key=lambda length: not fits(name[:length] + digest))
    return name[:kept] + digest if kept else ""


def name_bytes(name: str) -> int:
    """Return how many bytes a name takes."""
    return len(os.fsencode(name))


def _known() -> str:
    return ", ".join(f"{{{name}}}" for name in FIELDS)
