"""The files of one model on this machine, by what they are for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mmhnet_cli.models.digests import file_sha256
from mmhnet_cli.models.spec import ModelSpec, read_spec, variant_spec
from mmhnet_cli.models.store import PartRecord

CONFIG_FILE = "config.json"
NETWORK_FILE = "network.safetensors"
CODEC_FILE = "codec.safetensors"

# Formats that can run programs when they are opened; they are named in the error, never read.
UNSAFE_SUFFIXES = frozenset({".pth", ".pt", ".ckpt", ".bin", ".pkl"})

NOT_STATED = "not stated"


@dataclass(frozen=True)
class ModelFiles:
    """The files of a model, by role.

    path: the folder they lie in; for models of the table the one that keeps the parts of all of them.
    parts: role, such as "network", "clip" or "codec", to a safetensors file; "tokenizer" to a text file.
    config: `config.json` of our own format; None for models of the table that are a `variant` of the network.
    licence: the strictest of its parts.
    commercial: whether all of it may be used for paid work; None where nobody says.
    non_commercial_parts: names of the parts that may not.
    records: of those files that a store keeps.
    """

    name: str
    path: Path
    parts: Mapping[str, Path]
    config: Path | None
    variant: str | None = None
    licence: str = NOT_STATED
    commercial: bool | None = None
    non_commercial_parts: tuple[str, ...] = ()
    # Two finds of a model are equal, whenever its files were brought.
    records: Mapping[Path, PartRecord] = field(default_factory=dict, compare=False)

    @property
    def spec(self) -> ModelSpec:
        """What it is. Raises WeightsInvalid."""
        if self.config is not None:
            return read_spec(self.name, self.config)
        assert self.variant is not None
        return variant_spec(self.name, self.variant)

    @property
    def all_files(self) -> tuple[Path, ...]:
        """Every file that the model is read from."""
        return (*(() if self.config is None else (self.config,)), *self.parts.values())

    def sha256(self) -> dict[str, str]:
        """Hexadecimal SHA-256 of every file, by name; of one that is as it was recorded, without reading it again."""
        recorded = {path: record.sha256 for path, record in self.records.items() if record.describes(path)}
        return {path.name: recorded.get(path) or file_sha256(path) for path in self.all_files}
