"""The card of a model: what it is, what it learnt from, and under which licences that was."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from mmhnet_cli.training.films.places import CLIP_S
from mmhnet_cli.training.films.run_folder import Run

CARD_FILE = "README.md"
HEAD = "---\ntags:\n- mmhnet\n- video-to-audio\n---"
"""It stands first, for the hub. There is no licence in it: that is for whoever publishes the model to say."""
SAID = ("step", "flow", "ratio", "kept")
"""These columns of the log stand in it."""


def card(name: str, run: Run, steps: int, numbers: int, losses: Mapping[str, str]) -> str:
    """Return the card of a model that has learnt `steps`, with so many numbers in its network. losses: its last row of
    the log."""
    minutes = run.clips * CLIP_S / 60
    licences = [f"| {_cell(licence)} | {clips} |" for licence, clips in run.licences.items()]
    recipe = [f"| `{key}` | {_cell(str(value))} |" for key, value in asdict(run.config).items()]
    said = [f"| `{key}` | {_cell(value)} |" for key, value in losses.items() if key in SAID]

    begun = "drawn weights"
    if run.begun_with:
        begun = f"the weights of {_name(run.begun_with)} (licence: {_cell(run.begun_licence)})"
    parts = [
        HEAD,
        f"# {_cell(name)}",
        f"MMHNet, sizes `{run.config.sizes}`, {numbers / 1e6:.1f} M parameters, trained by `mmhnet train`: {steps} of "
        f"{run.config.steps} steps, begun with {begun}. Encoders and codec are those of {_name(run.origin.model)}.",
        "```sh\nmmhnet generate film.mp4 --model FOLDER\n```",
        "## Data",
        f"{run.clips} clips of {CLIP_S} s, {minutes:.1f} minutes, of {run.films} films. Clips under each licence:",
        "\n".join(["| licence | clips |", "|---|---|", *licences]),
        "What may be done with this model is for whoever publishes it to say, and depends on these licences, on that "
        "of the weights it began with, and on those of its encoders and codec.",
        "## Training",
        "\n".join(["| | |", "|---|---|", *recipe]),
        "\n".join(["The last losses:", "", "| | |", "|---|---|", *said]) if said else "",
        f"SHA-256 of the index of the data: `{run.data}`.",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _name(model: str) -> str:
    """Return the name of a model; of a folder, without where it lies, which is nobody's business."""
    return _cell(Path(model).name if Path(model).is_absolute() else model)


def _cell(text: str) -> str:
    """Return a text of the user as one cell of a table, which it cannot leave."""
    return "".join(letter if letter.isprintable() else " " for letter in text).replace("|", "\\|").replace("`", "'")
