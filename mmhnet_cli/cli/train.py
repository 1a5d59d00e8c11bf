"""`mmhnet train`: a model from the films of a user."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from mmhnet_cli.cli._batch_options import ExecutorOption, RayAddressOption
from mmhnet_cli.cli._errors import words_of
from mmhnet_cli.cli._help import HelpCommand, HelpGroup
from mmhnet_cli.cli._session import Session, command
from mmhnet_cli.cli._train_films import check_licence, films_of
from mmhnet_cli.cli._train_options import (
    AllowOutsideOption,
    DataOutOption,
    DeviceOption,
    FfmpegOption,
    FilmsArgument,
    JobsOption,
    LicenceOption,
    ModelOutOption,
    NoCutsOption,
    PartsOption,
    RunArgument,
    SkipMusicOption,
    needed,
)
from mmhnet_cli.cli._train_push import HELP as PUSH_HELP
from mmhnet_cli.cli._train_push import push
from mmhnet_cli.cli._train_run import HELP as RUN_HELP
from mmhnet_cli.cli._train_run import run
from mmhnet_cli.errors import BadOption

if TYPE_CHECKING:
    from mmhnet_cli.training.films.index import Index

app = typer.Typer(
    cls=HelpGroup,
    help="Train a model on films of your own: prepare them, train, and put the model together.",
    epilog="Example: mmhnet train prepare films --out data",
    rich_markup_mode="rich",
    no_args_is_help=True,
)

PREPARE_HELP = """Make clips to train on from films with their sound.

Each film gives clips of 8 seconds, with what the encoders of a model see and read in them and what its codec hears.
What is silent, too short or broken is left out, and DATA/left_out.csv says why. What was done is not done again: stop
it whenever you like, and run it again, also with more films.
"""


EXPORT_HELP = """Put the model of a training together, for `mmhnet generate --model FOLDER`.

The folder gets the mean weights of the last steps, `config.json`, what the model needs beside its network, and a card
that names the licences of the films. A training need not have come to its end.
"""


def prepare(
    session: Session,
    films: FilmsArgument,
    out: DataOutOption = None,
    model: PartsOption = "mini",
    licence: LicenceOption = "not stated",
    allow_outside: AllowOutsideOption = False,
    no_cuts: NoCutsOption = False,
    skip_music: SkipMusicOption = None,
    jobs: JobsOption = None,
    executor: ExecutorOption = "local",
    ray_address: RayAddressOption = "auto",
    device: DeviceOption = "auto",
    ffmpeg: FfmpegOption = None,
) -> None:
    """Prepare films, and print what came of them."""
    from mmhnet_cli.hearing.music import load_music_judge
    from mmhnet_cli.media.ffmpeg import find_ffmpeg
    from mmhnet_cli.models.digests import file_sha256
    from mmhnet_cli.models.registry import find_model
    from mmhnet_cli.models.spec import PUBLIC_ENCODERS
    from mmhnet_cli.pipeline.delivery.lock import output_lock
    from mmhnet_cli.pipeline.making.load import choose_device
    from mmhnet_cli.training.films.index import INDEX_FILE
    from mmhnet_cli.training.films.making import Choices
    from mmhnet_cli.training.films.parts import named_model
    from mmhnet_cli.training.films.prepare import Preparing
    from mmhnet_cli.training.films.prepare import prepare as prepare_films
    from mmhnet_cli.training.films.writing import made_folder

    out = needed("--out", out, "a folder")
    try:
        check_licence(licence)
    except ValueError as error:
        raise BadOption("--licence", licence[:100], str(error)) from error
    found = films_of(films, licence, allow_outside)
    files, program = find_model(model), find_ffmpeg(ffmpeg)
    if skip_music is not None:
        # Before anything is done: whether it can be heard by.
        load_music_judge(skip_music)
    with output_lock(made_folder(out) / INDEX_FILE), session.progress() as progress:
        chosen = choose_device(device)
        preparing = Preparing(
            files,
            str(chosen),
            program,
            lambda error: words_of(error)[0]["sentence"],
            lambda done, total: progress("prepare", done, total),
            model=named_model(model),
            choices=Choices(cuts=not no_cuts, music="" if skip_music is None else file_sha256(skip_music)),
            music=skip_music,
            jobs=jobs or (_jobs(files.spec.encoders.name == PUBLIC_ENCODERS.name) if executor == "local" else None),
            cluster=ray_address if executor == "ray" else "",
        )
        index, left_out = prepare_films(found, preparing, out)
    _tell(session, out, index, left_out)


def _tell(session: Session, out: Path, index: "Index", left_out: int) -> None:
    from mmhnet_cli.training.films.index import REPORT_FILE
    from mmhnet_cli.training.films.places import CLIP_S

    minutes = len(index.clips) * CLIP_S / 60
    films_used = len(index.films)
    record = {
        "type": "prepared",
        "path": str(out),
        "films": films_used,
        "clips": len(index.clips),
        "minutes": round(minutes, 2),
        "left_out": left_out,
        "report": str(out / REPORT_FILE),
        "licences": index.licences(),
    }
    session.output.result(
        f"{out}: {len(index.clips)} clips, {minutes:.1f} minutes of {films_used} films; left out: {left_out}", record
    )


def _jobs(public: bool) -> int:
    """Return how many processes prepare: one for each core; the public encoders take gigabytes in each of them."""
    from mmhnet_cli.cores import count_cores

    return 1 if public else count_cores()


def export(session: Session, folder: RunArgument, out: ModelOutOption = None) -> None:
    """Write the model of a training, and print where."""
    from mmhnet_cli.models.registry import find_model
    from mmhnet_cli.training.films.export import export as export_model
    from mmhnet_cli.training.films.run_folder import read_run

    out = needed("--out", out, "a folder")
    run = read_run(folder)
    steps = export_model(folder, run, find_model(run.origin.model), out)
    record = {"type": "exported", "path": str(out), "steps": steps, "licences": run.licences}
    session.output.result(f"{out}: {steps} steps of {run.config.steps}", record)


_COMMANDS = (
    (
        "prepare",
        prepare,
        PREPARE_HELP,
        "mmhnet train prepare films --out data --licence CC0-1.0",
        "mmhnet train prepare films.csv --out data --model mini",
    ),
    (
        "run",
        run,
        RUN_HELP,
        "mmhnet train run mini --data data --out run",
        "mmhnet train run studio.toml --data data --out run --init-from mini --device cuda",
        "mmhnet train run s-44k --data data --out run --processes 8",
    ),
    ("export", export, EXPORT_HELP, "mmhnet train export run --out model", "mmhnet generate film.mp4 --model model"),
    ("push", push, PUSH_HELP, "mmhnet train push model me/street-sounds", "mmhnet weights pull me/street-sounds"),
)
for _name, _function, _help, *_examples in _COMMANDS:
    _epilog = "\n\n".join(["Examples:", *_examples])
    app.command(_name, cls=HelpCommand, help=_help, epilog=_epilog)(command(_function))
