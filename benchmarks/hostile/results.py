"""Verdicts as a table, and a line for each way in which something went wrong."""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping

from benchmarks.common import table
from benchmarks.hostile.watch import GRADES, Verdict

VARYING = re.compile(r"'.*/.*'|\d+ MB")
GOOD = ("fine", "refused")
HEADER = ["kind", "cases", *GRADES, "most memory", "slowest", "time"]

Results = Mapping[str, Verdict]
"""By the name of the case."""


def is_wrong(verdict: Verdict) -> bool:
    """Whether something happened that must not, whatever the input."""
    return verdict.finding.grade not in GOOD


def page(kinds: Mapping[str, Results], seconds: Mapping[str, float]) -> str:
    """Everything there is to tell, as Markdown. seconds: that each kind took."""
    rows = [_row(kind, results, seconds[kind]) for kind, results in kinds.items()]
    refused = [f"{kind}, refused: {_refusals(results) or 'none'}." for kind, results in kinds.items()]
    wrong = [f"{kind}, {fault}" for kind, results in kinds.items() for fault in _faults(results)]
    return "\n\n".join([table(HEADER, rows), *refused, *wrong])


def _row(kind: str, results: Results, seconds: float) -> list[object]:
    grades = Counter(verdict.finding.grade for verdict in results.values())
    most_bytes = max((verdict.memory_bytes for verdict in results.values()), default=0)
    slowest_s = max((verdict.seconds for verdict in results.values()), default=0.0)
    counts = [grades[grade] for grade in GRADES]
    return [kind, len(results), *counts, f"{most_bytes >> 20} MB", f"{slowest_s:.1f} s", f"{seconds:.0f} s"]


def _refusals(results: Results) -> str:
    """How often each error was the answer."""
    words = Counter(verdict.finding.words for verdict in results.values() if verdict.finding.grade == "refused")
    return ", ".join(f"{classes} {count}" for classes, count in words.most_common())


def _faults(results: Results) -> list[str]:
    """What went wrong in one way is one line, with the first cases of it."""
    alike: dict[tuple[str, str], list[str]] = defaultdict(list)
    for case, verdict in results.items():
        if is_wrong(verdict):
            # Names and numbers differ from case to case, and faults of one kind do not.
            alike[verdict.finding.grade, VARYING.sub("_", verdict.finding.words)].append(case)
    most_first = sorted(alike.items(), key=lambda item: -len(item[1]))
    return [f"{grade} ({len(cases)}): {words}; {' '.join(cases[:5])}" for (grade, words), cases in most_first]
