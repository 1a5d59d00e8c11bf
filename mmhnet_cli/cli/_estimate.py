"""The words for an estimate of memory and time."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mmhnet_cli.pipeline.estimate.estimate import Estimate
    from mmhnet_cli.pipeline.estimate.machine import Machine


def estimate_rows(found: "Estimate", machine: "Machine") -> dict[str, str]:
    """Return the lines of an estimate for people: memory, time and windows."""
    verdict = {True: ": fits", False: ": does not fit", None: ""}[found.fits]
    return {
        "memory": f"about {_size(found.memory_bytes)} of {_size(machine.free_bytes)} free on {machine.kind}{verdict}",
        "time": _time(found.time_s),
        "windows": "1, the whole film at once" if found.windows == 1 else str(found.windows),
    }


def _size(size: int | None) -> str:
    if size is None:
        return "an unknown amount"
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"


def _time(time_s: float | None) -> str:
    if time_s is None:
        return "not known"
    unit_s, unit = (1, "s") if time_s < 120 else (60, "min") if time_s < 7200 else (3600, "h")
    return f"about {time_s / unit_s:.0f} {unit}"
