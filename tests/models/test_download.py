"""Release files: pulled, kept, checked, mended, removed. The hub is in `test_hub.py`."""

import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

from mmhnet_cli.errors import (
    BadOption,
    DigestMismatch,
    DownloadMissing,
    LicenceNotAccepted,
    UnknownModel,
    WeightsInvalid,
    WeightsMissing,
    WeightsOffline,
    WeightsUnpublished,
)
from mmhnet_cli.models.checkpoint import read_tensors, save_model, save_tensors
from mmhnet_cli.models.digests import file_sha256
from mmhnet_cli.models.download import offers, pull
from mmhnet_cli.models.licences import accept, not_accepted
from mmhnet_cli.models.model_files import ModelFiles
from mmhnet_cli.models.network import Network
from mmhnet_cli.models.registry import find_model
from mmhnet_cli.models.store import Store
from mmhnet_cli.models.table import read_table
from mmhnet_cli.models.upkeep import plan_removal, remove, verify
from tests.models.server import World, serving
from tests.models.small_table import numbers, release_files, small_world, write_table

Pull = Callable[..., ModelFiles]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(read_table(write_table(tmp_path / "weights")), tmp_path / "hub" / "mmhnet")


@pytest.fixture
def world() -> Iterator[World]:
    world = small_world()
    with serving(world):
        yield world


@pytest.fixture
def pull_it(world: World, store: Store) -> Pull:
    """Accept the licences of a model and pull it from the world."""

    def run(name: str, offline: bool = False) -> ModelFiles:
        network = Network(offline=offline, releases_url=f"{world.url}/mirror")
        accept(offers(name, network, store), store)
        return pull(name, network, store=store)

    return run


def kept(store: Store) -> list[str]:
    """Names of all files that hold weights, or parts of them."""
    folders = (store.parts_folder, store.downloads_folder)
    return sorted(path.name for folder in folders if folder.is_dir() for path in folder.iterdir())


def damage(path: Path) -> None:
    """Turn one bit around; the length stays."""
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def test_a_pulled_model_is_found(pull_it: Pull, world: World, store: Store) -> None:
    with pytest.raises(WeightsMissing):
        find_model("plain", store)
    files = pull_it("plain")
    assert files == find_model("plain", store)
    assert (files.name, files.path, files.config) == ("plain", store.parts_folder, None)
    assert (files.licence, files.commercial, files.non_commercial_parts) == ("closed", False, ("net",))
    assert files.parts["network"].read_bytes() == release_files()["/mirror/v0/net.safetensors"]
    assert torch.equal(read_tensors(files.parts["vae"])[0]["vae"], numbers(3))
    digest = hashlib.sha256(release_files()["/mirror/v0/vae.safetensors"]).hexdigest()
    assert files.parts["vae"].name == f"vae-{digest[:16]}.safetensors"
    assert len(kept(store)) == 4
    # Nothing is fetched twice, and shared parts are not fetched for each model.
    world.requests.clear()
    assert pull_it("plain") == files
    assert pull_it("other").parts["vae"] == files.parts["vae"]
    assert [request.path for request in world.requests] == ["/mirror/v0/net_2.safetensors"]


def test_old_files_are_converted(pull_it: Pull, store: Store) -> None:
    files = pull_it("old")
    assert {path.suffix for path in files.parts.values()} == {".safetensors"}
    sync, voc = (read_tensors(files.parts[role])[0] for role in ("synchformer", "vocoder"))
    assert list(sync) == ["vfeat_extractor.a"]
    assert torch.equal(sync["vfeat_extractor.a"], numbers(4))
    assert list(voc) == ["a"]
    assert voc["a"].dtype == torch.float16
    assert list(store.downloads_folder.iterdir()) == []


def test_licences_come_first(world: World, store: Store) -> None:
    network = Network(releases_url=f"{world.url}/mirror")
    with pytest.raises(LicenceNotAccepted) as caught:
        pull("plain", network, store=store)
    assert caught.value.licences == ("closed", "free")
    assert world.requests == []
    wanted = offers("plain", network, store)
    assert [(offer.name, offer.licence, offer.commercial, offer.here) for offer in wanted] == [
        ("net", "closed", False, False),
        ("vae", "free", True, False),
    ]
    assert [offer.size for offer in wanted] == [1 << 20, 1 << 20]
    accept(wanted[1:], store)
    with pytest.raises(LicenceNotAccepted) as caught:
        pull("plain", network, store=store)
    assert caught.value.licences == ("closed",)
    accept(wanted, store)
    pull("plain", network, store=store)
    # Remembered, for this part under this licence.
    assert not_accepted(offers("plain", network, store), store) == []
    assert [offer.name for offer in not_accepted(offers("other", network, store), store)] == ["net-2"]


def test_a_file_that_is_not_the_published_one(pull_it: Pull, world: World, store: Store) -> None:
    world.releases["/mirror/v0/net.safetensors"] = b"something else"
    with pytest.raises(DigestMismatch) as caught:
        pull_it("plain")
    assert caught.value.source == f"{world.url}/mirror/v0/net.safetensors"
    assert caught.value.found == hashlib.sha256(b"something else").hexdigest()
    assert kept(store) == []
    world.releases.update(release_files())
    pull_it("plain")


def test_a_file_that_is_gone(pull_it: Pull, world: World, store: Store) -> None:
    del world.releases["/mirror/v0/vae.safetensors"]
    with pytest.raises(DownloadMissing):
        pull_it("plain")
    # What came before it stays.
    assert [name.split("-")[0] for name in kept(store)] == ["net", "net.json"]
    with pytest.raises(WeightsMissing):
        find_model("plain", store)


def test_a_program_is_refused_and_not_kept(
    pull_it: Pull, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(WeightsInvalid) as caught:
        pull_it("evil")
    assert "mkdir" in caught.value.found
    assert not (tmp_path / "boom").exists()
    assert kept(store) == []


def test_offline(pull_it: Pull, world: World, store: Store) -> None:
    pull_it("other")
    world.requests.clear()
    with pytest.raises(WeightsOffline) as caught:
        pull_it("plain", offline=True)
    assert (caught.value.name, caught.value.parts) == ("plain", ("net",))
    assert pull_it("other", offline=True) == find_model("other", store)
    assert world.requests == []


def test_damage_is_found_and_mended(pull_it: Pull, store: Store) -> None:
    files = pull_it("plain")
    assert [(check.name, check.published, check.problem) for check in verify(None, store=store)] == [
        ("net", True, None),
        ("vae", True, None),
    ]
    damage(files.parts["vae"])
    [bad] = [check for check in verify("plain", store=store) if check.problem]
    assert bad.path == files.parts["vae"]
    pull_it("plain")
    assert not any(check.problem for check in verify("plain", store=store))
    # A file that is cut short is not even taken for one.
    os.truncate(files.parts["vae"], 100)
    with pytest.raises(WeightsMissing):
        find_model("plain", store)
    assert [check.name for check in verify("plain", store=store) if check.problem] == ["vae"]
    files.parts["network"].unlink()
    assert [check.name for check in verify("plain", store=store) if check.problem] == ["net", "vae"]
    assert pull_it("plain") == files


def test_a_file_is_read_for_its_digest_only_where_it_is_not_as_recorded(pull_it: Pull, store: Store) -> None:
    files = pull_it("plain")
    path = files.parts["vae"]
    recorded, written_ns = files.sha256(), path.stat().st_mtime_ns
    assert recorded == {path.name: file_sha256(path) for path in files.all_files}
    # Other bytes of the same length and time: who reads them gets another digest.
    damage(path)
    os.utime(path, ns=(written_ns, written_ns))
    assert files.sha256() == find_model("plain", store).sha256() == recorded
    assert [check.name for check in verify("plain", store=store) if check.problem] == ["vae"]
    for modified_ns in (written_ns + 1000, written_ns - 1000):
        os.utime(path, ns=(modified_ns, modified_ns))
        assert files.sha256() == find_model("plain", store).sha256() == {**recorded, path.name: file_sha256(path)}
    with path.open("ab") as file:
        file.write(b"more")
    os.utime(path, ns=(written_ns, written_ns))
    assert files.sha256() == {**recorded, path.name: file_sha256(path)} != recorded


@pytest.mark.parametrize("record", ["", "[]", "{", '{"part": "vae"}', None])
def test_without_its_record_a_file_does_not_count(pull_it: Pull, store: Store, record: str | None) -> None:
    files = pull_it("plain")
    path = store.parts_folder / "vae.json"
    if record is None:
        path.unlink()
    else:
        path.write_text(record)
    with pytest.raises(WeightsMissing):
        find_model("plain", store)
    assert pull_it("plain") == files


def test_a_new_digest_in_the_table_makes_a_kept_file_old(pull_it: Pull, world: World, store: Store) -> None:
    before = pull_it("plain").parts["vae"]
    table = store.table.models["plain"].parts["vae"]
    content = release_files()["/mirror/v0/net.safetensors"]
    path = write_table(store.folder.parent / "new")
    assert table.sha256 is not None
    path.write_text(path.read_text().replace(table.sha256, hashlib.sha256(content).hexdigest()))
    world.releases["/mirror/v0/vae.safetensors"] = content
    newer = Store(read_table(path), store.folder)
    with pytest.raises(WeightsMissing):
        find_model("plain", newer)
    after = pull("plain", Network(releases_url=f"{world.url}/mirror"), store=newer).parts["vae"]
    assert after.read_bytes() == content
    assert not before.exists()


def test_a_download_that_was_not_converted_is_not_fetched_again(pull_it: Pull, world: World, store: Store) -> None:
    store.downloads_folder.mkdir(parents=True)
    (store.downloads_folder / "voc.torch").write_bytes(release_files()["/mirror/v0/voc.pt"])
    (store.downloads_folder / "sync.torch").write_bytes(b"not this")
    pull_it("old")
    assert [request.path for request in world.requests] == ["/mirror/v0/sync.pth"]


def test_removal_leaves_what_others_need(pull_it: Pull, store: Store) -> None:
    pull_it("plain")
    pull_it("other")
    removal = plan_removal("plain", store)
    assert (removal.parts, removal.kept) == (("net",), {"vae": ("other",)})
    assert removal.size == len(release_files()["/mirror/v0/net.safetensors"])
    remove(removal, store)
    with pytest.raises(WeightsMissing):
        find_model("plain", store)
    find_model("other", store)
    # A model without its network: what is here of it belongs to another one.
    assert plan_removal("ghost", store).parts == ()
    remove(plan_removal("other", store), store)
    assert kept(store) == []
    with pytest.raises(WeightsMissing):
        plan_removal("other", store)


def test_removal_takes_unfinished_downloads(pull_it: Pull, world: World, store: Store) -> None:
    world.statuses["/mirror/v0/vae.safetensors"] = 404
    with pytest.raises(DownloadMissing):
        pull_it("plain")
    (store.downloads_folder / "vae.safetensors.part").write_bytes(bytes(100))
    removal = plan_removal("plain", store)
    assert removal.parts == ("net", "vae")
    remove(removal, store)
    assert kept(store) == []


def test_names_that_cannot_be_pulled(pull_it: Pull, store: Store, tmp_path: Path) -> None:
    with pytest.raises(WeightsUnpublished) as caught:
        pull_it("ghost")
    assert (caught.value.name, caught.value.parts) == ("ghost", ("unseen",))
    for call in (pull_it, lambda name: list(verify(name, store=store)), lambda name: plan_removal(name, store)):
        with pytest.raises(UnknownModel):
            call("nobody")
    for name in ("plain", "owner/name"):
        with pytest.raises(WeightsMissing):
            list(verify(name, store=store))
    (tmp_path / "x.pth").touch()
    with pytest.raises(WeightsInvalid):
        pull_it(str(tmp_path / "x.pth"))


def test_the_model_of_the_package_and_folders_are_only_looked_at(tmp_path: Path) -> None:
    save_model(tmp_path / "mine", {}, {"a": torch.zeros(1)}, {"b": torch.zeros(1)})
    save_tensors(tmp_path / "mine" / "words.safetensors", {"c": torch.zeros(1)})
    for name in ("mini", str(tmp_path / "mine")):
        assert offers(name, Network()) == []
        assert pull(name, Network()) == find_model(name)
    assert find_model(str(tmp_path / "mine")).commercial is None
    assert find_model("mini").commercial is True
    with pytest.raises(BadOption):
        plan_removal("mini")
    assert list(verify("mini")) == []
    assert find_model("mini").all_files[0].name == "config.json"


def public_folder(folder: Path, rate_hz: object) -> Path:
    """A model of somebody's own with the encoders and the codec of the public ones."""
    config = {"network": {"sequence": {"sample_rate_hz": rate_hz}}, "codec": "public"}
    save_model(folder, config, {"a": torch.zeros(1)}, {})
    (folder / "codec.safetensors").unlink()
    return folder


def test_a_folder_that_uses_public_parts(pull_it: Pull, store: Store, tmp_path: Path) -> None:
    folder = public_folder(tmp_path / "mine", 16000)
    with pytest.raises(WeightsMissing) as caught:
        find_model(str(folder), store)
    assert caught.value.name == str(folder)
    files = pull_it(str(folder))
    assert files == find_model(str(folder), store)
    assert (files.name, files.path, files.parts.keys()) == ("mine", folder, {"network", "vae", "vocoder"})
    assert files.all_files == (folder / "config.json", *files.parts.values())
    assert files.records.keys() == {files.parts["vae"], files.parts["vocoder"]}
    # Its own licence is not known; those of the others allow everything.
    assert (files.licence, files.commercial, files.non_commercial_parts) == ("not stated", None, ())
    for rate_hz in (8000, [1], "16000"):
        with pytest.raises(WeightsInvalid, match=r"network\.sequence\.sample_rate_hz"):
            find_model(str(public_folder(tmp_path / "odd", rate_hz)), store)


def test_progress_ends_at_its_end(world: World, store: Store) -> None:
    network = Network(releases_url=f"{world.url}/mirror")
    accept(offers("plain", network, store), store)
    seen: dict[str, tuple[int, int]] = {}
    pull("plain", network, lambda stage, done, total: seen.update({stage: (done, total)}), store)
    assert seen == {"download net, MB": (1, 1), "download vae, MB": (1, 1)}


def test_a_mirror_has_the_paths_of_the_original() -> None:
    url = "https://github.com/a/b/releases/v1.pth"
    assert Network().release(url) == url
    assert Network(releases_url="http://mirror:80/x/").release(url) == "http://mirror:80/x/a/b/releases/v1.pth"
