"""`mmhnet evaluate` of a training: its model is put together and makes the sounds first."""

import shutil
import subprocess
import sys
from pathlib import Path

from mmhnet_cli.cli._session import Session

MADE = "evaluated"
"""The folder of a training has it, and in it a folder for each number of steps evaluated: model and sounds."""
STDERR = 2


def is_training(folder: Path) -> bool:
    """Tell whether a folder is that of a training."""
    from mmhnet_cli.training.films.run_folder import RUN_FILE

    return (folder / RUN_FILE).is_file()


def sounds_of_training(session: Session, folder: Path, reference: Path, device: str) -> Path:
    """Return the folder of the sounds that a training makes for the films in `reference`, as far as it has come.

    What was made for so many steps is not made again; films that fail are named by the batch that makes them. Raises
    as `train export` does.
    """
    from mmhnet_cli.models.model_files import CONFIG_FILE
    from mmhnet_cli.models.registry import find_model
    from mmhnet_cli.training.films.export import export, steps_done
    from mmhnet_cli.training.films.run_folder import read_run

    run = read_run(folder)
    place = folder / MADE / str(steps_done(folder))
    model, sounds = place / "model", place / "sounds"
    if not (model / CONFIG_FILE).exists():
        # What was stopped half-way stands in nobody's way.
        shutil.rmtree(model, ignore_errors=True)
        export(folder, run, find_model(run.origin.model), model)
    session.output.note(f"Sounds of {model}, for the films in {reference}: {sounds}")
    given = ["batch", "--output-dir", str(sounds), "--model", str(model), "--device", device]
    quiet = ["--quiet"] if session.output.mode == "quiet" else []
    # What it says of each film is no figure of ours.
    subprocess.run(
        [sys.executable, "-m", "mmhnet_cli", *given, *quiet, "--", str(reference)], stdout=STDERR, check=False
    )
    return sounds
