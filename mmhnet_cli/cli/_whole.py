"""What all stages of a work are together."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mmhnet_cli.pipeline.request import Job


@dataclass(frozen=True)
class Whole:
    """A work of which the stages are known beforehand."""

    sound_s: float
    """So many seconds of sound come of it, over all takes."""
    shares: Mapping[str, float]
    """Of the time that it takes, by stage; the sum is 1."""
    times: Mapping[str, int]
    """A stage comes so often; once where nothing is said."""

    def share(self, stage: str) -> float:
        """Return how much of the whole one coming of a stage is, which may have a detail behind its name."""
        name = next((name for name in self.shares if stage == name or stage.startswith(f"{name} ")), "")
        return self.shares.get(name, 0.0) / self.times.get(name, 1)


def whole_of(job: "Job") -> Whole:
    """Return what the bar of the whole measures."""
    from mmhnet_cli.pipeline.estimate.estimate import stage_shares

    sounds, takes = len(job.request.voices) * len(job.takes), len(job.takes)
    times = {"sample": sounds, "decode": sounds, "level": takes, "write": takes}
    shares = dict(stage_shares(job))
    if job.request.cues is not None:
        # A track of cues is decoded while it is sampled.
        shares["sample"] += shares.pop("decode")
    return Whole(float(job.duration) * takes, shares, times)
