"""A network that is only used, not trained."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn

from mmhnet_cli.model.layers import lay_out


def ready(network: nn.Module, device: torch.device, dtype: torch.dtype) -> Any:
    """Make the network ready to generate: on its device, in its precision, without gradients, laid out for speed."""
    if dtype == torch.float32:
        # A GPU convolves with ten bits of mantissa unless it is told not to; matrices it multiplies with all.
        torch.backends.cudnn.allow_tf32 = False
    network = network.eval().requires_grad_(False).to(device, dtype)
    lay_out(network)
    return network


@contextmanager
def one_thread() -> Iterator[None]:
    """Compute on one thread: how sums are split among threads shows in their last bits."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
