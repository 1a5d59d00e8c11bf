"""Words for what is asked for and cannot be."""

from mmhnet_cli import errors
from mmhnet_cli.cli._words.row import Row
from mmhnet_cli.cli._words.times import seconds

ROWS = (
    Row(
        errors.SheetInvalid,
        2,
        lambda e: f"{e.path}{f', {e.row}' if e.row else ''}{f', column {e.column}' if e.column else ''}: {e.reason}.",
        lambda e: "Nothing was made. Change the sheet there and run the same command again.",
    ),
    Row(
        errors.ExtraMissing,
        2,
        lambda e: f"{e.what} needs the package {e.package}, which is not installed.",
        lambda e: f'Install it with `pip install "mmhnet[{e.extra}]"`.',
    ),
    Row(
        errors.ManifestInvalid,
        2,
        lambda e: f"{e.origin}: {e.reason}.",
        lambda e: "Correct the list and run again; nothing was done.",
    ),
    Row(
        errors.BadRange,
        2,
        lambda e: (
            f"The range from {e.asked or f'{seconds(e.start)} to {seconds(e.end)}'} is not a part of the film, "
            f"which {f'runs from {e.whole} and ' if e.whole else ''}lasts {seconds(e.duration)}."
        ),
        lambda e: (
            "Choose --start before --end, both inside the film: seconds or HH:MM:SS.mmm from its first picture"
            f"{', or its timecode' if e.whole else ''}."
        ),
    ),
    Row(
        errors.RangeTooShort,
        2,
        lambda e: (
            f"From {float(e.start):.6f} s to {float(e.end):.6f} s is shorter than one picture of the film, "
            f"which lasts {float(e.shortest):.6f} s."
        ),
        lambda e: "Choose --end at least one picture after --start.",
    ),
    Row(
        errors.BadOption,
        2,
        lambda e: f"{e.name} cannot be {e.found!r}; it must be {e.expected}.",
        lambda e: "Add --help to the command for the options, or run `mmhnet config show` for the settings.",
    ),
)
