"""The public vocoders: their parts against the definitions, the whole against what the public networks give."""

import math
from collections.abc import Iterator
from dataclasses import replace

import pytest
import scipy.signal
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.nn.utils.parametrizations import weight_norm

from mmhnet_cli.codec.bigvgan import (
    BIGVGAN_16K,
    BIGVGAN_44K,
    Activation,
    BigVGAN,
    BigVGANConfig,
    Filter,
    Snake,
    fold_weight_norm,
)
from mmhnet_cli.models.described import Described
from tests.parity import entries, fill, parity, public_keys, relative_error, shapes_of, wave

CHECKPOINTS = {"bigvgan_16k": BIGVGAN_16K, "bigvgan_v2_44khz_128band_512x": BIGVGAN_44K}

every_checkpoint = pytest.mark.parametrize(("checkpoint", "config"), CHECKPOINTS.items(), ids=["16k", "44k"])


@pytest.fixture(scope="module", autouse=True)
def _inference() -> Iterator[None]:
    with torch.inference_mode():
        yield


def noise(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize(("config", "parameters"), [(BIGVGAN_16K, 112_199_473), (BIGVGAN_44K, 122_152_752)])
def test_parameters_of_the_public_vocoders(config: BigVGANConfig, parameters: int) -> None:
    with Described():
        vocoder = BigVGAN(config)
    assert sum(parameter.numel() for parameter in vocoder.parameters()) == parameters


@every_checkpoint
def test_keys_of_the_public_checkpoints(checkpoint: str, config: BigVGANConfig) -> None:
    with Described():
        vocoder = BigVGAN(config)
    with torch.device("meta"):
        public = {key: torch.empty(shape) for key, shape in public_keys()[checkpoint].items()}
    assert shapes_of(fold_weight_norm(public).items()) == shapes_of(vocoder.state_dict().items())


@pytest.mark.parametrize(("config", "samples", "frames"), [(BIGVGAN_16K, 256, 38), (BIGVGAN_44K, 512, 21)])
def test_hop_and_context_of_the_public_vocoders(config: BigVGANConfig, samples: int, frames: int) -> None:
    assert config.hop_samples == samples
    assert config.context_frames == frames


def test_the_filter_is_a_kaiser_low_pass_at_half_the_band() -> None:
    taps = scipy.signal.firwin(12, 0.5, window=("kaiser", scipy.signal.kaiser_beta(51.0212)))
    assert Filter().filter.flatten().tolist() == pytest.approx(taps.tolist(), abs=1e-6)


def test_the_snake_adds_a_squared_sine() -> None:
    snake = Snake(2).double()
    snake.alpha.copy_(torch.tensor([0.0, math.log(3)]))
    snake.beta.copy_(torch.tensor([math.log(2), 0.0]))
    x = noise(1, 2, 50)
    expected = torch.stack([x[0, 0] + x[0, 0].sin() ** 2 / 2, x[0, 1] + (3 * x[0, 1]).sin() ** 2])
    assert torch.allclose(snake(x)[0], expected, rtol=1e-6)


def literal_activation(activation: Activation, x: Tensor) -> Tensor:
    """As the definition has it: repeat the ends, put zeros between, filter, cut; and the other way round."""
    filters = activation.upsample.filter, activation.downsample.get_buffer("lowpass.filter")
    up, down = (taps.expand(x.shape[1], -1, -1) for taps in filters)
    padded = F.pad(x, (5, 5), mode="replicate")
    high = 2 * F.conv_transpose1d(padded, up, stride=2, groups=x.shape[1])[..., 15:-15]
    padded = F.pad(activation.act(high), (5, 6), mode="replicate")
    return F.conv1d(padded, down, stride=2, groups=x.shape[1])


@pytest.mark.parametrize("length", [1, 2, 3, 10, 41])
@pytest.mark.parametrize("filled", [False, True], ids=["Kaiser", "any taps"])
def test_the_activation_equals_its_literal_form(length: int, filled: bool) -> None:
    """Also with taps that are not symmetric, so that no tap can stand in another's place."""
    activation = Activation(5).double()
    if filled:
        fill(activation, 3)
    x = 3 * noise(2, 5, length)
    assert activation(x).shape == x.shape
    assert torch.allclose(activation(x), literal_activation(activation, x), rtol=1e-12, atol=1e-12)


def test_the_activation_keeps_a_slow_wave_where_it_is() -> None:
    """Without a sine to speak of it is two resamplings: no gain and no shift for a sine far below the cut-off."""
    activation = Activation(1).double()
    activation.act.beta.fill_(30.0)
    x = torch.sin(torch.arange(400, dtype=torch.float64) / 12).view(1, 1, -1)
    assert torch.allclose(activation(x)[..., 10:-10], x[..., 10:-10], atol=2e-3)


@pytest.mark.parametrize("old_names", [False, True])
def test_folded_weights_are_those_of_weight_norm(old_names: bool) -> None:
    conv = weight_norm(torch.nn.ConvTranspose1d(4, 3, 5))
    fill(conv, 1)
    names = {"original0": "weight_g", "original1": "weight_v"}
    state = {"ups.0.0." + key: tensor for key, tensor in conv.state_dict().items()}
    if old_names:
        state = {key.replace("parametrizations.weight.original0", "weight_g"): t for key, t in state.items()}
        state = {key.replace("parametrizations.weight.original1", "weight_v"): t for key, t in state.items()}
    assert any(key.endswith(tuple(names.values() if old_names else names)) for key in state)
    folded = fold_weight_norm(state)
    assert set(folded) == {"ups.0.0.weight", "ups.0.0.bias"}
    assert torch.allclose(folded["ups.0.0.weight"], conv.weight, rtol=1e-6)
    assert torch.equal(folded["ups.0.0.bias"], conv.bias)
    again = fold_weight_norm(folded)
    assert all(again[key] is folded[key] for key in folded)


@pytest.mark.slow
def test_one_hop_of_sound_per_frame_within_full_scale() -> None:
    for soft_bound in (False, True):
        vocoder = BigVGAN(BigVGANConfig(bins=6, width=64, soft_bound=soft_bound))
        fill(vocoder, 1)
        vocoder.conv_post.weight.mul_(100)
        sound = vocoder(wave("mel", (2, 6, 5)))
        assert sound.shape == (2, 5 * 512)
        assert sound.abs().max() == 1 if not soft_bound else 0.9 < sound.abs().max() <= 1
        assert bool((sound.abs() == 1).any()) or soft_bound


@pytest.mark.slow
@pytest.mark.parametrize("config", [BIGVGAN_16K, BIGVGAN_44K], ids=["16k", "44k"])
def test_a_frame_depends_on_its_context_and_on_all_of_it(config: BigVGANConfig) -> None:
    """With positive weights and no bias nothing cancels: what comes through from the rim is tiny, but not zero."""
    vocoder = BigVGAN(replace(config, bins=1, width=64)).double()
    for key, tensor in vocoder.state_dict().items():
        tensor.fill_(0.0 if key.endswith("bias") else 30.0 if key.endswith("act.beta") else 0.5)
    context, hop = config.context_frames, config.hop_samples
    frames = 2 * context + 3
    mel = torch.eye(frames, dtype=torch.float64)[:, None]
    # Row j is the sound of a mel that is zero but for frame j; the columns are the samples of the middle frame.
    sound = vocoder(mel[[0, 1, frames - 2, frames - 1]])[:, (context + 1) * hop : (context + 2) * hop]
    assert (sound.abs().amax(1) > 0).tolist() == [False, True, True, False]


@pytest.mark.slow
@every_checkpoint
def test_sound_of_the_public_vocoders(checkpoint: str, config: BigVGANConfig) -> None:
    """What is stored is known to 2e-4: that far the result of float64 lies from it.

    With weights made by formula one layer adds terms of 90 to sums of 4, so the order in which a processor adds is seen
    in the fourth digit.
    """
    vocoder = BigVGAN(config)
    vocoder.load_state_dict(fold_weight_norm(entries(public_keys()[checkpoint], 6)))
    mel = 2 * wave("mel", (1, config.bins, 16), 6) - 3
    expected = parity("bigvgan")[f"bigvgan_{'16k' if config is BIGVGAN_16K else '44k'}/wav"][:, 0]
    assert relative_error(vocoder(mel), expected) < 5e-4
    assert relative_error(vocoder.double()(mel.double()), expected) < 2.5e-4
