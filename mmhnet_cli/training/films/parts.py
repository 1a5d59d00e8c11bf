"""What films are looked at, heard and read with before a training: the encoders and the codec of a model."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from mmhnet_cli.codec.mini import MiniCodec, MiniCodecConfig, check_mini_codec, load_mini_codec
from mmhnet_cli.codec.public import PUBLIC_16K, PUBLIC_44K, PublicCodec, PublicCodecConfig, load_public_codec
from mmhnet_cli.encoders.mini import EyesConfig, load_mini_encoders
from mmhnet_cli.encoders.protocol import Encoders
from mmhnet_cli.encoders.public import PublicEncodersConfig, load_public_encoders
from mmhnet_cli.encoders.understanding import WordSpace
from mmhnet_cli.encoders.words import load_words
from mmhnet_cli.errors import TrainingInvalid, WeightsInvalid
from mmhnet_cli.models.checkpoint import NO_ENTRY
from mmhnet_cli.models.model_files import WORDS, ModelFiles
from mmhnet_cli.models.ready import ready
from mmhnet_cli.models.registry import MODELS
from mmhnet_cli.models.spec import PUBLIC_ENCODERS, ModelSpec
from mmhnet_cli.training.films.looking import Look, LookByClip, LookOnce, Stretch

CODECS = {"public-16k": PUBLIC_16K, "public-44k": PUBLIC_44K}
NETWORK = "network"
"""The one file of a model that films are prepared without."""


@dataclass(frozen=True)
class Parts:
    """Encoders and codec of a model, on a device, in float32."""

    encoders: Encoders
    encode: Callable[[Tensor], Tensor]
    """It maps sound (B, samples) in [-1, 1] to latents (B, L, C)."""
    device: torch.device
    look: Callable[[Stretch, Encoders], Look]
    """It looks at a stretch of a film."""


def named_model(given: str) -> str:
    """Return the name by which a model is found from everywhere: that of the table or the hub, or its whole path."""
    return str(Path(given).resolve()) if given not in MODELS and Path(given).is_dir() else given


def part_digests(files: ModelFiles) -> dict[str, str]:
    """Return the SHA-256 of the files that what is prepared depends on, by role, in hexadecimal."""
    digests = files.sha256()
    return {role: digests[path.name] for role, path in files.parts.items() if role != NETWORK}


def load_parts(files: ModelFiles, device: torch.device) -> Parts:
    """Load them. Raises WeightsInvalid, also for a codec that was published without what makes latents of sound."""
    return _LOADERS[files.spec.encoders.name](files, files.spec, device)


def latent_weights(files: ModelFiles) -> Tensor:
    """Return (C,) what an error in each channel of the latents counts. Raises WeightsInvalid."""
    if files.spec.encoders.name == PUBLIC_ENCODERS.name:
        return torch.ones(files.spec.network.latent_channels)
    # Nepers that one unit of a channel stands for: counted alike, the loudness would be one channel among many.
    weights = _mini_codec(files, files.spec).projection.scale
    return weights / weights.mean()


def _mini(files: ModelFiles, spec: ModelSpec, device: torch.device) -> Parts:
    spec.section("eyes", EyesConfig)
    codec = ready(_mini_codec(files, spec), device, torch.float32)
    encoders = load_mini_encoders(WordSpace(load_words(_part(files.parts, WORDS, files.path))), device)
    return Parts(encoders, codec.encode, device, LookOnce)


def _mini_codec(files: ModelFiles, spec: ModelSpec) -> MiniCodec:
    assert files.config is not None
    config = spec.section("codec", MiniCodecConfig)
    path = _part(files.parts, "codec", files.path)
    check_mini_codec(path, config, files.config)
    return load_mini_codec(path, config)


def _public(files: ModelFiles, spec: ModelSpec, device: torch.device) -> Parts:
    parts = {role: _part(files.parts, role, files.path) for role in ("clip", "tokenizer", "synchformer")}
    codec = ready(_public_codec(files, spec, encoder=True)[0], device, torch.float32)
    encoders = load_public_encoders(parts, spec.sized("encoders", PublicEncodersConfig()), device, torch.float32)
    return Parts(encoders, codec.encode, device, LookByClip)


def _public_codec(files: ModelFiles, spec: ModelSpec, encoder: bool) -> tuple[PublicCodec, PublicCodecConfig]:
    vae, vocoder = (_part(files.parts, role, files.path) for role in ("vae", "vocoder"))
    config = spec.sized("codec", CODECS[spec.codec.name])
    return load_public_codec(vae, vocoder, config, encoder=encoder), config


def load_decoder(files: ModelFiles, device: torch.device) -> tuple[Callable[[Tensor], Tensor], int]:
    """Load the codec alone; return what maps latents (B, L, C) to sound (B, samples), and its rate in Hz.

    Raises WeightsInvalid.
    """
    spec = files.spec
    codec: Any = _mini_codec(files, spec) if spec.encoders.name == "mini" else _public_codec(files, spec, False)[0]
    return ready(codec, device, torch.float32).decode, spec.network.sequence.sample_rate_hz


def check_parts(where: Path, model: str, files: ModelFiles, expected: Mapping[str, str]) -> None:
    """Raise TrainingInvalid, which names the file `where`, if a model that films were prepared with has changed since.

    expected: what `part_digests` was then.
    """
    if (found := part_digests(files)) != expected:
        role = next(role for role in sorted(expected.keys() | found.keys()) if expected.get(role) != found.get(role))
        digests = expected.get(role, NO_ENTRY), found.get(role, NO_ENTRY)
        raise TrainingInvalid(where, f"the {role} of {model}", *digests)


_LOADERS = {"mini": _mini, "public": _public}
"""Each loads the parts of models whose encoders have its name, see `models.spec`."""


def _part(parts: Mapping[str, Path], role: str, where: Path) -> Path:
    if role not in parts:
        raise WeightsInvalid(where, role, "a file for it", ", ".join(parts))
    return parts[role]
