"""The projection as scaled principal components: inverse, variances, order."""

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


def fitted(channels: int, whitening: float = 1.0) -> tuple[PatchProjection, Tensor]:
    projection = PatchProjection(BINS, FRAMES, channels)
    return projection, projection.fit(correlated_mel(), whitening)


@pytest.mark.parametrize("channels", [1, 7, BINS * FRAMES])
@pytest.mark.parametrize("whitening", [0.0, 0.5, 1.0])
def test_latents_come_back_from_what_they_decode_to(channels: int, whitening: float) -> None:
    projection, _ = fitted(channels, whitening)
    assert torch.allclose(projection.basis.T @ projection.basis, torch.eye(channels), atol=1e-5)
    z = torch.randn(2, 9, channels, generator=torch.Generator().manual_seed(1))
    assert torch.allclose(projection.encode(projection.decode(z)), z, atol=2e-4)


def correlation(projection: PatchProjection) -> Tensor:
    z = projection.encode(correlated_mel()).flatten(0, 1)
    assert torch.allclose(z.mean(0), torch.zeros(z.shape[1]), atol=1e-3)
    return torch.cov(z.T)


def test_fully_whitened_components_differ_by_their_common_scale() -> None:
    projection, _ = fitted(11)
    covariance = correlation(projection)
    assert torch.allclose(covariance, torch.eye(11), atol=1e-3)


@pytest.mark.parametrize("whitening", [0.0, 0.6, 1.0])
def test_whitening_is_the_power_of_the_deviation_that_is_taken_out(whitening: float) -> None:
    raw, _ = fitted(11, 0.0)
    projection, _ = fitted(11, whitening)
    # An odd number of components: the median is one of them, and its variance is 1 at every power.
    deviations = correlation(raw).diag().sqrt()
    assert float(deviations.median()) == pytest.approx(1, abs=1e-3)
    covariance = correlation(projection)
    assert torch.allclose(covariance, torch.diag(deviations ** (2 - 2 * whitening)), atol=1e-2)


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
