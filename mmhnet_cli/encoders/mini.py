"""The encoders of the mini: descriptors, what the recogniser sees in them, and the text encoder."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from mmhnet_cli.encoders.descriptors import STREAMS, DescriptorExtractor
from mmhnet_cli.encoders.protocol import Extractor, Picture
from mmhnet_cli.encoders.recogniser import Recogniser, RecogniserConfig
from mmhnet_cli.encoders.text import SubwordTextEncoder, TextConfig
from mmhnet_cli.media.frames import FrameBatch, FrameStream
from mmhnet_cli.models.ready import ready

TEXT_PREFIX, RECOGNISER_PREFIX = "text.", "recogniser."
"""The mini's encoders lie in the network's file, under these prefixes."""


class MiniExtractor:
    """It takes descriptors of the frames and, once all are there, what the recogniser sees in them."""

    def __init__(self, recogniser: Recogniser) -> None:
        self._descriptors, self._recogniser = DescriptorExtractor(), recogniser

    def push(self, batch: FrameBatch) -> None:
        """Take the next frames of one stream."""
        self._descriptors.push(batch)

    def finish(self) -> Picture:
        """Return the features of all frames. Raises ValueError where there was none."""
        clip, sync = self._descriptors.finish()
        with torch.inference_mode():
            extended = self._recogniser.extend(torch.from_numpy(clip)[None], torch.from_numpy(sync)[None])
        return Picture(extended[0].numpy(), sync)


@dataclass(frozen=True)
class MiniEncoders:
    """Descriptors, the recogniser (on the processor, in float32), and the text encoder trained with the network."""

    recogniser: Recogniser
    text: SubwordTextEncoder
    device: torch.device
    streams: Sequence[FrameStream] = STREAMS

    def extractor(self) -> Extractor:
        """Return a fresh one, for one film."""
        return MiniExtractor(self.recogniser)

    def with_hits(self, sync: np.ndarray, hits: Sequence[tuple[float, float]]) -> np.ndarray:
        """Return `sync` as it is: this network knows nothing of hits."""
        return sync

    def blinded(self, picture: Picture) -> Picture | None:
        """Return None: the network has an empty picture of its own."""
        return None

    def words(self, text: str) -> tuple[Tensor, Tensor | None]:
        """Return features of a text (1, W, text_dim) and their mask (1, W)."""
        return self.text(self.text.tokenize([text]).to(self.device))


def describe_mini_encoders(text: TextConfig, recogniser: RecogniserConfig) -> tuple[SubwordTextEncoder, Recogniser]:
    """Return both on the meta device, without memory: to be compared with a file, given memory and filled."""
    with torch.device("meta"):
        return SubwordTextEncoder(text), Recogniser(recogniser)


def encoder_tensors(text: SubwordTextEncoder, recogniser: Recogniser) -> dict[str, Tensor]:
    """Return the entries of both in the mini's `network.safetensors`."""
    parts = ((TEXT_PREFIX, text), (RECOGNISER_PREFIX, recogniser))
    return {prefix + key: tensor for prefix, part in parts for key, tensor in part.state_dict().items()}


def mini_encoders(
    text: SubwordTextEncoder, recogniser: Recogniser, device: torch.device, dtype: torch.dtype
) -> MiniEncoders:
    """Return both, once they are filled, as they are used to generate."""
    on_processor = ready(recogniser, torch.device("cpu"), torch.float32)
    return MiniEncoders(on_processor, ready(text, device, dtype), device)
