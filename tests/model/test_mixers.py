"""Properties of the four ways in which tokens meet."""

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from mmhnet_cli.model.attention import AttentionParts, mix_attention, rotary_table, rotate
from mmhnet_cli.model.mixers import build_mixer
from tests.model.small import small_config


def mix_alone(name: str, **changes: object) -> Callable[..., Tensor]:
    """tokens, mask, rotation -> tokens: one stream through the mixer `name`."""
    torch.manual_seed(0)
    config = small_config(**changes)
    mixer = build_mixer(name, config)
    project, output = mixer.project(config.width).double(), mixer.output(config.width).double()
    for parameter in (*project.parameters(), *output.parameters()):
        if not parameter.any():
            nn.init.normal_(parameter)

    def run(tokens: Tensor, mask: Tensor | None = None, rotation: Tensor | None = None) -> Tensor:
        parts = project(tokens, mask, rotation)
        return output(mixer.mix([parts], [{}])[0], parts)

    return run


def tokens(length: int) -> Tensor:
    return torch.randn(2, length, 24, generator=torch.Generator().manual_seed(length), dtype=torch.float64)


@pytest.mark.parametrize("name", ["nc_mamba2", "attention"])
def test_without_neighbours_it_commutes_with_a_permutation(name: str) -> None:
    run = mix_alone(name, conv_kernel=1)
    x, order = tokens(30), torch.randperm(30, generator=torch.Generator().manual_seed(5))
    torch.testing.assert_close(run(x[:, order]), run(x)[:, order], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", ["attention", "attention_rope", "nc_mamba2", "causal_mamba2"])
def test_padding_is_never_read(name: str) -> None:
    run = mix_alone(name)
    x = tokens(30)
    mask = (torch.arange(30) < 21).expand(2, -1)
    torch.testing.assert_close(run(x, mask)[:, :21], run(x[:, :21]), rtol=1e-5, atol=1e-6)


def test_causal_form_reads_the_past_only() -> None:
    run = mix_alone("causal_mamba2")
    x = tokens(30)
    changed = torch.cat((x[:, :20], tokens(10)), 1)
    assert torch.equal(run(changed)[:, :20], run(x)[:, :20])
    assert not torch.allclose(mix_alone("nc_mamba2")(changed)[:, :20], mix_alone("nc_mamba2")(x)[:, :20])


def test_rate_of_decay_is_a_parameter_only_where_it_acts() -> None:
    def has_rate(name: str, normalise: bool) -> bool:
        config = small_config(normalise_state=normalise)
        return "log_rate" in dict(build_mixer(name, config).project(24).named_parameters())

    assert not has_rate("nc_mamba2", True)
    assert has_rate("nc_mamba2", False)
    assert has_rate("causal_mamba2", True)


def test_every_stream_weighs_the_same_whatever_its_length() -> None:
    config = small_config(conv_kernel=1)
    torch.manual_seed(1)
    mixer = build_mixer("nc_mamba2", config)
    project = mixer.project(24).double()
    audio, text = project(tokens(40), None, None), project(tokens(7), None, None)
    longer = project(tokens(40).repeat(1, 5, 1), None, None)
    short, long = mixer.mix([audio, text], [{}] * 2), mixer.mix([longer, text], [{}] * 2)
    torch.testing.assert_close(long[0][:, :40], short[0], rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(long[1], short[1], rtol=1e-5, atol=1e-6)


def test_rotation_depends_on_distance_only() -> None:
    q, k = (torch.randn(1, 2, 1, 8, generator=torch.Generator().manual_seed(i)) for i in (1, 2))

    def score(first: float, second: float) -> Tensor:
        turned = (rotate(x, rotary_table(torch.tensor([[p]]), 8)) for x, p in ((q, first), (k, second)))
        return (next(turned) * next(turned)).sum(-1)

    torch.testing.assert_close(score(3, 10), score(103, 110), rtol=1e-4, atol=1e-4)
    assert not torch.allclose(score(3, 10), score(3, 12), atol=1e-2)


def test_rotation_turns_adjacent_pairs() -> None:
    x = torch.tensor([1.0, 0.0, 0.0, 1.0]).view(1, 1, 1, 4)
    out = rotate(x, rotary_table(torch.tensor([[2.0]]), 4)).flatten().tolist()
    slow = 2 * 10000 ** (-2 / 4)
    assert out == pytest.approx([math.cos(2), math.sin(2), -math.sin(slow), math.cos(slow)], abs=1e-6)


def test_length_scale_is_one_at_the_training_length() -> None:
    q, k, v = (torch.randn(1, 2, 50, 8, generator=torch.Generator().manual_seed(i)) for i in range(3))
    parts = [AttentionParts(q, k, v, None)]
    assert torch.equal(mix_attention(parts, 50)[0], mix_attention(parts, None)[0])
    expected = mix_attention([AttentionParts(q * math.log(50) / math.log(20), k, v, None)], None)[0]
    torch.testing.assert_close(mix_attention(parts, 20)[0], expected)
