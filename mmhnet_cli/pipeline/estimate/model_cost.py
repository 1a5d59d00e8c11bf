"""What a model costs by its parts: encoders, network, codec; from its configuration and the sizes of its files."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from mmhnet_cli.model.config import NetworkConfig
from mmhnet_cli.models.own_format import PUBLIC
from mmhnet_cli.models.reading import read_config
from mmhnet_cli.pipeline.asking.sections import network_config

FLOAT32_BYTES = 4


@dataclass(frozen=True)
class PartCost:
    """The encoders or the codec of a model.

    weights: numbers it keeps. working: numbers it works on beside them, at most. operations_per_s: for a second of
    film.
    """

    weights: int
    working: int
    operations_per_s: float

    def sized_as(self, *files: Path) -> "PartCost":
        """In the proportion of these files, which hold float32, to the weights."""
        share = sum(path.stat().st_size for path in files) / (FLOAT32_BYTES * self.weights)
        return PartCost(round(share * self.weights), round(share * self.working), share * self.operations_per_s)


@dataclass(frozen=True)
class ModelCost:
    """A model by its parts."""

    name: str
    network: NetworkConfig
    encoders: PartCost
    codec: PartCost


# The mini's parts are no networks to speak of: what they were measured to take, as `estimate.EFFICIENCY` counts it.
MINI_ENCODERS = PartCost(weights=600_000, working=4_000_000, operations_per_s=2.1e9)
MINI_CODEC = PartCost(weights=1_500_000, working=9_000_000, operations_per_s=0.6e9)

# CLIP takes 1.007 T operations for a picture, at 8 a second; Synchformer 0.375 T for a segment, every 0.32 s. `working`
# holds eight of each, and pictures of full size that wait.
PUBLIC_ENCODERS = PartCost(weights=1_108_107_008, working=220_000_000, operations_per_s=9.23e12)

# By sample rate: the vocoder in windows of 512 frames with their context, the autoencoder in windows of 8 s with their
# overlap.
PUBLIC_CODECS: Mapping[int, PartCost] = {
    16000: PartCost(weights=211_326_770, working=70_000_000, operations_per_s=0.140e12),
    44100: PartCost(weights=298_493_745, working=130_000_000, operations_per_s=0.361e12),
}


def model_cost(name: str, config: Path | None, parts: Mapping[str, Path]) -> ModelCost:
    """A model of the table, where `config` is None, or one with this `config.json`.

    parts: files by role; looked at where the model brings its own encoders and codec. Raises WeightsInvalid.
    """
    network = network_config(name, config)
    if config is None:
        return _public(name, network)
    values = read_config(config)
    if values.get("codec") == PUBLIC:
        return _public(name, network)
    if "encoders" not in values:
        return ModelCost(name, network, MINI_ENCODERS, MINI_CODEC)
    published = _public(name, network)
    return replace(
        published,
        encoders=published.encoders.sized_as(parts["clip"], parts["synchformer"]),
        codec=published.codec.sized_as(parts["vae"], parts["vocoder"]),
    )


def _public(name: str, network: NetworkConfig) -> ModelCost:
    rate_hz = 16000 if network.sequence.sample_rate_hz == 16000 else 44100
    return ModelCost(name, network, PUBLIC_ENCODERS, PUBLIC_CODECS[rate_hz])
