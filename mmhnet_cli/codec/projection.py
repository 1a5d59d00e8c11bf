"""Latents of the mini codec: principal components of short log-mel patches, partly whitened.

A linear autoencoder with a closed-form optimum stands where larger models train a VAE: nothing to train, and each
latent step depends on its own patch only, so that any film can be coded in pieces.
"""

import torch
from torch import Tensor, nn


class PatchProjection(nn.Module):
    """Patches of `frames` mel frames x `bins` to `channels` scaled components, and back."""

    mean: Tensor
    basis: Tensor
    scale: Tensor

    def __init__(self, bins: int, frames: int, channels: int) -> None:
        super().__init__()
        self.bins, self.frames = bins, frames
        self.register_buffer("mean", torch.zeros(frames * bins))
        self.register_buffer("basis", torch.zeros(frames * bins, channels))
        self.register_buffer("scale", torch.ones(channels))

    def encode(self, mel: Tensor) -> Tensor:
        """Map (B, bins, frames * L) to (B, L, channels)."""
        patches = mel.transpose(1, 2).reshape(mel.shape[0], -1, self.frames * self.bins)
        return ((patches - self.mean) @ self.basis) / self.scale

    def decode(self, latents: Tensor) -> Tensor:
        """Map (B, L, channels) to (B, bins, frames * L)."""
        patches = (latents * self.scale) @ self.basis.T + self.mean
        return patches.reshape(latents.shape[0], -1, self.bins).transpose(1, 2)

    def fit(self, mel: Tensor, whitening: float = 0.6) -> Tensor:
        """Set the components from (N, bins, frames * L); returns the share of variance each explains, (channels,).

        whitening: power of a component's deviation that it is divided by. At 1 the faintest detail weighs as much as
        the loudness and is decided as early on the way from noise; at 0 the loudness outweighs all else. The median
        component has unit variance at any power.
        """
        channels = self.basis.shape[1]
        patches = mel.transpose(1, 2).reshape(-1, self.frames * self.bins).double()
        self.mean.copy_(patches.mean(0))
        variances, vectors = torch.linalg.eigh(torch.cov(patches.T))
        order = variances.argsort(descending=True)[:channels]
        self.basis.copy_(vectors[:, order])
        deviations = variances[order].sqrt()
        median = deviations.median()
        self.scale.copy_(median * (deviations / median) ** whitening)
        return variances[order] / variances.sum()
