"""The folder of a training: what it was begun with, which it goes on with and is exported with."""

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from mmhnet_cli.errors import BadOption, OutputExists, TrainingInvalid
from mmhnet_cli.fields import build, shown
from mmhnet_cli.model.config import NetworkConfig
from mmhnet_cli.model.network import Network
from mmhnet_cli.models.checkpoint import load_tensors
from mmhnet_cli.regular_file import read_regular
from mmhnet_cli.training.films.config import RunConfig
from mmhnet_cli.training.films.index import INDEX_FILE, MOST_BYTES, Index, Origin
from mmhnet_cli.training.films.lora import adapt
from mmhnet_cli.training.films.shards import digest
from mmhnet_cli.training.films.writing import made_folder, write_tensors, write_text

RUN_FILE, START_FILE, CHECKPOINT_FILE = "run.json", "start.safetensors", "checkpoint.safetensors"
FORMAT = 1


@dataclass(frozen=True)
class Run:
    """A training: its configuration, what its data were made with, and what stands in the card of its model.

    data: SHA-256 of the index of the films. parts: SHA-256 of the files of the model that prepared them, by role.
    licences: clips under each. begun_with, begun_licence: the model whose weights it began with; empty for fresh ones.
    """

    config: RunConfig
    network: NetworkConfig
    origin: Origin
    data: str
    parts: dict[str, str]
    licences: dict[str, int]
    films: int
    clips: int
    begun_with: str = ""
    begun_licence: str = ""

    @property
    def own_words(self) -> bool:
        """Tell whether no prompt is a text of its own, see `first_weights.fresh_network`."""
        return self.origin.encoders == "mini"


def new_run(
    config: RunConfig, network: NetworkConfig, data: Path, index: Index, begun_with: str = "", begun_licence: str = ""
) -> Run:
    """Return a training on the films of `data`. Raises TrainingInvalid where they do not fit the network."""
    check_fits(data / INDEX_FILE, index.origin, network)
    sha256 = digest(data / INDEX_FILE)
    licences = index.licences()
    return Run(
        config,
        network,
        index.origin,
        sha256,
        index.parts,
        licences,
        sum(film.clips > 0 for film in index.films),
        len(index.clips),
        begun_with,
        begun_licence,
    )


def check_fits(path: Path, origin: Origin, network: NetworkConfig) -> None:
    """Raise TrainingInvalid for the first size of clips that is not one of the network."""
    shapes = origin.shapes
    for name, found, expected in (
        ("sequence", origin.sequence, network.sequence),
        ("latent_channels", shapes.latents[1], network.latent_channels),
        ("clip_dim", shapes.clip[1], network.clip_dim),
        ("sync_dim", shapes.sync[1], network.sync_dim),
        ("text_dim", shapes.text_dim, network.text_dim),
    ):
        if found != expected:
            raise TrainingInvalid(path, name, str(expected), str(found))


def begin(folder: Path, run: Run, network: Network) -> None:
    """Write what a training begins with. Raises OutputExists for a folder of other things, OutputUnwritable."""
    made_folder(folder)
    if any(not entry.name.startswith(".") for entry in folder.iterdir()):
        raise OutputExists(folder)
    write_tensors(folder / START_FILE, network.state_dict())
    # Last: a folder that has it is a training.
    write_text(folder / RUN_FILE, json.dumps({"format": FORMAT, **asdict(run)}, indent=1, allow_nan=False) + "\n")


def is_begun(folder: Path) -> bool:
    """Tell whether a training has begun in a folder."""
    return (folder / RUN_FILE).exists()


def read_run(folder: Path) -> Run:
    """Return the training of a folder. Raises TrainingInvalid."""
    path = folder / RUN_FILE
    try:
        values = json.loads(read_regular(path, MOST_BYTES))
        if not isinstance(values, dict) or values.pop("format", None) != FORMAT:
            raise BadOption("format", "another one", str(FORMAT))
        return Run(
            config=build(RunConfig, values.pop("config"), "config"),
            network=build(NetworkConfig, values.pop("network"), "network"),
            origin=build(Origin, values.pop("origin"), "origin"),
            parts=dict(values.pop("parts")),
            licences=dict(values.pop("licences")),
            **values,
        )
    except BadOption as error:
        raise TrainingInvalid(path, error.name, error.expected, error.found) from error
    except OSError as error:
        raise TrainingInvalid(path, "the file", "that of a training", error.strerror or str(error)) from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise TrainingInvalid(path, "the file", "as `mmhnet train run` writes it", shown(str(error))) from error


def check_same(folder: Path, found: Run, asked: Run) -> None:
    """Raise TrainingInvalid where a training was begun otherwise than it is asked to go on."""
    for part in ("config", "network"):
        _compare(folder / RUN_FILE, part, getattr(found, part), getattr(asked, part))
    for name, what in (("data", "the data"), ("begun_with", "--init-from")):
        was, now = getattr(found, name), getattr(asked, name)
        if was != now:
            raise TrainingInvalid(folder / RUN_FILE, what, now or "nothing", was or "nothing")


def _compare(path: Path, part: str, found: object, asked: object) -> None:
    for entry in fields(found):  # type: ignore[arg-type]
        was, now = getattr(found, entry.name), getattr(asked, entry.name)
        if was != now:
            raise TrainingInvalid(path, f"{part}.{entry.name}", str(now), str(was))


def started(folder: Path, run: Run) -> Network:
    """Return the network as the training began with it, with adapters where these are what trains.

    Raises WeightsInvalid, and BadOption for adapters that are beside nothing.
    """
    network = Network(run.network)
    load_tensors(folder / START_FILE, network.state_dict())
    if run.own_words:
        network.empty_text.requires_grad_(False)
    if run.config.lora is not None:
        adapt(network, run.config.lora, run.config.seed)
    return network
