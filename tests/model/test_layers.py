"""Maps over neighbours and the sliding mean against plain forms."""

import pytest
import torch
import torch.nn.functional as F

from mmhnet_cli.model.layers import (
    MOST_SHORT_TOKENS,
    GatedUnit,
    TokenConv,
    _convolve_by_channel,
    convolve,
    lay_out,
    masked_mean,
    sliding_mean,
)


@pytest.mark.parametrize("kernel", [1, 3, 7])
def test_token_conv_is_a_zero_padded_convolution(kernel: int) -> None:
    layer = TokenConv(6, 9, kernel).double()
    x = torch.randn(2, 11, 6, dtype=torch.float64)
    expected = F.conv1d(x.transpose(1, 2), layer.weight, layer.bias, padding=kernel // 2).transpose(1, 2)
    torch.testing.assert_close(layer(x), expected)


@pytest.mark.parametrize(
    "tokens", [(1, 1), (1, 2), (1, 36), (2, 30), (1, MOST_SHORT_TOKENS), (1, MOST_SHORT_TOKENS + 1)]
)
@pytest.mark.parametrize("kernel", [3, 7])
def test_a_short_film_is_convolved_as_a_long_one(tokens: tuple[int, int], kernel: int) -> None:
    layer, film = TokenConv(192, 128, kernel), torch.randn(*tokens, 192)
    expected = F.conv1d(film.transpose(1, 2), layer.weight, layer.bias, padding=kernel // 2).transpose(1, 2)
    with torch.inference_mode():
        short = layer(film)
        lay_out(layer)
        laid_out = layer(film)
    torch.testing.assert_close(short, expected, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(laid_out, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("length", [1, 2, 30])
def test_convolution_by_channel_is_a_grouped_convolution(length: int) -> None:
    x, weight, bias = torch.randn(2, length, 6), torch.randn(6, 1, 5), torch.randn(6)
    expected = F.conv1d(x.transpose(1, 2), weight, bias, padding=2, groups=6).transpose(1, 2)
    torch.testing.assert_close(convolve(x, weight, bias, 6), expected)


@pytest.mark.parametrize("length", [1, 2, 30])
@pytest.mark.parametrize("biased", [True, False])
def test_the_sum_over_taps_that_cuda_takes_is_that_convolution(length: int, biased: bool) -> None:
    x, weight = torch.randn(2, length, 6), torch.randn(6, 1, 5)
    bias = torch.randn(6) if biased else None
    torch.testing.assert_close(_convolve_by_channel(x, weight, bias), convolve(x, weight, bias, 6))


@pytest.mark.parametrize("kernel", [1, 3])
def test_gated_unit(kernel: int) -> None:
    unit = GatedUnit(4, 6, kernel)
    x = torch.randn(2, 9, 4)
    torch.testing.assert_close(unit(x), unit.w2(F.silu(unit.w1(x)) * unit.w3(x)))


def test_gated_unit_ignores_padding() -> None:
    unit = GatedUnit(4, 6, 3)
    x = torch.randn(1, 9, 4)
    mask = torch.arange(9)[None] < 5
    torch.testing.assert_close(unit(x, mask)[:, :5], unit(x[:, :5]))


@pytest.mark.parametrize("window", [1, 4, 5, 100])
@pytest.mark.parametrize("valid", [None, 7])
def test_sliding_mean_is_the_mean_of_the_window(window: int, valid: int | None) -> None:
    x = torch.randn(2, 13, 3)
    end = 13 if valid is None else valid
    mask = None if valid is None else (torch.arange(13) < valid).expand(2, -1)
    out = sliding_mean(x, window, mask)
    half = window // 2
    for i in range(end):
        expected = x[:, max(i - half, 0) : min(i + half + 1, end)].mean(1)
        torch.testing.assert_close(out[:, i], expected, rtol=1e-5, atol=1e-6)


def test_sliding_mean_of_a_long_film_is_exact_enough() -> None:
    x = torch.randn(1, 100_000, 2) + torch.tensor([50.0, -3.0])
    expected = x[:, 70_000 - 172 : 70_000 + 173].double().mean(1)
    torch.testing.assert_close(sliding_mean(x, 345)[:, 70_000].double(), expected, rtol=0, atol=1e-4)


def test_masked_mean() -> None:
    x = torch.randn(2, 5, 3)
    mask = torch.tensor([[True, True, False, False, False], [True] * 5])
    torch.testing.assert_close(masked_mean(x, mask), torch.stack([x[:1, :2].mean(1), x[1:].mean(1)]).view(2, 1, 3))
    torch.testing.assert_close(masked_mean(x, None), x.mean(1, keepdim=True))
