"""The one table from error types to words."""

from mmhnet_cli import errors
from mmhnet_cli.cli._words import choices, inputs, machine, models, outputs, runs
from mmhnet_cli.cli._words.row import Row


def _which_failed(e: errors.OutputsFailed) -> str:
    failed = (f"{path} was not made: {row_for(problem).sentence(problem)}" for path, problem in e.problems)
    kept = f"What is done stays: {', '.join(map(str, e.kept))}." if e.kept else ""
    return " ".join([*failed, kept]).rstrip()


TABLE: tuple[Row, ...] = (
    *inputs.ROWS,
    *choices.ROWS,
    *models.ROWS,
    *machine.ROWS,
    *outputs.ROWS,
    Row(
        errors.OutputsFailed,
        7,
        _which_failed,
        lambda e: " ".join(dict.fromkeys(row_for(problem).next_step(problem) for _, problem in e.problems)),
    ),
    *runs.ROWS,
)


def row_for(error: errors.MMHNetError) -> Row:
    """Return the first row of the table whose type fits."""
    return next(row for row in TABLE if isinstance(error, row.kind))
