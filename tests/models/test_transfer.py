import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from mmhnet_cli.errors import CacheUnwritable, DigestMismatch, DownloadDenied, DownloadFailed, DownloadMissing
from mmhnet_cli.models import transfer
from mmhnet_cli.models.digests import Digests, file_sha256, read_digests
from mmhnet_cli.models.http import leaves_https
from mmhnet_cli.models.transfer import Remote, fetch
from tests.full_disk import files_of_at_most
from tests.models.server import World, serving

PATH = "/releases/v1.pth"
CONTENT = bytes((7 * number + number // 251) % 256 for number in range(300_000))
HALF = len(CONTENT) // 2
SHA256 = hashlib.sha256(CONTENT).hexdigest()
MD5 = hashlib.md5(CONTENT).hexdigest()


@pytest.fixture
def world() -> Iterator[World]:
    world = World(releases={PATH: CONTENT})
    with serving(world):
        yield world


def remote(world: World, **changes: object) -> Remote:
    return Remote("v1.pth", world.url + PATH, **{"limit_bytes": 400_000, "sha256": SHA256, "md5": MD5} | changes)  # type: ignore[arg-type]


def fetch_quickly(remote: Remote, target: Path) -> Digests:
    return fetch(remote, target, lambda done, total: None, pause_s=0.01)


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def test_known_digests_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "abc").write_bytes(b"abc")
    digests = read_digests(tmp_path / "abc")
    assert digests.sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert file_sha256(tmp_path / "abc") == digests.sha256
    assert digests.md5 == "900150983cd24fb0d6963f7d28e17f72"
    assert digests.size == 3
    assert digests.mismatch(None, None) is None
    assert digests.mismatch(digests.sha256, "00") == ("00", digests.md5)


def test_a_whole_file(world: World, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    digests = fetch(remote(world), tmp_path / "new" / "v1.pth", lambda done, total: seen.append((done, total)))
    assert digests == Digests(SHA256, MD5, len(CONTENT))
    assert (tmp_path / "new" / "v1.pth").read_bytes() == CONTENT
    assert seen[0] == (0, len(CONTENT))
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert names(tmp_path / "new") == ["v1.pth"]


def test_a_connection_that_breaks_is_taken_up_where_it_broke(world: World, tmp_path: Path) -> None:
    world.cuts[PATH] = [HALF, 1000, None]
    fetch_quickly(remote(world), tmp_path / "v1.pth")
    assert (tmp_path / "v1.pth").read_bytes() == CONTENT
    assert world.downloads(PATH) == [0, HALF, HALF + 1000]


def test_what_arrived_is_the_beginning_of_the_next_call(world: World, tmp_path: Path) -> None:
    world.cuts[PATH] = [HALF, 0, 0, 0]
    with pytest.raises(DownloadFailed) as caught:
        fetch_quickly(remote(world), tmp_path / "v1.pth")
    assert caught.value.source == "v1.pth"
    assert (tmp_path / "v1.pth.part").stat().st_size == HALF
    assert not (tmp_path / "v1.pth").exists()
    world.cuts.clear()
    world.requests.clear()
    fetch_quickly(remote(world), tmp_path / "v1.pth")
    assert world.downloads(PATH) == [HALF]
    assert (tmp_path / "v1.pth").read_bytes() == CONTENT


def test_a_server_that_sends_everything_again(world: World, tmp_path: Path) -> None:
    (tmp_path / "v1.pth.part").write_bytes(CONTENT[:HALF])
    world.without_ranges = True
    fetch_quickly(remote(world), tmp_path / "v1.pth")
    assert (tmp_path / "v1.pth").read_bytes() == CONTENT


@pytest.mark.parametrize("extra", [b"", b"too much"])
def test_a_part_that_is_whole_or_too_long(world: World, tmp_path: Path, extra: bytes) -> None:
    (tmp_path / "v1.pth.part").write_bytes(CONTENT + extra)
    fetch_quickly(remote(world), tmp_path / "v1.pth")
    assert (tmp_path / "v1.pth").read_bytes() == CONTENT
    # All of it was there; with more than all of it, it is fetched anew.
    assert world.downloads(PATH)[1:] == ([0] if extra else [])


@pytest.mark.parametrize("digest", [{"sha256": "0" * 64}, {"md5": "0" * 32}])
def test_a_wrong_digest_is_not_kept(world: World, tmp_path: Path, digest: dict[str, str]) -> None:
    with pytest.raises(DigestMismatch) as caught:
        fetch_quickly(remote(world, **digest), tmp_path / "v1.pth")
    assert caught.value.expected in digest.values()
    assert caught.value.found in (SHA256, MD5)
    assert names(tmp_path) == []


def test_the_beginning_of_another_file_is_found_out(world: World, tmp_path: Path) -> None:
    (tmp_path / "v1.pth.part").write_bytes(b"an older file")
    with pytest.raises(DigestMismatch):
        fetch_quickly(remote(world), tmp_path / "v1.pth")
    # Then there is nothing left of it, and the next call is right.
    assert fetch_quickly(remote(world), tmp_path / "v1.pth").sha256 == SHA256


@pytest.mark.parametrize(
    ("status", "kind", "calls"),
    [
        (404, DownloadMissing, 1),
        (410, DownloadMissing, 1),
        (403, DownloadDenied, 1),
        (400, DownloadFailed, 1),
        (503, DownloadFailed, transfer.TRIES_WITHOUT_PROGRESS),
    ],
)
def test_answers_of_a_server_that_has_no_file(
    world: World, tmp_path: Path, status: int, kind: type[Exception], calls: int
) -> None:
    world.statuses[PATH] = status
    with pytest.raises(kind):
        fetch_quickly(remote(world), tmp_path / "v1.pth")
    assert len(world.downloads(PATH)) == calls
    assert not (tmp_path / "v1.pth").exists()


def test_a_key_is_shown_to_its_own_server_alone(world: World, tmp_path: Path) -> None:
    other = World(releases={PATH: CONTENT})
    with serving(other):
        world.redirects["/here"] = other.url + PATH
        way = Remote("v1.pth", f"{world.url}/here", 400_000, sha256=SHA256, headers={"Authorization": "Bearer key"})
        fetch_quickly(way, tmp_path / "v1.pth")
    assert [request.key for request in world.requests] == ["Bearer key"]
    assert [request.key for request in other.requests] == [None]


def test_redirects_that_leave_https() -> None:
    assert leaves_https("https", "http")
    assert not leaves_https("https", "https")
    assert not leaves_https("http", "http")


def test_no_server(tmp_path: Path) -> None:
    world = World()
    with serving(world):
        pass
    with pytest.raises(DownloadFailed) as caught:
        fetch_quickly(remote(world), tmp_path / "v1.pth")
    assert "refused" in caught.value.reason


def test_more_than_the_limit(world: World, tmp_path: Path) -> None:
    with pytest.raises(DownloadFailed, match="299999"):
        fetch_quickly(remote(world, limit_bytes=len(CONTENT) - 1), tmp_path / "v1.pth")
    assert names(tmp_path) == []
    fetch_quickly(remote(world, limit_bytes=len(CONTENT)), tmp_path / "v1.pth")


def test_a_size_that_is_known_beforehand(world: World, tmp_path: Path) -> None:
    with pytest.raises(DownloadFailed, match="300001"):
        fetch_quickly(remote(world, size=len(CONTENT) + 1), tmp_path / "v1.pth")
    assert not (tmp_path / "v1.pth").exists()


def test_no_room(world: World, tmp_path: Path) -> None:
    with files_of_at_most(HALF), pytest.raises(CacheUnwritable) as caught:
        fetch_quickly(remote(world), tmp_path / "v1.pth")
    assert caught.value.path == tmp_path / "v1.pth.part"
    assert not (tmp_path / "v1.pth").exists()
    # With room again, it goes on with what fitted.
    world.requests.clear()
    fetch_quickly(remote(world), tmp_path / "v1.pth")
    assert world.downloads(PATH) == [HALF]


def test_a_folder_that_cannot_be_made(world: World, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CacheUnwritable):
        fetch_quickly(remote(world), tmp_path / "file" / "v1.pth")
