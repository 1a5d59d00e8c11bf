"""From the files of a model to networks on a device."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import Tensor

from mmhnet_cli.codec.mini import MiniCodec, MiniCodecConfig
from mmhnet_cli.codec.public import PUBLIC_16K, PUBLIC_44K, PublicCodec, PublicCodecConfig, load_public_codec
from mmhnet_cli.encoders.recogniser import Recogniser, RecogniserConfig
from mmhnet_cli.encoders.text import SubwordTextEncoder, TextConfig
from mmhnet_cli.errors import BadOption, DeviceMissing, WeightsInvalid
from mmhnet_cli.model.config import VARIANTS, NetworkConfig
from mmhnet_cli.model.network import Network
from mmhnet_cli.options import Precision
from mmhnet_cli.pipeline.encoders import Encoders, MiniEncoders, PublicEncodersConfig, load_public_encoders, ready
from mmhnet_cli.pipeline.stages import Progress, Stages, no_progress
from mmhnet_cli.timeline import SequenceConfig
from mmhnet_cli.weights.adapters import check_shapes, mmaudio_to_network
from mmhnet_cli.weights.checkpoint import copy_tensors, load_tensors, read_tensors, shapes_of
from mmhnet_cli.weights.own_format import PUBLIC
from mmhnet_cli.weights.reading import read_config
from mmhnet_cli.weights.registry import ModelFiles, find_model

TEXT_PREFIX, RECOGNISER_PREFIX = "text.", "recogniser."
"""The mini's encoders lie in the network's file, under these prefixes."""

MMAUDIO_KEY = "final_layer.conv.weight"
"""An entry of every network of MMAudio, and of none of ours."""

DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}

Part = TypeVar("Part")


@dataclass(frozen=True)
class LoadedModel:
    """A model ready to generate.

    dtype: of the network and the encoders; the codec stays in float32, where half precision would be heard.
    load_encoders: the encoders, which take more memory than the network and are let go of before it runs.
    sha256: digest of each file. licence, commercial: as `ModelFiles`.
    """

    name: str
    device: torch.device
    dtype: torch.dtype
    network: Network
    codec: MiniCodec | PublicCodec
    load_encoders: Callable[[], Encoders]
    sha256: Mapping[str, str]
    licence: str
    commercial: bool | None

    @property
    def sequence(self) -> SequenceConfig:
        """Rates of the token sequences."""
        return self.network.config.sequence


def load_model(
    files: ModelFiles, device: str = "auto", precision: Precision = "auto", progress: Progress = no_progress
) -> LoadedModel:
    """Build the networks of a model, fill them from its files and move them to `device`.

    Raises WeightsInvalid, DeviceMissing, BadOption or OutOfMemory.
    """
    stages = Stages(choose_device(device), progress)
    dtype = choose_dtype(stages.device, precision)
    with stages.stage("load model"):
        load = _load_table if files.config is None else _load_folder
        network, codec, load_encoders = load(files, stages.device, dtype)
        return LoadedModel(
            name=files.name,
            device=stages.device,
            dtype=dtype,
            network=ready(network, stages.device, dtype),
            codec=ready(codec, stages.device, torch.float32),
            load_encoders=load_encoders,
            sha256=files.sha256(),
            licence=files.licence,
            commercial=files.commercial,
        )


def load_named_model(name: str = "mini", device: str = "auto") -> LoadedModel:
    """The model of the table, or the folder, called `name`."""
    return load_model(find_model(name), device)


def network_tensors(network: Network, text: SubwordTextEncoder, recogniser: Recogniser) -> dict[str, Tensor]:
    """The entries of the mini's `network.safetensors`: those of the network, and of both encoders under a prefix."""
    tensors = network.state_dict()
    for prefix, encoder in ((TEXT_PREFIX, text), (RECOGNISER_PREFIX, recogniser)):
        tensors |= {prefix + key: tensor for key, tensor in encoder.state_dict().items()}
    return tensors


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


def choose_dtype(device: torch.device, precision: Precision) -> torch.dtype:
    """What networks compute in on `device`. Raises BadOption for half floats on a processor, which has none."""
    if precision == "auto":
        half = device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
        return torch.bfloat16 if half else torch.float32
    if precision == "fp16" and device.type == "cpu":
        raise BadOption("--dtype", precision, "fp32 or bf16 on the CPU")
    return DTYPES[precision]


_Loaded = tuple[Network, "MiniCodec | PublicCodec", Callable[[], Encoders]]


def _load_folder(files: ModelFiles, device: torch.device, dtype: torch.dtype) -> _Loaded:
    """A model of our own format: what it is made of stands in its `config.json`."""
    assert files.config is not None
    config, where = read_config(files.config), files.config
    network = _part(where, config, "network", NetworkConfig.from_dict)
    if config.get("codec") == PUBLIC:
        return _load_public(files, network, PublicEncodersConfig(), _public_codec_of(network), device, dtype)
    if "encoders" in config:
        encoders = _part(where, config, "encoders", PublicEncodersConfig.from_dict)
        return _load_public(
            files, network, encoders, _part(where, config, "codec", PublicCodecConfig.from_dict), device, dtype
        )
    return _load_mini(files, Network(network), config, device, dtype)


def _load_table(files: ModelFiles, device: torch.device, dtype: torch.dtype) -> _Loaded:
    """A model whose configuration is in code: MMHNet in the paper's sizes, and MMAudio."""
    config = VARIANTS[files.name]
    return _load_public(files, config, PublicEncodersConfig(), _public_codec_of(config), device, dtype)


def _load_mini(
    files: ModelFiles, network: Network, config: Mapping[str, Any], device: torch.device, dtype: torch.dtype
) -> _Loaded:
    assert files.config is not None
    text = _part(files.config, config, "text", lambda section: SubwordTextEncoder(TextConfig(**section)))
    recogniser = _part(files.config, config, "recogniser", lambda section: Recogniser(RecogniserConfig(**section)))
    codec = _part(files.config, config, "codec", lambda section: MiniCodec(MiniCodecConfig.from_dict(section)))
    load_tensors(_role(files, "network"), network_tensors(network, text, recogniser))
    load_tensors(_role(files, "codec"), codec.state_dict())
    on_processor = ready(recogniser, torch.device("cpu"), torch.float32)
    encoders = MiniEncoders(on_processor, ready(text, device, dtype), device)
    return network, codec, lambda: encoders


def _load_public(
    files: ModelFiles,
    network_config: NetworkConfig,
    encoders: PublicEncodersConfig,
    codec_config: PublicCodecConfig,
    device: torch.device,
    dtype: torch.dtype,
) -> _Loaded:
    parts = {role: _role(files, role) for role in ("clip", "tokenizer", "synchformer")}
    return (
        _public_network(_role(files, "network"), network_config),
        load_public_codec(_role(files, "vae"), _role(files, "vocoder"), codec_config),
        lambda: load_public_encoders(parts, encoders, device, dtype),
    )


def _public_network(path: Path, config: NetworkConfig) -> Network:
    """A network under our own keys or, as MMAudio is published, under those of its authors."""
    with torch.device("meta"):
        network = Network(config)
    tensors, _ = read_tensors(path)
    if MMAUDIO_KEY in tensors:
        check_shapes(shapes_of(tensors), network.state_dict(), path)
        tensors = mmaudio_to_network(tensors, path)
    network.to_empty(device="cpu")
    copy_tensors(path, tensors, network.state_dict())
    return network


def _public_codec_of(config: NetworkConfig) -> PublicCodecConfig:
    return PUBLIC_16K if config.sequence.sample_rate_hz == PUBLIC_16K.mel.sample_rate_hz else PUBLIC_44K


def _role(files: ModelFiles, role: str) -> Path:
    """The file that has this role. Raises WeightsInvalid where the model has none."""
    if role not in files.parts:
        raise WeightsInvalid(files.path, role, "a file for it", ", ".join(files.parts))
    return files.parts[role]


def _part(path: Path, config: Mapping[str, Any], name: str, build: Callable[[Any], Part]) -> Part:
    if name not in config:
        raise WeightsInvalid(path, name, "a section of the configuration", "nothing")
    try:
        return build(config[name])
    except (TypeError, KeyError, ValueError, BadOption) as error:
        raise WeightsInvalid(path, name, "what this version of mmhnet knows", str(error) or repr(error)) from error
