"""One take of several made the one: its files get the names that a single take has."""

from pathlib import Path
from typing import Any

from mmhnet_cli.errors import BadOption, OutputUnwritable, ReportMismatch, ReportUnreadable
from mmhnet_cli.media.output import atomic_output
from mmhnet_cli.models.digests import file_sha256
from mmhnet_cli.options import OnExists
from mmhnet_cli.pipeline.asking.report_file import file_of, read_report, to_json

BLOCK_BYTES = 1 << 20


def pick(report: Path, take: int, on_exists: OnExists) -> tuple[Path, ...]:
    """Copy the files of a take under names without its number, note the choice in the report, and return the copies.

    Raises ReportUnreadable, BadOption, ReportMismatch for a file that has changed since, OutputExists or
    OutputUnwritable.
    """
    content = read_report(report)
    chosen = next((one for one in _takes(content, report) if one.get("take") == take), None)
    if chosen is None:
        known = ", ".join(str(one.get("take")) for one in _takes(content, report))
        raise BadOption("TAKE", str(take), f"a take of {report.name}: {known or 'it has none'}")
    files = [*_list(chosen.get("files")), *_list(chosen.get("cues"))]
    pairs = [_names(report, file, take) for file in files if isinstance(file, dict)]
    for source, _, digest in pairs:
        found = file_sha256(source) if source.is_file() else "no such file"
        if found != digest:
            raise ReportMismatch(report, source.name, digest, found)
    for source, target, _ in pairs:
        with atomic_output(target, on_exists) as part:
            _copy(source, part)
    with atomic_output(report, "overwrite") as part:
        part.write_bytes(to_json({**content, "picked": take}))
    return tuple(target for _, target, _ in pairs)


def _takes(content: dict, report: Path) -> list[dict]:
    takes = content.get("takes")
    if not isinstance(takes, list) or not all(isinstance(take, dict) for take in takes):
        raise ReportUnreadable(report, "it is not complete (takes are missing)")
    return takes


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _names(report: Path, file: dict, take: int) -> tuple[Path, Path, str]:
    """Return where a file lies, what it shall be called, and its digest."""
    source = file_of(report, str(file.get("file")))
    number = f"_t{take:02d}"
    if number not in source.stem:
        raise BadOption("TAKE", str(take), f"a take of several: {source.name} has the name of the one already")
    plain = source.stem[::-1].replace(number[::-1], "", 1)[::-1]
    return source, source.with_name(plain + source.suffix), str(file.get("sha256"))


def _copy(source: Path, target: Path) -> None:
    try:
        with source.open("rb") as old, target.open("wb") as new:
            while block := old.read(BLOCK_BYTES):
                new.write(block)
    except OSError as error:
        raise OutputUnwritable(target, error.strerror or str(error)) from error
