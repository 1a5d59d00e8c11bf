"""`mmhnet batch`: sound for many films, to be stopped and started as one likes."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from mmhnet_cli.cli import _batch_options as b
from mmhnet_cli.cli._batch_plan import asked_for
from mmhnet_cli.cli._batch_words import Teller, print_plan, warn
from mmhnet_cli.cli._options import DryRunOption, taking
from mmhnet_cli.cli._session import Session
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
same name is its prompt, a cue sheet FILM_cues.csv says what sounds when.
"""
EXAMPLES = """Examples:

mmhnet batch films/ --output-dir sound/

mmhnet batch season1/ --recursive --glob '*.mov' -p 'city street' --loudness off

mmhnet batch films.csv --jobs 2 --retry 2

find reels -name '*.mov' -print0 | mmhnet batch - --output-dir sound/
"""


@taking(b.OPTIONS)
def batch(
    session: Session,
    inputs: b.InputsArgument = None,
    *,
    input_list: b.InputListOption = None,
    recursive: b.RecursiveOption = False,
    glob: b.GlobOption = None,
    allow_outside: b.AllowOutsideOption = False,
    on_exists: b.OnExistsOption = "skip",
    journal: b.JournalOption = None,
    dry_run: DryRunOption = False,
    jobs: b.JobsOption = None,
    together: b.TogetherOption = 1,
    executor: b.ExecutorOption = "local",
    ray_address: b.RayAddressOption = "auto",
    fail_fast: b.FailFastOption = False,
    max_failures: b.MaxFailuresOption = None,
    retry: b.RetryOption = 1,
    **values: Any,
) -> None:
    """Make the sound of all films that are not done, and tell what became of each."""
    from mmhnet_cli.pipeline.batch.cluster import RayExecutor
    from mmhnet_cli.pipeline.batch.inputs import find_entries
    from mmhnet_cli.pipeline.batch.journal import Journal, journal_path
    from mmhnet_cli.pipeline.batch.listed import with_listed
    from mmhnet_cli.pipeline.batch.local import local_workers
    from mmhnet_cli.pipeline.batch.run import Executor, Policy, run_with
    from mmhnet_cli.pipeline.estimate.machine import find_machine

    inputs = with_listed(inputs or [], input_list, getattr(sys.stdin, "buffer", None))
    replace = _leaving_or_replacing(session, on_exists) == "overwrite"
    allowed = None if allow_outside else _named_by_user(values)
    entries = find_entries(inputs, columns=b.COLUMNS, recursive=recursive, pattern=glob, allowed=allowed)
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

    asked = asked_for(entries, {**values, "output": (), "on_exists": "overwrite"})
    places = Places([*inputs, *(entry.film for entry in entries)], journal)
    with session.progress() as progress:
        return plan(asked, places, machine, replace, lambda done: progress("look at films", done, len(asked)))


def _leaving_or_replacing(session: Session, on_exists: OnExists) -> OnExists:
    """Return what becomes of files that are there. A batch knows by its name what is done, so it renames nothing; a
    setting made for `generate` is no mistake."""
    if on_exists != "rename":
        return on_exists
    setting = session.settings["on_exists"]
    if setting.is_given:
        raise BadOption("--on-exists", on_exists, "skip, error or overwrite: a batch knows by its name what is done")
    session.output.warning(f"on-exists = rename ({setting.origin}) is not for batch: what is there is left alone.")
    return "skip"


def _named_by_user(values: Mapping[str, Any]) -> list[Path]:
    """Return folders that a list may lead to because whoever runs it has named them."""
    return [Path(values[name]) for name in ("output_dir", "model") if values[name] is not None]
