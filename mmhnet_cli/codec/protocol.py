"""What a model's latents become sound with: one contract for the mini's codec and for the public ones."""

from collections.abc import Callable, Iterator
from typing import Protocol, runtime_checkable

import numpy as np
from torch import Tensor


class Codec(Protocol):
    """The codec of one model, on its device, in float32."""

    @property
    def samples_per_latent(self) -> int:
        """Return how many samples of its own rate one latent makes."""

    def decode(self, latents: Tensor) -> Tensor:
        """Map (B, L, C) to (B, L * samples_per_latent): whole file at once, the reference for `decode_stream`."""

    def decode_stream(
        self,
        latents: Tensor,
        progress: Callable[[float], None] = lambda share: None,
        window_frames: int = 512,
        first: int = 0,
    ) -> Iterator[np.ndarray]:
        """Decode (L, C) with bounded memory; blocks join to (L * samples_per_latent,) float32.

        progress: hears the share that is done. window_frames: how many mel frames a block has. first: which latent of
        a film they begin with, which may lie before 0; a codec that has noise of its own counts it from there.
        """


@runtime_checkable
class StereoCodec(Codec, Protocol):
    """A codec that tells left from right."""

    def decode_stereo_stream(
        self,
        latents: Tensor,
        pan: Tensor | None = None,
        width: float = 1.0,
        progress: Callable[[float], None] = lambda share: None,
        window_frames: int = 512,
        first: int = 0,
    ) -> Iterator[np.ndarray]:
        """Decode as `decode_stream` does, to blocks (N, 2) of left and right, whose mean is the mono sound.

        pan: (L,) from -1, left, to 1; None is the middle.
        """
