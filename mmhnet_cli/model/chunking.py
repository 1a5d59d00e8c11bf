"""Takes tokens into the compressed space and back (network.md section 3, H-Net)."""

from torch import Tensor, nn

from mmhnet_cli.model.routing import StreamRouting
from mmhnet_cli.products import Linear


def gather_tokens(tokens: Tensor, index: Tensor) -> Tensor:
    """Gather tokens (B, L, D) at index (B, K) -> (B, K, D)."""
    return tokens.gather(1, index.unsqueeze(-1).expand(-1, -1, tokens.shape[2]))


def chunk(tokens: Tensor, routing: StreamRouting) -> Tensor:
    """Return the kept tokens, in order; nothing is pooled. (B, L, D) -> (B, K, D), padding is undefined."""
    return gather_tokens(tokens, routing.positions)


def dechunk(compressed: Tensor, routing: StreamRouting) -> Tensor:
    """Give each place the last kept token at or before it, times STE(c). (B, K, D) -> (B, L, D)."""
    full = gather_tokens(compressed, routing.source)
    return full * routing.confidence().unsqueeze(-1).to(full.dtype)


class Dechunker(nn.Module):
    """Back to full rate, plus a projection of the token before chunking, which starts at zero."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.residual = Linear(width, width)
        nn.init.zeros_(self.residual.weight)
        nn.init.zeros_(self.residual.bias)

    def forward(self, compressed: Tensor, before: Tensor, routing: StreamRouting) -> Tensor:
        """Map compressed (B, K, D), before (B, L, D) to (B, L, D)."""
        return dechunk(compressed, routing) + self.residual(before)
