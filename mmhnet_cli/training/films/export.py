"""From a training to a model folder that sound is made with: weights, configuration and card."""

import csv
import json
import shutil
from pathlib import Path
from typing import Any

from torch import Tensor

from mmhnet_cli.errors import OutputExists, TrainingInvalid
from mmhnet_cli.models.checkpoint import NO_ENTRY, shape_words, shapes_of
from mmhnet_cli.models.model_files import CONFIG_FILE, NETWORK_FILE, ModelFiles
from mmhnet_cli.models.own_format import own_parts
from mmhnet_cli.models.reading import FORMAT, read_config
from mmhnet_cli.models.safe_file import opened
from mmhnet_cli.models.spec import PUBLIC
from mmhnet_cli.training.films.card import CARD_FILE, card
from mmhnet_cli.training.films.lora import merge
from mmhnet_cli.training.films.loss_log import LOG_FILE
from mmhnet_cli.training.films.parts import NETWORK, check_parts
from mmhnet_cli.training.films.run_folder import CHECKPOINT_FILE, RUN_FILE, Run, started
from mmhnet_cli.training.films.writing import made_folder, write_tensors, write_text, written

AVERAGE = "average."
"""In a checkpoint the moving averages of the weights have this before their names."""


def export(folder: Path, run: Run, files: ModelFiles, out: Path) -> int:
    """Write the model of a training into the folder `out`, and return how many steps it has learnt.

    files: of the model whose encoders and codec prepared the films; the folder gets those of its parts that are not
    shared by all. Raises TrainingInvalid, WeightsInvalid, OutputExists or OutputUnwritable.
    """
    check_parts(folder / RUN_FILE, run.origin.model, files, run.parts)
    tensors, steps = averaged_state(folder, run)
    made_folder(out)
    if any(not entry.name.startswith(".") for entry in out.iterdir()):
        raise OutputExists(out)
    config = _config(run, files, out.resolve().name)
    write_tensors(out / NETWORK_FILE, tensors)
    for role, name in own_parts(config).items():
        if role != NETWORK:
            with written(out / name):
                shutil.copyfile(files.parts[role], out / name)
    numbers = sum(tensor.numel() for tensor in tensors.values())
    write_text(out / CARD_FILE, card(config["name"], run, steps, numbers, _last_losses(folder / LOG_FILE)))
    # Last: a folder that has it is a model.
    write_text(out / CONFIG_FILE, json.dumps(config, indent=2, allow_nan=False) + "\n")
    return steps


def averaged_state(folder: Path, run: Run) -> tuple[dict[str, Tensor], int]:
    """Return the moving averages of the weights, all else as the training began with it, and the steps done.

    What adapters have learnt is part of the weights. Raises TrainingInvalid or WeightsInvalid.
    """
    path, steps = folder / CHECKPOINT_FILE, steps_done(folder)
    network = started(folder, run)
    with opened(path, "pt") as file:
        names = [key for key in file.keys() if key.startswith(AVERAGE)]  # noqa: SIM118
        averages = {name.removeprefix(AVERAGE): file.get_tensor(name) for name in names}
    found, expected = shapes_of(averages), shapes_of(network.state_dict())
    for name, shape in found.items():
        if shape != expected.get(name):
            raise TrainingInvalid(path, AVERAGE + name, shape_words(expected, name), str(shape))
    if not averages:
        raise TrainingInvalid(path, AVERAGE, "weights", NO_ENTRY)
    network.load_state_dict(averages, strict=False)
    merge(network)
    return network.state_dict(), steps


def steps_done(folder: Path) -> int:
    """Return how many steps the checkpoint of a training has learnt. Raises TrainingInvalid or WeightsInvalid."""
    path = folder / CHECKPOINT_FILE
    if not path.exists():
        raise TrainingInvalid(path, "the checkpoint", "a file", "none: no step has been kept yet")
    with opened(path, "pt") as file:
        steps: str = (file.metadata() or {}).get("step", "")
    if not steps.isdecimal():
        raise TrainingInvalid(path, "step", "a number of steps", steps or NO_ENTRY)
    return int(steps)


def _config(run: Run, files: ModelFiles, name: str) -> dict[str, Any]:
    """Return the sections of `config.json`: those of the model that prepared the films, but for the network."""
    other = {"codec": PUBLIC} if files.config is None else read_config(files.config)
    sections = {key: value for key, value in other.items() if key not in ("format", "name", "network")}
    return {"format": FORMAT, "name": name, "network": run.network.to_dict(), **sections}


def _last_losses(path: Path) -> dict[str, str]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, csv.Error, UnicodeDecodeError):
        return {}
    return {name: value for name, value in rows[-1].items() if value} if rows else {}
