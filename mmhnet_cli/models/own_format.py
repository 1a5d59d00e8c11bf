"""Models of our own format: a folder, or a repository, with `config.json` and safetensors files."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from mmhnet_cli.errors import WeightsInvalid
from mmhnet_cli.fields import shown
from mmhnet_cli.models.model_files import (
    CODEC_FILE,
    CONFIG_FILE,
    NETWORK_FILE,
    NOT_STATED,
    UNSAFE_SUFFIXES,
    WORDS,
    WORDS_FILE,
    ModelFiles,
)
from mmhnet_cli.models.reading import check_regular, read_config
from mmhnet_cli.models.spec import PUBLIC, config_spec
from mmhnet_cli.models.store import Store
from mmhnet_cli.models.table import Part, Table, strictest

_MINI = {"network": NETWORK_FILE, "codec": CODEC_FILE, WORDS: WORDS_FILE}
_PUBLIC = {role: f"{role}.safetensors" for role in ("network", "clip", "synchformer", "vae", "vocoder")}


def public_parts(where: Path, config: Mapping[str, Any], table: Table) -> Mapping[str, Part]:
    """Return the parts of the table that a model with this configuration uses beside its own, by role.

    where: the folder or the repository, for the error. Raises WeightsInvalid, also for a rate without such parts.
    """
    if config.get("codec") != PUBLIC:
        return {}
    rate_hz = config_spec(where.name, where / CONFIG_FILE, config).rate_hz
    if rate_hz not in table.public:
        rates = " or ".join(str(rate) for rate in table.public)
        raise WeightsInvalid(where / CONFIG_FILE, "network.sequence.sample_rate_hz", rates, str(rate_hz))
    return table.public[rate_hz]


def own_parts(config: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the names of the files with weights that a model with this configuration brings itself, by role.

    It brings a network alone, beside the shared public parts; or everything: with a section `encoders` in the public
    architecture, without it in the mini's, which sees with eyes that are packages.
    """
    if config.get("codec") == PUBLIC:
        return {"network": NETWORK_FILE}
    if "encoders" in config:
        return _PUBLIC | {"tokenizer": "tokenizer.txt"}
    return _MINI


def own_files(config: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of the files that a model with this configuration consists of."""
    return (CONFIG_FILE, *own_parts(config).values())


def check_complete(where: Path, wanted: Collection[str], names: Collection[str]) -> None:
    """Raise WeightsInvalid for the first wanted file that a folder or a repository lacks."""
    for file in wanted:
        if file not in names:
            others = [shown(name) for name in sorted(names) if Path(name).suffix in UNSAFE_SUFFIXES][:3]
            raise WeightsInvalid(where, "file type" if others else file, file, ", ".join(others) or "no such file")


def check_file(path: Path) -> None:
    """Raise WeightsInvalid for what is no file, or a larger one than any model has."""
    try:
        check_regular(path, path.stat())
    except OSError as error:
        raise WeightsInvalid(path, "the file", "readable", error.strerror or str(error)) from error


def files_in_folder(
    name: str, folder: Path, store: Store, licence: str = NOT_STATED, commercial: bool | None = None
) -> ModelFiles:
    """Return the files of a model of our own format; no weights are opened.

    name: as the user gave it. licence, commercial: what is known of its own files. Raises WeightsInvalid where the
    folder is not complete, WeightsMissing where it uses parts that must be downloaded.
    """
    names = {path.name for path in folder.iterdir()}
    check_complete(folder, (CONFIG_FILE,), names)
    config = read_config(folder / CONFIG_FILE)
    check_complete(folder, own_files(config), names)
    parts = {role: folder / file for role, file in own_parts(config).items()}
    for path in parts.values():
        check_file(path)
    shared = public_parts(folder, config, store.table)
    parts |= store.find_all(name, shared)
    refused = [name] if commercial is False else []
    refused += [part.name for part in shared.values() if not part.licence.commercial]
    if refused and shared:
        licence, commercial = strictest(shared.values()).name, False
    records = store.records(shared.values())
    return ModelFiles(
        name,
        folder,
        parts,
        folder / CONFIG_FILE,
        licence=licence,
        commercial=commercial,
        non_commercial_parts=tuple(refused),
        records=records,
    )
