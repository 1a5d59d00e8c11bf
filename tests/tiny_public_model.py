"""A model folder of the public architecture in small sizes, weights by seed: MMAudio's keys in every file."""

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from mmhnet_cli.codec.bigvgan import BIGVGAN_16K
from mmhnet_cli.codec.mel import MEL_16K
from mmhnet_cli.codec.public import PublicCodec, PublicCodecConfig
from mmhnet_cli.codec.vae import VAEConfig
from mmhnet_cli.encoders.clip import ClipConfig, ClipImageTower, ClipTextTower, open_clip_entries
from mmhnet_cli.encoders.clip_tokenizer import MERGES
from mmhnet_cli.encoders.public import PublicEncodersConfig
from mmhnet_cli.encoders.synchformer import PUBLIC_PREFIX, Synchformer, SynchformerConfig
from mmhnet_cli.model.config import NetworkConfig
from mmhnet_cli.model.network import Network
from mmhnet_cli.model.variants import VARIANTS
from mmhnet_cli.models.adapters import LEADING_AXES, Layout, key_map
from mmhnet_cli.models.checkpoint import save_tensors


def narrow_mmaudio(width: int, ffn_width: int, **changes: Any) -> NetworkConfig:
    """The smallest network of MMAudio with all its streams of these widths, and with other fields changed."""
    widths = dict.fromkeys(("width", "clip_width", "text_width", "condition_width"), width)
    ffn_widths = {f"{stream}ffn_width": ffn_width for stream in ("", "clip_", "text_", "condition_")}
    return replace(VARIANTS["mmaudio-small-16k"], **widths, **ffn_widths, **changes)


NETWORK = narrow_mmaudio(
    32,
    32,
    latent_channels=6,
    clip_dim=20,
    sync_dim=24,
    text_dim=16,
    heads=2,
    multimodal_blocks=2,
    single_modal_blocks=1,
    time_features=16,
)
ENCODERS = PublicEncodersConfig(
    # Patches of 96 leave none of the 384 pixels unseen; the vocabulary is the real one.
    ClipConfig(patch=96, grid=4, image_width=16, image_layers=1, image_heads=2, text_width=16, text_layers=1,
               text_heads=2, features=20),
    SynchformerConfig(width=24, heads=2, depth=1, patch_px=56),
)  # fmt: skip
CODEC = PublicCodecConfig(
    MEL_16K, VAEConfig(bins=80, channels=6, width=8), replace(BIGVGAN_16K, width=64), window_latents=250
)


def write_tiny_public_model(folder: Path) -> Path:
    """Write the folder and return it. The same weights each time."""
    with torch.random.fork_rng():
        torch.manual_seed(11)
        network = Network(NETWORK)
        image, text = ClipImageTower(ENCODERS.clip), ClipTextTower(ENCODERS.clip)
        synchformer = Synchformer(ENCODERS.synchformer)
        codec = PublicCodec(CODEC)
        for part in (network, image, text, synchformer):
            stir(part)
    network.latent_std.fill_(1.0)
    codec.vae.data_std.fill_(1.0)
    codec.vae.data_mean.fill_(-2.0)
    save_tensors(folder / "network.safetensors", public_network_tensors(network))
    clip = open_clip_entries(image, text)
    save_tensors(folder / "clip.safetensors", {key: torch.zeros(value.shape) if value.is_meta else value
                                               for key, value in clip.items()})  # fmt: skip
    sync = {PUBLIC_PREFIX + key: value for key, value in synchformer.state_dict().items()}
    save_tensors(folder / "synchformer.safetensors", sync)
    save_tensors(folder / "vae.safetensors", codec.vae.state_dict())
    save_tensors(folder / "vocoder.safetensors", codec.vocoder.state_dict())
    merges = "\n".join(["#version: 0.2", *(f"<{number} >" for number in range(MERGES))])
    (folder / "tokenizer.txt").write_text(merges + "\n", encoding="utf-8")
    config = {
        "format": 1,
        "name": "tiny-public",
        "network": NETWORK.to_dict(),
        "encoders": asdict(ENCODERS),
        "codec": asdict(CODEC),
    }
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder


def stir(part: nn.Module) -> None:
    """What starts at zero would make every film, prompt and seed sound alike."""
    for parameter in part.parameters():
        if not parameter.detach().any():
            nn.init.normal_(parameter, std=0.1)


def public_network_tensors(network: Network) -> dict[str, Tensor]:
    """The state of an MMAudio network under the keys and shapes of its authors."""
    state, config = network.state_dict(), network.config
    layout = Layout(config.multimodal_blocks, config.single_modal_blocks, config.context_activation)
    return {
        public: state[ours].reshape((1,) * LEADING_AXES.get(public, 0) + tuple(state[ours].shape))
        for public, ours in key_map(layout).items()
    }
