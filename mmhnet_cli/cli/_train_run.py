"""`mmhnet train run`: one process, or several that train together."""

import math
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from mmhnet_cli.cli._processes import company, run_together
from mmhnet_cli.cli._session import Session
from mmhnet_cli.cli._train_options import (
    ConfigArgument,
    DataOption,
    DeviceOption,
    InitOption,
    ProcessesOption,
    RunOutOption,
    TensorboardOption,
    needed,
)

if TYPE_CHECKING:
    import torch

    from mmhnet_cli.training.films.train import Trained
    from mmhnet_cli.training.team import Team

HELP = """Train a network on prepared films.

CONFIG is mini, s-16k, s-44k or l-44k, or a TOML file of your own. A training that is in the folder goes on as if it had
never been stopped; RUN/log.csv has its losses.
"""


def run(
    session: Session,
    recipe: ConfigArgument,
    data: DataOption = None,
    out: RunOutOption = None,
    init_from: InitOption = None,
    processes: ProcessesOption = 1,
    tensorboard: TensorboardOption = False,
    device: DeviceOption = "auto",
) -> None:
    """Train to the last step, and print the last losses."""
    data = needed("--data", data, "a folder that `mmhnet train prepare` wrote")
    out = needed("--out", out, "a folder")
    there, here = company()
    if processes > 1 and there < 2:
        if code := run_together(session.ctx.find_root().obj, processes, out):
            raise typer.Exit(code)
        return
    from mmhnet_cli.models.registry import find_model
    from mmhnet_cli.pipeline.delivery.lock import output_lock
    from mmhnet_cli.training.films.config import read_run_config
    from mmhnet_cli.training.films.first_weights import Teacher
    from mmhnet_cli.training.films.parts import NETWORK, named_model
    from mmhnet_cli.training.films.run_folder import RUN_FILE
    from mmhnet_cli.training.films.train import Training, train
    from mmhnet_cli.training.films.writing import made_folder

    run_config, network = read_run_config(recipe)
    teacher = None
    if init_from is not None:
        files = find_model(init_from)
        teacher = Teacher(named_model(init_from), files.parts[NETWORK], files.licence)
    team, chosen = _team(device, there, here)
    training = Training(run_config, network, data, out, chosen, teacher, tensorboard)
    if not team.is_main:
        train(training, lambda line: None, team=team)
        team.leave()
        return
    with output_lock(made_folder(out) / RUN_FILE), session.progress() as progress:
        trained = train(training, session.output.info, lambda done, steps: progress("train", done, steps), team)
    team.leave()
    _tell(session, out, trained)


def _team(device: str, there: int, here: int) -> "tuple[Team, torch.device]":
    """Return the processes that train together and the device of this one."""
    from mmhnet_cli.pipeline.making.load import choose_device
    from mmhnet_cli.training.team import Team
    from mmhnet_cli.training.together import Together

    if there < 2:
        return Team(), choose_device(device)
    team = Together(device, here)
    return team, team.device


def _tell(session: Session, out: Path, trained: "Trained") -> None:
    losses = "".join(f", {name} {value:.4g}" for name, value in trained.values.items() if name in ("flow", "ratio"))
    # A loss that is not finite is no number of JSON.
    values = {name: value if math.isfinite(value) else None for name, value in trained.values.items()}
    record = {"type": "trained", "path": str(out), "steps": trained.steps, **values}
    session.output.result(f"{out}: {trained.steps} steps{losses}", record)
