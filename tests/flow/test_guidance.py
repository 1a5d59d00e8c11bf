"""Guidance."""

import torch
from torch import Tensor

from mmhnet_cli.flow.guidance import guided

X, T = torch.randn(1, 4, 2), torch.tensor([0.5])


def real(x: Tensor, t: Tensor) -> Tensor:
    return x + 1


def pair(x: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
    return x + 1, 2 * x


def test_scale_one_is_no_guidance_and_no_null_pass() -> None:
    def never(x: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
        raise AssertionError("the null pass was made")

    assert guided(real, never, 1.0) is real


def test_scale_weighs_real_against_null() -> None:
    torch.testing.assert_close(guided(real, pair, 4.5)(X, T), 4.5 * (X + 1) - 3.5 * 2 * X)
    torch.testing.assert_close(guided(real, pair, 0.0)(X, T), 2 * X)


def test_scales_near_one_meet_it() -> None:
    torch.testing.assert_close(guided(real, pair, 1 + 1e-6)(X, T), guided(real, pair, 1)(X, T), rtol=1e-4, atol=1e-4)
