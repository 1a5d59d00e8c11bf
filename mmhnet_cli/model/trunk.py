"""N multimodal blocks, then N' single-modal blocks."""

from dataclasses import replace

from torch import nn

from mmhnet_cli.model.blocks import MultimodalBlock, SingleModalBlock, Stream
from mmhnet_cli.model.config import NetworkConfig


class Trunk(nn.Module):
    """The main network of the figure, for one space.

    read_last: nothing reads CLIP and text after this trunk, so its last multimodal block does not update them.
    """

    def __init__(self, config: NetworkConfig, read_last: bool) -> None:
        super().__init__()
        last = config.multimodal_blocks - 1
        self.multimodal = nn.ModuleList(
            MultimodalBlock(config, read_last and index == last) for index in range(config.multimodal_blocks)
        )
        self.single_modal = nn.ModuleList(SingleModalBlock(config) for _ in range(config.single_modal_blocks))

    def forward(self, audio: Stream, clip: Stream, text: Stream, last: bool = False) -> tuple[Stream, Stream, Stream]:
        """Return the three streams with their tokens updated; last: nothing reads CLIP and text after it, which then
        are not updated by the last multimodal block either."""
        end = len(self.multimodal) - 1
        for index, block in enumerate(self.multimodal):
            tokens = block(audio, clip, text, last and index == end)
            audio, clip, text = (
                replace(stream, tokens=new) for stream, new in zip((audio, clip, text), tokens, strict=True)
            )
        for block in self.single_modal:
            audio = replace(audio, tokens=block(audio))
        return audio, clip, text
