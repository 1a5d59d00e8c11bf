"""From a model folder to networks on a device."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import torch

from mmhnet_cli.codec.mini import MiniCodec, MiniCodecConfig
from mmhnet_cli.encoders.text import SubwordTextEncoder, TextConfig
from mmhnet_cli.errors import BadOption, DeviceMissing, WeightsInvalid
from mmhnet_cli.model.config import NetworkConfig
from mmhnet_cli.model.network import Network
from mmhnet_cli.pipeline.stages import Progress, Stages, no_progress
from mmhnet_cli.timeline import SequenceConfig
from mmhnet_cli.weights.checkpoint import load_tensors, read_config, sha256
from mmhnet_cli.weights.registry import CODEC_FILE, CONFIG_FILE, FILES, NETWORK_FILE, ModelFolder, find_model

TEXT_PREFIX = "text."
"""The text encoder is trained with the network and lies in the same file, under this prefix."""

Part = TypeVar("Part")


@dataclass(frozen=True)
class LoadedModel:
    """A model ready to generate. sha256: digest of each file of its folder."""

    name: str
    device: torch.device
    network: Network
    text: SubwordTextEncoder
    codec: MiniCodec
    sha256: Mapping[str, str]

    @property
    def sequence(self) -> SequenceConfig:
        """Rates of the token sequences."""
        return self.network.config.sequence


def load_model(folder: ModelFolder, device: str = "auto", progress: Progress = no_progress) -> LoadedModel:
    """Build the networks that `config.json` describes, fill them from the safetensors files and move them to `device`.

    Raises WeightsInvalid, DeviceMissing or OutOfMemory.
    """
    stages = Stages(choose_device(device), progress)
    with stages.stage("load model"):
        config = read_config(folder.path)
        where = folder.path / CONFIG_FILE
        network = _part(where, config, "network", lambda section: Network(NetworkConfig.from_dict(section)))
        text = _part(where, config, "text", lambda section: SubwordTextEncoder(TextConfig(**section)))
        codec = _part(where, config, "codec", lambda section: MiniCodec(MiniCodecConfig.from_dict(section)))
        load_tensors(folder.path / NETWORK_FILE, network_tensors(network, text))
        load_tensors(folder.path / CODEC_FILE, codec.state_dict())
        return LoadedModel(
            name=folder.name,
            device=stages.device,
            network=network.eval().requires_grad_(False).to(stages.device),
            text=text.eval().requires_grad_(False).to(stages.device),
            codec=codec.eval().requires_grad_(False).to(stages.device),
            sha256={file: sha256(folder.path / file) for file in FILES},
        )


def load_named_model(name: str = "mini", device: str = "auto") -> LoadedModel:
    """The model of the table, or the folder, called `name`."""
    return load_model(find_model(name), device)


def network_tensors(network: Network, text: SubwordTextEncoder) -> dict[str, torch.Tensor]:
    """The entries of `network.safetensors`: those of the network, and those of the text encoder under their prefix."""
    return network.state_dict() | {TEXT_PREFIX + key: tensor for key, tensor in text.state_dict().items()}


def choose_device(name: str) -> torch.device:
    """The device called `name`; `auto` takes the fastest there is, a name is never replaced by another."""
    cuda = [f"cuda:{index}" for index in range(torch.cuda.device_count())] if torch.cuda.is_available() else []
    mps = ["mps"] if torch.backends.mps.is_available() else []
    available = (*cuda, *mps, "cpu")
    if name == "auto":
        return torch.device(available[0])
    if name not in available and not (name == "cuda" and cuda):
        raise DeviceMissing(name, available)
    return torch.device(name)


def _part(path: Path, config: Mapping[str, Any], name: str, build: Callable[[Any], Part]) -> Part:
    if name not in config:
        raise WeightsInvalid(path, name, "a section of the configuration", "nothing")
    try:
        return build(config[name])
    except (TypeError, KeyError, ValueError, BadOption) as error:
        raise WeightsInvalid(path, name, "what this version of mmhnet knows", str(error) or repr(error)) from error
