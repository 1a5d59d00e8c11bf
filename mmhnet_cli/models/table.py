"""What `registry.toml` says: models, the parts they are made of, and the licences of these."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from mmhnet_cli.models.spec import ModelSpec, read_spec, variant_spec

Format = Literal["safetensors", "torch", "text"]

MIB = 1 << 20


@dataclass(frozen=True)
class Licence:
    """A licence, and what it allows."""

    name: str
    title: str
    url: str
    commercial: bool
    """It allows paid work."""
    strictness: int
    """It is the place in the order of the table, which begins with the freest."""


@dataclass(frozen=True)
class HubFile:
    """A file of a repository of the Hugging Face Hub at a branch, a tag or a commit."""

    repository: str
    path: str
    revision: str

    def __str__(self) -> str:
        return f"{self.repository}/{self.path}"


@dataclass(frozen=True)
class ReleaseFile:
    """A file at a fixed address."""

    url: str

    def __str__(self) -> str:
        return self.url


@dataclass(frozen=True)
class EmbeddedFile:
    """A file that is part of the package."""

    path: Path

    def __str__(self) -> str:
        return "this package"


@dataclass(frozen=True)
class Part:
    """One file that models are made of."""

    name: str
    source: HubFile | ReleaseFile | EmbeddedFile | None
    """It is None where nobody has published the file."""
    format: Format
    """The published file has it; "torch" files are converted, the others kept as they are."""
    licence: Licence
    sha256: str | None = None
    """The published file has it, as `md5`, in hexadecimal; None where its publisher gives none."""
    md5: str | None = None
    listed_bytes: int | None = None
    """Its publisher lists about this size."""
    inside: str | None = None
    """The file holds the tensors under this key; None where they are at its top."""
    prefix: str = ""
    """Only keys that begin with it are kept."""

    @property
    def has_digest(self) -> bool:
        """Tell whether its publisher says what it must be."""
        return self.sha256 is not None or self.md5 is not None


@dataclass(frozen=True)
class ModelEntry:
    """One model of the table."""

    name: str
    kind: str
    """It names the family for people: "mini", "mmhnet" or "mmaudio"."""
    summary: str
    """One line tells people who choose what it is."""
    parts: Mapping[str, Part]
    """Each has a role, such as "network" or "clip"."""
    variant: str | None = None
    """It is one of the network's in `VARIANTS`; None where there is a `config`."""
    config: Path | None = None
    """Its `config.json` lies here; None where there is a `variant`."""

    @property
    def spec(self) -> ModelSpec:
        """Return what the model is."""
        if self.variant is not None:
            return variant_spec(self.name, self.variant)
        assert self.config is not None
        return read_spec(self.name, self.config)

    @property
    def embedded(self) -> bool:
        """Tell whether its weights are part of this package."""
        return all(isinstance(part.source, EmbeddedFile) for part in self.parts.values())

    @property
    def unpublished(self) -> tuple[str, ...]:
        """Return the names of the parts that nobody has published."""
        return tuple(part.name for part in self.parts.values() if part.source is None)

    @property
    def licence(self) -> Licence:
        """Return the strictest of the licences of its parts."""
        return strictest(self.parts.values())

    @property
    def commercial(self) -> bool:
        """Tell whether every part may be used for paid work."""
        return not self.non_commercial_parts

    @property
    def non_commercial_parts(self) -> tuple[str, ...]:
        """Return the names of the parts that may not be used for paid work."""
        return tuple(part.name for part in self.parts.values() if not part.licence.commercial)


@dataclass(frozen=True)
class Table:
    """All models and licences by name; public: encoders and codec of public networks by sample rate, then by role."""

    models: Mapping[str, ModelEntry]
    licences: Mapping[str, Licence]
    public: Mapping[int, Mapping[str, Part]]


def strictest(parts: Iterable[Part]) -> Licence:
    """Return the licence that binds whoever uses all of the parts."""
    return max((part.licence for part in parts), key=lambda licence: licence.strictness)


def read_table(path: Path) -> Table:
    """Read a table; embedded files and configurations are named relative to its folder.

    Raises ValueError, KeyError or TypeError: the table is part of the package, so a mistake in it is ours.
    """
    values = tomllib.loads(path.read_text(encoding="utf-8"))
    licences = {entry["name"]: Licence(**entry, strictness=rank) for rank, entry in enumerate(values["licences"])}
    parts = {name: _part(name, entry, licences, path.parent) for name, entry in values["parts"].items()}
    public = {
        int(rate): {role: parts[part] for role, part in entry.items()} for rate, entry in values["public"].items()
    }
    models = {name: _model(name, entry, parts, public, path.parent) for name, entry in values["models"].items()}
    return Table(MappingProxyType(models), MappingProxyType(licences), MappingProxyType(public))


def _model(
    name: str, values: dict[str, Any], parts: Mapping[str, Part], public: Mapping[int, Mapping[str, Part]], folder: Path
) -> ModelEntry:
    roles = {role: parts[part] for role, part in values.pop("parts").items()}
    public_hz = values.pop("public_hz", None)
    if public_hz is not None:
        roles |= public[public_hz]
    config = folder / values.pop("config") if "config" in values else None
    model = ModelEntry(name=name, parts=MappingProxyType(roles), config=config, **values)
    if (model.config is None) == (model.variant is None):
        raise ValueError(f"{name}: needs a config or a variant")
    if model.variant is not None and public_hz not in (None, model.spec.rate_hz):
        raise ValueError(f"{name}: its variant does not run at {public_hz} Hz")
    return model


def _part(name: str, values: dict[str, Any], licences: Mapping[str, Licence], folder: Path) -> Part:
    source: HubFile | ReleaseFile | EmbeddedFile | None = None
    if "hub" in values:
        source = HubFile(values.pop("hub"), values.pop("path"), values.pop("revision", "main"))
    elif "url" in values:
        source = ReleaseFile(values.pop("url"))
    elif "embedded" in values:
        source = EmbeddedFile(folder / values.pop("embedded"))
    listed = values.pop("listed_mib", None)
    licence = licences[values.pop("licence")]
    part = Part(name, source, licence=licence, listed_bytes=None if listed is None else round(listed * MIB), **values)
    if isinstance(source, ReleaseFile) and not part.has_digest:
        # A hub says what its files are; an address says nothing, and may be served by a mirror.
        raise ValueError(f"{name}: a file at an address needs a digest")
    return part
