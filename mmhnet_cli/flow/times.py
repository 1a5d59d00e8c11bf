"""The grid of times that a solver walks."""

import torch
from torch import Tensor

from mmhnet_cli.errors import BadOption


def uniform_times(steps: int) -> Tensor:
    """Return the ends of `steps` equal steps from noise to data, (steps + 1,) float32 from 0 to 1. Raises BadOption."""
    if steps < 1:
        raise BadOption("steps", str(steps), "1 or more")
    return torch.linspace(0, 1, steps + 1)
