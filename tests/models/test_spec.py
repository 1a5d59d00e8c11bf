"""What models are; and costs of encoders and codecs beside modules of their real sizes, on the meta device."""

import json
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from mmhnet_cli.codec.public import PUBLIC_16K, PUBLIC_44K, PublicCodec, PublicCodecConfig
from mmhnet_cli.encoders.clip import ClipConfig, ClipImageTower, ClipTextTower
from mmhnet_cli.encoders.public import PUBLIC_STREAMS, SEGMENT_STRIDE
from mmhnet_cli.encoders.synchformer import Synchformer, SynchformerConfig
from mmhnet_cli.errors import UnknownModel, WeightsInvalid
from mmhnet_cli.model.variants import VARIANTS
from mmhnet_cli.models.registry import MODELS, find_model
from mmhnet_cli.models.spec import (
    MINI_CODEC,
    MINI_ENCODERS,
    PUBLIC_CODECS,
    PUBLIC_ENCODERS,
    read_spec,
    variant_spec,
)
from mmhnet_cli.pipeline.making.load import CODECS, LOADERS
from tests.tiny_public_model import write_tiny_public_model

WINDOW_FRAMES = 512


def operations(module: nn.Module, *shape: int) -> float:
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        module(torch.empty(*shape, device="meta"))
    return counter.get_total_flops()


def parameters(*modules: nn.Module) -> int:
    return sum(parameter.numel() for module in modules for parameter in module.parameters())


@pytest.mark.slow
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


@pytest.mark.slow
@pytest.mark.parametrize("config", [PUBLIC_16K, PUBLIC_44K], ids=["16k", "44k"])
def test_public_codecs(config: PublicCodecConfig) -> None:
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
    model = MODELS[name].spec
    assert model.network == VARIANTS[name]
    assert model.encoders == (MINI_ENCODERS if name == "mini" else PUBLIC_ENCODERS)
    assert model.codec == (MINI_CODEC if name == "mini" else PUBLIC_CODECS[model.rate_hz])
    assert model.encoders.name in LOADERS
    assert name == "mini" or CODECS[model.codec.name].mel.sample_rate_hz == model.rate_hz


def test_a_variant_that_nobody_knows() -> None:
    with pytest.raises(UnknownModel):
        variant_spec("own", "xl-44k")


def test_mini_weights_are_those_of_its_file() -> None:
    files = find_model("mini")
    assert 4 * files.spec.codec.weights == pytest.approx(files.parts["codec"].stat().st_size, rel=0.01)


def test_own_encoders_are_as_large_as_their_files(tmp_path: Path) -> None:
    files = find_model(str(write_tiny_public_model(tmp_path / "tiny-public")))
    model = files.spec.sized_as(files.parts)
    held = sum(files.parts[role].stat().st_size for role in ("clip", "synchformer"))
    assert 4 * model.encoders.weights == pytest.approx(held, rel=1e-3)
    assert model.encoders.working < PUBLIC_ENCODERS.working / 100


def test_a_network_with_the_public_parts(tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"format": 1, "network": VARIANTS["s-16k"].to_dict(), "codec": "public"}))
    model = read_spec("own", config)
    assert (model.network, model.encoders, model.codec) == (VARIANTS["s-16k"], PUBLIC_ENCODERS, PUBLIC_CODECS[16000])


@pytest.mark.parametrize("content", ["{}", '{"network": 5}', '{"network": {"depth": 3}}', "no JSON"])
def test_a_configuration_that_is_none(tmp_path: Path, content: str) -> None:
    config = tmp_path / "config.json"
    config.write_text(content)
    with pytest.raises(WeightsInvalid):
        read_spec("own", config)


@pytest.mark.parametrize("sections", [{"codec": "public"}, {"encoders": {}, "codec": {}}])
def test_a_rate_without_a_codec(tmp_path: Path, sections: dict[str, object]) -> None:
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"format": 1, "network": {"sequence": {"sample_rate_hz": 48000}}, **sections}))
    with pytest.raises(WeightsInvalid) as caught:
        read_spec("own", config)
    assert (caught.value.key, caught.value.expected) == ("network.sequence.sample_rate_hz", "16000 or 44100")
