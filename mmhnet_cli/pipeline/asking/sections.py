"""The sections of a model's `config.json`, each as the dataclass of the part it describes. Loads nothing heavy."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from mmhnet_cli.errors import BadOption, WeightsInvalid
from mmhnet_cli.fields import build
from mmhnet_cli.model.config import VARIANTS, NetworkConfig
from mmhnet_cli.models.reading import read_config

Config = TypeVar("Config")


def section(path: Path, config: Mapping[str, Any], name: str, kind: type[Config]) -> Config:
    """The section called `name`. Raises WeightsInvalid, which names the first field that does not fit.

    path: of the `config.json`.
    """
    try:
        return build(kind, config.get(name), name)
    except BadOption as error:
        raise WeightsInvalid(path, error.name, error.expected, error.found) from error


def network_section(path: Path, config: Mapping[str, Any]) -> NetworkConfig:
    """The section that every model has. Raises WeightsInvalid."""
    return section(path, config, "network", NetworkConfig)


def network_config(name: str, config: Path | None) -> NetworkConfig:
    """The network of a model as `model_cost` finds it, without its weights. Raises WeightsInvalid."""
    return VARIANTS[name] if config is None else network_section(config, read_config(config))
