"""Naming the kinds heard and seen, moment by moment: a second task that the network is trained on beside the flow.

The flow's loss says little about which sound belongs to a picture and a prompt: most of its error is detail that
nothing tells. Naming the kind asks for just that. Not in the paper, which has far more data; the network stays as it
is, and what reads the names off it is left out of the weights that are shipped.
"""

import torch.nn.functional as F
from torch import Tensor, nn

from mmhnet_cli.model.network import Network


class KindReaders(nn.Module):
    """Two linear maps from the tokens of sound and picture after the last multimodal block to kinds."""

    def __init__(self, network: Network, kinds: int) -> None:
        super().__init__()
        self.heard = nn.Linear(network.config.width, kinds)
        self.seen = nn.Linear(network.config.clip_width, kinds)
        # The block may be passed twice, at last with all tokens: those stay.
        network.trunk.multimodal[-1].register_forward_hook(self._keep)
        self._tokens: tuple[Tensor, ...] = ()

    def _keep(self, _block: nn.Module, _streams: object, tokens: tuple[Tensor, ...]) -> None:
        self._tokens = tokens

    def losses(self, heard: Tensor, seen: Tensor) -> tuple[Tensor, Tensor]:
        """Cross entropies in nats of the network's last pass. heard (B, L, K), seen (B, V, K): shares of the kinds."""
        audio, clip, _ = self._tokens
        return _cross_entropy(self.heard(audio.float()), heard), _cross_entropy(self.seen(clip.float()), seen)


def _cross_entropy(logits: Tensor, shares: Tensor) -> Tensor:
    return F.cross_entropy(logits.flatten(0, 1), shares.flatten(0, 1))
