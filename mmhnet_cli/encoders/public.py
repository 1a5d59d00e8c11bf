"""The public encoders: CLIP at 8 frames per second, Synchformer at 25, from film of any length; CLIP for words."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from mmhnet_cli.encoders.clip import ClipConfig, ClipImageTower, ClipTextTower, check_clip, load_clip
from mmhnet_cli.encoders.clip_tokenizer import ClipTokenizer
from mmhnet_cli.encoders.protocol import Extractor, Picture
from mmhnet_cli.encoders.resize import normalise_for_clip, normalise_for_sync, resize_for_clip, resize_for_sync
from mmhnet_cli.encoders.synchformer import PUBLIC_PREFIX, Synchformer, SynchformerConfig
from mmhnet_cli.media.frames import FrameBatch, FrameStream
from mmhnet_cli.models.checkpoint import check_tensors, describe, load_tensors, read_tensors
from mmhnet_cli.models.described import Described, take_memory
from mmhnet_cli.models.ready import ready

PUBLIC_STREAMS = (FrameStream(fps=25), FrameStream(fps=8))
"""The reader must deliver these, at the film's own size: stream 0 for Synchformer (sync), stream 1 for CLIP (clip)."""

SEGMENT_FRAMES = 16
SEGMENT_STRIDE = 8
SEGMENT_TOKENS = 8

Tower = Callable[[Tensor], Tensor]


def sync_tokens(sync_frames: int) -> int:
    """Return S, how many rows of sync features a film of `sync_frames` frames has: eight for each segment.

    There are as many segments as it takes to cover every frame, which is ours: the public pipeline leaves out up to
    seven frames behind the last whole segment, and refuses a film of less than sixteen.
    """
    return SEGMENT_TOKENS * _windows(sync_frames, SEGMENT_FRAMES, SEGMENT_STRIDE)


class PublicExtractor:
    """Collects frame batches of both streams and gives features.

    Frames are resized as they come and wait until `batch` pictures, or segments, can be encoded at once: at most
    `batch` pictures and 8 `batch` + 8 frames of segments, whatever the length of the film. Features grow by 110 kB per
    second. They do not depend on how the film was cut into batches, to the last bit: the towers see the same inputs.

    clip_image_tower: (N, 3, 384, 384) to (N, 1024). synchformer: (N, 16, 3, 224, 224) to (N, 8, 768). Both are on
    `device`, in `dtype` and in evaluation mode.
    """

    def __init__(
        self, clip_image_tower: Tower, synchformer: Tower, device: torch.device, dtype: torch.dtype, batch: int = 8
    ) -> None:
        def encode_pictures(pixels: Tensor) -> Tensor:
            return clip_image_tower(normalise_for_clip(pixels.to(device)).to(dtype))

        sync = sync_stream(synchformer, device, dtype, batch)
        clip = WindowedStream(resize_for_clip, encode_pictures, 1, 1, batch)
        self._streams = (sync, clip)

    def push(self, batch: FrameBatch) -> None:
        """Take the next frames of one stream, in order; frames (N, H, W, 3) uint8 RGB."""
        self._streams[batch.stream].push(batch.frames)

    def finish(self) -> Picture:
        """Return features (V, 1024) and (S, 768), float32, of all frames pushed; S is `sync_tokens` of stream 0's.

        The last frame repeats until the last segment is full. Raises ValueError where a stream had no frame.
        """
        sync, clip = self._streams
        return Picture(clip.finish(), sync.finish())


def sync_stream(synchformer: Tower, device: torch.device, dtype: torch.dtype, batch: int = 8) -> "WindowedStream":
    """Return what takes frames at 25 a second, and gives the rows of Synchformer, eight for each segment."""

    def encode_segments(pixels: Tensor) -> Tensor:
        frames = normalise_for_sync(pixels.to(device)).to(dtype)
        segments = frames.unfold(0, SEGMENT_FRAMES, SEGMENT_STRIDE).movedim(-1, 1)
        return synchformer(segments).flatten(0, 1)

    return WindowedStream(resize_for_sync, encode_segments, SEGMENT_FRAMES, SEGMENT_STRIDE, batch)


class WindowedStream:
    """Frames of one stream, encoded `batch` windows at a time; windows of `length` frames begin `stride` apart."""

    def __init__(self, resize: Tower, encode: Tower, length: int, stride: int, batch: int) -> None:
        self.resize, self.encode = resize, encode
        self.length, self.stride, self.batch = length, stride, batch
        self.frames = 0
        self.encoded_windows = 0
        # From the first frame of the next window on: neighbouring windows share frames.
        self.waiting: list[Tensor] = []
        self.rows: list[np.ndarray] = []

    def push(self, frames: np.ndarray) -> None:
        """Take frames (N, H, W, 3) uint8, which follow those pushed before."""
        self.frames += len(frames)
        for frame in torch.from_numpy(frames):
            # One by one, and copied: what is cut off at the sides is not held.
            self.waiting.append(self.resize(frame.unsqueeze(0))[0].contiguous())
            if len(self.waiting) == self._reach(self.batch):
                self._encode_windows(self.batch)

    def finish(self) -> np.ndarray:
        """Return the rows of all windows, (rows, width) float32."""
        left = _windows(self.frames, self.length, self.stride) - self.encoded_windows
        if left:
            self.waiting.extend([self.waiting[-1]] * (self._reach(left) - len(self.waiting)))
            self._encode_windows(left)
        return np.concatenate(self.rows)

    def _reach(self, windows: int) -> int:
        """Return how many frames lie from the first of the next window to the last of `windows` windows."""
        return self.stride * (windows - 1) + self.length

    @torch.inference_mode()
    def _encode_windows(self, windows: int) -> None:
        rows = self.encode(torch.stack(self.waiting[: self._reach(windows)]))
        # A copy: what a tower gives may be a view of all that it worked with.
        self.rows.append(rows.to("cpu", torch.float32).numpy().copy())
        del self.waiting[: self.stride * windows]
        self.encoded_windows += windows


def _windows(frames: int, length: int, stride: int) -> int:
    """Return how many windows cover every frame."""
    if frames < 1:
        raise ValueError("features need one frame at least")
    return 1 + max(0, -(-(frames - length) // stride))


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

    @property
    def computes(self) -> str:
        """Return the kind of device, and the precision."""
        device = torch.cuda.get_device_name(self.device) if self.device.type == "cuda" else self.device.type
        return f"{device} {self.dtype}"

    def extractor(self) -> Extractor:
        """Return a fresh one, for one film."""
        return PublicExtractor(self.image, self.synchformer, self.device, self.dtype)

    def with_hits(self, sync: np.ndarray, hits: Sequence[tuple[float, float]]) -> np.ndarray:
        """Return `sync` as it is: these networks know nothing of hits."""
        return sync

    def blinded(self, picture: Picture) -> Picture | None:
        """Return None: the network has an empty picture of its own."""
        return None

    def as_asked(self, picture: Picture, text: str) -> Picture:
        """Return the picture as it is: the network was trained with pictures that know nothing of words."""
        return picture

    def seen_words(self, picture: Picture) -> tuple[Tensor, Tensor | None] | None:
        """Return None: these networks do not name what they see."""
        return None

    def opposed(self, words: Tensor) -> Tensor | None:
        """Return None: these features do not show degrees."""
        return None

    def words(self, text: str) -> tuple[Tensor, Tensor | None]:
        """Return features of a text (1, W, text_dim), in which every token counts."""
        return self.text(self.tokenizer.tokenize([text]).to(self.device)), None


@dataclass(frozen=True)
class PublicEncodersConfig:
    """Sizes of both networks; the defaults are the published ones."""

    clip: ClipConfig = field(default_factory=ClipConfig)
    synchformer: SynchformerConfig = field(default_factory=SynchformerConfig)


def load_public_encoders(
    parts: Mapping[str, Path], config: PublicEncodersConfig, device: torch.device, dtype: torch.dtype
) -> PublicEncoders:
    """Load both networks from the parts `clip`, `tokenizer` and `synchformer`. Raises WeightsInvalid."""
    with Described():
        image, text = ClipImageTower(config.clip), ClipTextTower(config.clip)
        synchformer = Synchformer(config.synchformer)
    check_clip(parts["clip"], describe(parts["clip"]), image, text)
    check_tensors(parts["synchformer"], _public_entries(synchformer))
    for network in (image, text, synchformer):
        take_memory(network)
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
