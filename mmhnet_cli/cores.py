"""How many processor cores this process may use."""

import math
import os
from pathlib import Path

GROUP_FILE = Path("/proc/self/cgroup")
GROUP_ROOT = Path("/sys/fs/cgroup")


def count_cores() -> int:
    """Return how many cores the system lets this process run on, less where a container gets less time; 1 at least.

    A machine of 64 cores gives a container of two the time of two: 64 threads would only stand in each other's way.
    """
    granted = _granted()
    return max(1, _allowed() if granted is None else min(_allowed(), math.ceil(granted)))


def _allowed() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except (AttributeError, OSError):  # only Linux says
        return os.cpu_count() or 1


def _granted() -> float | None:
    """Return how many cores' worth of time the control groups of Linux grant, version 2 or 1; None is no limit."""
    try:
        lines = GROUP_FILE.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    limits = []
    for line in lines:
        _, _, rest = line.partition(":")
        controllers, _, name = rest.partition(":")
        if controllers and "cpu" not in controllers.split(","):
            continue
        root = GROUP_ROOT / "cpu" if controllers else GROUP_ROOT
        # Inside a container the name may be that of the host, while the group itself is mounted at the root.
        inner = root / name.lstrip("/")
        within = [folder for folder in (inner, *inner.parents) if folder == root or root in folder.parents]
        limits += [limit for folder in {*within, root} if (limit := _limit_of(folder)) is not None]
    return min(limits, default=None)


def _limit_of(group: Path) -> float | None:
    """Return the quota by period of one group, as either version writes it."""
    try:
        if (both := group / "cpu.max").exists():
            quota, period = both.read_text(encoding="ascii").split()
        else:
            quota = (group / "cpu.cfs_quota_us").read_text(encoding="ascii").strip()
            period = (group / "cpu.cfs_period_us").read_text(encoding="ascii").strip()
        return int(quota) / int(period) if int(quota) > 0 and int(period) > 0 else None
    except (OSError, ValueError):  # "max", and what is no number, are no limit
        return None
