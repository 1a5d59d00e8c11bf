"""What a model sees and reads with: the mini's own descriptors, or the public networks, behind one contract."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from mmhnet_cli.encoders.clip import ClipConfig, ClipImageTower, ClipTextTower, check_clip, load_clip
from mmhnet_cli.encoders.clip_tokenizer import ClipTokenizer
from mmhnet_cli.encoders.descriptors import STREAMS, DescriptorExtractor
from mmhnet_cli.encoders.public import PUBLIC_STREAMS, PublicExtractor
from mmhnet_cli.encoders.recogniser import Recogniser
from mmhnet_cli.encoders.synchformer import PUBLIC_PREFIX, Synchformer, SynchformerConfig
from mmhnet_cli.encoders.text import SubwordTextEncoder
from mmhnet_cli.media.frames import FrameBatch, FrameStream
from mmhnet_cli.models.checkpoint import check_tensors, describe, load_tensors, read_tensors


class Extractor(Protocol):
    """Takes the frames of a film and gives its features."""

    def push(self, batch: FrameBatch) -> None:
        """Take the next frames of one stream."""

    def finish(self) -> tuple[np.ndarray, np.ndarray]:
        """clip (V, clip_dim) and sync (S, sync_dim), float32."""


class Encoders(Protocol):
    """The encoders of one model, on its device."""

    @property
    def streams(self) -> Sequence[FrameStream]:
        """The frames that `extractor` wants."""

    def extractor(self) -> Extractor:
        """A fresh one, for one film."""

    def words(self, text: str) -> tuple[Tensor, Tensor | None]:
        """Features of a text (1, W, text_dim) and their mask (1, W), None where every token counts."""


class MiniExtractor:
    """Descriptors of the frames and, once all are there, what the recogniser sees in them."""

    def __init__(self, recogniser: Recogniser) -> None:
        self._descriptors, self._recogniser = DescriptorExtractor(), recogniser

    def push(self, batch: FrameBatch) -> None:
        self._descriptors.push(batch)

    def finish(self) -> tuple[np.ndarray, np.ndarray]:
        clip, sync = self._descriptors.finish()
        with torch.inference_mode():
            extended = self._recogniser.extend(torch.from_numpy(clip)[None], torch.from_numpy(sync)[None])
        return extended[0].numpy(), sync


@dataclass(frozen=True)
class MiniEncoders:
    """Descriptors, the recogniser (on the processor, in float32), and the text encoder trained with the network."""

    recogniser: Recogniser
    text: SubwordTextEncoder
    device: torch.device
    streams: Sequence[FrameStream] = STREAMS

    def extractor(self) -> Extractor:
        return MiniExtractor(self.recogniser)

    def words(self, text: str) -> tuple[Tensor, Tensor | None]:
        return self.text(self.text.tokenize([text]).to(self.device))


@dataclass(frozen=True)
class PublicEncoders:
    """CLIP and Synchformer."""

    image: ClipImageTower
    text: ClipTextTower
    tokenizer: ClipTokenizer
    synchformer: Synchformer
    device: torch.device
    dtype: torch.dtype
    streams: Sequence[FrameStream] = PUBLIC_STREAMS

    def extractor(self) -> Extractor:
        return PublicExtractor(self.image, self.synchformer, self.device, self.dtype)

    def words(self, text: str) -> tuple[Tensor, Tensor | None]:
        return self.text(self.tokenizer.tokenize([text]).to(self.device)), None


@dataclass(frozen=True)
class PublicEncodersConfig:
    """Sizes of both networks; the defaults are the published ones."""

    clip: ClipConfig = field(default_factory=ClipConfig)
    synchformer: SynchformerConfig = field(default_factory=SynchformerConfig)


def load_public_encoders(
    parts: Mapping[str, Path], config: PublicEncodersConfig, device: torch.device, dtype: torch.dtype
) -> PublicEncoders:
    """Both networks from the parts `clip`, `tokenizer` and `synchformer`. Raises WeightsInvalid."""
    with torch.device("meta"):
        image, text = ClipImageTower(config.clip), ClipTextTower(config.clip)
        synchformer = Synchformer(config.synchformer)
    check_clip(parts["clip"], describe(parts["clip"]), image, text)
    check_tensors(parts["synchformer"], _public_entries(synchformer))
    for network in (image, text, synchformer):
        network.to_empty(device="cpu")
    load_clip(parts["clip"], read_tensors(parts["clip"])[0], image, text)
    load_tensors(parts["synchformer"], _public_entries(synchformer))
    return PublicEncoders(
        image=ready(image, device, dtype),
        text=ready(text, device, dtype),
        tokenizer=ClipTokenizer.from_file(parts["tokenizer"]),
        synchformer=ready(synchformer, device, dtype),
        device=device,
        dtype=dtype,
    )


def _public_entries(synchformer: Synchformer) -> dict[str, Tensor]:
    return {PUBLIC_PREFIX + key: value for key, value in synchformer.state_dict().items()}


def ready(network: nn.Module, device: torch.device, dtype: torch.dtype) -> Any:
    """The network as it is used to generate: on its device, in its precision, without gradients."""
    return network.eval().requires_grad_(False).to(device, dtype)
