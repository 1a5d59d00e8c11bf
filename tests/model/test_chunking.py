"""Into the compressed space and back."""

import torch

from mmhnet_cli.model.chunking import Dechunker, chunk, dechunk
from mmhnet_cli.model.routing import decide


def test_everything_kept_is_the_identity() -> None:
    x = torch.randn(2, 9, 4)
    routing = decide(torch.ones(2, 9), 0.5, None)
    assert torch.equal(chunk(x, routing), x)
    assert torch.equal(dechunk(chunk(x, routing), routing), x)
    assert torch.equal(Dechunker(4)(chunk(x, routing), torch.randn(2, 9, 4), routing), x)


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
