"""The words and the record for an estimate of memory and time."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mmhnet_cli.pipeline.estimate.estimate import Estimate, Plan

MINUTE_S, HOUR_S = 60, 3600


def estimate_rows(plan: "Plan") -> dict[str, str]:
    """Lines of the plan for people: memory, time, and the models for which there is memory."""
    asked, machine = plan.asked, plan.machine
    memory = f"about {_size(asked.memory_bytes)} of {_size(machine.free_bytes)} free on {machine.kind}"
    verdict = {True: ": fits", False: ": does not fit", None: ""}[asked.fits]
    fitting = ", ".join(_name_and_time(model) for model in plan.models if model.fits)
    return {
        "memory": memory + verdict,
        "time": _time(asked.time_s),
        "models that fit": "not known" if machine.free_bytes is None else fitting or "none",
    }


def estimate_record(plan: "Plan") -> dict[str, Any]:
    """The same for scripts; null is not known."""
    return {
        "estimate": {**asdict(plan.asked), "device": plan.machine.kind, "free_bytes": plan.machine.free_bytes},
        "models": [asdict(model) for model in plan.models],
    }


def _name_and_time(estimate: "Estimate") -> str:
    return estimate.model if estimate.time_s is None else f"{estimate.model} ({_time(estimate.time_s)})"


def _size(size: int | None) -> str:
    if size is None:
        return "an unknown amount"
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"


def _time(time_s: float | None) -> str:
    if time_s is None:
        return "not known"
    unit_s, unit = (1, "s") if time_s < 2 * MINUTE_S else (MINUTE_S, "min") if time_s < 2 * HOUR_S else (HOUR_S, "h")
    return f"about {time_s / unit_s:.0f} {unit}"
