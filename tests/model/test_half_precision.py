"""The network in half precision. Times stay float32; latents and features come in the type of the network."""

from dataclasses import replace

import pytest
import torch

from mmhnet_cli.model.conditions import Features
from mmhnet_cli.model.config import MIXER_NAMES, NetworkConfig
from mmhnet_cli.model.embeddings import TimeEmbedding
from mmhnet_cli.model.network import Network
from tests.model.small import SMALL, awake, features, latents

T = torch.tensor([0.3])

# One space, rotary attention and every reading of MMAudio, in its second version.
MMAUDIO = replace(
    SMALL,
    multimodal_mixer="attention_rope",
    single_modal_mixer="attention_rope",
    attention_scale="none",
    time_max_period=1.0,
    placement="stretch",
    local_semantics=False,
    global_window_s=None,
    output_condition="g",
    residual_stacks=False,
    preconditioned=False,
    routing=None,
)
CONFIGS = {
    "mmaudio_v2": MMAUDIO,
    "mmaudio_v1": replace(MMAUDIO, input_activation="selu", context_activation=False, time_max_period=10000.0),
    **{name: replace(SMALL, multimodal_mixer=name, single_modal_mixer=name) for name in MIXER_NAMES},
}


def in_type(given: Features, kind: torch.dtype) -> Features:
    return Features(given.clip.to(kind), given.sync.to(kind), given.text.to(kind))


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
@pytest.mark.parametrize(("kind", "tolerance"), [(torch.bfloat16, 0.03), (torch.float16, 0.005)])
@torch.inference_mode()
def test_velocity_is_that_of_float32(config: NetworkConfig, kind: torch.dtype, tolerance: float) -> None:
    torch.manual_seed(0)
    network, given, x = awake(Network(config)).float(), features(config, 1, 3, 4), latents(config, 1, 129)
    real = network.condition(in_type(given, torch.float32), 129)
    expected, decision = network.velocity_and_routing(x.float(), T, real)
    network.to(kind)
    halves = in_type(given, kind)
    real, null = (network.condition(one, 129) for one in (halves, network.null_features(halves)))
    found = network.velocity(x.to(kind), T, real, decision)
    assert found.dtype == kind
    assert (found.float() - expected).norm() < tolerance * expected.norm()
    assert all(
        part.dtype == kind and part.isfinite().all() for part in network.paired_velocity(x.to(kind), T, real, null)
    )


@torch.inference_mode()
def test_times_keep_their_places_in_a_bfloat16_network() -> None:
    embedding = TimeEmbedding(64, 1.0, 32)
    times = torch.linspace(0, 1, 26)
    expected = embedding(times)
    found = embedding.bfloat16()(times).float()
    assert (found - expected).norm() < 0.01 * expected.norm()
    # At 10000 radians per unit of time, a time rounded to bfloat16 is another time.
    rounded = embedding(times.bfloat16()).float()
    assert (rounded - expected).norm() > 0.1 * expected.norm()
