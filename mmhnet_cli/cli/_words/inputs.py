"""Words for what is given and cannot be used."""

from mmhnet_cli import errors
from mmhnet_cli.cli._words.row import Row

ROWS = (
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
        lambda e: (
            "Name the film, or the folder it is in: `mmhnet generate FILM --from-report REPORT`, or --film FILM for "
            "other commands."
        ),
    ),
    Row(
        errors.SoundMissing,
        4,
        lambda e: f"There is no sound for {e.film} in {e.folder}: expected {e.expected}, or one of its own name.",
        lambda e: "Make it with `mmhnet batch`, or give the folder that has it.",
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
        errors.TrainingInvalid,
        4,
        lambda e: f"{e.path} cannot be trained with: {e.key} should be {e.expected}, found {e.found}.",
        lambda e: "Prepare the films by `mmhnet train prepare` into a folder of their own, or begin a run in another.",
    ),
    Row(
        errors.NothingPrepared,
        4,
        lambda e: f"None of the films has 8 seconds of picture and sound to train on; {e.report} says why.",
        lambda e: "Give films with their sound, longer than 8 seconds.",
    ),
)
