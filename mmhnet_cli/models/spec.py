"""What a model is: its network, its encoders and its codec, and what these cost. Loads nothing heavy.

A model of the table names a variant and takes the published parts; one of our own format says it in its `config.json`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from mmhnet_cli.errors import BadOption, UnknownModel, WeightsInvalid
from mmhnet_cli.fields import build, shown
from mmhnet_cli.model.config import NetworkConfig
from mmhnet_cli.model.variants import VARIANTS
from mmhnet_cli.models.reading import read_config

PUBLIC = "public"
"""It stands in the place of a section of `config.json` whose part is the one that public networks share."""

FLOAT32_BYTES = 4

Config = TypeVar("Config")


@dataclass(frozen=True)
class PartSpec:
    """What the encoders or the codec of a model cost."""

    name: str
    """They are built and loaded as this."""
    weights: int
    """They keep so many numbers."""
    working: int
    """They work on so many numbers beside them at most."""
    operations_per_s: float
    """A second of film takes so many."""

    def sized_as(self, *files: Path) -> "PartSpec":
        """Return the cost in the proportion of these files, which hold float32, to the weights."""
        share = sum(path.stat().st_size for path in files) / (FLOAT32_BYTES * self.weights)
        return replace(
            self,
            weights=round(share * self.weights),
            working=round(share * self.working),
            operations_per_s=share * self.operations_per_s,
        )


# What the mini's parts were measured to take, as `estimate.EFFICIENCY` counts it: 25 small pictures a second through
# nearly all of Lite0, two larger ones through Lite2.
MINI_ENCODERS = PartSpec("mini", weights=11_000_000, working=20_000_000, operations_per_s=14e9)
MINI_CODEC = PartSpec("mini", weights=1_620_000, working=12_000_000, operations_per_s=1.0e9)

# CLIP takes 1.007 T operations for a picture, at 8 a second; Synchformer 0.375 T for a segment, every 0.32 s. `working`
# holds eight of each, and pictures of full size that wait.
PUBLIC_ENCODERS = PartSpec("public", weights=1_108_107_008, working=220_000_000, operations_per_s=9.23e12)

# By sample rate: the vocoder in windows of 512 frames with their context, the autoencoder in windows of 8 s with their
# overlap.
PUBLIC_CODECS: Mapping[int, PartSpec] = MappingProxyType(
    {
        16000: PartSpec("public-16k", weights=211_326_770, working=70_000_000, operations_per_s=0.140e12),
        44100: PartSpec("public-44k", weights=298_493_745, working=130_000_000, operations_per_s=0.361e12),
    }
)


@dataclass(frozen=True)
class ModelSpec:
    """One model: its network, its encoders, its codec."""

    name: str
    network: NetworkConfig
    encoders: PartSpec
    """Their cost is that of the published sizes, as is the codec's; `sized_as` gives that of the files."""
    codec: PartSpec
    where: Path | None = None
    """Its `config.json` lies here; None for a variant of the table."""
    sections: Mapping[str, Any] = field(default_factory=dict)
    """Its `config.json` has these."""

    @property
    def rate_hz(self) -> int:
        """Return the rate of the sound that its codec gives."""
        return self.network.sequence.sample_rate_hz

    @property
    def takes_hits(self) -> bool:
        """Tell whether its network knows of hits that a user gives."""
        return self.encoders.name == MINI_ENCODERS.name

    @property
    def is_stereo(self) -> bool:
        """Tell whether its codec gives left and right."""
        return self.codec.name == MINI_CODEC.name

    @property
    def shares(self) -> bool:
        """Tell whether its encoders and codec are those that public networks share."""
        return self.where is None or self.sections.get("codec") == PUBLIC

    def section(self, name: str, kind: type[Config]) -> Config:
        """Return the section `name` of its `config.json`. Raises WeightsInvalid."""
        assert self.where is not None
        return section(self.where, self.sections, name, kind)

    def sized(self, name: str, published: Config) -> Config:
        """Return the section `name` where it has parts of its own, `published` where it shares them. Raises
        WeightsInvalid."""
        return published if self.shares else self.section(name, type(published))

    def sized_as(self, parts: Mapping[str, Path]) -> "ModelSpec":
        """Return the model with the cost that public encoders and codec of its own have by these files, by role."""
        if self.shares or self.encoders.name != PUBLIC_ENCODERS.name:
            return self
        return replace(
            self,
            encoders=self.encoders.sized_as(parts["clip"], parts["synchformer"]),
            codec=self.codec.sized_as(parts["vae"], parts["vocoder"]),
        )


def variant_spec(name: str, variant: str) -> ModelSpec:
    """Describe the model `name`, which is a variant of the network with the published parts. Raises UnknownModel."""
    if variant not in VARIANTS:
        raise UnknownModel(variant, tuple(VARIANTS))
    network = VARIANTS[variant]
    return ModelSpec(name, network, PUBLIC_ENCODERS, PUBLIC_CODECS[network.sequence.sample_rate_hz])


def read_spec(name: str, config: Path) -> ModelSpec:
    """Describe the model `name` of our own format. Raises WeightsInvalid."""
    return config_spec(name, config, read_config(config))


def config_spec(name: str, where: Path, sections: Mapping[str, Any]) -> ModelSpec:
    """Describe the model whose `config.json`, at `where`, has these sections. Raises WeightsInvalid."""
    network = section(where, sections, "network", NetworkConfig)
    if sections.get("codec") != PUBLIC and "encoders" not in sections:
        return ModelSpec(name, network, MINI_ENCODERS, MINI_CODEC, where, sections)
    rate_hz = network.sequence.sample_rate_hz
    if rate_hz not in PUBLIC_CODECS:
        rates = " or ".join(str(rate) for rate in PUBLIC_CODECS)
        raise WeightsInvalid(where, "network.sequence.sample_rate_hz", rates, shown(rate_hz))
    return ModelSpec(name, network, PUBLIC_ENCODERS, PUBLIC_CODECS[rate_hz], where, sections)


def section(path: Path, config: Mapping[str, Any], name: str, kind: type[Config]) -> Config:
    """Return the section called `name` of the `config.json` at `path`. Raises WeightsInvalid, which names the first
    field that does not fit."""
    try:
        return build(kind, config.get(name), name)
    except BadOption as error:
        raise WeightsInvalid(path, error.name, error.expected, error.found) from error
