"""From the files of a model to networks on a device."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from mmhnet_cli.codec.mini import MiniCodecConfig, check_mini_codec, load_mini_codec
from mmhnet_cli.codec.protocol import Codec
from mmhnet_cli.codec.public import PUBLIC_16K, PUBLIC_44K, load_public_codec
from mmhnet_cli.encoders.mini import EyesConfig, load_mini_encoders
from mmhnet_cli.encoders.protocol import Encoders
from mmhnet_cli.encoders.public import PublicEncodersConfig, load_public_encoders
from mmhnet_cli.encoders.understanding import WordSpace
from mmhnet_cli.encoders.words import load_words
from mmhnet_cli.errors import BadOption, DeviceMissing, OutOfMemory, WeightsInvalid
from mmhnet_cli.model.config import NetworkConfig
from mmhnet_cli.model.network import Network
from mmhnet_cli.models.adapters import MMAUDIO_KEY, check_shapes, mmaudio_to_network
from mmhnet_cli.models.checkpoint import (
    check_tensors,
    compare_entries,
    copy_tensors,
    describe,
    load_tensors,
    read_tensors,
    shapes_of,
)
from mmhnet_cli.models.described import Described, take_memory
from mmhnet_cli.models.model_files import WORDS
from mmhnet_cli.models.ready import ready
from mmhnet_cli.models.registry import ModelFiles, find_model
from mmhnet_cli.models.spec import ModelSpec
from mmhnet_cli.options import Precision
from mmhnet_cli.pipeline.estimate.machine import free_memory
from mmhnet_cli.pipeline.making.agreement import check_agree, mini_pairs, public_pairs
from mmhnet_cli.pipeline.making.stages import Progress, Stages, no_progress
from mmhnet_cli.timeline import SequenceConfig

CODECS = {"public-16k": PUBLIC_16K, "public-44k": PUBLIC_44K}
"""Codecs are named as in `models.spec`."""

DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


@dataclass(frozen=True)
class LoadedModel:
    """A model ready to generate."""

    name: str
    device: torch.device
    dtype: torch.dtype
    """Network and encoders compute in it; the codec stays in float32, where half precision would be heard."""
    network: Network
    codec: Codec
    load_encoders: Callable[[], Encoders]
    """It gives the encoders; public ones take more memory than the network and are let go of before it runs."""
    sha256: Mapping[str, str]
    """Every file has its digest here, by name."""
    licence: str
    """It is that of `ModelFiles`, as is `commercial`."""
    commercial: bool | None

    @property
    def sequence(self) -> SequenceConfig:
        """Return the rates of the token sequences."""
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
        spec = files.spec
        load = LOADERS[spec.encoders.name]
        network, codec, load_encoders = load(files, spec, stages.device, dtype)
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
    """Load the model of the table, or the folder, called `name`."""
    return load_model(find_model(name), device)


def choose_device(name: str) -> torch.device:
    """Return the device called `name`; `auto` takes the fastest there is. Raises DeviceMissing, takes no other."""
    cuda = [f"cuda:{index}" for index in range(torch.cuda.device_count())] if torch.cuda.is_available() else []
    mps = ["mps"] if torch.backends.mps.is_available() else []
    available = (*cuda, *mps, "cpu")
    if name == "auto":
        return torch.device(available[0])
    if name not in available and not (name == "cuda" and cuda):
        raise DeviceMissing(name, available)
    return torch.device(name)


def choose_dtype(device: torch.device, precision: Precision) -> torch.dtype:
    """Return what networks compute in on `device`. Raises BadOption for half floats on a processor, which has none."""
    if precision == "auto":
        half = device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
        return torch.bfloat16 if half else torch.float32
    if precision == "fp16" and device.type == "cpu":
        raise BadOption("--dtype", precision, "fp32 or bf16 on the CPU")
    return DTYPES[precision]


_Loaded = tuple[Network, nn.Module, Callable[[], Encoders]]


def _load_mini(files: ModelFiles, spec: ModelSpec, device: torch.device, dtype: torch.dtype) -> _Loaded:
    assert files.config is not None
    spec.section("eyes", EyesConfig)
    codec_config = spec.section("codec", MiniCodecConfig)
    check_agree(files.config, mini_pairs(spec.network, codec_config))
    network_path, codec_path = _role(files, "network"), _role(files, "codec")
    with Described():
        network = Network(spec.network)
    # Compared before there is memory for any of it.
    check_tensors(network_path, network.state_dict())
    check_mini_codec(codec_path, codec_config, files.config)
    _check_room(files)
    space = WordSpace(load_words(_role(files, WORDS)))
    take_memory(network)
    load_tensors(network_path, network.state_dict())
    # They are small and take a while to read: loaded once, they serve every film.
    encoders = load_mini_encoders(space, device)
    return network, load_mini_codec(codec_path, codec_config), lambda: encoders


def _load_public(files: ModelFiles, spec: ModelSpec, device: torch.device, dtype: torch.dtype) -> _Loaded:
    parts = {role: _role(files, role) for role in ("clip", "tokenizer", "synchformer")}
    encoders = spec.sized("encoders", PublicEncodersConfig())
    codec_config = spec.sized("codec", CODECS[spec.codec.name])
    check_agree(files.config or files.path, public_pairs(spec.network, encoders, codec_config))
    _check_room(files)
    return (
        _public_network(_role(files, "network"), spec.network),
        load_public_codec(_role(files, "vae"), _role(files, "vocoder"), codec_config),
        lambda: load_public_encoders(parts, encoders, device, dtype),
    )


LOADERS = {"mini": _load_mini, "public": _load_public}
"""Each loads models whose encoders have its name, see `models.spec`."""


def _check_room(files: ModelFiles) -> None:
    """Raise OutOfMemory where the largest file alone is larger than the memory that is free: better now than killed."""
    largest, free = max(path.stat().st_size for path in files.parts.values()), free_memory()
    if free is not None and largest > free:
        raise OutOfMemory("this machine", "load model")


def _public_network(path: Path, config: NetworkConfig) -> Network:
    """Load a network under our own keys or, as MMAudio is published, under those of its authors."""
    with Described():
        network = Network(config)
    described = describe(path)
    if MMAUDIO_KEY in described:
        check_shapes(shapes_of(described), network.state_dict(), path)
    # Compared before there is memory for any of it.
    compare_entries(path, _our_names(described, path), network.state_dict())
    take_memory(network)
    copy_tensors(path, _our_names(read_tensors(path)[0], path), network.state_dict())
    return network


def _our_names(tensors: dict[str, Tensor], path: Path) -> dict[str, Tensor]:
    return mmaudio_to_network(tensors, path) if MMAUDIO_KEY in tensors else tensors


def _role(files: ModelFiles, role: str) -> Path:
    """Return the file that has this role. Raises WeightsInvalid where the model has none."""
    if role not in files.parts:
        raise WeightsInvalid(files.path, role, "a file for it", ", ".join(files.parts))
    return files.parts[role]
