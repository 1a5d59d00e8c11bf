"""The processes that train together: what each does of a step, and the sums over all of them."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from mmhnet_cli.errors import BadOption
from mmhnet_cli.timeline import exact_ratio


@dataclass(frozen=True)
class Share:
    """What a process takes of a batch: part `index` of `count` equal ones, in the order of its clips."""

    index: int = 0
    count: int = 1

    def of(self, rows: Tensor) -> Tensor:
        """Return the rows (B / count, ...) of this share of rows (B, ...)."""
        size = exact_ratio(len(rows), self.count)
        return rows[self.index * size : (self.index + 1) * size]


WHOLE = Share()


class Team:
    """One process that trains alone; a class below it makes it one of several.

    The batches of a step are dealt out among the processes, and where there are more processes than batches, or they do
    not come out even, each batch is cut into equal shares. What is drawn for a clip depends on the number of its batch
    and its place in it alone, so that every number of processes takes the same steps.
    """

    index = 0
    count = 1

    @property
    def is_main(self) -> bool:
        """Tell whether this process writes."""
        return self.index == 0

    def stride(self, accumulate: int) -> int:
        """Return by how much the numbers of the batches of this process grow, in a step of so many."""
        return math.gcd(accumulate, self.count)

    def share(self, accumulate: int) -> Share:
        """Return what this process takes of each of its batches."""
        cuts = self.count // self.stride(accumulate)
        return Share(self.index % cuts, cuts)

    def numbers(self, step: int, accumulate: int) -> range:
        """Return the numbers of the batches of which this process takes its share in a step, from 0."""
        stride = self.stride(accumulate)
        first = step * accumulate + self.index // self.share(accumulate).count
        return range(first, (step + 1) * accumulate, stride)

    def check(self, batch: int, accumulate: int) -> None:
        """Raise BadOption where the clips of a step cannot be dealt out evenly."""
        cuts = self.share(accumulate).count
        if batch % cuts:
            raise BadOption("batch", str(batch), f"a multiple of {cuts}: {self.count} processes share a step")

    def add_up(self, tensors: Sequence[Tensor]) -> None:
        """Put in place of each tensor the sum over all processes. Raises PartnerLost."""

    def wait(self) -> None:
        """Wait until all have come here. Raises PartnerLost."""

    def leave(self) -> None:
        """End the company, after the last step."""


class PartnerLost(Exception):
    """Another process of the team does not answer any more."""


def add_gradients(team: Team, parameters: Iterable[nn.Parameter], values: Mapping[str, float]) -> dict[str, float]:
    """Add up the gradients of all processes in place, and return the sums of `values`, by the same names in each.

    What no process has a gradient for stays without one. Raises PartnerLost.
    """
    if team.count == 1:
        return dict(values)
    own = list(parameters)
    present = [float(parameter.grad is not None) for parameter in own]
    told = torch.tensor([*values.values(), *present], dtype=torch.float64, device=own[0].device)
    team.add_up([told])
    sums = told.tolist()
    some = [parameter for parameter, count in zip(own, sums[len(values) :], strict=True) if count]
    gradients = []
    for parameter in some:
        if parameter.grad is None:
            parameter.grad = torch.zeros_like(parameter)
        gradients.append(parameter.grad)
    team.add_up(gradients)
    return dict(zip(values, sums, strict=False))
