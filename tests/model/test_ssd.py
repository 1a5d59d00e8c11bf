"""The fast forms of the state-space sums against their loops."""

import pytest
import torch
from torch import Tensor

from mmhnet_cli.model.ssd import (
    causal_chunked,
    causal_reference,
    choose_scan,
    nc_ssd_reference,
    read_state,
    sequence_state,
)


def inputs(batch: int, length: int, heads: int = 3, width: int = 4, state: int = 5) -> tuple[Tensor, ...]:
    generator = torch.Generator().manual_seed(length)

    def draw(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator)

    rate = torch.nn.functional.softplus(draw(batch, length, heads))
    weight = torch.nn.functional.softplus(draw(batch, length, heads))
    return draw(batch, length, heads, width), rate, weight, draw(batch, length, state), draw(batch, length, state)


@pytest.mark.parametrize("length", [1, 2, 17, 200])
@pytest.mark.parametrize("normalise", [True, False])
def test_noncausal_equals_loop(length: int, normalise: bool) -> None:
    x, rate, _, b, c = inputs(2, length)
    fast = read_state(sequence_state(x, rate, b, normalise), c)
    torch.testing.assert_close(fast, nc_ssd_reference(x, rate, b, c, normalise), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("length", [1, 63, 64, 65, 200])
@pytest.mark.parametrize("chunk", [1, 16, 64])
def test_chunked_equals_loop(length: int, chunk: int) -> None:
    tensors = inputs(2, length)
    torch.testing.assert_close(causal_chunked(*tensors, chunk), causal_reference(*tensors), rtol=1e-4, atol=1e-4)


def test_chunked_survives_strong_decay() -> None:
    x, rate, weight, b, c = inputs(1, 130)
    out = causal_chunked(x, rate * 1e4, weight, b, c)
    torch.testing.assert_close(out, causal_reference(x, rate * 1e4, weight, b, c), rtol=1e-4, atol=1e-4)


def test_masked_tokens_add_nothing() -> None:
    x, rate, _, b, _ = inputs(1, 20)
    cut = sequence_state(x[:, :12], rate[:, :12], b[:, :12], True)
    rate = rate * (torch.arange(20) < 12)[:, None]
    torch.testing.assert_close(sequence_state(x, rate, b, True), cut)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_sums_are_float32(dtype: torch.dtype) -> None:
    x, rate, _, b, _ = inputs(1, 30000)
    low_x, low_b = x.to(dtype), b.to(dtype)
    state = sequence_state(low_x, rate, low_b, True)
    assert state.dtype == torch.float32
    expected = sequence_state(low_x.double(), rate.double(), low_b.double(), True)
    torch.testing.assert_close(state, expected, rtol=1e-3, atol=1e-5)


def test_plain_state_grows_with_length_and_normalised_does_not() -> None:
    x, rate, _, b, _ = inputs(4, 13800)
    x, b = x + 1, b + 1  # stationary, with a mean

    def size(length: int, normalise: bool) -> float:
        return float(sequence_state(x[:, :length], rate[:, :length], b[:, :length], normalise).square().mean().sqrt())

    assert size(13800, False) > 30 * size(345, False)
    assert size(13800, True) == pytest.approx(size(345, True), rel=0.05)


def test_scan_choice_says_why() -> None:
    choice = choose_scan("cpu")
    assert (choice.name, choice.scan) == ("torch", causal_chunked)
    assert "cpu" in choice.reason


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_kernel_of_the_device_equals_the_loop() -> None:
    tensors = inputs(2, 200, heads=4, width=32, state=32)
    choice = choose_scan("cuda")
    out = choice.scan(*(part.cuda() for part in tensors)).cpu()
    torch.testing.assert_close(out, causal_reference(*tensors), rtol=1e-2, atol=1e-2)
