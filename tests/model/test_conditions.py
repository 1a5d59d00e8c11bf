"""Conditions: placement in time, windows, null and dropped conditions."""

from fractions import Fraction

import pytest
import torch

from mmhnet_cli.model.conditions import frame_at_latent, pair_conditions, place_by_stretch, place_by_time
from mmhnet_cli.model.network import Network
from mmhnet_cli.timeline import SequenceConfig
from tests.model.small import awake, features, small_config

CPU = torch.device("cpu")


@pytest.mark.parametrize("fps", [8, 25])
@pytest.mark.parametrize("sequence", [SequenceConfig(), SequenceConfig(16000, 256)])
def test_frame_is_the_one_shown_at_the_centre_of_the_latent(fps: int, sequence: SequenceConfig) -> None:
    index = frame_at_latent(26000, fps, sequence, CPU)
    for step in (0, 1, 2, 344, 345, 2584, 25999):
        centre = (step + Fraction(1, 2)) / sequence.latent_rate_hz
        assert index[step] == int(centre * fps)


def test_a_longer_film_places_its_beginning_the_same() -> None:
    short, long = (frame_at_latent(latents, 25, SequenceConfig(), CPU) for latents in (345, 13800))
    assert torch.equal(short, long[:345])


def test_place_by_time_stops_at_the_last_valid_frame() -> None:
    frames = torch.arange(6.0).view(2, 3, 1)
    index = torch.tensor([0, 1, 2, 2, 3])
    assert place_by_time(frames, index, None)[..., 0].tolist() == [[0, 1, 2, 2, 2], [3, 4, 5, 5, 5]]
    mask = torch.tensor([[True, True, False], [True, True, True]])
    assert place_by_time(frames, index, mask)[..., 0].tolist() == [[0, 1, 1, 1, 1], [3, 4, 5, 5, 5]]


def test_place_by_stretch_is_nearest() -> None:
    frames = torch.arange(3.0).view(1, 3, 1)
    assert place_by_stretch(frames, 6).flatten().tolist() == [0, 0, 1, 1, 2, 2]


def test_condition_of_a_longer_film_keeps_its_beginning() -> None:
    config = small_config()
    network = awake(Network(config))
    long = features(config, 1, 60, 4)
    short = features(config, 1, 60, 4)
    seconds = 20
    short = type(short)(short.clip[:, : seconds * 8], short.sync[:, : seconds * 25], short.text)
    far = network.condition(long, 60 * 43)
    near = network.condition(short, seconds * 43)
    safe = 15 * 43  # the global window reaches four seconds ahead, kernels a little further
    torch.testing.assert_close(far.audio[:, :safe], near.audio[:, :safe], rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(far.text_global, near.text_global)


def test_null_conditions_are_those_of_dropped_features() -> None:
    config = small_config()
    network = awake(Network(config))
    given = features(config, 2, 1, 1)
    everything = torch.tensor([True, True])
    dropped = network.condition(network.drop_conditions(given, everything, everything), 40)
    null = network.condition(network.null_features(given), 40)
    for name in ("clip", "text", "audio", "clip_global", "text_global"):
        torch.testing.assert_close(getattr(dropped, name), getattr(null, name))


def test_dropping_acts_on_the_chosen_items_only() -> None:
    config = small_config()
    network = awake(Network(config))
    given = features(config, 2, 1, 3)
    kept = network.drop_conditions(given, torch.tensor([True, False]), torch.tensor([False, True]))
    assert torch.equal(kept.clip[1], given.clip[1])
    assert torch.equal(kept.sync[0], network.empty_sync.expand(25, -1))
    assert torch.equal(kept.text[0], given.text[0])
    assert torch.equal(kept.text[1, :1], network.empty_text)
    assert kept.text_mask is not None
    assert kept.text_mask.tolist() == [[True, True, True], [True, False, False]]


def test_empty_text_that_does_not_fit_is_refused() -> None:
    config = small_config(empty_text_tokens=5)
    network = awake(Network(config))
    nothing = torch.tensor([False])
    with pytest.raises(ValueError, match="text of 3 tokens has no room for the 5"):
        network.drop_conditions(features(config, 1, 1, 3), nothing, nothing)


def test_negative_text_takes_the_place_of_the_empty_one() -> None:
    config = small_config()
    network = awake(Network(config))
    given, other = features(config, 1, 1, 3), features(config, 1, 1, 6, seed=9)
    negative = network.condition(network.null_features(given, text=other.text), 40)
    torch.testing.assert_close(negative.text, network.condition(other, 40).text)
    torch.testing.assert_close(negative.clip, network.condition(network.null_features(given), 40).clip)


def test_pairing_pads_the_shorter_text() -> None:
    config = small_config()
    network = awake(Network(config))
    given = features(config, 1, 1, 4)
    both = pair_conditions(network.condition(given, 40), network.condition(network.null_features(given), 40))
    assert both.text.shape[:2] == (2, 4)
    assert both.text_mask is not None
    assert both.text_mask.tolist() == [[True] * 4, [True, False, False, False]]
    assert both.clip_mask is None
