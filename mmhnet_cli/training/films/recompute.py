"""Activation checkpointing: what blocks compute is computed again on the way back, not kept (Chen et al. 2016)."""

from functools import partial

from torch import nn
from torch.utils.checkpoint import checkpoint

from mmhnet_cli.model.blocks import MultimodalBlock, SingleModalBlock


def recompute_blocks(network: nn.Module) -> None:
    """Let the blocks of a network keep what enters them alone. Results, gradients and names stay as they are."""
    for block in network.modules():
        if isinstance(block, MultimodalBlock | SingleModalBlock):
            # Nothing in a block is drawn.
            forward = partial(checkpoint, block.forward, use_reentrant=False, preserve_rng_state=False)
            block.forward = forward  # type: ignore[method-assign]
