"""The table of models: what they are called, whether they come with the package, where their files lie."""

from dataclasses import dataclass
from pathlib import Path

from huggingface_hub import constants

from mmhnet_cli.errors import UnknownModel, WeightsInvalid, WeightsMissing

CONFIG_FILE = "config.json"
NETWORK_FILE = "network.safetensors"
CODEC_FILE = "codec.safetensors"
FILES = (CONFIG_FILE, NETWORK_FILE, CODEC_FILE)

# Formats that can run programs when they are opened; they are named in the error, never read.
UNSAFE_SUFFIXES = frozenset({".pth", ".pt", ".ckpt", ".bin", ".pkl"})


@dataclass(frozen=True)
class ModelEntry:
    """One model of the table.

    embedded: its weights are part of this package.
    summary: one line for people who choose.
    """

    name: str
    embedded: bool
    summary: str


@dataclass(frozen=True)
class ModelFolder:
    """A folder that holds the three files of a model."""

    name: str
    path: Path


MODELS: dict[str, ModelEntry] = {
    entry.name: entry
    for entry in (
        ModelEntry("mini", True, "the small model inside the package, 44.1 kHz, made for a CPU"),
        ModelEntry("s-16k", False, "MMHNet-S, 157 M parameters, 16 kHz"),
        ModelEntry("s-44k", False, "MMHNet-S, 157 M parameters, 44.1 kHz"),
        ModelEntry("l-44k", False, "MMHNet-L, 1.09 B parameters, 44.1 kHz"),
    )
}


def model_path(entry: ModelEntry) -> Path:
    """Where the files of `entry` lie, or would lie."""
    if not entry.embedded:
        return Path(constants.HF_HUB_CACHE) / "mmhnet" / entry.name
    package = Path(__file__).resolve().parents[1]
    # A built wheel carries the repository's folder `weights` as `_weights`; a checkout has it beside the package.
    installed = package / "_weights" / entry.name
    return installed if installed.is_dir() else package.parent / "weights" / entry.name


def find_model(name: str) -> ModelFolder:
    """The folder of the model `name`, which is a name of the table or a path. Opens no file."""
    if name in MODELS:
        path = model_path(MODELS[name])
        if any(not (path / file).is_file() for file in FILES):
            raise WeightsMissing(name, path)
        return ModelFolder(name, path)
    path = Path(name)
    if path.suffix in UNSAFE_SUFFIXES:
        raise WeightsInvalid(path, "file type", "a folder with safetensors files", path.suffix)
    if not path.is_dir():
        raise UnknownModel(name, tuple(MODELS))
    for file in FILES:
        if not (path / file).is_file():
            others = sorted(other.name for other in path.iterdir() if other.suffix in UNSAFE_SUFFIXES)
            raise WeightsInvalid(path, "file type" if others else file, file, ", ".join(others) or "no such file")
    return ModelFolder(path.resolve().name, path)
