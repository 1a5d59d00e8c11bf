"""The public codec as a whole: lengths, windows that equal the whole, and how near the others come to it."""

import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import asdict, replace
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from mmhnet_cli.codec.bigvgan import BIGVGAN_16K, BIGVGAN_44K, BigVGANConfig
from mmhnet_cli.codec.mel import MEL_44K
from mmhnet_cli.codec.public import (
    PUBLIC_16K,
    PUBLIC_44K,
    PublicCodec,
    PublicCodecConfig,
    load_public_codec,
    window_starts,
)
from mmhnet_cli.codec.vae import VAE_44K, UnitConv
from mmhnet_cli.fields import build
from mmhnet_cli.models.checkpoint import save_tensors
from mmhnet_cli.models.described import Described
from tests.parity import entries, public_keys, relative_error, shapes_of, wave

SMALL_44K = replace(PUBLIC_44K, vae=replace(VAE_44K, width=16), vocoder=replace(BIGVGAN_44K, width=64))
SMALL_16K = replace(PUBLIC_16K, vae=replace(PUBLIC_16K.vae, width=16), vocoder=replace(BIGVGAN_16K, width=64))
SHORT_WINDOWS = replace(SMALL_44K, window_latents=101, fade_latents=7)


@pytest.fixture(scope="module", autouse=True)
def _inference() -> Iterator[None]:
    with torch.inference_mode():
        yield


def codec_of(config: PublicCodecConfig, encoder: bool = False) -> PublicCodec:
    """Narrow and random, with the vocoder's gain such that its sound stays within full scale; the caller's own."""
    return deepcopy(_codec_of(config, encoder))


@cache
def _codec_of(config: PublicCodecConfig, encoder: bool) -> PublicCodec:
    generator = torch.Generator().manual_seed(0)
    codec = PublicCodec(config, encoder).eval()
    for conv in codec.modules():
        if isinstance(conv, nn.Conv1d | nn.ConvTranspose1d):
            conv.weight.copy_(torch.randn(conv.weight.shape, generator=generator))
            # Folding makes any scale a unit one; a transposed convolution sums over half its taps.
            if not isinstance(conv, UnitConv):
                taps = conv.kernel_size[0] // conv.stride[0]
                conv.weight.mul_(0.7 / (conv.in_channels // conv.groups * taps) ** 0.5)
            if conv.bias is not None:
                conv.bias.fill_(0.1)
    codec.vocoder.conv_post.weight.mul_(0.1)
    codec.fold()
    return codec


def moving_latents(length: int, channels: int = 40) -> Tensor:
    """(length, Z) of unit variance, smooth in time."""
    generator = torch.Generator().manual_seed(4)
    return torch.randn(length + 4, channels, generator=generator).unfold(0, 5, 1).sum(2) / 5**0.5


def joined(codec: PublicCodec, latents: Tensor, window_frames: int = 512) -> np.ndarray:
    return np.concatenate(list(codec.decode_stream(latents, window_frames=window_frames)))


@pytest.mark.slow
@pytest.mark.parametrize(("config", "samples", "channels"), [(SMALL_16K, 512, 20), (SMALL_44K, 1024, 40)])
def test_lengths_of_both_codecs(config: PublicCodecConfig, samples: int, channels: int) -> None:
    codec = codec_of(config, encoder=True)
    assert codec.samples_per_latent == samples
    for length in (5 * samples, 5 * samples + 1, 6 * samples - 1):
        sound = 0.1 * wave("sound", (2, length))
        assert codec.encode(sound).shape == (2, -(-length // samples), channels)
    assert codec.decode(moving_latents(7, channels)[None].expand(3, -1, -1)).shape == (3, 7 * samples)
    assert joined(codec, moving_latents(7, channels)).shape == (7 * samples,)


def test_encoding_gives_the_mean_of_the_posterior() -> None:
    codec = codec_of(SMALL_44K, encoder=True)
    sound = 0.5 * wave("sound", (1, 4 * 1024))
    mean, _ = codec.vae.encode(codec.log_mel(sound))
    assert torch.equal(codec.encode(sound), mean.transpose(1, 2))
    assert torch.equal(
        codec.encode(sound[:, :-100]), codec.encode(torch.cat([sound[:, :-100], torch.zeros(1, 100)], 1))
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("window_frames", "length"),
    [(1, 2), (13, 30), (79, 45), (512, 4)],
    ids=["a frame", "less than the context", "more than the context", "all"],
)
@pytest.mark.parametrize("config", [SMALL_16K, SMALL_44K], ids=["16k", "44k"])
def test_windows_of_the_vocoder_equal_the_whole(config: PublicCodecConfig, window_frames: int, length: int) -> None:
    codec = codec_of(config).double()
    latents = moving_latents(length, config.vae.channels)
    whole = codec.decode(latents[None])[0].float().numpy()
    assert 0.01 < np.abs(whole).max() < 1
    blocks = list(codec.decode_stream(latents, window_frames=window_frames))
    assert [len(block) for block in blocks[:-1]] == [window_frames * config.mel.hop_samples] * (len(blocks) - 1)
    assert all(block.dtype == np.float32 for block in blocks)
    assert relative_error(np.concatenate(blocks), whole) < 1e-9


@pytest.mark.slow
def test_windows_of_the_vocoder_in_float32_are_near_the_whole() -> None:
    codec, latents = codec_of(SMALL_44K), moving_latents(30)
    assert relative_error(joined(codec, latents, 13), codec.decode(latents[None])[0].numpy()) < 1e-5


def test_a_film_of_one_window_is_decoded_whole() -> None:
    codec = codec_of(SMALL_44K)
    latents = moving_latents(345)
    (mel,) = codec.mel_blocks(latents)
    assert torch.equal(mel, codec.decoded_mel(latents[None]))


@pytest.mark.parametrize("length", [102, 143, 201, 202, 333])
def test_windows_of_the_autoencoder_cover_the_film_and_differ_by_attention_only(length: int) -> None:
    codec = codec_of(SHORT_WINDOWS)
    latents = moving_latents(length)
    blocks = list(codec.mel_blocks(latents))
    assert len(blocks) == len(window_starts(length, 101, 49)) > 1
    assert all(block.shape[2] > 0 for block in blocks)
    codec.vae.decoder.mid.attn_1.proj_out.weight.zero_()
    mel = torch.cat(list(codec.mel_blocks(latents)), dim=2)
    assert relative_error(mel, codec.decoded_mel(latents[None])) < 1e-5


def test_how_near_windows_of_the_autoencoder_come_to_the_whole() -> None:
    """Measured on random weights, whose attention is no more local than chance: 5 % of the mel in 16 s, 6 % in 35 s."""
    codec = codec_of(SMALL_44K)
    for length in (700, 1500):
        latents = moving_latents(length)
        whole = codec.decoded_mel(latents[None])
        mel = torch.cat(list(codec.mel_blocks(latents)), dim=2)
        assert 0.02 < relative_error(mel, whole) < 0.08


@pytest.mark.parametrize("length", [102, 202, 333])
def test_cross_fades_are_ramps_around_the_middle_of_what_windows_share(length: int) -> None:
    """The same as a sum over all windows, each under a trapezoid."""
    codec = codec_of(SHORT_WINDOWS)
    latents = moving_latents(length)
    starts = window_starts(length, 101, 49)
    frame = torch.arange(2 * length) + 0.5
    expected = torch.zeros(1, 128, 2 * length)
    total = torch.zeros(2 * length)
    for number, start in enumerate(starts):
        share = torch.ones(2 * length)
        if number > 0:
            share *= ((frame - (starts[number - 1] + 101 + start)) / 14 + 0.5).clamp(0, 1)
        if number < len(starts) - 1:
            share *= 1 - ((frame - (start + 101 + starts[number + 1])) / 14 + 0.5).clamp(0, 1)
        window = slice(2 * start, 2 * (start + 101))
        expected[:, :, window] += share[window] * codec.decoded_mel(latents[None, start : start + 101])
        total[window] += share[window]
    assert torch.allclose(total, torch.ones(2 * length))
    assert relative_error(torch.cat(list(codec.mel_blocks(latents)), dim=2), expected) < 1e-6


@pytest.mark.parametrize("length", [1, 100, 101, 102, 153, 154, 999, 25840])
def test_windows_are_evenly_spaced_and_share_enough(length: int) -> None:
    starts = window_starts(length, 101, 49)
    assert starts[0] == 0
    if length <= 101:
        assert starts == [0]
        return
    assert starts[-1] + 101 == length
    steps = [after - before for before, after in pairwise(starts)]
    assert max(steps) <= 101 - 49
    assert max(steps) - min(steps) <= 1
    # One window fewer would not reach.
    assert 101 + (len(starts) - 2) * (101 - 49) < length


@pytest.mark.slow
def test_memory_is_that_of_a_window_however_long_the_film() -> None:
    # Three stages in the place of six cost a third, and see windows as wide as they are given.
    vocoder = BigVGANConfig(width=8, rates=(16, 16, 2), kernels=(16, 16, 2))
    codec = codec_of(replace(SHORT_WINDOWS, vocoder=vocoder))
    latents_seen: list[int] = []
    frames_seen: list[int] = []
    codec.vae.decoder.register_forward_pre_hook(lambda _, given: latents_seen.append(given[0].shape[2]))
    codec.vocoder.register_forward_pre_hook(lambda _, given: frames_seen.append(given[0].shape[2]))
    context, length = vocoder.context_frames, 0
    for block in codec.decode_stream(moving_latents(250), window_frames=65):
        length += len(block)
        # The mel is decoded as the sound needs it, not ahead of it.
        assert 2 * 101 * len(latents_seen) < length / 512 + 2 * (context + 2 * 101) + 98 * len(latents_seen)
    assert length == 250 * 1024
    assert set(latents_seen) == {101}
    assert max(frames_seen) == 65 + 2 * context


@pytest.mark.slow
def test_windows_report_how_far_they_are() -> None:
    heard: list[float] = []
    for _ in codec_of(SMALL_44K).decode_stream(moving_latents(20), heard.append, window_frames=13):
        pass
    assert heard == pytest.approx([13 / 40, 26 / 40, 39 / 40, 1.0])


@pytest.mark.slow
@pytest.mark.parametrize(("dtype", "near"), [(torch.bfloat16, 0.05), (torch.float16, 0.01)])
def test_half_precision_decodes_to_float32_sound(dtype: torch.dtype, near: float) -> None:
    codec = codec_of(SHORT_WINDOWS)
    latents = moving_latents(150)
    mel = torch.cat(list(codec.mel_blocks(latents)), dim=2)
    codec.to(dtype)
    half = torch.cat(list(codec.mel_blocks(latents)), dim=2)
    assert half.dtype == dtype
    assert relative_error(half, mel) < near
    sound = joined(codec, latents[:20])
    assert sound.dtype == np.float32
    assert sound.shape == (20 * 1024,)
    assert np.isfinite(sound).all()


def test_a_codec_without_encoder_has_the_rest_of_both_public_files() -> None:
    with Described():
        codec = PublicCodec(PUBLIC_44K, encoder=False)
    public = public_keys()["vae_44k"]
    assert shapes_of(codec.vae.state_dict().items()) == {
        key: shape for key, shape in public.items() if not key.startswith("encoder.")
    }
    count = sum(tensor.numel() for tensor in codec.state_dict().values())
    assert count == 176_340_993 + 2 * 128 + 122_152_752 + 109 * 24


@pytest.mark.slow
def test_a_codec_filled_from_the_files_decodes_like_its_parts(tmp_path: Path) -> None:
    parts = codec_of(SMALL_44K, encoder=True)
    raw = entries(shapes_of(parts.vae.state_dict().items()), 5)
    parts.vae.load_state_dict(raw)
    with pytest.raises(RuntimeError, match="not folded"):
        joined(parts, moving_latents(5))
    parts.fold()
    vae, vocoder = tmp_path / "vae.safetensors", tmp_path / "vocoder.safetensors"
    save_tensors(vae, raw)
    save_tensors(vocoder, parts.vocoder.state_dict())
    codec = load_public_codec(vae, vocoder, SMALL_44K)
    latents = moving_latents(5)
    assert torch.equal(codec.decode(latents[None]), parts.decode(latents[None]))


@pytest.mark.parametrize("config", [PUBLIC_16K, PUBLIC_44K, SHORT_WINDOWS])
def test_config_survives_json(config: PublicCodecConfig) -> None:
    assert build(PublicCodecConfig, json.loads(json.dumps(asdict(config)))) == config
    assert build(PublicCodecConfig, asdict(config)) == config


def test_parts_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match=r"differ in their bins: \(128, 80, 128\)"):
        PublicCodecConfig(MEL_44K, PUBLIC_16K.vae)
    with pytest.raises(ValueError, match="the mel hop 256 is not the vocoder's 512"):
        PublicCodecConfig(replace(MEL_44K, hop_samples=256))
    with pytest.raises(ValueError, match="windows of 127 latents do not hold overlaps of 64"):
        replace(PUBLIC_44K, window_latents=127)
