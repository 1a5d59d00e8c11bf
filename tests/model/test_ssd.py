"""The fast forms of the state-space sums against their loops."""

import pytest
import torch
from torch import Tensor

from mmhnet_cli.model.ssd import (
    causal_chunked,
    causal_reference,
    choose_scan,
    local_nc_ssd_reference,
    local_states,
    nc_ssd_reference,
    read_local_states,
    read_state,
    sequence_state,
)
from mmhnet_cli.model.stretches import SHARES, place_in_stretches


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


def kept(length: int, stretches: int) -> Tensor:
    """In which stretch each of `length` tokens lies; some stretches hold many, some none."""
    generator = torch.Generator().manual_seed(length)
    return torch.randint(0, stretches, (2, length), generator=generator).sort(1).values


@pytest.mark.parametrize(("length", "stretches"), [(1, 1), (17, 4), (60, 12), (60, 90)])
@pytest.mark.parametrize("normalise", [True, False])
def test_local_states_equal_the_loop(length: int, stretches: int, normalise: bool) -> None:
    x, rate, _, b, c = inputs(2, length)
    stretch = kept(length, stretches)
    places = place_in_stretches(stretch, None, stretches)
    near, whole = local_states(x, rate, b, places, normalise)
    fast = read_local_states(near, c, places)
    for row in range(2):
        parts = [part[row : row + 1] for part in (x, rate, b, c)]
        slow = local_nc_ssd_reference(*parts, stretch[row], SHARES // 2, normalise)
        torch.testing.assert_close(fast[row : row + 1], slow, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(whole, sequence_state(x, rate, b, normalise), rtol=1e-4, atol=1e-4)


def test_padding_has_no_place_in_a_stretch() -> None:
    x, rate, _, b, c = inputs(2, 40)
    stretch, mask = kept(40, 6), torch.arange(40) < torch.tensor([[40], [23]])
    rate = rate * mask.unsqueeze(-1)
    places = place_in_stretches(torch.where(mask, stretch, 0), mask, 6)
    fast = read_local_states(local_states(x, rate, b, places, True)[0], c, places)
    short = place_in_stretches(stretch[1:, :23], None, 6)
    parts = [part[1:, :23] for part in (x, rate, b)]
    alone = read_local_states(local_states(*parts, short, True)[0], c[1:, :23], short)
    torch.testing.assert_close(fast[1:, :23], alone)
    assert not fast[1, 23:].any()


@pytest.mark.slow
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
