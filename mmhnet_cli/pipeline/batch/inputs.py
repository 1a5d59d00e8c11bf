"""The films of a run: found in folders, named one by one, or read from a list."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from mmhnet_cli.errors import BadOption, ManifestInvalid, MMHNetError, NothingFound, ReportUnreadable
from mmhnet_cli.options.choice import Option
from mmhnet_cli.pipeline.asking.found import ANYWHERE, Bounds, as_on_disk, is_folder, spelt
from mmhnet_cli.pipeline.asking.report_file import files_of, read_report
from mmhnet_cli.pipeline.batch.beside import Beside
from mmhnet_cli.pipeline.batch.manifest import Value, read_manifest
from mmhnet_cli.pipeline.batch.rows import READERS
from mmhnet_cli.pipeline.batch.search import FILM_SUFFIXES, Search, natural

SAYS_WHAT_TO_HEAR = frozenset({"prompt", "prompt_file", "stem", "cues"})
SHEETS = frozenset({".xlsx", ".xls", ".xlsm", ".ods", ".numbers"})


@dataclass(frozen=True)
class Entry:
    """A film to be done."""

    film: Path
    folder: Path
    """The folder of the film lies here, relative to the input it was found under."""
    options: Mapping[str, Value] = field(default_factory=dict)
    """A list says these, by the names of parameters of `mmhnet generate`."""
    origin: str = ""
    """It names file and line of the list, for messages."""
    prompt: str = ""
    """This text lies beside the film; it is empty where the list says what to hear."""
    cues: Path | None = None
    """This cue sheet lies beside the film; None where there is none, or the list says what to hear."""
    problem: BadOption | None = None
    """It says why text or sheet cannot be used."""


def find_entries(
    inputs: Sequence[Path],
    *,
    columns: Mapping[str, Option],
    recursive: bool,
    pattern: str | None,
    allowed: Sequence[Path] | None = (),
    suffixes: frozenset[str] = FILM_SUFFIXES,
) -> list[Entry]:
    """Return all films of `inputs`: folders, films, patterns that the shell left as they are; or one list of films.

    columns: options that a list may set, by name. pattern: what films in folders are called. suffixes: theirs.
    allowed: folders besides its own that a list may lead to; None allows all. A list keeps its order; other films are
    sorted, and each counts once. Whether they can be read is not looked at.

    Raises an ExceptionGroup of all problems, but for what lies beside films, each of which is a problem of its film.
    """
    problems: list[MMHNetError] = []
    beside = Beside()
    if any(path.suffix.lower() in READERS and not is_folder(path) for path in inputs):
        bounds = ANYWHERE if allowed is None else Bounds.of([inputs[0].parent, *allowed])
        entries = [_with_words(entry, beside, bounds) for entry in _listed(inputs, columns, bounds, problems)]
    else:
        found = _searched(inputs, Search(recursive, pattern, suffixes, problems))
        entries = [_with_words(entry, beside, _below(top, allowed)) for entry, top in found]
    if not entries and not problems:
        problems.append(NothingFound(tuple(map(str, inputs))))
    if problems:
        raise ExceptionGroup("the inputs", problems)
    return entries


def _below(top: Path, allowed: Sequence[Path] | None) -> Bounds:
    return ANYWHERE if allowed is None else Bounds.of([top])


def _listed(
    inputs: Sequence[Path], columns: Mapping[str, Option], bounds: Bounds, problems: list[MMHNetError]
) -> list[Entry]:
    if len(inputs) > 1:
        found = ", ".join(map(str, inputs))
        problems.append(BadOption("INPUT", found, "one list of films alone, or films and folders without a list"))
        return []
    rows, wrong = read_manifest(inputs[0], columns=columns, bounds=bounds)
    problems += wrong
    folder = inputs[0].parent
    entries = [Entry(as_on_disk(folder / row.film), _place(row.film), row.options, row.origin) for row in rows]
    own = _own_outputs({entry.film for entry in entries})
    problems += [
        ManifestInvalid(entry.origin, f"{entry.film} was written by mmhnet") for entry in entries if entry.film in own
    ]
    return entries


def _place(film: Path) -> Path:
    """Return where a film stands below its list, or the top where it stands elsewhere."""
    return Path() if film.anchor or ".." in film.parts else film.parent


def _searched(inputs: Sequence[Path], search: Search) -> list[tuple[Entry, Path]]:
    """Return entries, and the folder that each was found under; what is wrong is added to the problems of `search`."""
    resolved = cache(Path.resolve)
    found: dict[Path, tuple[Entry, Path]] = {}
    for given in inputs:
        if given.suffix.lower() in SHEETS:
            search.problems.append(
                BadOption("INPUT", str(given), "a list saved as CSV UTF-8 (.csv), JSON lines or TOML")
            )
            continue
        for film, top in search.films(given):
            # A link to a film is one of its own, whose outputs stand beside the link; a film in a linked folder is not.
            found.setdefault(resolved(film.parent) / film.name, (Entry(film, film.parent.relative_to(top)), top))
    own = _own_outputs(found)
    return sorted((entry for film, entry in found.items() if film not in own), key=lambda entry: natural(entry[0].film))


def _own_outputs(films: Collection[Path]) -> set[Path]:
    """Return those of `films` that a report beside them names as written, there or with another film's suffix."""
    sources: set[Path] = set()
    written: set[Path] = set()
    for folder in filter(is_folder, {film.parent for film in films}):
        for source, files in _reported(folder):
            sources.add(_spelt(folder / source))
            written.update(_spelt(folder / file) for file in files)
    stems = {file.with_suffix("") for file in written if file.suffix.lower() in FILM_SUFFIXES}

    def is_own(film: Path) -> bool:
        return film in written or (film not in sources and film.with_suffix("") in stems)

    return {film for film in films if is_own(_spelt(film))}


def _spelt(path: Path) -> Path:
    return Path(spelt(str(path)))


def _reported(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield source and files of every report in `folder`, as the reports name them."""
    for path in folder.glob("*.json"):
        try:
            report = read_report(path)
            yield (
                str(report["source"]["file"]),
                [str(file["file"]) for take in report["takes"] for file in files_of(take)],
            )
        except (ReportUnreadable, KeyError, TypeError):
            continue


def _with_words(entry: Entry, beside: Beside, bounds: Bounds) -> Entry:
    """Return the entry with the cue sheet beside its film, else with the text there, unless the list says what to
    hear."""
    if SAYS_WHAT_TO_HEAR & entry.options.keys():
        return entry
    try:
        sheet = beside.sheet(entry.film, bounds)
        return replace(entry, cues=sheet, prompt="" if sheet is not None else beside.prompt(entry.film, bounds))
    except BadOption as problem:
        return replace(entry, problem=problem)
