"""The closing lines of a film: what was made, in the numbers that are asked for first."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any


def closing_lines(report: Mapping[str, Any], folder: Path = Path()) -> list[str]:
    """Return a line for each file that the content of a report names; the last one ends in the time that all took.

    folder: where the report lies; it stands before the names where films of several folders are told of.
    """
    lines = [_line(report, folder, take, file) for take in report["takes"] for file in take["files"]]
    cues = [file["file"] for take in report["takes"] for file in take.get("cues", ())]
    count = "made" if len(lines) + len(cues) == 1 else f"{len(lines) + len(cues)} files made"
    if cues:
        more = f" and {len(cues) - 1} more" if len(cues) > 1 else ""
        lines.append(f"{folder / cues[0]}{more}: files of cues")
    return [*lines[:-1], f"{lines[-1]}; {count} in {sum(report['timings_s'].values()):.1f} s"]


def _line(report: Mapping[str, Any], folder: Path, take: Mapping[str, Any], file: Mapping[str, Any]) -> str:
    sound, request, stem = report["sound"], report["request"], file["stem"]
    is_film = not file["file"].lower().endswith(".wav")
    samples = sound["samples"] - (2 * sound["handle_samples"] if is_film else 0)
    facts = [f"{samples / sound['sample_rate_hz']:.3f} s"]
    # Measured is the mix of the new sound: not a stem alone, and not a film that has its own sound in it.
    if stem is None and not (is_film and request["output"]["film"]["original"] == "mix"):
        facts += _level(take["loudness"]["after"])
    seeds = [take["seeds"][stem]] if stem else list(take["seeds"].values())
    return f"{folder / file['file']}: {', '.join(facts)}, seed{'s' * (len(seeds) > 1)} {', '.join(map(str, seeds))}"


def _level(measured: Mapping[str, Any]) -> list[str]:
    """Return loudness and true peak in words, where there are such numbers."""
    named = ((measured["integrated_lufs"], "LUFS"), (measured["true_peak_dbtp"], "dBTP"))
    return [f"{value:.1f} {unit}" for value, unit in named if value is not None]
