"""Words for what cannot be written."""

from mmhnet_cli import errors
from mmhnet_cli.cli._words.row import Row

ROWS = (
    Row(
        errors.OutputExists,
        7,
        lambda e: f"{e.path} is already there and was left as it is.",
        lambda e: "Move it away, or let --force replace it; `mmhnet generate` also takes --on-exists rename or skip.",
    ),
    Row(
        errors.OutputBusy,
        7,
        lambda e: f"{e.path} is being written by another run of mmhnet{f' ({e.holder})' if e.holder else ''}.",
        lambda e: "Run the same command again when that run has ended; one that was killed holds nothing up.",
    ),
    Row(
        errors.OutputUnwritable,
        7,
        lambda e: f"{e.path} cannot be written: {e.reason}.",
        lambda e: "Choose another folder with --output-dir or --output.",
    ),
    Row(
        errors.StdoutUnwritable,
        7,
        lambda e: f"The results could not be printed: standard output cannot be written ({e.reason}).",
        lambda e: "What the command did is done. Print to a place with room to see the results.",
    ),
    Row(
        errors.ContainerCannotHold,
        7,
        lambda e: f"{e.path} cannot hold {e.what}.",
        lambda e: f"{e.suggestion}.",
    ),
    Row(
        errors.FfmpegFailed,
        7,
        lambda e: f"ffmpeg could not {e.action} (status {e.status}): {e.tail}",
        lambda e: "`mmhnet doctor` shows which ffmpeg is used; a WAV output does not need it.",
    ),
    Row(
        errors.FfmpegMissing,
        7,
        lambda e: f"No usable ffmpeg program was found (looked at {e.looked}).",
        lambda e: "Install ffmpeg 7.0 or newer, or name it with --ffmpeg PATH.",
    ),
)
