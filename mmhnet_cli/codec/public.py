"""The public codecs: waveform to latents and back through log-mel, in windows, for films of any length.

Mel front end, variational autoencoder and vocoder are those of MMAudio (its specification, 4).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmhnet_cli.codec.bigvgan import BIGVGAN_16K, BigVGAN, BigVGANConfig, fold_weight_norm
from mmhnet_cli.codec.mel import MEL_16K, LogMel, MelConfig
from mmhnet_cli.codec.vae import DECODER_REACH_LATENTS, FRAMES_PER_LATENT, VAE, VAE_16K, VAEConfig
from mmhnet_cli.errors import WeightsInvalid
from mmhnet_cli.fields import Within, check_fields
from mmhnet_cli.models.checkpoint import compare_entries, copy_tensors, describe, read_tensors
from mmhnet_cli.models.described import Described, take_memory

ENCODER_PREFIX = "encoder."


@dataclass(frozen=True)
class PublicCodecConfig:
    """Sizes of a public codec."""

    mel: MelConfig = field(default_factory=MelConfig)
    vae: VAEConfig = field(default_factory=VAEConfig)
    vocoder: BigVGANConfig = field(default_factory=BigVGANConfig)
    window_latents: Annotated[int, Within(1, 100_000)] = 345
    """Long films are decoded to mel at this length, about the 8 s that the autoencoder was trained on."""
    fade_latents: Annotated[int, Within(0, 10_000)] = 22
    """The cross-fade between neighbouring windows has this length."""

    def __post_init__(self) -> None:
        check_fields(self)
        bins = (self.mel.bins, self.vae.bins, self.vocoder.bins)
        if len(set(bins)) > 1:
            raise ValueError(f"mel, autoencoder and vocoder differ in their bins: {bins}")
        if self.mel.hop_samples != self.vocoder.hop_samples:
            raise ValueError(f"the mel hop {self.mel.hop_samples} is not the vocoder's {self.vocoder.hop_samples}")
        if not 0 <= 2 * self.overlap_latents <= self.window_latents:
            raise ValueError(f"windows of {self.window_latents} latents do not hold overlaps of {self.overlap_latents}")

    @property
    def overlap_latents(self) -> int:
        """Return the least that windows share: at the cross-fade, no convolution reaches the edges of either."""
        return self.fade_latents + 2 * DECODER_REACH_LATENTS


PUBLIC_16K = PublicCodecConfig(MEL_16K, VAE_16K, BIGVGAN_16K, window_latents=250)
PUBLIC_44K = PublicCodecConfig()


class PublicCodec(nn.Module):
    """Log-mel front end, autoencoder and vocoder. Call `fold` once after loading weights.

    encoder: generation needs none, and without it its memory is spared.
    """

    def __init__(self, config: PublicCodecConfig, encoder: bool = True) -> None:
        super().__init__()
        self.config = config
        self.log_mel = LogMel(config.mel)
        self.vae = VAE(config.vae, encoder)
        self.vocoder = BigVGAN(config.vocoder)

    @property
    def samples_per_latent(self) -> int:
        """Return how many samples of its own rate one latent makes."""
        return FRAMES_PER_LATENT * self.config.mel.hop_samples

    def fold(self) -> None:
        """Make the autoencoder's weights ready, see `VAE.fold`; in float32, before a cast to half precision."""
        self.vae.fold()

    def encode(self, waveform: Tensor) -> Tensor:
        """Map (B, samples) in [-1, 1] to posterior means (B, ceil(samples / samples_per_latent), Z); float32 only."""
        rest = -waveform.shape[1] % self.samples_per_latent
        mean, _ = self.vae.encode(self.log_mel(F.pad(waveform, (0, rest))))
        return mean.transpose(1, 2)

    def decode(self, latents: Tensor) -> Tensor:
        """Map (B, L, Z) to (B, L * samples_per_latent): whole file at once, the reference for `decode_stream`."""
        return self.vocoder(self.decoded_mel(latents))

    def decoded_mel(self, latents: Tensor) -> Tensor:
        """Map (B, L, Z) to log-mel (B, bins, 2L), on the device and in the precision of the weights."""
        return self.vae.decode(latents.to(self.vae.data_mean).transpose(1, 2))

    @torch.no_grad()
    def decode_stream(
        self,
        latents: Tensor,
        progress: Callable[[float], None] = lambda share: None,
        window_frames: int = 512,
        first: int = 0,
    ) -> Iterator[np.ndarray]:
        """Decode (L, Z) with bounded memory; blocks join to (L * samples_per_latent,) float32.

        A film of up to one window of latents equals `decode` to rounding: the vocoder sees with every `window_frames`
        mel frames all the frames they depend on. In a longer film the mel is that of `mel_blocks`. first: makes no
        difference, as there is no noise.
        """
        blocks = self.mel_blocks(latents)
        context, hop = self.config.vocoder.context_frames, self.config.mel.hop_samples
        length = FRAMES_PER_LATENT * latents.shape[0]
        mel, start = next(blocks), 0
        for first in range(0, length, window_frames):
            last = min(first + window_frames, length)
            low, high = max(0, first - context), min(length, last + context)
            pieces, held = [mel[:, :, low - start :]], start + mel.shape[2]
            while held < high:
                pieces.append(next(blocks))
                held += pieces[-1].shape[2]
            mel, start = torch.cat(pieces, dim=2), low
            sound = self.vocoder(mel[:, :, : high - low])[0, (first - low) * hop : (last - low) * hop]
            yield sound.float().cpu().numpy()
            progress(last / length)

    @torch.no_grad()
    def mel_blocks(self, latents: Tensor) -> Iterator[Tensor]:
        """Yield consecutive pieces (1, bins, n) of the log-mel of (L, Z), decoded in windows and cross-faded.

        They are close to the mel of the whole, not equal, because attention looks over all of time; but in windows it
        looks over no more of it than it was trained on.
        """
        window = min(self.config.window_latents, latents.shape[0])
        starts = window_starts(latents.shape[0], window, self.config.overlap_latents)
        length, fade = FRAMES_PER_LATENT * latents.shape[0], FRAMES_PER_LATENT * self.config.fade_latents
        ramp = ((torch.arange(fade) + 0.5) / fade).to(self.vae.data_mean)
        # From here on in mel frames. A seam is the middle of what two windows share, and of their cross-fade.
        seams = [FRAMES_PER_LATENT * (before + window + after) // 2 for before, after in pairwise(starts)]
        fading: Tensor | None = None
        for start, left, right in zip(starts, [0, *seams], [*seams, length], strict=True):
            mel, origin = self.decoded_mel(latents[None, start : start + window]), FRAMES_PER_LATENT * start
            mel = mel[:, :, max(0, left - fade // 2) - origin : min(length, right + fade // 2) - origin]
            if fading is not None:
                mel = torch.cat([fading.lerp(mel[:, :, :fade], ramp), mel[:, :, fade:]], dim=2)
            kept = mel.shape[2] - (fade if right < length else 0)
            fading = mel[:, :, kept:]
            yield mel[:, :, :kept]


def window_starts(length: int, window: int, overlap: int) -> list[int]:
    """Return where windows of one size begin that cover `length` evenly, neighbours sharing at least `overlap`."""
    if length <= window:
        return [0]
    steps = -(-(length - window) // (window - overlap))
    return [step * (length - window) // steps for step in range(steps + 1)]


def load_public_codec(vae: Path, vocoder: Path, config: PublicCodecConfig, encoder: bool = False) -> PublicCodec:
    """Load the codec from its two public checkpoints, folded, without the encoder, which generation has no use for.

    encoder: take it as well, to make latents of sound. Raises WeightsInvalid when a name is missing, unknown or of
    another shape.
    """

    def wanted(entries: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        return entries if encoder else _decoder(entries)

    with Described():
        codec = PublicCodec(config, encoder=encoder)
    # Compared before there is memory for any of it.
    compare_entries(vae, wanted(describe(vae)), codec.vae.state_dict())
    compare_entries(vocoder, _folded(vocoder, describe(vocoder)), codec.vocoder.state_dict())
    take_memory(codec)
    copy_tensors(vae, wanted(read_tensors(vae)[0]), codec.vae.state_dict())
    copy_tensors(vocoder, _folded(vocoder, read_tensors(vocoder)[0]), codec.vocoder.state_dict())
    try:
        codec.fold()
    except RuntimeError as error:
        raise WeightsInvalid(vae, "the weights", "as they were published", str(error)) from error
    return codec


def _decoder(entries: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {key: tensor for key, tensor in entries.items() if not key.startswith(ENCODER_PREFIX)}


def _folded(path: Path, entries: Mapping[str, Tensor]) -> dict[str, Tensor]:
    try:
        return fold_weight_norm(entries)
    except (KeyError, RuntimeError) as error:
        raise WeightsInvalid(path, "its weight norms", "a norm beside every direction", str(error)) from error
