"""The index of prepared films: what its shards hold, with their digests, and where it came from."""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

from mmhnet_cli.errors import BadOption, TrainingInvalid
from mmhnet_cli.fields import Within, build, check_fields, shown
from mmhnet_cli.regular_file import read_regular
from mmhnet_cli.timeline import SequenceConfig
from mmhnet_cli.training.films.shards import check_shard, digest
from mmhnet_cli.training.films.writing import write_text

INDEX_FILE, REPORT_FILE = "index.json", "left_out.csv"
FORMAT = 1
MOST_BYTES = 1 << 30
COLUMNS = ("film", "start_s", "end_s", "reason")

Count = Annotated[int, Within(0, 10**9)]


@dataclass(frozen=True)
class FilmRow:
    """A film that clips are of; `blind` where it is a sound alone, whose picture is the network's empty one."""

    path: str
    prompt: str
    licence: str
    clips: Count
    blind: bool = False


@dataclass(frozen=True)
class ShardRow:
    """A file of the folder and its digest; so many clips are in it, those of films that are listed no more as well."""

    file: str
    sha256: str
    clips: Count


@dataclass(frozen=True)
class ClipRow:
    """A clip: its shard and its row there, its film, where in that it begins, and how loud it is."""

    shard: Count
    row: Count
    film: Count
    start_s: Count
    lufs: Annotated[float, Within(-100, 100)]


@dataclass(frozen=True)
class Shapes:
    """Sizes of one clip, as (tokens, channels), and the channels of a token of text."""

    latents: Annotated[tuple[int, ...], Within(1, 1 << 16)]
    clip: Annotated[tuple[int, ...], Within(1, 1 << 16)]
    sync: Annotated[tuple[int, ...], Within(1, 1 << 16)]
    text_dim: Annotated[int, Within(1, 1 << 16)]

    def __post_init__(self) -> None:
        check_fields(self)
        for name in ("latents", "clip", "sync"):
            if len(getattr(self, name)) != 2:
                raise BadOption(name, shown(getattr(self, name)), "tokens and channels")

    def of_clip(self) -> dict[str, tuple[int, int]]:
        """Return the shapes of what every clip has."""
        return {name: getattr(self, name) for name in ("latents", "clip", "sync")}


@dataclass(frozen=True)
class Origin:
    """What the clips were made with: the model by its name or folder, its encoders, and the rates of its sequences."""

    model: str
    encoders: str
    sequence: SequenceConfig
    shapes: Shapes


@dataclass(frozen=True)
class Index:
    """What was prepared. `parts`: SHA-256 of the files of the model by role; `weights`: see `parts.latent_weights`."""

    origin: Origin
    parts: dict[str, str]
    weights: tuple[float, ...]
    films: tuple[FilmRow, ...]
    shards: tuple[ShardRow, ...]
    clips: tuple[ClipRow, ...]

    def licences(self) -> dict[str, int]:
        """Return how many clips come under each licence."""
        counts: dict[str, int] = {}
        for film in self.films:
            if film.clips:
                counts[film.licence] = counts.get(film.licence, 0) + film.clips
        return dict(sorted(counts.items()))


def write_index(folder: Path, index: Index) -> None:
    """Write the index of a folder. Raises OutputUnwritable."""
    write_text(folder / INDEX_FILE, json.dumps({"format": FORMAT, **asdict(index)}, indent=1, allow_nan=False) + "\n")


def write_report(path: Path, rows: Iterable[Sequence[Any]]) -> None:
    """Write what was left out, a row each. Raises OutputUnwritable."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(rows)
    write_text(path, text.getvalue())


def read_index(folder: Path) -> Index:
    """Return the index of a folder, which may be a stranger's. Raises TrainingInvalid."""
    path = folder / INDEX_FILE
    try:
        values = json.loads(read_regular(path, MOST_BYTES))
        if not isinstance(values, dict) or values.pop("format", None) != FORMAT:
            raise BadOption("format", "another one", str(FORMAT))
        index = Index(
            build(Origin, values["origin"], "origin"),
            {str(role): str(sha256) for role, sha256 in dict(values["parts"]).items()},
            tuple(map(float, values["weights"])),
            tuple(build(FilmRow, row, f"films[{number}]") for number, row in enumerate(values["films"])),
            tuple(build(ShardRow, row, f"shards[{number}]") for number, row in enumerate(values["shards"])),
            tuple(build(ClipRow, row, f"clips[{number}]") for number, row in enumerate(values["clips"])),
        )
        _check(index)
    except BadOption as error:
        raise TrainingInvalid(path, error.name, error.expected, error.found) from error
    except OSError as error:
        found = "none: preparing has not come to its end" if isinstance(error, FileNotFoundError) else str(error)
        raise TrainingInvalid(path, "the index", "a file", found) from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise TrainingInvalid(path, "the index", "as `mmhnet train prepare` writes it", shown(str(error))) from error
    return index


def check_shards(folder: Path, index: Index) -> None:
    """Compare every shard with its digest and its entries with their shapes. Raises TrainingInvalid."""
    shapes = index.origin.shapes
    for shard in index.shards:
        path = folder / shard.file
        if (found := digest(path)) != shard.sha256:
            raise TrainingInvalid(path, "its SHA-256", shard.sha256, found)
        check_shard(path, shapes.of_clip(), shapes.text_dim, shard.clips)


def _check(index: Index) -> None:
    for row in (*index.films, *index.shards, *index.clips):
        check_fields(row)
    for number, shard in enumerate(index.shards):
        if Path(shard.file).name != shard.file:
            raise BadOption(f"shards[{number}].file", shown(shard.file), "a file of the folder")
    for number, clip in enumerate(index.clips):
        inside = clip.shard < len(index.shards) and clip.film < len(index.films)
        if not inside or clip.row >= index.shards[clip.shard].clips:
            raise BadOption(f"clips[{number}]", "a shard, a row or a film that is none", "those of the index")
    if not index.clips:
        raise BadOption("clips", "none", "one at least")
    if len(index.weights) != index.origin.shapes.latents[1]:
        raise BadOption("weights", shown(index.weights), f"a list of {index.origin.shapes.latents[1]}")
