"""From the name of a model to its files on this machine. Nothing is downloaded, and no weights are opened."""

from dataclasses import replace
from pathlib import Path

from huggingface_hub import constants

from mmhnet_cli.errors import UnknownModel, WeightsInvalid, WeightsUnpublished
from mmhnet_cli.models.model_files import UNSAFE_SUFFIXES, ModelFiles
from mmhnet_cli.models.own_format import files_in_folder
from mmhnet_cli.models.repository import find_repository, parse_repository
from mmhnet_cli.models.store import Store
from mmhnet_cli.models.table import ModelEntry, read_table

TABLE_FILE = "registry.toml"
STORE_FOLDER = "mmhnet"


def weights_folder() -> Path:
    """Return the folder with the weights that ship, and the table of models."""
    package = Path(__file__).resolve().parents[1]
    # A built wheel carries the repository's folder `weights` as `_weights`; a checkout has it beside the package.
    installed = package / "_weights"
    return installed if (installed / TABLE_FILE).is_file() else package.parent / "weights"


TABLE = read_table(weights_folder() / TABLE_FILE)
MODELS = TABLE.models


def default_store() -> Store:
    """Return the store of the package's models, in the user's cache of the Hugging Face Hub, which HF_HOME and
    HF_HUB_CACHE move."""
    return Store(TABLE, Path(constants.HF_HUB_CACHE) / STORE_FOLDER)


def find_model(name: str, store: Store | None = None) -> ModelFiles:
    """Return the files of the model `name`: a name of the table, a folder, or `owner/name[@revision]` of the hub.

    Raises WeightsMissing where some would have to be downloaded, WeightsUnpublished, WeightsInvalid or UnknownModel.
    """
    store = default_store() if store is None else store
    if name in store.table.models:
        return _find_entry(store.table.models[name], store)
    path = Path(name)
    if path.suffix in UNSAFE_SUFFIXES:
        raise WeightsInvalid(path, "file type", "a folder with safetensors files", path.suffix)
    if path.is_dir():
        # The error about a missing part speaks of the folder as it was given; the model is called by its name.
        return replace(files_in_folder(name, path, store), name=path.resolve().name)
    repository = parse_repository(name)
    if repository is None:
        raise UnknownModel(name, tuple(store.table.models))
    return find_repository(repository, store)


def _find_entry(entry: ModelEntry, store: Store) -> ModelFiles:
    if entry.unpublished:
        raise WeightsUnpublished(entry.name, store.parts_folder, entry.unpublished)
    return ModelFiles(
        name=entry.name,
        path=store.parts_folder if entry.config is None else entry.config.parent,
        parts=store.find_all(entry.name, entry.parts),
        config=entry.config,
        variant=entry.variant,
        licence=entry.licence.name,
        commercial=entry.commercial,
        non_commercial_parts=entry.non_commercial_parts,
        records=store.records(entry.parts.values()),
    )
