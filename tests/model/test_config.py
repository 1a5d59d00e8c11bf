"""Configuration, variants, published sizes."""

import json
from dataclasses import replace

import pytest
import torch

from mmhnet_cli.errors import BadOption
from mmhnet_cli.fields import build
from mmhnet_cli.model.config import NetworkConfig, RoutingConfig
from mmhnet_cli.model.network import Network
from mmhnet_cli.model.variants import VARIANTS
from tests.model.small import SMALL, small_config


def parameters(config: NetworkConfig) -> int:
    with torch.device("meta"):
        return sum(parameter.numel() for parameter in Network(config).parameters())


@pytest.mark.parametrize(
    ("name", "published"), [("s-16k", 157e6), ("s-44k", 157e6), ("l-44k", 1.09e9)], ids=["s-16k", "s-44k", "l-44k"]
)
def test_published_sizes(name: str, published: float) -> None:
    assert parameters(VARIANTS[name]) == pytest.approx(published, rel=0.02)


def test_mini_is_small() -> None:
    mini = VARIANTS["mini"]
    alone = parameters(replace(mini, classifier_width=0))
    assert alone < 6e6 and parameters(mini) - alone < 1.1e6


@pytest.mark.parametrize("name", sorted(VARIANTS))
def test_round_trip_through_json(name: str) -> None:
    config = VARIANTS[name]
    assert build(NetworkConfig, json.loads(json.dumps(config.to_dict()))) == config


def test_round_trip_without_routing() -> None:
    config = small_config(routing=None)
    assert build(NetworkConfig, config.to_dict()) == config


def test_unknown_field_is_named() -> None:
    with pytest.raises(BadOption) as caught:
        build(NetworkConfig, {**SMALL.to_dict(), "routing": {"treshold": 0.5}})
    assert caught.value.name == "routing.treshold"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("multimodal_mixer", "mamba"),
        ("placement", "near"),
        ("conv_kernel", 4),
        ("mix_kernel", 2),
        ("state_window_s", 0.0),
    ],
)
def test_impossible_values_are_refused(name: str, value: object) -> None:
    with pytest.raises(BadOption) as caught:
        small_config(**{name: value})
    assert (caught.value.name, caught.value.found) == (name, str(value))


def test_impossible_routing_source_is_refused() -> None:
    with pytest.raises(BadOption, match="source"):
        RoutingConfig(source="video")
