"""Films longer than the clips of training: windows on the grid of segments, their conditions, the velocity of all."""

import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from mmhnet_cli.encoders.public import sync_tokens
from mmhnet_cli.errors import BadOption
from mmhnet_cli.flow.noise import noise
from mmhnet_cli.flow.solvers import Velocity, euler
from mmhnet_cli.flow.times import uniform_times
from mmhnet_cli.model.conditions import Features
from mmhnet_cli.model.config import NetworkConfig
from mmhnet_cli.model.network import Network
from mmhnet_cli.options import LongForm, SamplerOptions
from mmhnet_cli.pipeline.making.guided import GuidedFeatures
from mmhnet_cli.pipeline.making.long_form import FilmWindows, cut_features, plan_film
from mmhnet_cli.pipeline.making.velocity import velocity_of_films
from mmhnet_cli.timeline import SequenceConfig, Timeline
from tests.model.small import awake, latents, small_config
from tests.seams import SeamRatio, edge_ratio

RATE_44K, RATE_16K = SequenceConfig(), SequenceConfig(16000, 256)
WINDOWS, WHOLE = LongForm("windows"), LongForm("whole")
T = torch.tensor([0.3], dtype=torch.float64)

ROTARY = {
    "multimodal_mixer": "attention_rope",
    "single_modal_mixer": "attention_rope",
    "routing": None,
    "placement": "stretch",
    "local_semantics": False,
    "global_window_s": None,
    "output_condition": "g",
    "preconditioned": False,
    "sync_segment_tokens": 8,
    "sequence": RATE_44K,
}
"""Small, and made as the public networks are."""

MIXERS = {
    "rotary": ROTARY,
    "attention": {**ROTARY, "multimodal_mixer": "attention", "single_modal_mixer": "attention"},
    "state_space": {"routing": None, "sequence": RATE_44K},
    "hierarchy": {"sequence": RATE_44K},
}
mixers = pytest.mark.parametrize("mixer", MIXERS.values(), ids=MIXERS)


def build(changes: dict, seed: int = 0) -> Network:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return awake(Network(small_config(**changes)), seed)


def film(config: NetworkConfig, seconds: float, seed: int = 0) -> tuple[Features, int]:
    """Random features of a film and its L; sync as segments where the network has them."""
    timeline = Timeline(Fraction(seconds), config.sequence)
    generator = torch.Generator().manual_seed(seed)
    sync = sync_tokens(timeline.sync_frames) if config.sync_segment_tokens else timeline.sync_frames

    def draw(length: int, width: int) -> Tensor:
        return torch.randn(1, length, width, generator=generator, dtype=torch.float64)

    given = Features(draw(timeline.clip_frames, config.clip_dim), draw(sync, config.sync_dim), draw(4, config.text_dim))
    return given, timeline.latents


def velocity_from(
    network: Network, real: Features, null: Features, windows: FilmWindows, guidance: float, at_once: int
) -> Velocity:
    """The velocity of one film."""
    sampler = SamplerOptions(guidance=guidance)
    return velocity_of_films(
        network, [GuidedFeatures(real, null)], [windows], sampler, uniform_times(sampler.steps), at_once
    )


def velocity_of(
    network: Network, real: Features, windows: FilmWindows, guidance: float = 1.0, at_once: int = 8
) -> Tensor:
    """One evaluation on random latents."""
    velocity = velocity_from(network, real, network.null_features(real), windows, guidance, at_once)
    with torch.inference_mode():
        return velocity(latents(network.config, 1, windows.plan.latents), T)


@pytest.mark.parametrize(("sequence", "length", "hop"), [(RATE_44K, 345, 207), (RATE_16K, 250, 150)])
def test_windows_have_the_training_length_and_overlap(sequence: SequenceConfig, length: int, hop: int) -> None:
    network = Network(small_config(**{**ROTARY, "sequence": sequence}))
    windows = plan_film(network, Timeline(Fraction(300), sequence).latents, LongForm())
    assert windows.plan.length == length
    assert windows.strides[:4] == (0, 15, 30, 45)
    assert windows.plan.starts[1] == hop
    assert len(windows.strides) == math.ceil((300 - 8) / 4.8) + 1


@pytest.mark.parametrize("sequence", [RATE_44K, RATE_16K])
def test_the_last_window_is_the_first_to_hold_the_end_of_the_film(sequence: SequenceConfig) -> None:
    network = Network(small_config(**{**ROTARY, "sequence": sequence}))
    clip, stride = Timeline(Fraction(8), sequence).latents, Fraction(8, 25) * sequence.latent_rate_hz
    for film_latents in range(clip + 1, clip + 600):
        windows = plan_film(network, film_latents, LongForm())
        assert 0 <= windows.plan.latents - film_latents <= stride
        assert windows.strides == tuple(sorted(set(windows.strides)))
        for begin, start in zip(windows.strides, windows.plan.starts, strict=True):
            assert abs(begin * stride - start) <= Fraction(1, 2)


@pytest.mark.parametrize("overlap_s", [0, 0.32, 1, 3.2, 4, 7.68])
def test_the_overlap_is_at_least_the_one_asked_for(overlap_s: float) -> None:
    network = Network(small_config(**ROTARY))
    windows = plan_film(network, 2000, LongForm(overlap_s=overlap_s))
    hop_s = Fraction(8, 25) * windows.strides[1]
    assert overlap_s <= 8 - hop_s + Fraction(1, 10**9)
    assert 8 - hop_s - Fraction(overlap_s) < Fraction(8, 25)


def test_who_takes_windows() -> None:
    rotary, plain = Network(small_config(**ROTARY)), Network(small_config())
    half = Network(small_config(single_modal_mixer="attention_rope"))
    assert len(plan_film(rotary, 2000, LongForm()).strides) > 1
    assert len(plan_film(half, 2000, LongForm()).strides) > 1
    assert plan_film(plain, 2000, LongForm()).plan.starts == (0,)
    assert plan_film(rotary, 2000, WHOLE).plan.starts == (0,)
    assert plan_film(rotary, 2000, WHOLE).plan.latents == 2000
    assert len(plan_film(plain, 2000, WINDOWS).strides) > 1


@pytest.mark.parametrize("length", [1, 28, 344, 345])
def test_a_film_of_up_to_one_window_has_its_own_length(length: int) -> None:
    windows = plan_film(Network(small_config(**ROTARY)), length, LongForm())
    assert (windows.strides, windows.plan.starts, windows.plan.length) == ((0,), (0,), length)


@pytest.mark.parametrize("overlap_s", [-0.1, 7.7, 8, math.nan, math.inf])
def test_an_overlap_without_room_is_refused(overlap_s: float) -> None:
    with pytest.raises(BadOption, match="overlap"):
        plan_film(Network(small_config(**ROTARY)), 2000, LongForm(overlap_s=overlap_s))


def test_no_window_at_once_is_refused() -> None:
    with pytest.raises(BadOption, match="windows at once"):
        plan_film(Network(small_config(**ROTARY)), 2000, LongForm(windows_at_once=0))


def numbered(length: int, tokens: int = 1) -> Tensor:
    """Features that are their own place: (1, length tokens, 2), row and place in its segment."""
    row = torch.arange(length * tokens)
    return torch.stack((row // tokens, row % tokens), -1).unsqueeze(0).double()


@pytest.mark.parametrize("seconds", [Fraction(81, 10), Fraction(20), Fraction(1001, 24), Fraction(60)])
def test_windows_of_segments_hold_the_right_frames(seconds: Fraction) -> None:
    network = Network(small_config(**ROTARY))
    timeline = Timeline(seconds, RATE_44K)
    segments, frames = sync_tokens(timeline.sync_frames) // 8, timeline.clip_frames
    windows = plan_film(network, timeline.latents, LongForm())
    whole = Features(numbered(frames), numbered(segments, 8), numbered(5), text_mask=torch.ones(1, 5) == 1)
    cut = cut_features(whole, windows.strides, network.config)
    count = len(windows.strides)
    assert cut.clip.shape == (count, 64, 2)
    assert cut.sync.shape == (count, 192, 2)
    assert cut.text.shape == (count, 5, 2)
    assert cut.text_mask is not None
    assert cut.text_mask.shape == (count, 5)
    for window, stride in enumerate(windows.strides):
        expected = [[min(stride + place // 8, segments - 1), place % 8] for place in range(192)]
        assert cut.sync[window].tolist() == expected
        first = int(cut.clip[window, 0, 0])
        # Nearest frame: half of 1/8 s at most from where the window begins.
        assert abs(Fraction(first, 8) - stride * Fraction(8, 25)) <= Fraction(1, 16)
        assert cut.clip[window, :, 0].tolist() == [min(first + place, frames - 1) for place in range(64)]
        assert torch.equal(cut.text[window], whole.text[0])
    # Only the last window reaches beyond the film, and its last segment is the film's, or one more like it.
    assert windows.strides[-2] + 24 <= segments
    assert (cut.sync[-1, :, 0] == segments - 1).sum() in (8, 16)


def test_windows_of_frames_hold_the_right_frames() -> None:
    network = Network(small_config(sequence=RATE_44K))
    windows = plan_film(network, Timeline(Fraction(21), RATE_44K).latents, WINDOWS)
    cut = cut_features(Features(numbered(168), numbered(525), numbered(5)), windows.strides, network.config)
    assert windows.strides == (0, 15, 30, 41)
    assert cut.text_mask is None
    assert cut.sync[:, :, 0].tolist() == [
        [min(8 * stride + place, 524) for place in range(200)] for stride in windows.strides
    ]
    # 15 strides are 38.4 frames, 30 are 76.8, 41 are 104.96; the film ends with frame 167.
    assert cut.clip[:, 0, 0].tolist() == [0, 38, 77, 105]
    assert cut.clip[-1, -3:, 0].tolist() == [166, 167, 167]


@mixers
@pytest.mark.parametrize("guidance", [1.0, 4.5])
@pytest.mark.parametrize("seconds", [3, 8])
def test_one_window_is_the_plain_path_to_the_bit(mixer: dict, guidance: float, seconds: int) -> None:
    network = build(mixer)
    given, length = film(network.config, seconds)
    real, null = network.condition(given, length), network.condition(network.null_features(given), length)
    x = latents(network.config, 1, length)
    expected = network.velocity(x, T, real)
    if guidance != 1:
        first, second = network.paired_velocity(x, T, real, null)
        expected = second + guidance * (first - second)
    assert torch.equal(velocity_of(network, given, plan_film(network, length, LongForm()), guidance), expected)
    assert torch.equal(velocity_of(network, given, plan_film(network, length, WINDOWS), guidance), expected)


def test_the_whole_film_at_once_is_the_plain_path_to_the_bit() -> None:
    network = build(MIXERS["hierarchy"])
    given, length = film(network.config, 20)
    expected = network.velocity(latents(network.config, 1, length), T, network.condition(given, length))
    assert torch.equal(velocity_of(network, given, plan_film(network, length, LongForm())), expected)


def test_where_one_window_is_alone_it_is_a_clip_of_training() -> None:
    network = build(ROTARY)
    given, length = film(network.config, 20)
    windows = plan_film(network, length, LongForm())
    out = velocity_of(network, given, windows)
    x = latents(network.config, 1, windows.plan.latents)
    first = replace(given, clip=given.clip[:, :64], sync=given.sync[:, : 24 * 8])
    clip = network.velocity(x[:, :345], T, network.condition(first, 345))
    torch.testing.assert_close(out[:, :207], clip[:, :207], rtol=1e-5, atol=1e-6)
    assert not torch.allclose(out[:, 240:300], clip[:, 240:300], rtol=1e-2)


@pytest.mark.slow
@mixers
def test_the_number_of_windows_at_once_changes_nothing(mixer: dict) -> None:
    network = build(mixer)
    given, length = film(network.config, 24)
    windows = plan_film(network, length, WINDOWS)
    assert len(windows.strides) == 5
    alone = velocity_of(network, given, windows, 3.0, at_once=1)
    for at_once in (2, 5, 100):
        together = velocity_of(network, given, windows, 3.0, at_once)
        torch.testing.assert_close(together, alone, rtol=1e-4, atol=1e-5)


def test_guidance_leads_from_null_to_real_after_blending_as_before() -> None:
    network = build(ROTARY)
    given, length = film(network.config, 20)
    windows = plan_film(network, length, LongForm())
    real, null = velocity_of(network, given, windows), velocity_of(network, network.null_features(given), windows)
    expected = null + 4.5 * (real - null)
    torch.testing.assert_close(velocity_of(network, given, windows, 4.5), expected, rtol=1e-4, atol=1e-5)


def test_guidance_of_one_never_looks_at_the_null_features() -> None:
    network = build(ROTARY)
    given, length = film(network.config, 20)
    windows = plan_film(network, length, LongForm())
    nothing = replace(given, clip=given.clip * math.nan, sync=given.sync * math.nan, text=given.text * math.nan)
    x = latents(network.config, 1, windows.plan.latents)
    with torch.inference_mode():
        out = velocity_from(network, given, nothing, windows, 1.0, 8)(x, T)
    assert torch.equal(out, velocity_of(network, given, windows))


def test_the_negative_prompt_is_heard_in_every_window() -> None:
    network = build(ROTARY)
    given, length = film(network.config, 20)
    windows = plan_film(network, length, LongForm())
    x = latents(network.config, 1, windows.plan.latents)
    words = film(network.config, 8, seed=9)[0].text
    outs = []
    for null in (network.null_features(given), network.null_features(given, text=words)):
        with torch.inference_mode():
            outs.append(velocity_from(network, given, null, windows, 4.5, 8)(x, T))
    different = (outs[0] - outs[1]).abs().mean((0, 2))
    assert (different > 0.05 * different.mean()).all()


def test_a_film_moved_by_one_hop_moves_its_velocity() -> None:
    # At 16 kHz a hop is 150 latents and 15 segments; 38.4 CLIP frames are no whole number, so the picture stands still.
    network = build({**ROTARY, "sequence": RATE_16K})
    given, length = film(network.config, 32)
    given = replace(given, clip=given.clip[:, :1].expand_as(given.clip))
    later, later_length = replace(given, clip=given.clip[:, 38:], sync=given.sync[:, 15 * 8 :]), length - 150
    windows, later_windows = (plan_film(network, count, LongForm()) for count in (length, later_length))
    assert windows.strides == (0, 15, 30, 45, 60, 75)
    assert later_windows.strides == (0, 15, 30, 45, 60)
    x = latents(network.config, 1, length)
    null = network.null_features(given)
    with torch.inference_mode():
        out = velocity_from(network, given, null, windows, 1.0, 3)(x, T)[:, 150:]
        moved = velocity_from(network, later, null, later_windows, 1.0, 3)(x[:, 150:], T)
    # In the first 100 latents the longer film still blends in the window before.
    torch.testing.assert_close(moved[:, 100:], out[:, 100:], rtol=1e-5, atol=1e-6)
    assert not torch.allclose(moved[:, :60], out[:, :60], rtol=1e-2)


def seams(network: Network, given: Features, form: LongForm, edges: FilmWindows) -> SeamRatio:
    """Change of the sampled latents at the window edges of `edges`, against elsewhere.

    From a quiet start, so that what the network makes is not lost in noise.
    """
    windows = plan_film(network, Timeline(Fraction(40), network.config.sequence).latents, form)
    velocity = velocity_from(network, given, given, windows, 1.0, 8)
    start = 0.05 * noise(3, windows.plan.latents, network.config.latent_channels)
    with torch.inference_mode():
        steps = euler(velocity, start, uniform_times(8))[0].diff(dim=0).norm(dim=1).numpy()
    return edge_ratio(steps, np.arange(len(steps)) + 0.5, np.array(edges.plan.edges) - 0.5, 2.0)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["rotary", "attention", "state_space"])
def test_windows_leave_no_seam_in_a_film_that_stays_the_same(name: str) -> None:
    # Tokens of a segment differ by their place in it, and windows begin with a segment: single frames stay the same.
    network = build({**MIXERS[name], "sync_segment_tokens": 0, "latent_channels": 40}, seed=2).float()
    given, length = film(network.config, 40)
    still = Features(
        clip=given.clip[:, :1].expand_as(given.clip).float(),
        sync=given.sync[:, :1].expand_as(given.sync).float(),
        text=given.text.float(),
    )
    overlapping, apart = LongForm("windows"), LongForm("windows", overlap_s=0)
    windows, apart_windows = (plan_film(network, length, form) for form in (overlapping, apart))
    blended = seams(network, still, overlapping, windows)
    whole = seams(network, still, WHOLE, windows)
    cut = seams(network, still, apart, apart_windows)
    # Over four networks of each kind the medians are 0.98 to 1.10 blended, and within 5 % of those of the whole.
    assert blended.median < 1.2
    assert blended.largest < 1.2
    assert blended.median == pytest.approx(whole.median, rel=0.15)
    # Without overlap the same measure finds the seams: here 1.8, 4.1 and 4.2.
    assert cut.median > 1.5


def largest_output(network: Network, seconds: int, at_once: int) -> int:
    """Numbers in the largest tensor that any part of the network gives, while it is conditioned and evaluated."""
    given, length = film(network.config, seconds)
    sizes: list[int] = []

    def note(module: nn.Module, inputs: object, output: object) -> None:
        if isinstance(output, Tensor):
            sizes.append(output.numel())

    hooks = [module.register_forward_hook(note) for module in network.modules()]
    velocity_of(network, given, plan_film(network, length, LongForm()), 3.0, at_once)
    for hook in hooks:
        hook.remove()
    return max(sizes)


@pytest.mark.slow
def test_memory_is_bound_by_the_windows_at_once_and_not_by_the_film() -> None:
    network = build(ROTARY)
    assert largest_output(network, 30, 3) == largest_output(network, 60, 3)
    assert largest_output(network, 60, 6) == 2 * largest_output(network, 60, 3)
