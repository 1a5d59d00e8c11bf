"""A network that is only used, not trained."""

from typing import Any

import torch
from torch import nn

from mmhnet_cli.model.layers import lay_out


def ready(network: nn.Module, device: torch.device, dtype: torch.dtype) -> Any:
    """Make the network ready to generate: on its device, in its precision, without gradients, laid out for speed."""
    network = network.eval().requires_grad_(False).to(device, dtype)
    lay_out(network)
    return network
