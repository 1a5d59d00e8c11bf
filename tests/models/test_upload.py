"""A model goes to a hub and comes back; what is no model, or not allowed, does not go."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mmhnet_cli.errors import BadOption, WeightsInvalid
from mmhnet_cli.models.upload import plan_upload
from tests.models.receiving import OpenWorld, Receiver
from tests.models.server import serving
from tests.tiny_model import tiny_model_dir

__all__ = ["tiny_model_dir"]

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def world() -> Iterator[OpenWorld]:
    world = OpenWorld(writers={"hf_writer"})
    with serving(world, Receiver):
        yield world


@pytest.fixture
def run(world: OpenWorld, tmp_path: Path) -> Run:
    """The program, as somebody who may write; Xet is another protocol, which this hub does not speak."""

    def started(*arguments: str, token: str = "hf_writer") -> subprocess.CompletedProcess[str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "MMHNET_"))}
        own = {"HF_HOME": str(tmp_path / "home"), "HF_ENDPOINT": world.url, "HF_HUB_DISABLE_XET": "1"}
        own |= {"HF_HUB_DISABLE_TELEMETRY": "1", "NO_PROXY": "127.0.0.1", "HF_TOKEN": token}
        command = [sys.executable, "-m", "mmhnet_cli", *arguments]
        return subprocess.run(command, env=clean | own, capture_output=True, text=True, timeout=120, check=False)

    return started


@pytest.fixture
def model(tiny_model_dir: Path, tmp_path: Path) -> Path:
    folder = Path(shutil.copytree(tiny_model_dir, tmp_path / "model"))
    (folder / "README.md").write_text("---\ntags:\n- mmhnet\n---\n\n# tiny\n")
    (folder / "secret.txt").write_text("not of the model")
    return folder


@pytest.mark.slow
@pytest.mark.processes
def test_a_model_goes_there_and_comes_back(world: OpenWorld, run: Run, model: Path) -> None:
    pushed = run("train", "push", str(model), "me/tiny", "--yes")
    assert pushed.returncode == 0, pushed.stderr
    commit = world.commits["me/tiny"]
    assert pushed.stdout == f"{world.url}/me/tiny/commit/{commit}\n"
    assert "a new repository, private" in pushed.stderr
    assert world.private == {"me/tiny"}
    names = {"config.json", "network.safetensors", "codec.safetensors", "words.safetensors", "README.md"}
    assert world.repositories["me/tiny"][commit] == {name: (model / name).read_bytes() for name in names}
    pulled = run("weights", "pull", "me/tiny", "--accept-license")
    assert (pulled.returncode, pulled.stdout) == (0, "me/tiny\n"), pulled.stderr
    # Again, with another card; nothing that is large goes twice.
    (model / "README.md").write_text("# better\n")
    before = set(world.blobs)
    again = run("train", "push", str(model), "me/tiny", "--yes", "--json")
    assert (again.returncode, '"public": false' in again.stdout) == (0, True), again.stderr
    assert world.repositories["me/tiny"][world.commits["me/tiny"]]["README.md"] == b"# better\n"
    assert set(world.blobs) == before


@pytest.mark.slow
@pytest.mark.processes
def test_what_is_not_allowed_is_not_done(world: OpenWorld, run: Run, model: Path) -> None:
    unasked = run("train", "push", str(model), "me/tiny")
    assert (unasked.returncode, "--yes" in unasked.stderr) == (2, True)
    for token, words in (("hf_reader", "does not let this account write"), ("", "hf auth login")):
        denied = run("train", "push", str(model), "me/tiny", "--yes", token=token)
        assert (denied.returncode, denied.stdout, denied.stderr.count("error: ")) == (5, "", 1), denied.stderr
        assert words in denied.stderr
    assert not world.repositories
    world.publish("me/open", {})
    closed = run("train", "push", str(model), "me/open", "--yes")
    assert (closed.returncode, "it is public" in closed.stderr) == (2, True)
    world.refused["/api/models/me/open/commit/main"] = 400
    failed = run("train", "push", str(model), "me/open", "--yes", "--public")
    assert (failed.returncode, failed.stderr.count("error: ")) == (5, 1), failed.stderr
    assert "me/open could not be uploaded" in failed.stderr
    assert world.repositories["me/open"][world.commits["me/open"]] == {}


def test_what_is_no_model_does_not_go(model: Path, tmp_path: Path) -> None:
    for name in ("tiny", "me/tiny@other", "../tiny", "me/tiny/x"):
        with pytest.raises(BadOption, match="REPO"):
            plan_upload(model, name)

    def refused(words: str, folder: Path = model) -> None:
        with pytest.raises(WeightsInvalid, match=words):
            plan_upload(folder, "me/tiny")

    refused("no folder", tmp_path / "none")
    (tmp_path / "empty").mkdir()
    refused("config.json", tmp_path / "empty")
    (model / "README.md").unlink()
    refused("README.md")
    (model / "README.md").symlink_to(Path(__file__))
    refused("a link out of it")
    (model / "README.md").unlink()
    (model / "README.md").write_bytes(b"\xff\xfe")
    refused("UTF-8")
    (model / "README.md").write_text("# it")
    (model / "codec.safetensors").write_bytes(b"no tensors")
    refused("codec.safetensors")
    (model / "codec.safetensors").unlink()
    refused("codec.safetensors")
    (model / "config.json").write_text("[]")
    refused("config.json")
