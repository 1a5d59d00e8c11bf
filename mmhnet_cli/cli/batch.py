"""`mmhnet batch`: sound for many films, to be stopped and started as one likes."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from mmhnet_cli.cli import _options as o
from mmhnet_cli.cli._batch_plan import asked_for
from mmhnet_cli.cli._batch_words import Teller, print_plan, warn
from mmhnet_cli.cli._session import Session, taking
from mmhnet_cli.errors import BadOption
from mmhnet_cli.options import OnExists

if TYPE_CHECKING:
    from mmhnet_cli.pipeline.batch.inputs import Entry
    from mmhnet_cli.pipeline.batch.plan import Plan
    from mmhnet_cli.pipeline.estimate.machine import Machine

SOME_FAILED = 3

HELP = """Make the sound of many films.

Takes films, folders, or one manifest (.csv, .jsonl, .toml) with the options of each film. A film that is done is not
done again: stop the run as you like, even by pulling the plug, and start it anew. A text file beside a film with the
same name is its prompt.
"""
EXAMPLES = """Examples:

mmhnet batch films/ --output-dir sound/

mmhnet batch season1/ --recursive --glob '*.mov' -p 'city street' --loudness off

mmhnet batch films.csv --jobs 2 --retry 2
"""

InputsArgument = Annotated[
    list[Path], typer.Argument(metavar="INPUT...", show_default=False, help="Films, folders, or one manifest.")
]
RUN = "How it is run"
RecursiveOption = Annotated[
    bool, typer.Option("--recursive", "-r", help="Folders to the bottom.", rich_help_panel=o.FILES)
]
GlobOption = Annotated[
    str | None,
    typer.Option("--glob", metavar="PATTERN", help="In folders, only names like this.", rich_help_panel=o.FILES),
]
OnExistsOption = Annotated[
    OnExists,
    o.setting(
        "--on-exists",
        help="Files made in another way, or by others: left alone and reported (skip, error), or replaced (overwrite).",
        rich_help_panel=o.FILES,
    ),
]
AllowOutsideOption = Annotated[
    bool,
    typer.Option(
        "--allow-outside",
        help="The list may name films, prompt files, models and outputs outside its folder, and links of prompt files "
        "may lead anywhere. Only for lists and folders you trust.",
        rich_help_panel=o.FILES,
    ),
]
JournalOption = Annotated[
    Path | None,
    typer.Option(
        "--journal",
        metavar="FILE",
        help="What happened to each film, a line of JSON per event.",
        show_default="mmhnet-batch.jsonl in the output folder",
        rich_help_panel=o.FILES,
    ),
]
JobsOption = Annotated[
    int | None,
    typer.Option(
        "--jobs",
        "-j",
        min=1,
        max=256,
        help="Worker processes.",
        show_default="one per GPU, else one per core",
        rich_help_panel=RUN,
    ),
]
TogetherOption = Annotated[
    int,
    typer.Option(
        "--together",
        metavar="N",
        min=1,
        max=64,
        help="Short films of like length that a worker samples at once: pays for clips of a few seconds. The sound "
        "differs by rounding from what each film gets alone.",
        rich_help_panel=RUN,
    ),
]
ExecutorOption = Annotated[
    Literal["local", "ray"],
    typer.Option(
        "--executor",
        help="Where workers run: on this machine, or on a Ray cluster that it is part of, whose machines all see this "
        "folder, the films and the outputs (needs the extra ray).",
        rich_help_panel=RUN,
    ),
]
RayAddressOption = Annotated[
    str,
    typer.Option(
        "--ray-address",
        metavar="ADDRESS",
        envvar="RAY_ADDRESS",
        help="HOST:PORT of the head of the cluster, or auto: the one that runs here.",
        rich_help_panel=RUN,
    ),
]
FailFastOption = Annotated[
    bool, typer.Option("--fail-fast", help="Stop at the first film that fails.", rich_help_panel=RUN)
]
MaxFailuresOption = Annotated[
    int | None,
    typer.Option("--max-failures", metavar="N", min=1, help="Stop when so many have failed.", rich_help_panel=RUN),
]
RetryOption = Annotated[
    int,
    typer.Option(
        "--retry",
        metavar="N",
        min=0,
        max=100,
        help="Try a film again whose worker died or met a fault of the program.",
        rich_help_panel=RUN,
    ),
]

# Outputs with names of their own belong to rows of a manifest; programs and devices to the one who runs it.
OPTIONS = {name: option for name, option in o.GENERATION.items() if name != "on_exists"}
IN_MANIFEST = {*OPTIONS, "output"} - {"ffmpeg", "device", "output_dir", "threads"}
LISTS = {"output", "stem", "stem_negative", "stem_seed", "stem_gain"}


@taking(OPTIONS)
def batch(
    session: Session,
    inputs: InputsArgument,
    *,
    recursive: RecursiveOption = False,
    glob: GlobOption = None,
    allow_outside: AllowOutsideOption = False,
    on_exists: OnExistsOption = "skip",
    journal: JournalOption = None,
    dry_run: o.DryRunOption = False,
    jobs: JobsOption = None,
    together: TogetherOption = 1,
    executor: ExecutorOption = "local",
    ray_address: RayAddressOption = "auto",
    fail_fast: FailFastOption = False,
    max_failures: MaxFailuresOption = None,
    retry: RetryOption = 1,
    **values: Any,
) -> None:
    from mmhnet_cli.pipeline.batch.cluster import RayExecutor
    from mmhnet_cli.pipeline.batch.inputs import find_entries
    from mmhnet_cli.pipeline.batch.journal import Journal, journal_path
    from mmhnet_cli.pipeline.batch.local import local_workers
    from mmhnet_cli.pipeline.batch.run import Executor, Policy, run_with
    from mmhnet_cli.pipeline.estimate.machine import find_machine

    replace = _leaving_or_replacing(session, on_exists) == "overwrite"
    allowed = None if allow_outside else _named_by_user(values)
    entries = find_entries(inputs, known=IN_MANIFEST, lists=LISTS, recursive=recursive, pattern=glob, allowed=allowed)
    machine = find_machine(values["device"], os.environ.get("CUDA_VISIBLE_DEVICES"))
    log = Journal(journal_path(journal, values["output_dir"], inputs[0]))
    planned = _plan(session, inputs, entries, values, log.path, machine, replace)
    tell = Teller(session, None if dry_run else log, len(entries))
    if not dry_run:
        log.begin()
    for problem in planned.problems:
        tell.failed(problem.name, *problem.errors)
    warn(session, planned.tasks)
    if dry_run:
        print_plan(session, planned.tasks)
        raise typer.Exit(SOME_FAILED if planned.problems else 0)
    most = 1 if fail_fast else max_failures
    policy = Policy(retry, None if most is None else most - len(planned.problems), machine.free_bytes)

    def workers() -> Executor:
        if executor == "ray":
            return RayExecutor(jobs, log.path, ray_address, together)
        return local_workers(jobs, len(entries), machine, values["threads"], log.path, together)

    if planned.tasks and not policy.gives_up(0):
        with session.progress() as tell.progress:
            run_with(workers, planned.tasks, policy, tell)
    tell.summarise()
    if not tell.all_fine:
        raise typer.Exit(SOME_FAILED)


def _plan(
    session: Session,
    inputs: list[Path],
    entries: "list[Entry]",
    values: Mapping[str, Any],
    journal: Path,
    machine: "Machine",
    replace: bool,
) -> "Plan":
    from mmhnet_cli.pipeline.batch.places import Places
    from mmhnet_cli.pipeline.batch.plan import plan

    asked = asked_for(session, entries, {**values, "output": [], "on_exists": "overwrite"})
    places = Places([*inputs, *(entry.film for entry in entries)], journal)
    with session.progress() as progress:
        return plan(asked, places, machine, replace, lambda done: progress("look at films", done, len(asked)))


def _leaving_or_replacing(session: Session, on_exists: OnExists) -> OnExists:
    """A batch knows by its name what is done, so it renames nothing; a setting made for `generate` is no mistake."""
    if on_exists != "rename":
        return on_exists
    origin = session.settings["on_exists"].origin
    if origin.startswith("option"):
        raise BadOption("--on-exists", on_exists, "skip, error or overwrite: a batch knows by its name what is done")
    session.output.warning(f"on-exists = rename ({origin}) is not for batch: what is there is left alone.")
    return "skip"


def _named_by_user(values: Mapping[str, Any]) -> list[Path]:
    """Folders that a list may lead to because whoever runs it has named them."""
    return [Path(values[name]) for name in ("output_dir", "model") if values[name] is not None]
