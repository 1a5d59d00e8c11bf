"""Linear maps by the processor's own library, beside torch's."""

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from mmhnet_cli import products
from mmhnet_cli.products import LEAST_PRODUCTS, Linear, linear

needs_its_own = pytest.mark.skipif(products._product is None, reason="torch has no other linear map on this machine")


def drawn(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(sum(shape)))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[torch.Size]:
    """What the processor's own library is asked for."""
    shapes: list[torch.Size] = []
    its_own = products._product

    def note(tokens: Tensor, *rest: object) -> Tensor:
        shapes.append(tokens.shape)
        assert its_own is not None
        return its_own(tokens, *rest)

    monkeypatch.setattr(products, "_product", note)
    return shapes


@needs_its_own
@pytest.mark.parametrize("shape", [(700, 448), (1, 345, 448), (2, 345, 192), (2, 3, 90, 64)])
@pytest.mark.parametrize("biased", [True, False])
def test_a_large_map_is_torchs_but_for_rounding(asked: list[torch.Size], shape: tuple[int, ...], biased: bool) -> None:
    tokens, weight, bias = drawn(*shape), drawn(513, shape[-1]), drawn(513) if biased else None
    with torch.inference_mode():
        mapped = linear(tokens, weight, bias)
    assert asked == [tokens.shape]
    expected = F.linear(tokens.double(), weight.double(), None if bias is None else bias.double())
    assert mapped.shape == expected.shape
    assert mapped.is_contiguous()
    assert float((mapped - expected).abs().max()) < 1e-5 * float(expected.abs().max())


@needs_its_own
def test_slices_are_mapped_as_what_they_are(asked: list[torch.Size]) -> None:
    tokens, weight = drawn(2, 400, 500)[:, 3:, 100:292], drawn(900, 192)[300:812]
    with torch.inference_mode():
        mapped = linear(tokens, weight, drawn(900)[300:812])
        expected = F.linear(tokens.contiguous(), weight.contiguous(), drawn(900)[300:812].contiguous())
    assert len(asked) == 1
    torch.testing.assert_close(mapped, expected, rtol=1e-5, atol=1e-4)


@needs_its_own
@pytest.mark.parametrize("wanted", ["tokens", "weight", "bias", "all"])
@pytest.mark.parametrize("shape", [(700, 192), (2, 345, 192)])
def test_gradients_are_torchs_but_for_rounding(asked: list[torch.Size], shape: tuple[int, ...], wanted: str) -> None:
    given = {"tokens": drawn(*shape), "weight": drawn(513, 192), "bias": drawn(513)}
    for name, tensor in given.items():
        tensor.requires_grad_(wanted in (name, "all"))
    way = drawn(*shape[:-1], 513)
    found = torch.autograd.grad((linear(**given) * way).sum(), [one for one in given.values() if one.requires_grad])
    assert asked
    expected = torch.autograd.grad(
        (F.linear(given["tokens"], given["weight"], given["bias"]) * way).sum(),
        [one for one in given.values() if one.requires_grad],
    )
    for own, other in zip(found, expected, strict=True):
        assert own.shape == other.shape
        assert float((own - other).abs().max()) < 1e-5 * float(other.abs().max())


@pytest.mark.parametrize(
    "change",
    [
        lambda x: x.double(),
        lambda x: x.bfloat16(),
        lambda x: x[:0],
        lambda x: x[: LEAST_PRODUCTS // (512 * 512) - 1],
    ],
    ids=["double", "half", "nothing", "little"],
)
def test_all_else_is_torchs_own(asked: list[torch.Size], change: Callable[[Tensor], Tensor]) -> None:
    tokens = change(drawn(512, 512))
    weight = drawn(512, 512).to(tokens.dtype)
    with torch.inference_mode():
        mapped = linear(tokens, weight)
    assert asked == []
    assert torch.equal(mapped, F.linear(tokens, weight))


def test_under_autocast_the_numbers_are_the_users_choice(asked: list[torch.Size]) -> None:
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        assert linear(drawn(512, 512), drawn(512, 512)).dtype == torch.bfloat16
    assert asked == []


def test_without_it_torchs_own_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(products, "_product", None)
    layer, tokens = Linear(512, 512), drawn(512, 512)
    with torch.inference_mode():
        assert torch.equal(layer(tokens), F.linear(tokens, layer.weight, layer.bias))
