"""A model folder of the real classes with small sizes and weights by formula: everything works, nothing is learned.

Its eyes and its words are the real ones.
"""

import shutil
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import torch

from mmhnet_cli.codec.mini import MiniCodec, MiniCodecConfig
from mmhnet_cli.codec.vocoder import VocoderConfig
from mmhnet_cli.encoders.mini import EyesConfig
from mmhnet_cli.model.network import Network
from mmhnet_cli.model.variants import VARIANTS
from mmhnet_cli.models.checkpoint import save_model
from mmhnet_cli.models.model_files import WORDS_FILE
from mmhnet_cli.models.registry import find_model

LATENT_CHANNELS = 8


def write_tiny_model(folder: Path) -> Path:
    """Write the folder and return it. The same weights each time."""
    network_config = replace(
        VARIANTS["mini"],
        latent_channels=LATENT_CHANNELS,
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
        classifier_width=16,
        classifier_blocks=2,
    )
    codec_config = MiniCodecConfig(vocoder=VocoderConfig(width=16, blocks=1), channels=LATENT_CHANNELS)
    with torch.random.fork_rng():
        torch.manual_seed(7)
        network, codec = Network(network_config), MiniCodec(codec_config)
        for parameter in (*network.parameters(), *codec.parameters()):
            # What starts at zero would make every film, prompt and seed sound alike.
            if not parameter.detach().any():
                torch.nn.init.normal_(parameter, std=0.1)
        torch.nn.init.normal_(codec.projection.basis, std=0.1)
        codec.projection.mean.fill_(-3.0)
    config = {
        "name": "tiny",
        "network": network_config.to_dict(),
        "eyes": asdict(EyesConfig()),
        "codec": asdict(codec_config),
    }
    save_model(folder, config, network.state_dict(), codec.state_dict())
    shutil.copyfile(find_model("mini").parts["words"], folder / WORDS_FILE)
    return folder


@pytest.fixture(scope="session")
def tiny_model_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_model(tmp_path_factory.mktemp("models") / "tiny")
