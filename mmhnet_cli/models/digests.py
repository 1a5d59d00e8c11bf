"""Digests of files: what tells the published file from any other."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

BLOCK_BYTES = 1 << 20


@dataclass(frozen=True)
class Digests:
    """Size and digests of one file, in hexadecimal."""

    sha256: str
    md5: str
    size: int

    def mismatch(self, sha256: str | None, md5: str | None) -> tuple[str, str] | None:
        """Return expected and found digest where one of them differs; None stands for a digest that nobody knows."""
        for expected, found in ((sha256, self.sha256), (md5, self.md5)):
            if expected is not None and expected != found:
                return expected, found
        return None


class Hasher:
    """It takes both digests of bytes as they come."""

    def __init__(self) -> None:
        self._sha256 = hashlib.sha256()
        # The large parts were published with MD5 alone. Nobody knows how to make a second file with the MD5 of a first.
        self._md5 = hashlib.md5(usedforsecurity=False)
        self.size = 0

    def update(self, block: bytes) -> None:
        """Take the next bytes."""
        self._sha256.update(block)
        self._md5.update(block)
        self.size += len(block)

    def copy(self) -> "Hasher":
        """Return another one that has seen the same."""
        twin = Hasher()
        twin._sha256, twin._md5, twin.size = self._sha256.copy(), self._md5.copy(), self.size
        return twin

    def digests(self) -> Digests:
        """Return size and digests of the bytes so far."""
        return Digests(self._sha256.hexdigest(), self._md5.hexdigest(), self.size)


def read_digests(path: Path) -> Digests:
    """Return both digests of a file, read in blocks."""
    hasher = Hasher()
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            hasher.update(block)
    return hasher.digests()


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
