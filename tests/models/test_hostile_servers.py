"""Servers that mean no good, or are no servers of files at all, over real HTTP on this machine."""

import hashlib
import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mmhnet_cli.errors import DigestMismatch, DownloadFailed, MMHNetError, WeightsInvalid, WeightsMissing
from mmhnet_cli.models import hub, part_download
from mmhnet_cli.models.checkpoint import save_model, save_tensors
from mmhnet_cli.models.download import offers, pull
from mmhnet_cli.models.http import Pace
from mmhnet_cli.models.licences import accept
from mmhnet_cli.models.network import Network
from mmhnet_cli.models.registry import find_model
from mmhnet_cli.models.repository import parse_repository, read_record
from mmhnet_cli.models.store import Store
from mmhnet_cli.models.table import read_table
from mmhnet_cli.models.transfer import Remote, fetch
from mmhnet_cli.models.upkeep import plan_removal, remove, verify
from tests.models.server import World, serving
from tests.models.small_table import hub_files, numbers, small_world, write_table
from tests.models.wild_answers import PATIENCE_S, Wild, chunk, goes_on, headers_without_end, packed_zeros, says

PATH = "/releases/v1.pth"
CONTENT = bytes(range(256)) * 1000
HALF = len(CONTENT) // 2
SHA256 = hashlib.sha256(CONTENT).hexdigest()
HURRIED = Pace(bytes_per_s=1000, over_s=0.5)
"""For servers that are to be found too slow: on a busy machine an honest one may be as slow as that."""

OWNER = "owner/name"
INFO = f"/api/models/{OWNER}/revision/main"
CHUNKED = "HTTP/1.1 200 OK\nTransfer-Encoding: chunked"


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    world = small_world()
    world.releases[PATH] = CONTENT
    with serving(world):
        template = world.url + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", world.url)
        monkeypatch.setattr("huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE", template)
        yield world


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(read_table(write_table(tmp_path / "table")), tmp_path / "hub" / "mmhnet")


@pytest.fixture
def others(tmp_path: Path) -> Iterator[Path]:
    """A folder with a file of the user's, which nothing may touch; nor may anything appear beside the cache."""
    folder = tmp_path / "victim"
    folder.mkdir()
    (folder / "film.mov").write_bytes(b"two years of work")
    yield folder
    assert [path.name for path in folder.iterdir()] == ["film.mov"]
    assert (folder / "film.mov").read_bytes() == b"two years of work"
    assert {path.name for path in tmp_path.iterdir()} <= {"victim", "hub", "table", "model", "v1.pth.part", "v1.pth"}


def bring(name: str, store: Store, token: str | None = None) -> None:
    network = Network(token=token)
    accept(offers(name, network, store), store)
    pull(name, network, store=store)


def model(folder: Path) -> dict[str, bytes]:
    save_model(folder, {"name": "theirs"}, {"a": numbers(1)}, {"b": numbers(2)})
    save_tensors(folder / "words.safetensors", {"c": numbers(3)})
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def quickly(world: World, target: Path, pace: Pace = Pace(), **known: object) -> None:
    remote = Remote("v1.pth", world.url + PATH, **{"limit_bytes": 400_000, "sha256": SHA256} | known)  # type: ignore[arg-type]
    fetch(remote, target, lambda done, total: None, pause_s=0.01, pace=pace)


@pytest.mark.parametrize("kind", ["etag", "commit", "both"])
@pytest.mark.parametrize(
    "lead", ["../../../../victim/film.mov", "/victim/film.mov", "..", "", "0" * 39, "0" * 63 + "G", "a" * 40 + "/../x"]
)
def test_what_the_hub_says_of_a_file_is_no_path(world: World, store: Store, others: Path, kind: str, lead: str) -> None:
    path = "/some/net/resolve/main/weights/net.safetensors"
    content = hub_files()["some/net"]["weights/net.safetensors"]
    etag = hashlib.sha256(content).hexdigest() if kind == "commit" else lead
    commit = "0" * 40 if kind == "etag" else lead
    head = f'HTTP/1.1 200 OK\nX-Repo-Commit: {commit}\nETag: "{etag}"\nContent-Length: {len(content)}'
    world.wild[path] = says(head)
    with pytest.raises(DownloadFailed, match="does not answer as a hub does"):
        bring("hub", store)
    assert world.downloads(path) == []


@pytest.mark.parametrize("lead", ["../../../../victim", "..", "", "main", "0" * 39, None, 7, ["0" * 40]])
def test_the_commit_of_a_repository_is_no_path(
    world: World, store: Store, others: Path, tmp_path: Path, lead: object
) -> None:
    world.publish(OWNER, model(tmp_path / "model"))
    world.listing["sha"] = lead
    with pytest.raises(DownloadFailed, match="does not answer as a hub does"):
        bring(OWNER, store)
    assert not store.repositories_folder.exists()


@pytest.mark.parametrize("lead", ["../../../../../victim/film.mov", "/etc/passwd", "", "0" * 40, None, 7])
def test_digests_of_a_repository_are_no_paths(
    world: World, store: Store, others: Path, tmp_path: Path, lead: object
) -> None:
    files = model(tmp_path / "model")
    world.publish(OWNER, files)
    siblings = [
        {"rfilename": name, "size": len(content), "lfs": {"sha256": lead}, "blobId": lead}
        for name, content in files.items()
    ]
    world.listing["siblings"] = siblings
    with pytest.raises(DownloadFailed, match="no digest"):
        bring(OWNER, store)


def test_other_names_in_a_repository_are_never_made_files(
    world: World, store: Store, others: Path, tmp_path: Path
) -> None:
    files = model(tmp_path / "model")
    leads = ("../../../../../victim/film.mov", "/etc/passwd", "a\x1b[2J", "x" * 5000, "..", "sub/network.safetensors")
    commit = world.publish(OWNER, {**files, **dict.fromkeys(leads, b"gone")})
    bring(OWNER, store)
    kept = [path.relative_to(store.repositories_folder) for path in store.repositories_folder.rglob("*")]
    folder = Path("owner--name")
    assert sorted(map(str, kept)) == sorted(
        map(str, [folder, Path("owner--name--main.json"), folder / commit, *(folder / commit / name for name in files)])
    )


@pytest.mark.parametrize("size", [-1, 21 * 10**9, 10**300, "7", None, 1.5])
def test_sizes_are_not_believed(world: World, store: Store, tmp_path: Path, size: object) -> None:
    files = model(tmp_path / "model")
    world.publish(OWNER, files)
    entry = {"size": size, "blobId": "0" * 40}
    world.listing["siblings"] = [{"rfilename": name, **entry} for name in files]
    with pytest.raises(DownloadFailed, match="no size"):
        bring(OWNER, store)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("answer", "word"),
    [
        (says("HTTP/1.1 200 OK\nContent-Length: 8000000", b"[" * 8_000_000), "does not answer"),
        (says("HTTP/1.1 200 OK\nContent-Length: 2", b"[]"), "does not answer"),
        (says("HTTP/1.1 200 OK\nContent-Length: 5000", b"9" * 5000), "does not answer"),
        (says('HTTP/1.1 200 OK\nContent-Length: 30', b'{"sha": "", "siblings": "a" }  '), "does not answer"),
        (says("HTTP/1.1 200 OK\nContent-Length: 4", b"\xff\xfe\x00\x01"), "does not answer"),
        (goes_on(CHUNKED, chunk(b'{"rfilename": "a"},' * 4000)), "longer than"),
        (says("HTTP/1.1 200 OK\nContent-Encoding: gzip\nContent-Length: 1", b"x"), "packed"),
        (says("HTTP/1.1 200 OK\nContent-Type: text/html; charset=utf-8\nContent-Length: 1", b"x"), "web page"),
        (says("HTTP/1.1 302 Found\nLocation: file:///etc/passwd\nContent-Length: 0"), "connection|does not answer"),
        (says("HTTP/1.1 302 Found\nLocation: http://elsewhere.example/\nContent-Length: 0"), "does not answer"),
        (says(f"HTTP/1.1 302 Found\nLocation: {INFO}\nContent-Length: 0"), "leads on more than"),
        (says("HTTP/1.1 200 OK\nContent-Length: " + "9" * 5000), "connection"),
        (says("HTTP/1.1 200 OK\nContent-Length: -1"), "connection"),
        (says("SSH-2.0-OpenSSH_9.6"), "connection"),
        (headers_without_end(), "connection"),
    ],
)  # fmt: skip
def test_lists_of_files_that_are_none(world: World, store: Store, answer: Wild, word: str) -> None:
    world.wild[INFO] = answer
    began = time.monotonic()
    with pytest.raises(DownloadFailed, match=word):
        bring(OWNER, store)
    assert time.monotonic() - began < PATIENCE_S / 2


@pytest.mark.slow
def test_a_list_with_ninety_thousand_files(world: World, store: Store, tmp_path: Path) -> None:
    files = model(tmp_path / "model")
    world.publish(OWNER, files)
    entries = [{"rfilename": str(number), "size": 1, "blobId": "0" * 40} for number in range(90_000)]
    world.listing["siblings"] = entries
    assert len(json.dumps(entries)) < hub.LARGEST_LISTING_BYTES
    with pytest.raises(WeightsInvalid, match=r"config\.json"):
        bring(OWNER, store)


def test_a_licence_is_a_name(world: World, store: Store, tmp_path: Path) -> None:
    world.publish(OWNER, model(tmp_path / "model"))
    for licence in ("mit\x1b]0;owned\x07", "x" * 1000, ["mit"], {"a": 1}, 7):
        world.listing["cardData"] = {"license": licence}
        [offer] = offers(OWNER, Network(), store)
        assert offer.licence == "not stated"
    world.listing["cardData"] = {"license": "other", "license_name": "CC BY-NC 4.0"}
    assert offers(OWNER, Network(), store)[0].licence == "CC BY-NC 4.0"


def test_a_token_is_for_the_hub_alone(world: World, store: Store, tmp_path: Path) -> None:
    other = World()
    with serving(other):
        files = model(tmp_path / "model")
        commit = world.publish(OWNER, files)
        for name, content in files.items():
            other.releases[f"/{name}"] = content
            world.redirects[f"/{OWNER}/resolve/{commit}/{name}"] = f"{other.url}/{name}"
        bring(OWNER, store, token="hf_secret")
    assert {request.key for request in world.requests} == {"Bearer hf_secret"}
    assert {request.key for request in other.requests} == {None}
    assert len(other.requests) == len(files)


def test_links_in_the_cache_lead_nowhere(world: World, store: Store, others: Path, tmp_path: Path) -> None:
    files = model(tmp_path / "model")
    commit = world.publish(OWNER, files)
    # Another program, or a stranger's archive, has put links into the cache of the hub ...
    snapshot = store.hub_cache / "models--owner--name" / "snapshots" / commit
    snapshot.mkdir(parents=True)
    (snapshot / "network.safetensors").symlink_to(others / "film.mov")
    assert hub.cached(store.hub_cache, OWNER, "network.safetensors", commit) is None
    # ... and under the names that files of ours arrive under.
    folder = store.repositories_folder / "owner--name" / commit
    folder.mkdir(parents=True)
    (folder / "network.safetensors").symlink_to(others / "film.mov")
    (folder / "codec.safetensors.part").symlink_to(others / "film.mov")
    with pytest.raises(MMHNetError, match=r"codec\.safetensors\.part"):
        bring(OWNER, store)
    (folder / "codec.safetensors.part").unlink()
    bring(OWNER, store)
    assert not (folder / "network.safetensors").is_symlink()
    assert not any(check.problem for check in verify(OWNER, store=store))
    (folder / "network.safetensors").unlink()
    (folder / "network.safetensors").symlink_to(others / "film.mov")
    remove(plan_removal(OWNER, store), store)
    assert not folder.exists()
    with pytest.raises(WeightsMissing):
        find_model(OWNER, store)


@pytest.mark.slow
@pytest.mark.parametrize(
    "change",
    [{"commit": "../../../../victim"}, {"commit": ".."}, {"sha256": {"../../../../../victim/film.mov": "0"}},
     {"repository": "../x"}, {"sha256": None}, {"commit": None}],
)  # fmt: skip
def test_a_record_that_leads_out_is_none(
    world: World, store: Store, others: Path, tmp_path: Path, change: dict[str, object]
) -> None:
    world.publish(OWNER, model(tmp_path / "model"))
    bring(OWNER, store)
    [path] = store.repositories_folder.glob("*.json")
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    repository = parse_repository(OWNER)
    assert repository is not None
    assert read_record(repository, store) is None
    with pytest.raises(WeightsMissing):
        plan_removal(OWNER, store)


@pytest.mark.slow
def test_two_revisions_of_one_commit(world: World, store: Store, tmp_path: Path) -> None:
    commit = world.publish(OWNER, model(tmp_path / "model"))
    pinned = f"{OWNER}@{commit}"
    bring(OWNER, store)
    world.requests.clear()
    bring(pinned, store)
    assert not any("/resolve/" in request.path for request in world.requests)
    remove(plan_removal(OWNER, store), store)
    folder = find_model(pinned, store).path
    remove(plan_removal(pinned, store), store)
    assert not folder.exists()


@pytest.mark.parametrize("have", [0, HALF])
@pytest.mark.parametrize("known", [{}, {"size": len(CONTENT)}])
def test_more_than_was_announced(world: World, tmp_path: Path, others: Path, have: int, known: dict[str, int]) -> None:
    (tmp_path / "v1.pth.part").write_bytes(CONTENT[:have])
    span = f"HTTP/1.1 206 Partial Content\nContent-Range: bytes {have}-{len(CONTENT) - 1}/{len(CONTENT)}"
    head = f"{span}\nTransfer-Encoding: chunked" if have else CHUNKED
    world.wild[PATH] = goes_on(head, chunk(bytes(50_000)))
    with pytest.raises(DownloadFailed, match="more than"):
        quickly(world, tmp_path / "v1.pth", **known)
    left = (tmp_path / "v1.pth.part").read_bytes() if have else b""
    assert left == CONTENT[:have]
    assert not (tmp_path / "v1.pth.anew").exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("answer", "word"),
    [
        (goes_on("HTTP/1.1 200 OK\nContent-Length: 256000", b"x", pause_s=0.05), "less than 1 kB a second"),
        (goes_on("HTTP/1.1 200 OK", b"x", pause_s=0.05), "less than 1 kB a second"),
        (headers_without_end(pause_s=0.05), "less than 1 kB a second"),
        (headers_without_end(), "less than 1 kB a second|too long"),
        (says(f"{CHUNKED}\nContent-Encoding: gzip", chunk(packed_zeros(50))), "packed"),
        (says("HTTP/1.1 302 Found\nLocation: file:///etc/passwd\nContent-Length: 0"), "protocol"),
        (says(f"HTTP/1.1 302 Found\nLocation: {PATH}\nContent-Length: 0"), "leads on more than"),
        (says("HTTP/1.1 302 Found\nLocation: http://[:\nContent-Length: 0"), "."),
    ],
)  # fmt: skip
def test_answers_that_would_not_end(world: World, tmp_path: Path, answer: Wild, word: str) -> None:
    (tmp_path / "v1.pth.part").write_bytes(CONTENT[:HALF])
    world.wild[PATH] = answer
    began = time.monotonic()
    with pytest.raises(DownloadFailed, match=word):
        quickly(world, tmp_path / "v1.pth", HURRIED if "a second" in word else Pace())
    assert time.monotonic() - began < PATIENCE_S / 2
    assert (tmp_path / "v1.pth.part").read_bytes() == CONTENT[:HALF]


def test_a_byte_a_try_is_given_up(world: World, tmp_path: Path) -> None:
    world.cuts[PATH] = [1] * 50
    with pytest.raises(DownloadFailed):
        quickly(world, tmp_path / "v1.pth")
    assert len(world.downloads(PATH)) == 3


@pytest.mark.slow
def test_a_server_that_is_slow_and_steady_is_not_given_up(world: World, tmp_path: Path) -> None:
    blocks = [CONTENT[start : start + 16_000] for start in range(0, len(CONTENT), 16_000)]

    def steadily(handler: object) -> None:
        for block in blocks:
            handler.wfile.write(block)  # type: ignore[attr-defined]
            time.sleep(0.2)

    def answer(handler: object) -> None:
        says(f"HTTP/1.1 200 OK\nContent-Length: {len(CONTENT)}")(handler)  # type: ignore[arg-type]
        steadily(handler)

    world.wild[PATH] = answer
    # 80 kB a second for 3 s: of its two whole windows, the server fills each several times over.
    quickly(world, tmp_path / "v1.pth", Pace(bytes_per_s=1000, over_s=1.5))
    assert (tmp_path / "v1.pth").read_bytes() == CONTENT


PAGE = b"<html>Welcome to the hotel</html>"


@pytest.mark.parametrize("kind", ["text/html", "application/octet-stream"])
def test_a_page_in_the_place_of_the_rest(world: World, tmp_path: Path, kind: str) -> None:
    (tmp_path / "v1.pth.part").write_bytes(CONTENT[:HALF])
    world.wild[PATH] = says(f"HTTP/1.1 200 OK\nContent-Type: {kind}\nContent-Length: {len(PAGE)}", PAGE)
    with pytest.raises((DownloadFailed, DigestMismatch)) as caught:
        quickly(world, tmp_path / "v1.pth")
    if kind == "text/html":
        assert "web page" in str(caught.value)
    # What was here is still here, and the next call goes on with it.
    assert (tmp_path / "v1.pth.part").read_bytes() == CONTENT[:HALF]
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("v1")] == ["v1.pth.part"]
    world.wild.clear()
    world.requests.clear()
    quickly(world, tmp_path / "v1.pth")
    assert world.downloads(PATH) == [HALF]
    assert (tmp_path / "v1.pth").read_bytes() == CONTENT


def test_the_whole_in_the_place_of_the_rest_breaks(world: World, tmp_path: Path) -> None:
    (tmp_path / "v1.pth.part").write_bytes(CONTENT[:HALF])
    world.without_ranges = True
    world.cuts[PATH] = [1000] * 3
    with pytest.raises(DownloadFailed):
        quickly(world, tmp_path / "v1.pth")
    assert (tmp_path / "v1.pth.part").read_bytes() == CONTENT[:HALF]
    quickly(world, tmp_path / "v1.pth")
    assert (tmp_path / "v1.pth").read_bytes() == CONTENT
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("v1")] == ["v1.pth"]


def test_a_part_without_a_listed_size_has_a_limit() -> None:
    assert part_download.LARGEST_FILE_BYTES == 20 * 10**9
