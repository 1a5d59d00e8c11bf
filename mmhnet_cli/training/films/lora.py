"""Fine-tuning of few numbers: low-rank adapters beside weights that stay as they are (LoRA, Hu et al. 2021)."""

import math
from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from mmhnet_cli.errors import BadOption
from mmhnet_cli.training.films.config import LoraConfig
from mmhnet_cli.training.muon import is_matrix


class LowRank(nn.Module):
    """W + alpha / rank B A. A (rank, inputs) is drawn, B (outputs, rank) begins at zero, so that all begins at W.

    The weight of a convolution (outputs, inputs, kernel) counts as a matrix (outputs, inputs * kernel).
    """

    def __init__(self, weight: Tensor, config: LoraConfig, generator: torch.Generator) -> None:
        super().__init__()
        inputs = weight[0].numel()
        drawn = torch.randn(config.rank, inputs, generator=generator) / math.sqrt(inputs)
        self.a, self.b = nn.Parameter(drawn), nn.Parameter(torch.zeros(len(weight), config.rank))
        self.scale = config.alpha / config.rank

    def forward(self, weight: Tensor) -> Tensor:
        """Return the weight that is used."""
        with torch.autocast(weight.device.type, enabled=False):
            return weight + self.scale * (self.b @ self.a).view_as(weight)


def adapt(network: nn.Module, config: LoraConfig, seed: int) -> None:
    """Put adapters beside the weights that `config` names, on the same draws for the same seed; they alone train.

    Raises BadOption for a target that no weight has.
    """
    network.requires_grad_(False)
    found = [(name, module) for name, module in network.named_modules() if _fits(name, module)]
    for target in config.targets:
        if not any(_below(name, target) for name, _ in found):
            raise BadOption("lora.targets", target, "the beginning of the name of a weight, such as trunk.multimodal")
    generator = torch.Generator().manual_seed(seed)
    for name, module in found:
        if any(_below(name, target) for target in config.targets):
            weight = module.get_parameter("weight")
            parametrize.register_parametrization(module, "weight", LowRank(weight, config, generator))


def merge(network: nn.Module) -> None:
    """Put the weights that are used in place of weights with adapters, under the names they had."""
    with torch.no_grad():
        for module in list(_adapted(network)):
            parametrize.remove_parametrizations(module, "weight", leave_parametrized=True)


def _adapted(network: nn.Module) -> Iterator[nn.Module]:
    return (module for module in network.modules() if parametrize.is_parametrized(module, "weight"))


def _fits(name: str, module: nn.Module) -> bool:
    weight = getattr(module, "weight", None)
    return isinstance(weight, nn.Parameter) and is_matrix(name, weight)


def _below(name: str, target: str) -> bool:
    return f"{name}.weight.".startswith(f"{target}.")
