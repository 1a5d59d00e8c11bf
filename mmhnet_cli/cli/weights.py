"""`mmhnet weights`: which models there are, and bringing them here, checking them, removing them."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from mmhnet_cli.cli._ask import agreed, sure
from mmhnet_cli.cli._help import HelpCommand, HelpGroup
from mmhnet_cli.cli._output import aligned
from mmhnet_cli.cli._session import Session, command
from mmhnet_cli.cli._weights_options import (
    AcceptOption,
    NameArgument,
    OfflineOption,
    OptionalNameArgument,
    ReleasesOption,
    YesOption,
)
from mmhnet_cli.errors import LicenceNotAccepted

if TYPE_CHECKING:
    from mmhnet_cli.models.licences import Offer
    from mmhnet_cli.models.repository import RepositoryRecord
    from mmhnet_cli.models.store import Store
    from mmhnet_cli.models.table import ModelEntry, Part

app = typer.Typer(
    cls=HelpGroup,
    help="List the models, bring them here, check them, remove them.",
    epilog="Example: mmhnet weights list",
    rich_markup_mode="rich",
    no_args_is_help=True,
)

LIST_HELP = """List the models: which are here, how large they are, and what their licence allows.

In the column "commercial", NO marks models that may not be used for paid work.
"""
PULL_HELP = """Bring a model to this machine.

Shows the licences, the size and the sources, and asks once. What is here already is checked, what is missing or damaged
is fetched; an interrupted download goes on where it stopped.
"""
VERIFY_HELP = """Check the weights on this machine against their digests.

The exit code is 5 when a file is damaged or missing; `mmhnet weights pull` mends it.
"""
PATH_HELP = """Print where a model lies: its folder, or one file per line for models that share parts with others."""
RM_HELP = """Remove a model that was pulled.

Parts that another complete model needs stay.
"""


def list_models(session: Session) -> None:
    """Print which models there are, and which of them are here."""
    from mmhnet_cli.models.registry import default_store
    from mmhnet_cli.models.repository import pulled_repositories

    store = default_store()
    rows: list[tuple[str, ...]] = [("model", "here", "size", "licence", "commercial", "summary")]
    for entry in store.table.models.values():
        row, record = _entry_row(entry, store)
        rows.append(row)
        if session.output.mode == "json":
            session.output.result("", record)
    for pulled in pulled_repositories(store):
        row, record = _repository_row(pulled, store)
        rows.append(row)
        if session.output.mode == "json":
            session.output.result("", record)
    if session.output.mode == "json":
        return
    session.output.result(aligned(rows), {})
    parts = (part for entry in store.table.models.values() for part in entry.parts.values())
    unknown = dict.fromkeys(part.name for part in parts if _digest(part, store) in ("recorded", "none"))
    if unknown:
        session.output.note(
            f"Nobody publishes a digest of {', '.join(unknown)}: checks compare with what was first downloaded."
        )


def pull(
    session: Session,
    name: NameArgument,
    accept_license: AcceptOption = False,
    offline: OfflineOption = False,
    releases_url: ReleasesOption = None,
) -> None:
    """Download what a model lacks, once its licences are accepted."""
    from mmhnet_cli.models import download, licences
    from mmhnet_cli.models.network import Network
    from mmhnet_cli.models.registry import default_store

    network = Network(offline=offline, releases_url=releases_url)
    store = default_store()
    offered = download.offers(name, network, store)
    _show(session, name, [offer for offer in offered if not offer.here])
    if open_questions := licences.not_accepted(offered, store):
        if not accept_license:
            _show(session, name, [offer for offer in open_questions if offer.here])
            names = tuple(dict.fromkeys(offer.licence for offer in open_questions))
            if not agreed(session, f"Do you accept {', '.join(names)}?"):
                raise LicenceNotAccepted(name, names)
        licences.accept(open_questions, store)
    with session.progress() as progress:
        files = download.pull(name, network, progress, store)
    record = {
        "type": "pulled",
        "name": files.name,
        "path": str(files.path),
        "parts": {role: str(path) for role, path in files.parts.items()},
        "licence": files.licence,
        "commercial": files.commercial,
    }
    session.output.result(files.name, record)


def verify(session: Session, name: OptionalNameArgument = None) -> None:
    """Compare what is kept with its digests, and print each file."""
    from mmhnet_cli.models.upkeep import verify as verify_files

    rows = [("state", "digest", "part", "file")]
    problems = []
    with session.progress() as progress:
        for check in verify_files(name, progress):
            digest = "published" if check.published else "first download"
            rows.append(("ok" if check.problem is None else "DAMAGED", digest, check.name, str(check.path)))
            if session.output.mode == "json":
                record = {"type": "check", "part": check.name, "path": str(check.path), "ok": check.problem is None}
                session.output.result("", {**record, "digest": digest})
            if check.problem is not None:
                problems.append(check.problem)
    if len(rows) == 1:
        session.output.note("Nothing was pulled so far; what is part of the package is not checked here.")
    elif session.output.mode != "json":
        session.output.result(aligned(rows), {})
    session.output.summary({"checked": len(rows) - 1, "failed": len(problems)})
    if problems:
        raise ExceptionGroup("the weights", problems)


def path(session: Session, name: NameArgument) -> None:
    """Print where the files of a model are."""
    from mmhnet_cli.models.registry import find_model

    files = find_model(name)
    parts = {role: str(file) for role, file in files.parts.items()}
    text = "\n".join(parts.values()) if files.config is None else str(files.path)
    session.output.result(text, {"type": "path", "name": files.name, "path": str(files.path), "parts": parts})


def rm(session: Session, name: NameArgument, yes: YesOption = False) -> None:
    """Remove what only this model needs."""
    from mmhnet_cli.models.upkeep import plan_removal, remove

    removal = plan_removal(name)
    what = ", ".join(removal.parts) or ("no part" if removal.kept else name)
    session.output.note(f"Removes {what}, {_size(removal.size)}.")
    for part, models in removal.kept.items():
        session.output.note(f"Keeps {part}: {', '.join(models)} has it too.")
    if not (yes or sure(session, "Remove?", "Nothing was removed.")):
        return
    remove(removal)
    record = {"type": "removed", "name": name, "parts": list(removal.parts), "kept": list(removal.kept)}
    session.output.result(name, {**record, "size_bytes": removal.size})


def _entry_row(entry: "ModelEntry", store: "Store") -> tuple[tuple[str, ...], dict[str, Any]]:
    found = {role: store.find(part) for role, part in entry.parts.items()}
    here = sum(path is not None for path in found.values())
    if entry.embedded:
        state = "package"
    elif entry.unpublished:
        state = "unpublished"
    else:
        state = "yes" if here == len(found) else "partly" if here else "no"
    sizes = {role: _part_size(part, found[role]) for role, part in entry.parts.items()}
    # Without the network, which nobody has published, the rest says nothing about the size of the model.
    size = None if entry.unpublished else sum(size or 0 for size in sizes.values())
    row = (entry.name, state, _size(size), entry.licence.name, "yes" if entry.commercial else "NO", entry.summary)
    record = {
        "type": "model",
        "name": entry.name,
        "kind": entry.kind,
        "state": state,
        "size_bytes": size,
        "licence": entry.licence.name,
        "commercial": entry.commercial,
        "non_commercial_parts": list(entry.non_commercial_parts),
        "training_s": entry.spec.network.training_s,
        "summary": entry.summary,
        "parts": [
            {
                "role": role,
                "name": part.name,
                "path": None if found[role] is None else str(found[role]),
                "size_bytes": sizes[role],
                "licence": part.licence.name,
                "commercial": part.licence.commercial,
                "source": None if part.source is None else str(part.source),
                "digest": _digest(part, store),
            }
            for role, part in entry.parts.items()
        ],
    }
    return row, record


def _repository_row(pulled: "RepositoryRecord", store: "Store") -> tuple[tuple[str, ...], dict[str, Any]]:
    from mmhnet_cli.models.repository import Repository, record_files

    name = str(Repository(pulled.repository, pulled.revision))
    paths = [path for path in record_files(pulled, store).values() if path is not None]
    state = "yes" if len(paths) == len(pulled.sha256) else "partly" if paths else "no"
    size = sum(path.stat().st_size for path in paths)
    commercial = {True: "yes", False: "NO", None: "not stated"}[pulled.commercial]
    summary = f"from the Hugging Face Hub, commit {pulled.commit[:12]}"
    record = {
        "type": "model",
        "name": name,
        "kind": "repository",
        "state": state,
        "size_bytes": size,
        "licence": pulled.licence,
        "commercial": pulled.commercial,
        "summary": summary,
        "commit": pulled.commit,
    }
    return (name, state, _size(size), pulled.licence, commercial, summary), record


def _digest(part: "Part", store: "Store") -> str:
    """Say where the digest comes from that the part is checked with."""
    from mmhnet_cli.models.table import EmbeddedFile

    if part.source is None or isinstance(part.source, EmbeddedFile):
        return "package" if part.source is not None else "unpublished"
    if part.has_digest:
        return "published"
    return "none" if store.record(part) is None else "recorded"


def _part_size(part: "Part", found: Path | None) -> int | None:
    return part.listed_bytes if found is None else found.stat().st_size


def _show(session: Session, name: str, offered: Iterable["Offer"]) -> None:
    offered = list(offered)
    if not offered:
        return
    total = sum(offer.size or 0 for offer in offered)
    session.output.note(f"{name}: about {_size(total)} to download")
    lines = [(offer.name, _size(offer.size), offer.licence, offer.source) for offer in offered]
    for line in aligned(lines).splitlines():
        session.output.note(line)
    for licence in {offer.licence: offer for offer in offered}.values():
        refused = ", NOT for paid work" if licence.commercial is False else ""
        session.output.note(f"{licence.licence}: {licence.title}{refused} ({licence.url})")


def _size(size: int | None) -> str:
    if size is None:
        return "-"
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.1f} MB"


app.command("list", cls=HelpCommand, help=LIST_HELP, epilog="Example: mmhnet weights list --json")(command(list_models))
app.command(
    "pull", cls=HelpCommand, help=PULL_HELP, epilog="Example: mmhnet weights pull mmaudio-small-44k --accept-license"
)(command(pull))
app.command("verify", cls=HelpCommand, help=VERIFY_HELP, epilog="Example: mmhnet weights verify")(command(verify))
app.command("path", cls=HelpCommand, help=PATH_HELP, epilog="Example: mmhnet weights path mini")(command(path))
app.command("rm", cls=HelpCommand, help=RM_HELP, epilog="Example: mmhnet weights rm mmaudio-small-44k")(command(rm))
