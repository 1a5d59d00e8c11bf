"""From numbers and features to tokens: time embedding and the input stacks of audio, CLIP, sync and text."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmhnet_cli.model.config import INPUT_KERNEL, NetworkConfig
from mmhnet_cli.model.layers import GatedUnit, token_map
from mmhnet_cli.products import Linear

ACTIVATIONS: Mapping[str | None, Callable[[Tensor], Tensor]] = MappingProxyType(
    {"silu": F.silu, "selu": F.selu, None: nn.Identity()}
)


class TimeEmbedding(nn.Module):
    """Cosines and sines of t, then two linear maps with a SiLU between."""

    def __init__(self, features: int, max_period: float, width: int) -> None:
        super().__init__()
        self.features, self.max_period = features, max_period
        self.inner = Linear(features, width)
        self.outer = Linear(width, width)

    def forward(self, t: Tensor) -> Tensor:
        """Map t (B,) in [0, 1] to (B, 1, E)."""
        index = torch.arange(0, self.features, 2, dtype=torch.float32, device=t.device) / self.features
        angle = t.float().unsqueeze(-1) * (10000 / self.max_period * 10000**-index)
        waves = torch.cat((angle.cos(), angle.sin()), -1).to(self.inner.weight.dtype)
        return self.outer(F.silu(self.inner(waves))).unsqueeze(1)


class InputStack(nn.Module):
    """A map to the width of a stream, an activation or none, and a gated unit; residual: what was mapped is added."""

    def __init__(
        self,
        inputs: int,
        width: int,
        inner: int,
        kernels: tuple[int, int],
        activation: str | None,
        residual: bool = False,
    ) -> None:
        super().__init__()
        self.enter = token_map(inputs, width, kernels[0])
        self.unit = GatedUnit(width, inner, kernels[1])
        self.activation = ACTIVATIONS[activation]
        self.residual = residual

    def forward(self, features: Tensor, mask: Tensor | None = None) -> Tensor:
        """Map features (B, L, F), mask (B, L) to (B, L, D)."""
        entered = self.enter(features, mask)
        tokens = self.unit(self.activation(entered), mask)
        return entered + tokens if self.residual else tokens


class InputStacks(nn.Module):
    """The four stacks of one network."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        enter, activation = INPUT_KERNEL, config.input_activation
        context = "silu" if config.context_activation else None
        added = config.residual_stacks
        self.audio = InputStack(
            config.latent_channels, config.width, config.ffn_width, (enter, config.stack_kernel), activation, added
        )
        self.clip = InputStack(config.clip_dim, config.clip_width, config.clip_ffn_width, (1, 3), context, added)
        self.text = InputStack(config.text_dim, config.text_width, config.text_ffn_width, (1, 1), context, added)
        self.sync = InputStack(
            config.sync_dim, config.condition_width, config.condition_ffn_width, (enter, 3), activation, added
        )
        segment = config.sync_segment_tokens
        self.sync_offset = nn.Parameter(torch.zeros(segment, config.sync_dim)) if segment else None

    def project_sync(self, sync: Tensor, mask: Tensor | None) -> Tensor:
        """Project sync features, each with the offset of its place in its segment. (B, S, F) -> (B, S, E)."""
        if self.sync_offset is not None:
            segments = -(-sync.shape[1] // len(self.sync_offset))
            sync = sync + self.sync_offset.repeat(segments, 1)[: sync.shape[1]]
        return self.sync(sync, mask)
