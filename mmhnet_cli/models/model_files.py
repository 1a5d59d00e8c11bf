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
WORDS_FILE = "words.safetensors"

WORDS = "words"
"""The file of a model's words has this role."""

# Formats that can run programs when they are opened; they are named in the error, never read.
UNSAFE_SUFFIXES = frozenset({".pth", ".pt", ".ckpt", ".bin", ".pkl"})

NOT_STATED = "not stated"


@dataclass(frozen=True)
class ModelFiles:
    """The files of a model, by role."""

    name: str
    path: Path
    """They lie in this folder; for models of the table it is the one that keeps the parts of all of them."""
    parts: Mapping[str, Path]
    """A role, such as "network", "clip" or "codec", has a safetensors file, and "tokenizer" a text file."""
    config: Path | None
    """It is the `config.json` of our own format; None for models of the table that are a `variant` of the network."""
    variant: str | None = None
    licence: str = NOT_STATED
    """It is the strictest of those of its parts."""
    commercial: bool | None = None
    """All of it may be used for paid work, or not; None where nobody says."""
    non_commercial_parts: tuple[str, ...] = ()
    """These parts may not be used for paid work."""
    # Two finds of a model are equal, whenever its files were brought.
    records: Mapping[Path, PartRecord] = field(default_factory=dict, compare=False)
    """Those of the files that a store keeps have a record."""

    @property
    def spec(self) -> ModelSpec:
        """Return what the model is. Raises WeightsInvalid."""
        if self.config is not None:
            return read_spec(self.name, self.config)
        assert self.variant is not None
        return variant_spec(self.name, self.variant)

    @property
    def all_files(self) -> tuple[Path, ...]:
        """Return every file that the model is read from."""
        return (*(() if self.config is None else (self.config,)), *self.parts.values())

    def sha256(self) -> dict[str, str]:
        """Return the SHA-256 of every file by name, in hexadecimal; one that is as recorded is not read again."""
        recorded = {path: record.sha256 for path, record in self.records.items() if record.describes(path)}
        return {path.name: recorded.get(path) or file_sha256(path) for path in self.all_files}
