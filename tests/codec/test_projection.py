"""The projection as whitened principal components: inverse, unit variance, order."""

import pytest
import torch
from torch import Tensor

from mmhnet_cli.codec.projection import PatchProjection

BINS, FRAMES = 6, 3


def correlated_mel(count: int = 40) -> Tensor:
    """(count, BINS, 20 * FRAMES) whose bins and frames hang together."""
    generator = torch.Generator().manual_seed(0)
    white = torch.randn(count, BINS, 20 * FRAMES, generator=generator)
    mixing = torch.randn(BINS, BINS, generator=generator)
    return torch.einsum("ij,njt->nit", mixing, white).cumsum(2) / 3 - 4


def fitted(channels: int, minimum_scale: float = 0.0) -> tuple[PatchProjection, Tensor]:
    projection = PatchProjection(BINS, FRAMES, channels)
    return projection, projection.fit(correlated_mel(), minimum_scale)


@pytest.mark.parametrize("channels", [1, 7, BINS * FRAMES])
@pytest.mark.parametrize("minimum_scale", [0.0, 0.5])
def test_latents_come_back_from_what_they_decode_to(channels: int, minimum_scale: float) -> None:
    projection, _ = fitted(channels, minimum_scale)
    assert torch.allclose(projection.basis.T @ projection.basis, torch.eye(channels), atol=1e-5)
    z = torch.randn(2, 9, channels, generator=torch.Generator().manual_seed(1))
    assert torch.allclose(projection.encode(projection.decode(z)), z, atol=2e-4)


def test_latents_are_white() -> None:
    projection, _ = fitted(10)
    z = projection.encode(correlated_mel()).flatten(0, 1)
    assert torch.allclose(z.mean(0), torch.zeros(10), atol=1e-3)
    assert torch.allclose(torch.cov(z.T), torch.eye(10), atol=1e-3)


def test_faint_components_keep_their_size_under_a_minimum_scale() -> None:
    free, _ = fitted(BINS * FRAMES)
    bound = float(free.scale.median())
    projection, _ = fitted(BINS * FRAMES, bound)
    assert projection.scale.min() == pytest.approx(bound)
    spread = projection.encode(correlated_mel()).flatten(0, 1).std(0)
    assert torch.allclose(spread, free.scale / projection.scale, rtol=1e-3)
    assert (spread < 0.999).any()
    assert (spread > 0.999).any()


def test_shares_fall_and_sum_to_the_variance_kept() -> None:
    _, some = fitted(5)
    _, every = fitted(BINS * FRAMES)
    assert (some.diff() <= 0).all()
    assert some.sum() < 1
    assert torch.allclose(some, every[:5])
    assert every.sum() == pytest.approx(1)


def test_all_channels_lose_nothing_and_fewer_lose_what_their_shares_say() -> None:
    mel = correlated_mel()
    every, _ = fitted(BINS * FRAMES)
    assert torch.allclose(every.decode(every.encode(mel)), mel, atol=1e-3)
    some, shares = fitted(5)
    patches = mel.transpose(1, 2).reshape(-1, BINS * FRAMES)
    lost = (some.decode(some.encode(mel)) - mel).square().sum() / (patches - patches.mean(0)).square().sum()
    assert float(lost) == pytest.approx(1 - float(shares.sum()), abs=1e-4)


def test_each_latent_step_sees_its_own_patch_only() -> None:
    projection, _ = fitted(8)
    mel = correlated_mel(1)
    whole = projection.encode(mel)
    parts = torch.cat([projection.encode(mel[:, :, :21]), projection.encode(mel[:, :, 21:])], dim=1)
    assert whole.shape == (1, 20, 8)
    assert torch.allclose(parts, whole, atol=1e-5)
    assert projection.decode(whole).shape == mel.shape


def test_patches_read_frame_after_frame() -> None:
    projection = PatchProjection(2, 2, 4)
    projection.basis.copy_(torch.eye(4))
    mel = torch.tensor([[[1.0, 2.0, 3.0, 4.0], [10.0, 20.0, 30.0, 40.0]]])
    assert projection.encode(mel).tolist() == [[[1, 10, 2, 20], [3, 30, 4, 40]]]
