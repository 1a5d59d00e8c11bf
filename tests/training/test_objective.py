"""The network's loss on drawn batches: what it is made of, reproducible, felt by every part, and learnt."""

from dataclasses import replace
from typing import Any

import pytest
import torch

from mmhnet_cli.encoders.meaning import KIND_NAMES
from mmhnet_cli.model.network import Network
from mmhnet_cli.training.clips import Clips
from mmhnet_cli.training.objective import HEARD_WEIGHT, RATIO_WEIGHT, SEEN_WEIGHT
from mmhnet_cli.training.train_mini import TaughtNetwork, compile_parts, flow_loss
from tests.model.small import small_config

SIZES = {"latent_channels": 6, "clip_dim": 5, "sync_dim": 4, "text_dim": 7, "empty_text_tokens": 1}
KINDS = len(KIND_NAMES)


def small_module(**changes: Any) -> TaughtNetwork:
    torch.manual_seed(0)
    return TaughtNetwork(Network(small_config(**SIZES, **changes)), torch.ones(6))


def drawn(seed: int, *, video: bool = False, text: bool = False, items: int = 4) -> Clips:
    """Clips of noise, each of one kind of three, which picture and words tell. video, text: these are dropped."""
    # Not the seeds of the loss, whose noise would be these latents.
    generator = torch.Generator().manual_seed(1000 + seed)
    kinds = torch.randint(0, 3, (items,), generator=generator)

    def noise(count: int, width: int) -> torch.Tensor:
        told = torch.nn.functional.one_hot(kinds, width).float()[:, None]
        return told + 0.1 * torch.randn(items, count, width, generator=generator)

    shares = torch.nn.functional.one_hot(kinds, KINDS).float()[:, None]
    return Clips(
        latents=torch.randn(items, 40, 6, generator=generator),
        clip=noise(16, 5),
        sync=noise(48, 4),
        text=noise(3, 7),
        text_mask=torch.ones(items, 3, dtype=torch.bool),
        drop_video=torch.full((items,), video),
        drop_text=torch.full((items,), text),
        heard=shares.expand(-1, 40, -1),
        seen=shares.expand(-1, 16, -1),
    )


def value(module: TaughtNetwork, clips: Clips, seed: int = 0) -> float:
    return float(flow_loss(module, clips, torch.Generator().manual_seed(seed))[0].detach())


def test_an_untrained_network_misses_by_the_variance_of_the_velocity() -> None:
    """Without preconditioning it starts at velocity 0, so the loss is the mean square of data minus noise."""
    module, clips = small_module(preconditioned=False), drawn(0, items=16)
    loss, values = flow_loss(module, clips, torch.Generator().manual_seed(0))
    assert values["flow"] == pytest.approx(1 + float(clips.latents.square().mean()), rel=0.05)
    kinds = HEARD_WEIGHT * values["heard"] + SEEN_WEIGHT * values["seen"]
    assert float(loss.detach()) == pytest.approx(values["flow"] + kinds + RATIO_WEIGHT * values["ratio"], rel=1e-6)


def test_without_hierarchy_there_is_no_ratio() -> None:
    loss, values = flow_loss(small_module(routing=None), drawn(0), torch.Generator().manual_seed(0))
    assert set(values) == {"flow", "heard", "seen"}
    kinds = HEARD_WEIGHT * values["heard"] + SEEN_WEIGHT * values["seen"]
    assert float(loss.detach()) == pytest.approx(values["flow"] + kinds, rel=1e-6)


def test_a_generator_decides_times_and_noise() -> None:
    module, clips = small_module(), drawn(0)
    assert value(module, clips, 1) == value(module, clips, 1)
    assert value(module, clips, 1) != value(module, clips, 2)


def test_dropped_conditions_are_not_seen() -> None:
    module = small_module()
    for parameter in module.network.parameters():
        if not parameter.any():
            torch.nn.init.normal_(parameter, std=0.1)
    one, other = drawn(0, video=True, text=True), drawn(1)
    mixed = replace(one, clip=other.clip, sync=other.sync, text=other.text)
    assert value(module, one) == pytest.approx(value(module, mixed), rel=1e-6)
    shown = replace(mixed, drop_video=~one.drop_video, drop_text=~one.drop_text)
    assert value(module, shown) != pytest.approx(value(module, one), rel=1e-4)


def test_channels_weigh_as_they_are_told() -> None:
    module, clips = small_module(), drawn(0)

    def flow(weights: torch.Tensor) -> float:
        module.weights = weights
        return flow_loss(module, clips, torch.Generator().manual_seed(0))[1]["flow"]

    alone = [flow(row) for row in torch.eye(6)]
    weights = torch.tensor([3.0, 1.0, 1.0, 0.5, 0.5, 0.0])
    assert flow(weights) == pytest.approx(sum(w * a for w, a in zip(weights.tolist(), alone, strict=True)), rel=1e-5)
    assert float(TaughtNetwork(module.network, 7 * weights).weights.mean()) == pytest.approx(1)


@pytest.mark.slow
def test_kinds_are_read_from_all_tokens_and_learnt() -> None:
    module = small_module()
    optimiser = torch.optim.Adam(module.parameters(), 1e-2)
    reported: list[dict[str, float]] = []
    for step in range(24):
        loss, values = flow_loss(module, drawn(step % 3), torch.Generator().manual_seed(step))
        reported.append(values)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    for name in ("heard", "seen"):
        assert reported[0][name] > 2.5
        assert sum(values[name] for values in reported[-6:]) / 6 < 0.5 * reported[0][name]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor")
def test_the_parts_of_the_network_are_one_graph_each() -> None:
    """A GPU could not record them otherwise. The compiler stops at what depends on data; what it traced is the same."""
    module, clips = small_module(multimodal_blocks=1, single_modal_blocks=1), drawn(1)
    loss = value(module, clips)
    compile_parts(module.network, "eager")
    assert value(module, clips) == pytest.approx(loss, rel=1e-6)
