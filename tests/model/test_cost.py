"""What a network costs by arithmetic, beside networks that are built and run."""

from dataclasses import replace
from fractions import Fraction

import pytest
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from mmhnet_cli import products
from mmhnet_cli.model.conditions import Features
from mmhnet_cli.model.config import NetworkConfig
from mmhnet_cli.model.cost import Tokens, classifier_operations, operations, uses_rotation
from mmhnet_cli.model.network import Network
from mmhnet_cli.model.routing import RoutingDecision, StreamRouting, decide
from mmhnet_cli.model.variants import VARIANTS
from mmhnet_cli.timeline import Timeline

SMALL_S = replace(
    VARIANTS["s-44k"],
    width=56,
    clip_width=56,
    text_width=56,
    condition_width=56,
    ffn_width=160,
    clip_ffn_width=160,
    text_ffn_width=160,
    condition_ffn_width=160,
    clip_dim=64,
    sync_dim=64,
    text_dim=64,
)


@pytest.fixture(autouse=True)
def counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The counter of operations knows torch's own linear maps only."""
    monkeypatch.setattr(products, "_product", None)


def built(config: NetworkConfig) -> Network:
    with torch.device("meta"):
        return Network(config)


def cost_at(config: NetworkConfig, duration: int) -> tuple[Timeline, float]:
    clip = Timeline(Fraction(duration), config.sequence)
    tokens = Tokens(clip.latents, clip.clip_frames, config.training_text_tokens)
    return clip, operations(config, tokens)


@pytest.mark.parametrize("name", VARIANTS)
def test_rotation(name: str) -> None:
    assert uses_rotation(VARIANTS[name]) == built(VARIANTS[name]).uses_rotation


@pytest.mark.slow
@pytest.mark.parametrize("name", ["mmaudio-small-16k", "mmaudio-large-44k-v2"])
def test_operations_of_attention(name: str) -> None:
    config = VARIANTS[name]
    clip, expected = cost_at(config, 8)
    network = built(config)
    features = random_features(config, clip, "meta")
    with torch.no_grad():
        conditions = network.condition(features, clip.latents)
        latents = torch.empty(1, clip.latents, config.latent_channels, device="meta")
        with FlopCounterMode(display=False) as counter:
            network.velocity(latents, torch.empty(1, device="meta"), conditions)
    assert counter.get_total_flops() == pytest.approx(expected, rel=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize(
    "config",
    [
        VARIANTS["mini"],
        SMALL_S,
        replace(SMALL_S, shared_blocks=False),
        replace(SMALL_S, clip_width=48, text_width=40, multimodal_mixer="nc_mamba2", mix_kernel=1, width=112),
    ],
    ids=["mini", "s", "two_sets", "widths"],
)
def test_operations_of_two_spaces(config: NetworkConfig) -> None:
    """With the share of tokens kept that the training aims at."""
    clip, expected = cost_at(config, 6)
    network = Network(config)
    audio, frames, words = clip.latents, clip.clip_frames, config.training_text_tokens
    routing = RoutingDecision(every(3, audio), every(3, frames), every(2, words))
    with torch.no_grad():
        conditions = network.builder(random_features(config, clip, "cpu"), network.stacks, audio, None)
        latents = torch.randn(1, audio, config.latent_channels)
        # The counter does not know the processor's own kernel of attention.
        with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
            network.velocity(latents, torch.full((1,), 0.5), conditions, routing)
    assert counter.get_total_flops() == pytest.approx(expected, rel=0.02)


@pytest.mark.slow
@pytest.mark.parametrize("single_modal", ["nc_mamba2", "attention"])
def test_operations_of_windows(single_modal: str) -> None:
    config = replace(SMALL_S, routing=None, single_modal_mixer=single_modal)
    clip, expected = cost_at(config, 40)
    network = Network(config)
    with torch.no_grad():
        conditions = network.condition(random_features(config, clip, "cpu"), clip.latents)
        latents = torch.randn(1, clip.latents, config.latent_channels)
        with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
            network.velocity(latents, torch.full((1,), 0.5), conditions)
    assert counter.get_total_flops() == pytest.approx(expected, rel=0.02)
    assert expected < 0.7 * cost_at(replace(config, attention_window_s=None), 40)[1]


def every(ratio: int, tokens: int) -> StreamRouting:
    probability = torch.zeros(1, tokens)
    probability[:, ::ratio] = 1
    return decide(probability, 0.5, None)


def random_features(config: NetworkConfig, clip: Timeline, device: str) -> Features:
    return Features(
        clip=torch.randn(1, clip.clip_frames, config.clip_dim, device=device),
        sync=torch.randn(1, 8 * (clip.sync_frames // 8), config.sync_dim, device=device),
        text=torch.randn(1, config.training_text_tokens, config.text_dim, device=device),
    )


def test_operations_of_the_classifier() -> None:
    config = VARIANTS["mini"]
    classifier = Network(config).classifier
    assert classifier is not None
    with FlopCounterMode(display=False) as counter:
        classifier(torch.zeros(1, 173, config.latent_channels), torch.tensor([0.5]))
    assert 2 * counter.get_total_flops() == pytest.approx(classifier_operations(config, 173), rel=0.01)
    assert classifier_operations(VARIANTS["s-44k"], 173) == 0
