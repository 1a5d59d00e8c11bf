"""`mmhnet evaluate`: how good sounds are beside the films' own, by length."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from mmhnet_cli.cli._evaluate_training import is_training, sounds_of_training
from mmhnet_cli.cli._options import ReplaceOption
from mmhnet_cli.cli._output import aligned
from mmhnet_cli.cli._session import Session
from mmhnet_cli.cli._take_options import CACHE_GB, CacheOption, DeviceOption
from mmhnet_cli.errors import ExtraMissing, MMHNetError, NothingFound, SoundMissing
from mmhnet_cli.fields import Within
from mmhnet_cli.options.choice import Choice
from mmhnet_cli.options.request import Ffmpeg

HELP = """Measure the sounds in a folder against the own sound of the films they were made for.

The folder has a sound or a film for each film of --reference, called like it, as `mmhnet batch` writes them. There
are figures for all films and by length, and beside them what the films' own sound reaches: Frechet distance, inception
score and KL divergence over an embedding, ours or one of the field's, how far sound and picture agree and are apart in
time, onsets met, drift of loudness. docs/evaluation.md says what each is.

A folder of `mmhnet train run` makes its sounds first, as `mmhnet batch` would with its model as far as it has come.
"""
EXAMPLES = """Examples:

mmhnet evaluate sounds/ --reference films/

mmhnet evaluate sounds/ --reference films/ -o scores.json --plot scores.png

mmhnet evaluate run/ --reference films/

mmhnet evaluate sounds/ --reference films/ --embedding Cnn14_16k_mAP=0.438.pth
"""
SOUND_SUFFIXES = (".wav", ".flac", ".mp4", ".mov", ".mkv", ".webm")
COLUMNS = (
    ("films", "films", "{:d}"),
    ("frechet_distance", "FD", "{:.2f}"),
    ("kl", "KL", "{:.2f}"),
    ("inception_score", "IS", "{:.2f}"),
    ("agreement", "agreement", "{:.2f}"),
    ("ib_score", "IB", "{:.2f}"),
    ("desync_s", "desync s", "{:.2f}"),
    ("onset_f1", "onsets F1", "{:.2f}"),
    ("drift_lu_per_minute", "drift LU/min", "{:.2f}"),
)
ASKED = ("ib_score",)
"""These have a column where they were asked for."""
LABELLED = ("frechet_distance", "kl", "inception_score")
"""These are called after the embedding: FD_VGG."""

MadeArgument = Annotated[
    Path,
    typer.Argument(
        metavar="FOLDER", show_default=False, help="The sounds that were made, films with them, or a training."
    ),
]
ReferenceOption = Annotated[
    Path | None,
    Choice("--reference", None, "The films with their own sound.", metavar="FOLDER", setting=False, shown="needed"),
]
BlindOption = Annotated[
    bool,
    Choice("--no-picture", None, "Measure sounds alone: looking at films takes most of the time.", setting=False),
]
EmbeddingOption = Annotated[
    str,
    Choice(
        "--embedding",
        None,
        "What sounds are compared by: kinds, which is ours, or a file of VGGish, PANNs' CNN14 or PaSST.",
        metavar="NAME|FILE",
        setting=False,
    ),
]
JobsOption = Annotated[
    int | None,
    Within(1, 256),
    Choice(
        "--jobs",
        None,
        "Processes that measure films, each on one core.",
        more=("-j",),
        shown="one per core",
        setting=False,
    ),
]
SynchformerOption = Annotated[
    Path | None,
    Choice(
        "--synchformer",
        None,
        "Measure how far sound and picture are apart by Synchformer, as the field does; its weights are in this file.",
        metavar="FILE",
        setting=False,
    ),
]
ImageBindOption = Annotated[
    Path | None,
    Choice(
        "--imagebind",
        None,
        "Measure how well sound and picture go together by ImageBind, as the field does; its weights are in this file.",
        metavar="FILE",
        setting=False,
    ),
]
ScoresOption = Annotated[
    Path | None,
    Choice("--output", None, "Write all figures there, film by film.", more=("-o",), metavar="FILE", setting=False),
]
PlotOption = Annotated[
    Path | None,
    Choice("--plot", None, "Write a picture of scores against length there.", metavar="FILE", setting=False),
]


def evaluate(
    session: Session,
    made: MadeArgument,
    reference: ReferenceOption = None,
    embedding: EmbeddingOption = "kinds",
    no_picture: BlindOption = False,
    synchformer: SynchformerOption = None,
    imagebind: ImageBindOption = None,
    device: DeviceOption = "auto",
    jobs: JobsOption = None,
    output: ScoresOption = None,
    plot: PlotOption = None,
    ffmpeg: Ffmpeg = None,
    cache_gb: CacheOption = CACHE_GB,
    force: ReplaceOption = False,
) -> None:
    """Print the figures of each group of films by length, and of all."""
    from mmhnet_cli.cores import count_cores
    from mmhnet_cli.evaluation import films as protocol
    from mmhnet_cli.evaluation.scoring import Recipe
    from mmhnet_cli.evaluation.scoring import evaluate as measured
    from mmhnet_cli.hearing.published import load_embedding
    from mmhnet_cli.media.ffmpeg import find_ffmpeg
    from mmhnet_cli.media.output import atomic_output, resolve_output

    for path in (output, plot):
        if path is not None:
            resolve_output(path, "overwrite" if force else "error")
    problems: list[MMHNetError] = []
    if reference is not None and reference.is_dir() and is_training(made):
        made = sounds_of_training(session, made, reference, device)
    pairs = _pairs(made, reference, problems)
    heard_by = load_embedding(embedding)
    name, label = heard_by.name, heard_by.label
    del heard_by
    chosen = _device(synchformer, imagebind, device, no_picture)
    drawn = None if plot is None else _plotting()
    recipe = Recipe(embedding, not no_picture, find_ffmpeg(ffmpeg), cache_gb, synchformer, imagebind, chosen)
    # A GPU is not quicker for several.
    count = min(jobs or (1 if chosen != "cpu" else count_cores()), max(1, len(pairs)))

    with session.progress() as progress:
        scores = measured(pairs, recipe, count, problems.append, lambda done: progress("evaluate", done, len(pairs)))
    if scores:
        groups, each = protocol.by_length(scores), [protocol.of_film(one) for one in scores]
        _tell(session, groups, each, name, label)
        facts = {
            "embedding": name,
            "desync": "synchformer" if synchformer else "movement",
            "groups": groups,
            "films": each,
        }
        for path, content in ((output, json.dumps(facts, indent=2).encode()), (plot, drawn and drawn(each, groups))):
            if path is not None and content is not None:
                with atomic_output(path, "overwrite" if force else "error") as unfinished:
                    unfinished.write_bytes(content)
                session.output.note(f"Written: {path}")
    session.output.summary({"films": len(scores), "failed": len(problems)})
    if problems:
        raise ExceptionGroup("the films", problems)


def _device(synchformer: Path | None, imagebind: Path | None, device: str, no_picture: bool) -> str:
    """Return where the networks of the field that look at films compute, as torch calls it, after a look whether they
    can."""
    from mmhnet_cli.errors import BadOption
    from mmhnet_cli.evaluation.bound import load_binder
    from mmhnet_cli.evaluation.synchronised import load_synchroniser
    from mmhnet_cli.pipeline.making.load import choose_device

    given = {"--synchformer": (synchformer, load_synchroniser), "--imagebind": (imagebind, load_binder)}
    looking = {name: (path, load) for name, (path, load) in given.items() if path is not None}
    if not looking:
        return "cpu"
    if no_picture:
        raise BadOption("--no-picture", "given", f"nothing beside {min(looking)}, which looks at the films")
    chosen = str(choose_device(device))
    for path, load in looking.values():
        load(path, "cpu")
    return chosen


def _pairs(made: Path, reference: Path | None, problems: list[MMHNetError]) -> list[tuple[Path, Path]]:
    """Return films with what was made for them; films without are added to the problems."""
    from mmhnet_cli.errors import BadOption, FolderUnreadable
    from mmhnet_cli.evaluation.films import made_for
    from mmhnet_cli.pipeline.batch.search import FILM_SUFFIXES, natural

    if reference is None:
        raise BadOption("--reference", "nothing", "a folder of films with their own sound")
    for folder in (made, reference):
        if not folder.is_dir():
            raise FolderUnreadable(folder, "it is no folder")
    films = sorted((path for path in reference.iterdir() if path.suffix.lower() in FILM_SUFFIXES), key=natural)
    if not films:
        raise NothingFound((str(reference),))
    pairs = []
    for film in films:
        found = made_for(film, made, SOUND_SUFFIXES)
        if found is None:
            problems.append(SoundMissing(film, made, f"{film.stem}_mmhnet.wav"))
        else:
            pairs.append((film, found))
    return pairs


def _plotting() -> Any:
    """Return what draws, before anything is measured. Raises ExtraMissing."""
    try:
        from mmhnet_cli.evaluation.plot import plotted
    except ImportError as error:
        raise ExtraMissing("a plot", "matplotlib", "train") from error
    return plotted


def _tell(session: Session, groups: Any, each: list[dict[str, Any]], embedding: str, label: str) -> None:
    if session.output.mode == "json":
        for name, group in groups.items():
            session.output.result("", {"type": "scores", "embedding": embedding, "group": name, **group})
        for film in each:
            session.output.result("", {"type": "film_scores", **film})
        return
    columns = [column for column in COLUMNS if column[0] not in ASKED or groups["all"][column[0]] is not None]
    titles = [f"{title}_{label}" if label and key in LABELLED else title for key, title, _ in columns]
    rows = [("length", *titles)]
    for name, group in groups.items():
        rows.append((name, *_cells(group, columns, "")))
        if any(f"own_{key}" in group for key, _, _ in columns):
            rows.append(("  their own sound", *_cells(group, columns, "own_")))
    session.output.result(aligned(rows), {})


def _cells(group: dict[str, Any], columns: Sequence[tuple[str, str, str]], prefix: str) -> list[str]:
    values = [(group.get(prefix + key), form) for key, _, form in columns]
    return ["-" if value is None else form.format(value) for value, form in values]
