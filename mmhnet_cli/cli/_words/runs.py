"""Words for runs that end before their end."""

from mmhnet_cli import errors
from mmhnet_cli.cli._words.row import UNFORESEEN, Row

ROWS = (
    Row(
        errors.FilmFailed,
        UNFORESEEN,
        lambda e: f"{e.path} met an unforeseen {e.reason}.",
        lambda e: "This is a fault of mmhnet. Run `mmhnet generate --debug` on the film for the traceback.",
    ),
    Row(
        errors.WorkerLost,
        UNFORESEEN,
        lambda e: f"The worker that was at {e.path} is gone: {e.reason}.",
        lambda e: "If it ran out of memory, use fewer --jobs; --retry tries again.",
    ),
    Row(
        errors.OutOfTolerance,
        8,
        lambda e: f"{e.path} misses its target: found {e.found}, expected {e.expected}.",
        lambda e: "Generate again with --loudness set to the target, or change the level in the mix.",
    ),
    Row(
        errors.LossNotFinite,
        5,
        lambda e: f"The loss is no number any more at step {e.step}; {e.path} has what was learnt in {e.saved} steps.",
        lambda e: "Begin a run in another folder with a lower learning_rate, from an export of this one if it is good.",
    ),
    Row(
        errors.ProcessLost,
        UNFORESEEN,
        lambda e: f"A process of the training in {e.path} is gone: {e.which}. What was learnt is kept.",
        lambda e: "Run the same command again, and it goes on; a smaller batch or fewer workers take less memory.",
    ),
    Row(
        errors.Interrupted,
        128,
        lambda e: "Stopped; unfinished files were removed.",
        lambda e: "",
    ),
)
