"""`mmhnet measure`: loudness and true peak of finished files."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mmhnet_cli.cli._output import aligned
from mmhnet_cli.cli._session import Session
from mmhnet_cli.errors import AudioUnreadable, MMHNetError, OutOfTolerance
from mmhnet_cli.options.choice import Choice
from mmhnet_cli.options.loudness import LOUDNESS_TARGETS, OTHER_TARGET, TOLERANCE_LU, LoudnessTarget, target_of
from mmhnet_cli.options.request import Ffmpeg

if TYPE_CHECKING:
    from mmhnet_cli.audio.loudness import Loudness

HELP = """Measure loudness (ITU-R BS.1770) and true peak of sound files and films.

With --check the exit code is 8 when a file misses the target. Each preset brings its tolerance: 1 LU, 2 LU for atsc and
netflix-effects. Broadcasters who check files against EBU R 128 allow 0.2.
"""
EXAMPLES = """Examples:

mmhnet measure street_mmhnet.wav

mmhnet measure *.wav --check ebu --tolerance 0.2
"""

FilesArgument = Annotated[
    list[Path], typer.Argument(metavar="FILE...", show_default=False, help="Sound files or films.")
]
CheckOption = Annotated[
    LoudnessTarget | None,
    Choice(
        "--check",
        None,
        "Compare with a target: ebu, ebu-short, atsc, netflix-effects, apple, web, off (true peak only), or LUFS.",
        metavar="PRESET|LUFS",
        words=LOUDNESS_TARGETS,
        parse=target_of,
        expected=OTHER_TARGET,
        setting=False,
    ),
]
ToleranceOption = Annotated[
    float | None,
    TOLERANCE_LU,
    Choice(
        "--tolerance",
        None,
        "Allowed distance from the target.",
        metavar="LU",
        shown="from the preset",
        setting=False,
    ),
]


def measure(
    session: Session,
    files: FilesArgument,
    check: CheckOption = None,
    tolerance: ToleranceOption = None,
    ffmpeg: Ffmpeg = None,
) -> None:
    """Print loudness and true peak of each file, and whether a target is met."""
    target = check if check is None or tolerance is None else replace(check, tolerance_lu=tolerance)
    problems: list[MMHNetError] = []
    rows: list[tuple[str, ...]] = [("LUFS", "max M", "max S", "LRA", "dBTP", "file")]
    for path in files:
        try:
            rows.append(_measure_one(session, path, ffmpeg, target, problems))
        except MMHNetError as problem:
            problems.append(problem)
    if session.output.mode != "json" and len(rows) > 1:
        session.output.result(aligned(rows), {})
    session.output.summary({"inputs": len(files), "failed": len(problems)})
    if problems:
        raise ExceptionGroup("the files", problems)


def _measure_one(
    session: Session,
    path: Path,
    ffmpeg: Path | None,
    target: LoudnessTarget | None,
    problems: list[MMHNetError],
) -> tuple[str, ...]:
    from mmhnet_cli.audio.loudness import Meter
    from mmhnet_cli.media.audio_file import open_sound
    from mmhnet_cli.pipeline.asking.facts import loudness_facts

    try:
        with open_sound(path, ffmpeg) as sound:
            meter = Meter(sound.channels, sound.rate_hz)
            for block in sound.blocks:
                meter.add(block)
        loudness = meter.result()
    except ValueError as error:
        raise AudioUnreadable(path, str(error)) from error
    facts = loudness_facts(loudness)
    record = {"type": "loudness", "path": str(path), **facts}
    if target is not None:
        missed = _missed(loudness, target)
        record["passed"] = not missed
        problems += [OutOfTolerance(path, found, expected) for found, expected in missed]
    if session.output.mode == "json":
        session.output.result("", record)
    columns = ("integrated_lufs", "momentary_max_lufs", "short_term_max_lufs", "range_lu", "true_peak_dbtp")
    return (*("-" if facts[name] is None else f"{facts[name]:.1f}" for name in columns), str(path))


def _missed(loudness: "Loudness", target: LoudnessTarget) -> list[tuple[str, str]]:
    """Return found and expected for each part of the target that is not met."""
    missed = []
    wanted, found = target.integrated_lufs, loudness.integrated_lufs
    if wanted is not None and found is None:
        missed.append(("no measurable loudness", f"{wanted:g} LUFS"))
    elif wanted is not None and found is not None and abs(found - wanted) > target.tolerance_lu:
        missed.append((f"{found:.2f} LUFS", f"{wanted:g} LUFS, {target.tolerance_lu:g} LU more or less"))
    short_term, highest = loudness.short_term_max_lufs, target.short_term_max_lufs
    if short_term is not None and highest is not None and short_term > highest:
        missed.append((f"{short_term:.2f} LUFS in its loudest 3 s", f"at most {highest:g} LUFS"))
    if loudness.true_peak_dbtp is not None and loudness.true_peak_dbtp > target.true_peak_dbtp:
        missed.append((f"{loudness.true_peak_dbtp:.2f} dBTP", f"at most {target.true_peak_dbtp:g} dBTP"))
    return missed
