"""The weights kept on this machine: one file per part, and beside it a record of where it came from.

In the folder `mmhnet` of the hub's cache:

- `parts/clip-0123456789abcdef.safetensors`: the part as it is used; the digits are those of the published file.
- `parts/clip.json`: its record, written last; without it the file does not count.
- `downloads/clip.torch.part`: what has arrived of an unfinished download.
- `repositories/owner--name/COMMIT/`: the files of a repository at one commit.
- `repositories/owner--name--main.json`: what was checked of it; without it they do not count.
- `licences.json`: what the user has accepted.
"""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from huggingface_hub import utils

from mmhnet_cli.errors import CacheUnwritable, WeightsInvalid, WeightsMissing
from mmhnet_cli.models.hub import COMMIT
from mmhnet_cli.models.reading import read_object
from mmhnet_cli.models.table import EmbeddedFile, Part, Table

FORMAT = 1
DIGITS = 16


@dataclass(frozen=True)
class PartRecord:
    """What is known of a kept part."""

    part: str
    file: str
    """The kept file has this name in the folder of parts."""
    sha256: str
    """It is the digest of the kept file, as `size` is its length."""
    size: int
    modified_ns: int
    """The kept file was last written then, in nanoseconds since 1970."""
    source: str
    """The published file came from here."""
    commit: str | None
    """It is known only where a hub gave it."""
    source_sha256: str
    """It is a digest of the published file, as is `source_md5`."""
    source_md5: str
    format: int = FORMAT

    def describes(self, path: Path) -> bool:
        """Tell whether a file is, by its size and time, the one that was hashed."""
        found = path.stat()
        return (found.st_size, found.st_mtime_ns) == (self.size, self.modified_ns)


@dataclass(frozen=True)
class Store:
    """The table of models, and the folder that keeps their parts."""

    table: Table
    folder: Path

    @property
    def hub_cache(self) -> Path:
        """Return the cache of the Hugging Face Hub, in which the folder lies."""
        return self.folder.parent

    @property
    def parts_folder(self) -> Path:
        """Return the folder of the kept parts and their records."""
        return self.folder / "parts"

    @property
    def downloads_folder(self) -> Path:
        """Return the folder of unfinished downloads."""
        return self.folder / "downloads"

    @property
    def repositories_folder(self) -> Path:
        """Return the folder of what was pulled from repositories."""
        return self.folder / "repositories"

    def kept_path(self, record: PartRecord) -> Path:
        """Return the file that `record` speaks of, which may be gone."""
        return self.parts_folder / record.file

    def record(self, part: Part) -> PartRecord | None:
        """Return the record of a part; None where there is none, or where the table now means another file by it."""
        record = self._read_record(part.name)
        if record is None or record.source != str(part.source):
            return None
        differs = part.sha256 not in (None, record.source_sha256) or part.md5 not in (None, record.source_md5)
        return None if differs else record

    def records(self, parts: Iterable[Part]) -> dict[Path, PartRecord]:
        """Return the records of those parts that have one, by the file they speak of."""
        records = (self.record(part) for part in parts)
        return {self.kept_path(record): record for record in records if record is not None}

    def find(self, part: Part) -> Path | None:
        """Return the file of a part; None where it is not there in full length. Nothing is opened but its record."""
        if isinstance(part.source, EmbeddedFile):
            return part.source.path if part.source.path.is_file() else None
        record = self.record(part)
        if record is None:
            return None
        path = self.kept_path(record)
        return path if path.is_file() and path.stat().st_size == record.size else None

    def find_all(self, model: str, parts: Mapping[str, Part]) -> dict[str, Path]:
        """Return the files of parts by role. Raises WeightsMissing for the model where one is not here."""
        found = {role: path for role, part in parts.items() if (path := self.find(part)) is not None}
        if len(found) < len(parts):
            raise WeightsMissing(model, self.parts_folder)
        return found

    def write_record(self, record: PartRecord) -> None:
        """Make a kept file count; files that were kept of the same part before are removed."""
        write_json(self._record_path(record.part), asdict(record))
        for other in self._kept_files(record.part):
            if other.name != record.file:
                other.unlink(missing_ok=True)

    def forget(self, name: str) -> None:
        """Remove a part, its record first, so that at no moment a record has no file."""
        self._record_path(name).unlink(missing_ok=True)
        for path in self.files_of(name):
            path.unlink(missing_ok=True)

    def files_of(self, name: str) -> list[Path]:
        """Return everything there is of a part, unfinished downloads too."""
        return [*self._kept_files(name), *self.downloads_folder.glob(f"{name}.*")]

    @contextmanager
    def lock(self, name: str) -> Iterator[None]:
        """Hold the one right among all processes to change the part, or the list, called `name`."""
        path = self.folder / "locks" / f"{name}.lock"
        with ExitStack() as held:
            with writing(path):
                path.parent.mkdir(parents=True, exist_ok=True)
                held.enter_context(utils.WeakFileLock(path))
            yield

    def _record_path(self, name: str) -> Path:
        return self.parts_folder / f"{name}.json"

    def _kept_files(self, name: str) -> list[Path]:
        return list(self.parts_folder.glob(f"{name}-{'[0-9a-f]' * DIGITS}.*"))

    def _read_record(self, name: str) -> PartRecord | None:
        values = read_json(self._record_path(name))
        try:
            record = PartRecord(**values)
            # Its names become paths, and parts of addresses.
            plain = Path(record.file).name == record.file
            plain = plain and (record.commit is None or COMMIT.fullmatch(record.commit) is not None)
        except TypeError:
            return None
        return record if plain and record.format == FORMAT else None


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn the system's refusal to write into CacheUnwritable."""
    try:
        yield
    except OSError as error:
        raise CacheUnwritable(path, error.strerror or str(error)) from error


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary name to write to, which is renamed in the end: a reader finds the old file or the new."""
    partial = path.with_name(path.name + ".part")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        yield partial
        with partial.open("r+b") as file:
            # Renamed before its bytes are on the disk, a file can be empty after a power cut.
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def write_json(path: Path, values: Mapping[str, Any]) -> None:
    """Write an object as JSON. The caller holds the lock of `path`."""
    with writing(path), replacing(path) as partial:
        partial.write_text(json.dumps(values, indent=2), encoding="utf-8")


def read_json(path: Path) -> dict[str, Any]:
    """Return the object in a file; empty where there is no such file, or not one that holds an object."""
    try:
        return read_object(path)
    except WeightsInvalid:
        return {}
