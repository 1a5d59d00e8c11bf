"""Properties of the whole network."""

import resource
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from mmhnet_cli.model.conditions import Conditions, Features
from mmhnet_cli.model.config import MIXER_NAMES, RoutingConfig
from mmhnet_cli.model.layers import lay_out
from mmhnet_cli.model.network import Network
from mmhnet_cli.model.routing import kept_share, ratio_loss
from mmhnet_cli.model.variants import VARIANTS
from tests.model.small import SMALL, awake, features, latents, small_config

T = torch.tensor([0.3], dtype=torch.float64)

READINGS = {
    "mini": {},
    "latents": {"routing": RoutingConfig(source="latents")},
    "latents_and_condition": {"routing": RoutingConfig(source="latents_and_condition")},
    "two_sets": {"shared_blocks": False},
    "whole_state": {"state_window_s": None},
    "near_state": {"state_window_s": 1.0},
    "whole_mean": {"global_window_s": None, "output_condition": "g", "input_activation": "selu"},
    "near_attention": {"multimodal_mixer": "attention", "attention_window_s": 1.0},
    **{f"mix_{name}": {"multimodal_mixer": name, "single_modal_mixer": name} for name in MIXER_NAMES},
}
state_windows = pytest.mark.parametrize("window_s", [None, 8.0], ids=["whole_state", "state_of_8_s"])
readings = pytest.mark.parametrize("reading", READINGS.values(), ids=READINGS)


def single(given: Features) -> Features:
    """The features in single precision."""
    return Features(given.clip.float(), given.sync.float(), given.text.float())


def test_training_starts_at_velocity_zero_or_at_the_linear_guess() -> None:
    for preconditioned in (False, True):
        network = Network(replace(VARIANTS["mini"], preconditioned=preconditioned))
        given, x = single(features(network.config, 1, 2, 5)), latents(network.config, 1, 43).float()
        out = network.velocity(x, T.float(), network.condition(given, 43))
        zero = torch.zeros_like(x)
        guess = zero if network.preconditioning is None else network.preconditioning.leave(x, T.float(), zero)
        assert torch.equal(out, guess)
        assert bool(out.any()) is preconditioned


@readings
def test_room_for_all_changes_shapes_alone(reading: dict) -> None:
    config = small_config(**reading)
    network = awake(Network(config))
    x, given = latents(config, 2, 129), features(config, 2, 3, 4)
    found = []
    for _ in range(2):
        out, decision = network.velocity_and_routing(x, T.expand(2), network.condition(given, 129))
        assert decision is not None
        found.append((out, *torch.autograd.grad(out.square().mean(), network.trunk.parameters(), allow_unused=True)))
        kept = [routing.positions.shape[1] for routing in (decision.audio, decision.clip, decision.text)]
        assert network.hierarchy is not None
        network.hierarchy.give_room_for_all()
    assert kept == [129, 24, 4]
    for few, roomy in zip(*found, strict=True):
        # The sums of the states are float32.
        torch.testing.assert_close(few, roomy, atol=1e-6, rtol=1e-5)


def test_a_network_that_has_made_sound_can_be_trained() -> None:
    """Where tokens lie is remembered from one evaluation to the next, and gradients cannot use what inference made."""
    network = awake(Network(SMALL))
    x, given = latents(SMALL, 1, 86), features(SMALL, 1, 2, 4)
    with torch.inference_mode():
        before = network.velocity(x, T, network.condition(given, 86))
    after = network.velocity(x, T, network.condition(given, 86))
    after.square().mean().backward()
    assert torch.equal(before, after.detach())


@readings
def test_gradient_reaches_every_parameter(reading: dict) -> None:
    config = small_config(**reading)
    network = awake(Network(config))
    given = features(config, 2, 3, 4)
    dropped = network.drop_conditions(given, torch.tensor([True, False]), torch.tensor([False, True]))
    x = latents(config, 2, 129)
    out, decision = network.velocity_and_routing(x, T.expand(2), network.condition(dropped, 129))
    assert decision is not None
    (out.square().mean() + ratio_loss(decision, config.routing)).backward()
    without = [name for name, p in network.named_parameters() if p.grad is None or not p.grad.any()]
    assert without == []


@readings
def test_padding_in_a_batch_never_leaks(reading: dict) -> None:
    config = small_config(**reading)
    network = awake(Network(config))
    long, short = features(config, 1, 3, 6), features(config, 1, 2, 4, seed=7)
    x_long, x_short = latents(config, 1, 129), latents(config, 1, 86, seed=8)

    def joined(first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
        missing = first.shape[1] - second.shape[1]
        junk = 100 * torch.ones(1, missing, first.shape[2], dtype=first.dtype)
        lengths = torch.tensor([[first.shape[1]], [second.shape[1]]])
        return torch.cat((first, torch.cat((second, junk), 1))), torch.arange(first.shape[1]) < lengths

    pairs = [joined(getattr(long, name), getattr(short, name)) for name in ("clip", "sync", "text")]
    batch = Features(*(values for values, _ in pairs), *(mask for _, mask in pairs))
    x, mask = joined(x_long, x_short)
    together = network.velocity(x, T.expand(2), network.condition(batch, 129, mask))
    alone = [network.velocity(x_long, T, network.condition(long, 129))]
    alone.append(network.velocity(x_short, T, network.condition(short, 86)))
    torch.testing.assert_close(together[:1], alone[0], rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(together[1:, :86], alone[1], rtol=1e-4, atol=1e-5)
    assert not together[1:, 86:].any()


@pytest.mark.slow
@readings
@pytest.mark.parametrize("paired_latents", [8192, 0], ids=["side_by_side", "one_after_the_other"])
def test_paired_pass_is_two_passes_with_one_decision_for_audio(
    reading: dict, paired_latents: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mmhnet_cli.model.network.PAIRED_LATENTS", paired_latents)
    config = small_config(**reading, preconditioned=False)
    network = awake(Network(config))
    given, x = features(config, 1, 3, 4), latents(config, 1, 129)
    real, null = network.condition(given, 129), network.condition(network.null_features(given), 129)
    first, second = network.paired_velocity(x, T, real, null)
    assert network.hierarchy is not None
    audio = real.audio_routing or network.hierarchy.route_audio(network.stacks.audio(x), real)
    expected = network.velocity(x, T, null, network.hierarchy.route(audio, null))
    torch.testing.assert_close(first, network.velocity(x, T, real), rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(second, expected, rtol=1e-4, atol=1e-5)


def test_decision_of_the_condition_serves_every_step() -> None:
    network = awake(Network(SMALL))
    conditions = network.condition(features(SMALL, 1, 3, 4), 129)
    assert conditions.audio_routing is not None
    decisions = [
        network.velocity_and_routing(latents(SMALL, 1, 129, seed), t * T, conditions)[1]
        for seed, t in ((1, 0.1), (2, 3))
    ]
    assert all(decision is not None and decision.audio is conditions.audio_routing for decision in decisions)


def test_one_space_without_routing() -> None:
    config = small_config(routing=None)
    network = awake(Network(config))
    out, decision = network.velocity_and_routing(
        latents(config, 1, 86), T, network.condition(features(config, 1, 2, 4), 86)
    )
    assert decision is None
    assert out.abs().sum() > 0
    assert not any(name.startswith(("hierarchy", "compressed")) for name, _ in network.named_parameters())


def test_bfloat16_is_close() -> None:
    network = awake(Network(SMALL))
    given, x = features(SMALL, 1, 3, 4), latents(SMALL, 1, 129)
    conditions = network.condition(given, 129)
    expected, decision = network.velocity_and_routing(x, T, conditions)
    low = network.bfloat16()
    given = Features(given.clip.bfloat16(), given.sync.bfloat16(), given.text.bfloat16())
    out = low.velocity(x.bfloat16(), T.bfloat16(), low.condition(given, 129), decision)
    assert out.dtype == torch.bfloat16
    assert (out.double() - expected).norm() < 0.1 * expected.norm()


@state_windows
def test_a_film_repeated_twice_leaves_its_first_half_nearly_unchanged(window_s: float | None) -> None:
    network = awake(Network(small_config(state_window_s=window_s)))
    once, x = features(SMALL, 1, 40, 4), latents(SMALL, 1, 1723)
    twice = Features(once.clip.repeat(1, 2, 1), once.sync.repeat(1, 2, 1), once.text)
    first = network.velocity(x, T, network.condition(once, 1723))
    second = network.velocity(x.repeat(1, 2, 1), T, network.condition(twice, 3446))
    safe = 1400  # before the global window meets the join
    assert (second[:, :safe] - first[:, :safe]).norm() < 0.02 * first[:, :safe].norm()


def test_plain_sums_change_when_the_film_is_repeated() -> None:
    network = awake(Network(small_config(normalise_state=False, state_window_s=None)))
    once, x = features(SMALL, 1, 40, 4), latents(SMALL, 1, 1723)
    twice = Features(once.clip.repeat(1, 2, 1), once.sync.repeat(1, 2, 1), once.text)
    first = network.velocity(x, T, network.condition(once, 1723))
    second = network.velocity(x.repeat(1, 2, 1), T, network.condition(twice, 3446))
    assert (second[:, :1400] - first[:, :1400]).norm() > 0.02 * first[:, :1400].norm()


@state_windows
def test_velocity_statistics_at_8_s_and_600_s_agree(window_s: float | None) -> None:
    network = awake(Network(small_config(state_window_s=window_s))).float()

    def spread(batch: int, seconds: int) -> float:
        length = round(seconds * 43.0664)
        given = single(features(SMALL, batch, seconds, 1))
        with torch.inference_mode():
            conditions = network.condition(replace(given, text=torch.ones(batch, 3, 11)), length)
            out = network.velocity(latents(SMALL, batch, length).float(), T.float().expand(batch), conditions)
        return out.square().mean().sqrt().item()

    assert spread(1, 600) == pytest.approx(spread(32, 8), rel=0.05)


def test_a_scene_does_not_hear_what_lies_beyond_its_window() -> None:
    # Words read the whole film, and every token reads the words, so a little of all of it is everywhere.
    def change(window_s: float | None) -> float:
        network = awake(Network(small_config(state_window_s=window_s)))
        given, x = features(SMALL, 1, 60, 1), latents(SMALL, 1, 2584)
        other = replace(given, clip=given.clip.clone(), sync=given.sync.clone())
        other.clip[:, 240:], other.sync[:, 750:] = 3, -3
        with torch.inference_mode():
            outs = [network.velocity(x, T, network.condition(one, 2584))[:, :800] for one in (given, other)]
        return ((outs[1] - outs[0]).norm() / outs[0].norm()).item()  # ends 11 s before the change

    assert change(8.0) < 0.05 * change(None)


@pytest.mark.slow
@pytest.mark.parametrize("mixer", ["nc_mamba2", "attention"])
def test_cost_of_a_latent_step_is_free_of_length(mixer: str) -> None:
    network = Network(replace(VARIANTS["mini"], multimodal_mixer=mixer, attention_window_s=8.0)).eval()

    def prepared(seconds: int) -> tuple[Tensor, Conditions]:
        length = round(seconds * 43.0664)
        given = single(features(network.config, 1, seconds, 12))
        return latents(network.config, 1, length).float(), network.condition(given, length)

    def cost(x: Tensor, conditions: Conditions) -> float:
        # The system's own time is left out: tensors over 32 MB get new pages at every call, whatever computes on them.
        begin = resource.getrusage(resource.RUSAGE_SELF).ru_utime
        network.velocity(x, T.float(), conditions)
        return (resource.getrusage(resource.RUSAGE_SELF).ru_utime - begin) / x.shape[1]

    with torch.inference_mode():
        short, long = prepared(60), prepared(600)
        cost(*short)
        least_short = least_long = float("inf")
        # What else runs on the machine slows one or the other: the least of several says what each costs.
        for _ in range(8):
            least_short = min(least_short, cost(*short), cost(*short))
            least_long = min(least_long, cost(*long))
            if least_long <= 1.2 * least_short:
                break
    assert least_long <= 1.2 * least_short


@readings
def test_what_nothing_reads_is_left_as_it_is(reading: dict) -> None:
    network = awake(Network(small_config(**reading)))
    conditions = network.condition(features(network.config, 1, 2, 4), 86)
    streams = network._streams(
        network._tokens(latents(network.config, 1, 86), T, conditions), network.time(T), conditions
    )
    updated, left = network.trunk(*streams), network.trunk(*streams, last=True)
    assert torch.equal(left[0].tokens, updated[0].tokens)
    assert torch.equal(left[1].tokens, updated[1].tokens) is not network.config.shared_blocks


@readings
def test_weights_laid_out_for_speed_give_the_same_to_the_bit(reading: dict) -> None:
    network = awake(Network(small_config(**reading))).float()
    x, conditions = latents(SMALL, 1, 86).float(), network.condition(single(features(network.config, 1, 2, 4)), 86)
    names = list(network.state_dict())
    with torch.inference_mode():
        expected = network.velocity(x, T.float(), conditions)
        lay_out(network)
        assert torch.equal(network.velocity(x, T.float(), conditions), expected)
    assert list(network.state_dict()) == names


def test_kept_share_of_an_untrained_network_is_between_nothing_and_all() -> None:
    network = awake(Network(SMALL))
    _, decision = network.velocity_and_routing(
        latents(SMALL, 1, 345), T, network.condition(features(SMALL, 1, 8, 4), 345)
    )
    assert decision is not None
    assert 0.02 < kept_share(decision.audio).item() < 0.98


def test_normalise_and_back() -> None:
    network = Network(SMALL)
    network.latent_mean.copy_(torch.arange(5.0))
    network.latent_std.copy_(torch.arange(1.0, 6.0))
    x = torch.randn(2, 7, 5)
    torch.testing.assert_close(network.unnormalise(network.normalise(x)), x)
    torch.testing.assert_close(network.normalise(x)[..., 2], (x[..., 2] - 2) / 3)


def test_state_dict_keys_are_pinned() -> None:
    state = Network(SMALL).state_dict()
    anchors = {
        "latent_mean": (5,),
        "empty_clip": (12,),
        "empty_text": (1, 11),
        "stacks.audio.enter.weight": (24, 5, 7),
        "stacks.audio.unit.w1.weight": (16, 24, 3),
        "stacks.clip.enter.bias": (24,),
        "time.inner.weight": (16, 8),
        "builder.global_unit.w2.weight": (16, 16),
        "builder.local.weight": (16, 24),
        "trunk.multimodal.1.clip.project.in_proj.weight": (36 + 44 + 3, 24),
        "trunk.multimodal.0.text.ffn.w3.weight": (16, 24),
        "trunk.multimodal.0.audio.modulation.weight": (144, 16),
        "trunk.single_modal.1.audio.project.step_bias": (3,),
        "trunk.single_modal.1.audio.output.out_proj.weight": (24, 36),
        "trunk.single_modal.0.audio.mix_map.weight": (24, 24, 3),
        "hierarchy.audio_router.query.weight": (16, 16),
        "hierarchy.text_dechunk.residual.bias": (24,),
        "output.conv.weight": (5, 24, 7),
    }
    assert {name: tuple(state[name].shape) for name in anchors} == anchors
    joint = Network(replace(SMALL, multimodal_mixer="attention_rope")).state_dict()
    assert joint["trunk.multimodal.0.clip.project.qkv.weight"].shape == (72, 24)
    assert joint["trunk.multimodal.0.clip.project.q_norm.weight"].shape == (8,)
