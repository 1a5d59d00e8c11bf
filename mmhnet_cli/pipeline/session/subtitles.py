"""Subtitles (SubRip, WebVTT): what is written is what is heard, as long as it stands."""

import re
from collections.abc import Iterator

from mmhnet_cli.media.probe import VideoInfo
from mmhnet_cli.pipeline.session.drafts import Draft, Flaw
from mmhnet_cli.timecode import Timecode

ARROW = re.compile(r"\s*(\S+)\s+-->\s+(\S+)(?:\s.*)?")
TAG = re.compile(r"<[^<>]{0,200}>|\{\\[^{}]{0,200}\}")
BLANKS = re.compile(r"\s+")
NOT_SHOWN = ("NOTE", "STYLE", "REGION", "WEBVTT", "X-TIMESTAMP-MAP")


def read(text: str, film: VideoInfo, clock: Timecode | None) -> Iterator[Draft | Flaw]:
    """Yield a cue for each subtitle. Its times count from the film's first picture."""
    block: list[tuple[int, str]] = []
    for number, line in enumerate([*text.splitlines(), ""], 1):
        if line.strip():
            block.append((number, line))
        elif block:
            yield from _subtitle(block)
            block = []


def _subtitle(block: list[tuple[int, str]]) -> Iterator[Draft | Flaw]:
    for place, (number, line) in enumerate(block[:2]):
        if times := ARROW.fullmatch(line):
            said = " ".join(TAG.sub("", shown) for _, shown in block[place + 1 :])
            start, end = (time.replace(",", ".") for time in times.groups())
            yield Draft(f"line {number}", start, end, {"prompt": BLANKS.sub(" ", said).strip()})
            return
    if not block[0][1].startswith(NOT_SHOWN):
        yield Flaw(f"line {block[0][0]}", "", "it is no subtitle: its second line, or its first, must be FROM --> TO")
