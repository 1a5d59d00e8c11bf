"""A model folder of the real classes with small sizes and weights by formula: everything works, nothing is learned."""

from dataclasses import asdict, replace
from pathlib import Path

import pytest
import torch

from mmhnet_cli.codec.mini import MiniCodec, MiniCodecConfig
from mmhnet_cli.codec.vocoder import VocoderConfig
from mmhnet_cli.encoders.descriptors import SYNC_DIM
from mmhnet_cli.encoders.recogniser import Recogniser, RecogniserConfig
from mmhnet_cli.encoders.text import SubwordTextEncoder, TextConfig
from mmhnet_cli.model.config import VARIANTS
from mmhnet_cli.model.network import Network
from mmhnet_cli.models.checkpoint import save_model
from mmhnet_cli.pipeline.making.load import network_tensors

LATENT_CHANNELS = 8


def write_tiny_model(folder: Path) -> Path:
    """Write the folder and return it. The same weights each time."""
    recogniser_config = RecogniserConfig(kinds=5, width=16, blocks=1)
    network_config = replace(
        VARIANTS["mini"],
        latent_channels=LATENT_CHANNELS,
        clip_dim=recogniser_config.clip_dim,
        sync_dim=SYNC_DIM,
        text_dim=16,
        width=24,
        clip_width=16,
        text_width=16,
        condition_width=16,
        heads=2,
        multimodal_blocks=1,
        single_modal_blocks=1,
        state_size=8,
        ffn_width=24,
        clip_ffn_width=16,
        text_ffn_width=16,
        condition_ffn_width=16,
        time_features=16,
    )
    codec_config = MiniCodecConfig(vocoder=VocoderConfig(width=16, blocks=1), channels=LATENT_CHANNELS)
    text_config = TextConfig(table=256, width=16)
    with torch.random.fork_rng():
        torch.manual_seed(7)
        network, text = Network(network_config), SubwordTextEncoder(text_config)
        recogniser = Recogniser(recogniser_config)
        codec = MiniCodec(codec_config)
        for parameter in (*network.parameters(), *codec.parameters()):
            # What starts at zero would make every film, prompt and seed sound alike.
            if not parameter.detach().any():
                torch.nn.init.normal_(parameter, std=0.1)
        torch.nn.init.normal_(codec.projection.basis, std=0.1)
        codec.projection.mean.fill_(-4.0)
    config = {
        "name": "tiny",
        "network": network_config.to_dict(),
        "text": asdict(text_config),
        "recogniser": asdict(recogniser_config),
        "codec": asdict(codec_config),
    }
    save_model(folder, config, network_tensors(network, text, recogniser), codec.state_dict())
    return folder


@pytest.fixture(scope="session")
def tiny_model_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_model(tmp_path_factory.mktemp("models") / "tiny")
