"""What people write, and what it says: each function raises ValueError where a text says nothing."""

import re
from datetime import datetime
from fractions import Fraction

TIMECODE = re.compile(r"\d\d[:;]\d\d[:;]\d\d[:;,]\d\d\d?")
TIME = re.compile(r"(?:(?:(\d+):)?([0-5]?\d):)?(\d+(?:\.\d*)?|\.\d+)")
DEVICE = re.compile(r"auto|cpu|mps|cuda(:\d+)?")
WHOLE = re.compile(r"[+-]?\d+")
PAIR = re.compile(r"([A-Za-z0-9][A-Za-z0-9_-]*)=(.*\S.*)", re.DOTALL)
TRACKS = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*(?: *, *[A-Za-z0-9][A-Za-z0-9_-]*)*")
IDENTITY = re.compile(r"[^\W_](?:[^\W_]|[ .&+-]){0,39}")
SWITCH = {
    **dict.fromkeys(("true", "yes", "on", "1", "t", "y"), True),
    **dict.fromkeys(("false", "no", "off", "0", "f", "n"), False),
}


def whole(text: str) -> int:
    """Read a whole number."""
    return int(_match(WHOLE, text).group())


def number(text: str) -> float:
    """Read a number. NaN is one here; no range holds it."""
    return float(text)


def switch(text: str) -> bool:
    """Read a word for yes or no."""
    found = SWITCH.get(text.strip().lower())
    if found is None:
        raise ValueError(text)
    return found


def seconds(text: str) -> Fraction:
    """Seconds, exactly, from `75.5`, `1:15.5` or `0:01:15.500`."""
    hours, minutes, rest = _match(TIME, text).groups()
    return int(hours or 0) * 3600 + int(minutes or 0) * 60 + Fraction(rest)


def moment(text: str) -> Fraction | str:
    """Seconds, or a timecode as it stands: what second it is, only the film knows."""
    stripped = text.strip()
    return stripped if TIMECODE.fullmatch(stripped) else seconds(text)


def date(text: str) -> datetime:
    """A date, with or without the time of day, by the clock on the wall."""
    return datetime.fromisoformat(text.strip()).replace(tzinfo=None, microsecond=0)


def device(text: str) -> str:
    """The name of a PyTorch device; whether this machine has it is seen when PyTorch is loaded."""
    return _match(DEVICE, text).group()


def identity(text: str) -> str:
    """Read a part of a UCS name, which has no line in it."""
    return _match(IDENTITY, text).group()


def address(text: str) -> str:
    """Read the address of a server."""
    if not text.startswith(("http://", "https://")):
        raise ValueError(text)
    return text


def pair(text: str) -> tuple[str, str]:
    """Name of a stem and what is said of it, from `NAME=VALUE`."""
    name, value = _match(PAIR, text).groups()
    return name, value.strip()


def tracks(text: str) -> str:
    """Read names of tracks, with commas between them and nothing else."""
    return _match(TRACKS, text).group().replace(" ", "")


def _match(pattern: re.Pattern[str], text: str) -> re.Match[str]:
    found = pattern.fullmatch(text.strip())
    if found is None:
        raise ValueError(text)
    return found
