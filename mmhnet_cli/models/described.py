"""Networks as shapes alone, to compare with a file before there is memory for any of it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

STARTS = frozenset(
    {
        *(nn.init.uniform_, nn.init.normal_, nn.init.constant_, nn.init.kaiming_uniform_, torch.eye),
        *(Tensor.uniform_, Tensor.normal_, Tensor.fill_, Tensor.zero_),
    }
)
"""What fills a tensor with the values that training starts from."""


class Described(TorchFunctionMode):
    """Networks that are built under it have no memory for their weights, and no start values.

    Weights lie on the meta device; what a network works out for itself, such as the filters of a mel, is there. With
    all of it on the meta device PyTorch would import its compiler for the first sum, which takes longer than to load
    the network.
    """

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Do what `func` does, but make tensors to be filled without memory, and leave those as they are."""
        kwargs = dict(kwargs or {})
        if func in (torch.empty, torch.zeros):
            kwargs["device"] = "meta"
        elif func in STARTS:
            target = kwargs.get("out", kwargs.get("tensor", args[0] if args else None))
            if isinstance(target, Tensor) and target.is_meta:
                return target
        return func(*args, **kwargs)


def take_memory(network: nn.Module) -> None:
    """Give the weights of a network that was built under `Described` memory on the processor, for any values at all."""
    memory = {key: torch.empty(entry.shape, dtype=entry.dtype) for key, entry in network.state_dict().items()}
    network.load_state_dict(memory, assign=True)
