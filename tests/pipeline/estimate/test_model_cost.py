"""Costs of encoders and codecs beside modules of their real sizes, which take no memory on the meta device."""

import json
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from mmhnet_cli.codec.public import PUBLIC_16K, PUBLIC_44K, PublicCodec
from mmhnet_cli.encoders.clip import ClipConfig, ClipImageTower, ClipTextTower
from mmhnet_cli.encoders.public import PUBLIC_STREAMS, SEGMENT_STRIDE
from mmhnet_cli.encoders.synchformer import Synchformer, SynchformerConfig
from mmhnet_cli.errors import WeightsInvalid
from mmhnet_cli.model.config import VARIANTS
from mmhnet_cli.models.registry import MODELS, find_model
from mmhnet_cli.pipeline.estimate.model_cost import MINI_CODEC, PUBLIC_CODECS, PUBLIC_ENCODERS, model_cost
from tests.tiny_public_model import write_tiny_public_model

WINDOW_FRAMES = 512


def operations(module: nn.Module, *shape: int) -> float:
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        module(torch.empty(*shape, device="meta"))
    return counter.get_total_flops()


def parameters(*modules: nn.Module) -> int:
    return sum(parameter.numel() for module in modules for parameter in module.parameters())


def test_public_encoders() -> None:
    with torch.device("meta"):
        image, text = ClipImageTower(ClipConfig()), ClipTextTower(ClipConfig())
        sync = Synchformer(SynchformerConfig())
    sync_fps, clip_fps = (stream.fps for stream in PUBLIC_STREAMS)
    a_second = clip_fps * operations(image, 1, 3, 384, 384)
    a_second += sync_fps / SEGMENT_STRIDE * operations(sync, 1, 16, 3, 224, 224)
    assert PUBLIC_ENCODERS.weights == parameters(image, text, sync)
    assert PUBLIC_ENCODERS.operations_per_s == pytest.approx(a_second, rel=0.01)


class VaeDecoder(nn.Module):
    def __init__(self, codec: PublicCodec) -> None:
        super().__init__()
        self.codec = codec

    def forward(self, latents: Tensor) -> Tensor:
        return self.codec.vae.decode(latents)


@pytest.mark.parametrize("config", [PUBLIC_16K, PUBLIC_44K], ids=["16k", "44k"])
def test_public_codecs(config) -> None:
    with torch.device("meta"):
        codec = PublicCodec(config, encoder=False)
    codec.vae.folded = True
    rate_hz = config.mel.sample_rate_hz
    window_s = (config.window_latents - config.overlap_latents) * codec.samples_per_latent / rate_hz
    frames = WINDOW_FRAMES + 2 * config.vocoder.context_frames
    a_second = operations(VaeDecoder(codec), 1, config.vae.channels, config.window_latents) / window_s
    a_second += operations(codec.vocoder, 1, config.mel.bins, frames) * rate_hz / WINDOW_FRAMES / config.mel.hop_samples
    assert PUBLIC_CODECS[rate_hz].weights == parameters(codec.vae, codec.vocoder)
    assert PUBLIC_CODECS[rate_hz].operations_per_s == pytest.approx(a_second, rel=0.02)


@pytest.mark.parametrize("name", MODELS)
def test_models_of_the_table(name: str) -> None:
    model = model_cost(name, MODELS[name].config, {})
    assert model.network == VARIANTS[name]
    expected = MINI_CODEC if name == "mini" else PUBLIC_CODECS[model.network.sequence.sample_rate_hz]
    assert model.codec == expected


def test_mini_weights_are_those_of_its_file() -> None:
    files = find_model("mini")
    codec = model_cost("mini", files.config, files.parts).codec
    assert 4 * codec.weights == pytest.approx(files.parts["codec"].stat().st_size, rel=0.01)


def test_own_encoders_are_as_large_as_their_files(tmp_path: Path) -> None:
    files = find_model(str(write_tiny_public_model(tmp_path / "tiny-public")))
    model = model_cost(files.name, files.config, files.parts)
    held = sum(files.parts[role].stat().st_size for role in ("clip", "synchformer"))
    assert 4 * model.encoders.weights == pytest.approx(held, rel=1e-3)
    assert model.encoders.working < PUBLIC_ENCODERS.working / 100


def test_a_network_with_the_public_parts(tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"format": 1, "network": VARIANTS["s-16k"].to_dict(), "codec": "public"}))
    model = model_cost("own", config, {})
    assert (model.network, model.encoders, model.codec) == (VARIANTS["s-16k"], PUBLIC_ENCODERS, PUBLIC_CODECS[16000])


@pytest.mark.parametrize("content", ["{}", '{"network": 5}', '{"network": {"depth": 3}}', "no JSON"])
def test_a_configuration_that_is_none(tmp_path: Path, content: str) -> None:
    config = tmp_path / "config.json"
    config.write_text(content)
    with pytest.raises(WeightsInvalid):
        model_cost("own", config, {})
