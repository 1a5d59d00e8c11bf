"""Into the compressed space and back."""

import pytest
import torch

from mmhnet_cli.model.chunking import Dechunker, chunk, dechunk, smooth, smooth_reference
from mmhnet_cli.model.routing import decide


def test_everything_kept_is_the_identity() -> None:
    x = torch.randn(2, 9, 4)
    routing = decide(torch.ones(2, 9), 0.5, None)
    assert torch.equal(chunk(x, routing), x)
    assert torch.equal(dechunk(chunk(x, routing), routing), x)
    assert torch.equal(Dechunker(4, smoothing=False)(chunk(x, routing), torch.randn(2, 9, 4), routing), x)
    # With probability one, nothing of the past is mixed in either.
    assert torch.equal(Dechunker(4, smoothing=True)(chunk(x, routing), x, routing), x)


def test_each_place_takes_the_last_kept_token() -> None:
    x = torch.arange(5.0).view(1, 5, 1)
    routing = decide(torch.tensor([[1.0, 0.0, 0.0, 0.9, 0.2]]), 0.5, None)
    assert chunk(x, routing).flatten().tolist() == [0, 3]
    assert dechunk(chunk(x, routing), routing).flatten().tolist() == [0, 0, 0, 3, 3]


def test_dechunk_passes_a_gradient_to_the_probability() -> None:
    probability = torch.tensor([[1.0, 0.9, 0.2]], requires_grad=True)
    routing = decide(probability, 0.5, None)
    dechunk(torch.tensor([[[2.0], [3.0]]]), routing).sum().backward()
    assert probability.grad is not None
    assert probability.grad.tolist() == [[2.0, 3.0, -3.0]]


@pytest.mark.parametrize("length", [1, 2, 7, 64, 200])
def test_smoothing_equals_its_loop(length: int) -> None:
    generator = torch.Generator().manual_seed(length)
    x, p = torch.randn(2, length, 3, generator=generator), torch.rand(2, length, generator=generator)
    torch.testing.assert_close(smooth(x, p), smooth_reference(x, p), rtol=1e-5, atol=1e-5)


def test_smoothing_in_bfloat16_is_float32_inside() -> None:
    generator = torch.Generator().manual_seed(0)
    x, p = torch.randn(1, 300, 3, generator=generator).bfloat16(), torch.rand(1, 300, generator=generator) * 0.1
    expected = smooth_reference(x.float(), p)
    assert (smooth(x, p).float() - expected).abs().max() < 0.004 * expected.abs().max()
