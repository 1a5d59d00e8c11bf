"""A model folder as a repository of the Hugging Face Hub: its files and its card, in one commit."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import huggingface_hub
from huggingface_hub import constants, utils

from mmhnet_cli.errors import BadOption, UploadDenied, UploadFailed, WeightsInvalid
from mmhnet_cli.models.checkpoint import SUFFIX, describe
from mmhnet_cli.models.model_files import CONFIG_FILE
from mmhnet_cli.models.own_format import check_complete, check_file, own_files
from mmhnet_cli.models.reading import LARGEST_CONFIG_BYTES, read_config, read_text
from mmhnet_cli.models.repository import parse_repository
from mmhnet_cli.models.spec import config_spec

CARD_FILE = "README.md"
REFUSED = (401, 402, 403)


@dataclass(frozen=True)
class Upload:
    """What would be put where. `public` is None where there is no such repository yet; `replaced` are files that it
    has already."""

    folder: Path
    repository: str
    files: tuple[str, ...]
    size: int
    public: bool | None
    replaced: tuple[str, ...]


def plan_upload(folder: Path, name: str) -> Upload:
    """Look at a model folder, and at the repository `name`, OWNER/NAME, to which it shall go.

    Raises BadOption, WeightsInvalid for what is no model folder of ours with its card, UploadDenied or UploadFailed.
    """
    repository = parse_repository(name)
    if repository is None or repository.revision != "main":
        raise BadOption("REPO", name, "OWNER/NAME of a repository of the Hugging Face Hub")
    files = _files(folder)
    size = sum((folder / file).stat().st_size for file in files)
    page = f"{constants.ENDPOINT}/{name}"
    if huggingface_hub.get_token() is None:
        raise UploadDenied(name, page)
    with _told(name):
        try:
            found = huggingface_hub.HfApi().model_info(name)
        except utils.RepositoryNotFoundError:
            return Upload(folder, name, files, size, None, ())
        there = {entry.rfilename for entry in found.siblings or ()}
        return Upload(folder, name, files, size, not found.private, tuple(file for file in files if file in there))


def upload(plan: Upload, public: bool) -> str:
    """Put the files into the repository, which is made if there is none, and return the address of the commit.

    They are there all together or not at all. Raises UploadDenied or UploadFailed.
    """
    with _told(plan.repository):
        api = huggingface_hub.HfApi()
        if plan.public is None:
            api.create_repo(plan.repository, private=not public, repo_type="model")
        added = [huggingface_hub.CommitOperationAdd(file, str(plan.folder / file)) for file in plan.files]
        commit = api.create_commit(plan.repository, added, commit_message="A model of mmhnet", repo_type="model")
        return str(commit.commit_url)


def _files(folder: Path) -> tuple[str, ...]:
    """Return the names of all that goes there: what makes the model, and its card, and nothing else that lies there."""
    if not folder.is_dir():
        raise WeightsInvalid(folder, "the folder", "that of a model", "no folder")
    names = {path.name for path in folder.iterdir()}
    check_complete(folder, (CONFIG_FILE,), names)
    config = read_config(folder / CONFIG_FILE)
    files = (*own_files(config), CARD_FILE)
    check_complete(folder, files, names)
    config_spec(folder.name, folder / CONFIG_FILE, config)
    for file in files:
        path = folder / file
        # A link in a folder of somebody else's would publish what is elsewhere on this machine.
        if not path.resolve().is_relative_to(folder.resolve()):
            raise WeightsInvalid(folder, file, "a file of the folder", "a link out of it")
        check_file(path)
        if path.suffix == SUFFIX:
            describe(path)
    read_text(folder / CARD_FILE, LARGEST_CONFIG_BYTES)
    return files


@contextmanager
def _told(repository: str) -> Iterator[None]:
    """Turn what the library raises into errors of ours, and let it draw nothing."""
    quiet = utils.are_progress_bars_disabled()
    utils.disable_progress_bars()
    try:
        yield
    except utils.HfHubHTTPError as error:
        if error.response is not None and error.response.status_code in REFUSED:
            raise UploadDenied(repository, f"{constants.ENDPOINT}/{repository}") from error
        raise UploadFailed(repository, _reason(error)) from error
    except (utils.httpx.HTTPError, OSError, ValueError, KeyError, RuntimeError) as error:
        raise UploadFailed(repository, _reason(error)) from error
    finally:
        if not quiet:
            utils.enable_progress_bars()


def _reason(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200].rstrip(".")
