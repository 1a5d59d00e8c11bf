"""Muon (Jordan 2024): momentum whose every step changes a weight matrix by the same amount in all its directions.

Written here, because PyTorch's own takes matrices only and computes in bfloat16, which most CPUs have no units for.
"""

import math
from collections import defaultdict
from collections.abc import Iterable

import torch
from torch import Tensor, nn

COEFFICIENTS = (3.4445, -4.775, 2.0315)
"""Of the quintic that drives singular values towards 1; Jordan's, steep at 0."""
ITERATIONS = 5
LEAST_SIDE = 16
"""Below this a weight counts as a few vectors."""


def is_matrix(name: str, parameter: Tensor) -> bool:
    """Whether a weight maps many channels to many: dense and convolution weights, no tables of embeddings."""
    if parameter.ndim < 2 or "embedding" in name.split("."):
        return False
    return min(parameter.shape[0], parameter[0].numel()) >= LEAST_SIDE


def orthogonalised(matrices: Tensor) -> Tensor:
    """(..., m, n) -> (..., m, n) with the same singular vectors and all singular values near 1 (0.7 to 1.2)."""
    a, b, c = COEFFICIENTS
    tall = matrices.shape[-2] > matrices.shape[-1]
    wide = matrices.mT if tall else matrices
    wide = wide / (torch.linalg.matrix_norm(wide, keepdim=True) + 1e-7)
    for _ in range(ITERATIONS):
        gram = wide @ wide.mT
        wide = a * wide + (b * gram + c * gram @ gram) @ wide
    return wide.mT if tall else wide


class Muon(torch.optim.Optimizer):
    """Muon with Nesterov momentum, for weights (out, in, ...) taken as matrices (out, in * ...).

    Steps are scaled to the root mean square that AdamW's usually have, 0.2, so both may share one learning rate
    (Liu et al. 2025).
    """

    def __init__(self, parameters: Iterable[nn.Parameter], lr: float = 1e-3, momentum: float = 0.95) -> None:
        super().__init__(parameters, {"lr": lr, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """One update from the gradients. Weights without a gradient stay as they are; those of one shape go together,
        as a GPU is idle in so small matrices."""
        for group in self.param_groups:
            alike: dict[torch.Size, list[nn.Parameter]] = defaultdict(list)
            for parameter in group["params"]:
                if parameter.grad is not None:
                    alike[parameter.shape].append(parameter)
            for shape, parameters in alike.items():
                for parameter in parameters:
                    if not self.state[parameter]:
                        self.state[parameter]["momentum"] = torch.zeros_like(parameter)
                gradients = torch.stack([parameter.grad for parameter in parameters if parameter.grad is not None])
                momenta = [self.state[parameter]["momentum"] for parameter in parameters]
                torch._foreach_lerp_(momenta, gradients.unbind(), 1 - group["momentum"])
                matrices = gradients.lerp_(torch.stack(momenta), group["momentum"]).flatten(2)
                scale = 0.2 * math.sqrt(max(matrices.shape[1:]))
                steps = orthogonalised(matrices).reshape(len(parameters), *shape)
                torch._foreach_add_([*parameters], steps.unbind(), alpha=-group["lr"] * scale)
