"""A network that begins with what another one has learnt, where latents or conditions have changed.

Blocks of the same shape are taken over. Latents of both codecs are linear in the levels of the same mel bands, so what
reads and writes them is turned from the one basis to the other by one matrix; what reads the conditions starts anew.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

from mmhnet_cli.codec.projection import PatchProjection
from mmhnet_cli.model.network import Network

READS, CLASSIFIER_READS = "stacks.audio.enter.weight", "classifier.enter.weight"
WRITES, WRITE_BIAS = "output.conv.weight", "output.conv.bias"


def take_over(
    network: Network, tensors: Mapping[str, Tensor], old: PatchProjection, new: PatchProjection
) -> tuple[str, ...]:
    """Fill `network` from the tensors of an older one, and give the names of what starts anew.

    old, new: projections of the codecs whose latents the two know. The new one's bins begin with those of the old.
    """
    to_old, to_new = basis_change(old, new)
    state, anew = network.state_dict(), []
    for name, value in state.items():
        found = tensors.get(name)
        if name == READS and found is not None:
            value.copy_(torch.einsum("ock,cd->odk", found, to_old))
        elif name == CLASSIFIER_READS and found is not None:
            value.copy_(found @ to_old)
        elif name in (WRITES, WRITE_BIAS) and found is not None:
            value.copy_(torch.einsum("dc,c...->d...", to_new, found))
        elif found is not None and found.shape == value.shape:
            value.copy_(found)
        else:
            anew.append(name)
    return tuple(anew)


def basis_change(old: PatchProjection, new: PatchProjection) -> tuple[Tensor, Tensor]:
    """(C_old, C_new): new latents to old ones, and (C_new, C_old): back, both without their constant parts."""
    shared = torch.zeros(new.frames * new.bins, old.frames * old.bins)
    for frame in range(new.frames):
        rows = torch.arange(old.bins)
        shared[frame * new.bins + rows, frame * old.bins + rows] = 1
    out_of_new = (new.basis * new.scale).T / new.weight  # (C_new, patch)
    into_old = old.weight[:, None] * old.basis / old.scale  # (patch, C_old)
    out_of_old = (old.basis * old.scale).T / old.weight
    into_new = new.weight[:, None] * new.basis / new.scale
    return (out_of_new @ shared @ into_old).T, (out_of_old @ shared.T @ into_new).T
