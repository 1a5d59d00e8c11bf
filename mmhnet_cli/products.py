"""Linear maps at the full width of the processor.

torch leaves products of float32 matrices to MKL, which takes half of the vector unit of an AMD processor. Convolutions
go to oneDNN, which takes all of it, so a convolution of the same arithmetic took half the time of a linear map. Here
linear maps go to oneDNN too, and so do their gradients. Sums are taken in another order: results differ by rounding.
"""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

LEAST_PRODUCTS = 2**20
"""A map of fewer products of two numbers costs less than the call."""


def _find_product() -> Callable[..., Tensor] | None:
    """Return the call of oneDNN where torch has MKL and the call works. It is there for the compiler of torch and
    promised to nobody: without it all is as it was."""
    if not (torch.backends.mkl.is_available() and torch.backends.mkldnn.is_available()):
        return None
    try:
        found: Callable[..., Tensor] = torch.ops.mkldnn._linear_pointwise
        found(*torch.zeros(2, 1, 1, device="cpu"), None, "none", [], "")
    except (AttributeError, RuntimeError, TypeError):
        return None
    return found


_product = _find_product()


def is_quick(tokens: Tensor) -> bool:
    """Tell whether oneDNN maps such tokens: float32 on a CPU, not under autocast."""
    return (
        _product is not None
        and tokens.device.type == "cpu"
        and tokens.dtype == torch.float32
        and not torch.is_autocast_enabled("cpu")
    )


def linear(tokens: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Map tokens (..., D) by weight (E, D) and bias (E,) to (..., E), as `torch.nn.functional.linear` but for rounding,
    which it is where a map is small or not quick."""
    if tokens.numel() * len(weight) < LEAST_PRODUCTS or not is_quick(tokens):
        return F.linear(tokens, weight, bias)
    mapped: Tensor = _Linear.apply(tokens, weight, bias)
    return mapped


def _multiply(tokens: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    assert _product is not None
    return _product(tokens, weight, bias, "none", [], "")


class _Linear(torch.autograd.Function):
    """The map and its gradients, which are products of matrices as well."""

    @staticmethod
    def forward(tokens: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        return _multiply(tokens, weight, bias)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, Tensor, Tensor | None], output: Tensor) -> None:
        tokens, weight, _ = inputs
        ctx.save_for_backward(tokens, weight)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, Tensor | None, Tensor | None]:
        tokens, weight = ctx.saved_tensors
        by_tokens, by_weight, by_bias = ctx.needs_input_grad
        rows = gradient.flatten(0, -2)
        return (
            _multiply(gradient, weight.t()) if by_tokens else None,
            _multiply(rows.t(), tokens.flatten(0, -2).t()) if by_weight else None,
            rows.sum(0) if by_bias else None,
        )


class Linear(nn.Linear):
    """torch's own, by `linear`."""

    def forward(self, input: Tensor) -> Tensor:
        """Map (..., D) to (..., E)."""
        return linear(input, self.weight, self.bias)
