"""One choice of a user: what stands on its field, and how its text is read. Every refusal is worded here.

A field `steps: Annotated[int, Within(1, 1000), Choice("--steps", SAMPLING, "Steps of the solver.")] = 25` is an option
of the command line, `MMHNET_STEPS`, `steps` of a settings file, a column of a manifest and a value of the report.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, is_dataclass
from datetime import datetime
from fractions import Fraction
from keyword import iskeyword
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, Literal, get_args, get_origin

from mmhnet_cli.errors import BadOption
from mmhnet_cli.fields import Within, expected_of, kinds_of
from mmhnet_cli.options import words

PAIR = "NAME=VALUE with letters, digits, - and _ in NAME"
PARSERS: Mapping[Any, Callable[[str], Any]] = {
    int: words.whole,
    float: words.number,
    bool: words.switch,
    Fraction: words.seconds,
    datetime: words.date,
    Path: Path,
    str: str,
}


@dataclass(frozen=True)
class Choice:
    """What makes an annotated field a choice of the user.

    option: its name on the command line, from which its other names follow. panel: where help shows it. more: other
    names of the option. metavar: what help calls the value; empty is its kind. words: those that stand for a value.
    parse: reads any other text, and `expected` says which; None reads the type of the field. shown: the default in
    words, where it is none. unchosen: the word in force on the command line where that is not the default of the field.
    setting: whether the environment and settings files have it; environment: its name there, if not MMHNET_ and that of
    the option. example: for the template of a settings file, where the default is none. column: whether a manifest has
    it. said_by: the name of the option that says this one where nobody does; a value in a weaker place than that of the
    other is as if nobody had chosen it.
    """

    option: str
    panel: str | None
    help: str
    more: tuple[str, ...] = ()
    metavar: str = ""
    words: Mapping[str, Any] = field(default_factory=dict, hash=False)
    parse: Callable[[str], Any] | None = None
    expected: str = ""
    shown: str = ""
    unchosen: str | None = None
    setting: bool = True
    environment: str = ""
    example: str = ""
    column: bool = True
    said_by: str = ""

    @property
    def name(self) -> str:
        """Return the name of the parameter, and in tables: `--long-form` is `long_form`, `--from` is `from_`."""
        name = self.option.removeprefix("--").replace("-", "_")
        return f"{name}_" if iskeyword(name) else name


@dataclass(frozen=True)
class Unreported:
    """Stands on a field that does not make the files what they are: it is in no fingerprint, and in no report."""


UNREPORTED = Unreported()


@dataclass(frozen=True)
class Option:
    """A choice with all that its field says. kind: of a value, without None. several: may be given more than once.

    of_stem: said of one stem, as NAME=VALUE. default: the value where nobody chooses.
    """

    choice: Choice
    kind: Any
    within: Within | None
    default: Any
    several: bool = False
    of_stem: bool = False

    @property
    def key(self) -> str:
        """Return its name in settings files and manifests."""
        return self.choice.option.removeprefix("--")

    @property
    def environment(self) -> str | None:
        """Return its name in the environment; None where it has none there."""
        own = "MMHNET_" + self.choice.name.upper() if self.choice.setting else None
        return self.choice.environment or own

    @property
    def is_switch(self) -> bool:
        """Given by its name alone."""
        return self.kind is bool and not self.choice.words

    @property
    def has_fraction(self) -> bool:
        """Whether a number with a decimal point may be said, which some countries write with a comma."""
        return self.kind in (float, Fraction) or is_dataclass(self.kind)

    @property
    def words(self) -> Mapping[str, Any]:
        """Those that stand for a value."""
        if get_origin(self.kind) is Literal and not self.choice.words:
            return {str(value): value for value in get_args(self.kind)}
        return self.choice.words

    @property
    def is_open(self) -> bool:
        """Whether there is more to choose from than words."""
        return self.choice.parse is not None or (self.kind in PARSERS and not (self.kind is bool and self.words))

    @property
    def expected(self) -> str:
        """What can be chosen, to stand after "it must be"."""
        known = list(self.words)
        said = [f"one of {', '.join(known)}" if len(known) > 1 else known[0]] if known else []
        if self.is_open:
            own = self.choice.expected
            said.append(
                expected_of(self.kind, self.within) if not own else f"{own}, {self.within}" if self.within else own
            )
        value = ", or ".join(said)
        return value if not self.of_stem else PAIR if self.kind is str else f"{PAIR}, and in VALUE {value}"

    def read(self, text: str, where: str) -> Any:
        """The value that `text` says. where: it stands, for the refusal. Raises BadOption."""
        try:
            if self.of_stem:
                name, value = words.pair(text)
                return name, self._value(value)
            return self._value(text)
        except (ValueError, OverflowError):
            found = text if len(text) <= 100 else f"{text[:100]}..."
            raise BadOption(where, found, self.expected) from None

    def _value(self, text: str) -> Any:
        if text in self.words:
            return self.words[text]
        if not self.is_open:
            raise ValueError(text)
        value = (self.choice.parse or PARSERS[self.kind])(text)
        if self.within is not None and not self.within.holds(value):
            raise ValueError(text)
        return value

    def written(self, value: Any) -> str:
        """The text that says `value`; none is empty."""
        known = next((word for word, meant in self.words.items() if meant == value), None)
        return known if known is not None else "" if value is None else str(value)

    @property
    def unchosen(self) -> tuple[Any, str]:
        """Value and text where nobody chooses on the command line."""
        word = self.choice.unchosen
        return (self.default, self.written(self.default)) if word is None else (self._value(word), word)


def option_of(hint: Any, default: Any, of_stem: bool = False) -> Option | None:
    """The option that a field or a parameter with this annotation is, if it is one."""
    choice = mark_of(hint, Choice)
    if choice is None:
        return None
    several = any(get_origin(kind) is tuple for kind in kinds_of(hint))
    [kind, *_] = [get_args(kind)[0] if several else kind for kind in kinds_of(hint) if kind is not NoneType]
    if several and default is MISSING:
        default = ()
    default = None if default is MISSING or choice.said_by else default
    return Option(choice, kind, mark_of(hint, Within), default, several, of_stem)


def mark_of(hint: Any, kind: type) -> Any:
    """What of this kind stands in an annotation beside the type; None where nothing does."""
    marks = get_args(hint)[1:] if get_origin(hint) is Annotated else ()
    return next((mark for mark in marks if isinstance(mark, kind)), None)
