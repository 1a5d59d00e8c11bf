"""The commands against a hub, in processes of their own: its address is read when its library is imported."""

import json
import os
import pty
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from mmhnet_cli.models.checkpoint import read_tensors, save_model, save_tensors
from tests.models.server import World, serving
from tests.models.small_table import hub_files, numbers, release_files, small_world, write_table

pytestmark = pytest.mark.processes

ROOT = Path(__file__).parents[2]
PROGRAM = Path(__file__).with_name("program.py")
YES = "--accept-license"
NET = "/some/net/resolve/{}/weights/net.safetensors"


@dataclass(frozen=True)
class Ran:
    """Exit code and streams of one command."""

    code: int
    out: str
    err: str


@dataclass
class Machine:
    """A computer with mmhnet on it, and an empty cache."""

    world: World
    package: Path
    home: Path

    @property
    def environment(self) -> dict[str, str]:
        quiet = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "MMHNET_"))}
        own = {
            "PYTHONPATH": str(self.package),
            "HF_HOME": str(self.home),
            "HF_ENDPOINT": self.world.url,
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "MMHNET_RELEASES_URL": f"{self.world.url}/mirror",
            "NO_PROXY": "127.0.0.1",
        }
        return quiet | own

    @property
    def parts(self) -> Path:
        return self.home / "hub" / "mmhnet" / "parts"

    def start(self, *commands: Sequence[str], limit_bytes: int = 0, **environment: str) -> "subprocess.Popen[str]":
        self.home.mkdir(exist_ok=True)
        lines = json.dumps([["weights", *command] for command in commands])
        return subprocess.Popen(
            [sys.executable, str(PROGRAM), str(limit_bytes), lines],
            env=self.environment | environment,
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def finish(self, process: "subprocess.Popen[str]") -> list[Ran]:
        out, err = process.communicate(timeout=300)
        assert process.returncode == 0, err
        assert err == ""
        return [Ran(*ran) for ran in json.loads(out)["ran"]]

    def run(self, *commands: Sequence[str], limit_bytes: int = 0, **environment: str) -> list[Ran]:
        return self.finish(self.start(*commands, limit_bytes=limit_bytes, **environment))


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the package and, where a checkout has `weights`, the small table."""
    folder = tmp_path_factory.mktemp("installed")
    shutil.copytree(ROOT / "mmhnet_cli", folder / "mmhnet_cli", ignore=shutil.ignore_patterns("_weights"))
    write_table(folder / "weights")
    return folder


@pytest.fixture
def machine(package: Path, tmp_path: Path) -> Iterator[Machine]:
    world = small_world()
    with serving(world):
        yield Machine(world, package, tmp_path / "home")


def assert_error(ran: Ran, *words: str) -> None:
    """One problem with a model: exit code 5, one sentence, one next step, no traceback, nothing on stdout."""
    assert ran.code == 5, ran
    errors = [line for line in ran.err.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1, ran.err
    for word in words:
        assert word in errors[0]
    assert "Traceback" not in ran.err
    assert ran.out == ""


def states(ran: Ran) -> dict[str, str]:
    return {record["name"]: record["state"] for record in map(json.loads, ran.out.splitlines())}


def test_pull_list_verify_path_and_removal(machine: Machine) -> None:
    before, pulled, after, verified, path, again, removed, gone = machine.run(
        ["list", "--json"],
        ["pull", "hub", YES],
        ["list"],
        ["verify", "hub"],
        ["path", "hub"],
        ["pull", "hub"],
        ["rm", "hub", "--yes"],
        ["path", "hub"],
    )
    assert states(before) == {**dict.fromkeys(states(before), "no"), "ghost": "unpublished"}
    assert (pulled.code, pulled.out) == (0, "hub\n")
    for words in ("some/net/weights/net.safetensors", "closed: research only, NOT for paid work", "1.0 MB"):
        assert words in pulled.err
    [row] = [line.split() for line in after.out.splitlines() if line.startswith("hub ")]
    assert row[:2] + row[4:6] == ["hub", "yes", "closed", "NO"]
    assert "Nobody publishes a digest of hub-net, words, clip" in after.err
    # The part without a published digest says so, each time it is checked.
    rows = verified.out.splitlines()[1:]
    assert [row.split()[0] for row in rows] == ["ok"] * 3
    assert ["first download" in row for row in rows] == [True, True, False]
    content = [Path(line).read_bytes() if Path(line).exists() else b"" for line in path.out.splitlines()]
    assert len(content) == 3
    assert again.out == "hub\n"
    assert "to download" not in again.err
    assert (removed.code, removed.out) == (0, "hub\n")
    assert_error(gone, "hub", "not on this machine")
    assert list(machine.parts.iterdir()) == []
    assert machine.world.downloads(NET.format(machine.world.commits["some/net"])) == [0]


def test_a_file_of_the_hub_is_converted(machine: Machine) -> None:
    [pulled] = machine.run(["pull", "hub-old", YES, "--json"])
    record = json.loads(pulled.out)
    assert (record["licence"], record["commercial"]) == ("closed", False)
    tensors = read_tensors(Path(record["parts"]["clip"]))[0]
    assert list(tensors) == ["clip"]
    assert tensors["clip"].equal(numbers(9))


def test_a_connection_that_breaks(machine: Machine) -> None:
    net = NET.format(machine.world.commits["some/net"])
    half = len(hub_files()["some/net"]["weights/net.safetensors"]) // 2
    machine.world.cuts[net] = [half, 0, 0, 0]
    [failed] = machine.run(["pull", "hub", YES])
    assert_error(failed, "some/net/weights/net.safetensors", "could not be downloaded")
    pulled, verified = machine.run(["pull", "hub"], ["verify"])
    assert (pulled.code, verified.code) == (0, 0)
    assert machine.world.downloads(net) == [0, half, half, half, half]


def test_no_hub(machine: Machine) -> None:
    machine.world.url = "http://127.0.0.1:9"
    for ran in machine.run(["pull", "hub", YES], ["pull", "owner/name", YES]):
        assert_error(ran, "could not be downloaded", "http://127.0.0.1:9")


@pytest.mark.parametrize("how", ["option", "variable"])
def test_offline(machine: Machine, how: str) -> None:
    option, variable = (["--offline"], {}) if how == "option" else ([], {"HF_HUB_OFFLINE": "1"})
    ran = machine.run(["pull", "hub", YES, *option], ["pull", "owner/name", YES, *option], **variable)
    assert_error(ran[0], "hub-net, words, vae")
    assert_error(ran[1], "owner/name")
    assert machine.world.requests == []
    machine.run(["pull", "hub"])
    machine.world.requests.clear()
    [pulled] = machine.run(["pull", "hub", *option], **variable)
    assert (pulled.code, pulled.out) == (0, "hub\n")
    assert machine.world.requests == []


def test_what_the_hub_does_not_have_or_give(machine: Machine) -> None:
    world = machine.world
    del world.repositories["some/net"][world.commits["some/net"]]["weights/net.safetensors"]
    [missing] = machine.run(["pull", "hub", YES])
    assert_error(missing, "some/net/weights/net.safetensors", "no such file")
    world.gated.add("some/net")
    denied, nobody = machine.run(["pull", "hub"], ["pull", "no/body", YES])
    assert_error(denied, "some/net")
    assert f"{world.url}/some/net" in denied.err
    assert_error(nobody, "no/body")


def test_what_came_first_must_come_again(machine: Machine) -> None:
    world = machine.world
    first = world.commits["some/net"]
    machine.run(["pull", "hub", YES])
    [kept] = machine.parts.glob("hub-net-*.safetensors")
    kept.write_bytes(bytes(kept.stat().st_size))
    # The publisher has gone on: the commit that was pulled is asked for.
    world.publish("some/net", {"weights/net.safetensors": release_files()["/mirror/v0/vae.safetensors"]})
    damaged, mended, verified = machine.run(["verify"], ["pull", "hub"], ["verify"])
    assert damaged.code == 5
    assert str(kept) in damaged.err
    assert "DAMAGED" in damaged.out
    assert (mended.code, verified.code) == (0, 0)
    assert world.downloads(NET.format(first)) == [0, 0]
    # Another file in the place of that one is not taken.
    kept.write_bytes(bytes(kept.stat().st_size))
    world.repositories["some/net"][first] = {"weights/net.safetensors": release_files()["/mirror/v0/vae.safetensors"]}
    [refused] = machine.run(["pull", "hub"])
    assert_error(refused, "some/net/weights/net.safetensors", "not the file it should be")


def test_a_file_that_is_not_what_the_hub_says(machine: Machine) -> None:
    machine.world.etags["weights/net.safetensors"] = "0" * 64
    [ran] = machine.run(["pull", "hub", YES])
    assert_error(ran, "not the file it should be", "0" * 64)
    assert list(machine.parts.glob("hub-net*")) == []


def test_no_room(machine: Machine) -> None:
    [full] = machine.run(["pull", "hub", YES], limit_bytes=50_000)
    assert_error(full, "cannot be kept", "hub-net")
    pulled, verified = machine.run(["pull", "hub"], ["verify"])
    assert (pulled.code, verified.code) == (0, 0)


def test_two_at_once(machine: Machine) -> None:
    # The connection breaks again and again, so that both are at it for a while.
    net = NET.format(machine.world.commits["some/net"])
    machine.world.cuts[net] = [20_000, 20_000]
    both = [machine.start(["pull", "hub", YES]) for _ in range(2)]
    for process in both:
        [ran] = machine.finish(process)
        assert (ran.code, ran.out) == (0, "hub\n"), ran.err
    # One of them fetched it, the other one waited.
    assert machine.world.downloads(net) == [0, 20_000, 40_000]
    [verified] = machine.run(["verify"])
    assert verified.code == 0
    assert not list((machine.home / "hub" / "mmhnet" / "downloads").iterdir())


def test_one_is_killed(machine: Machine) -> None:
    net = NET.format(machine.world.commits["some/net"])
    machine.world.cuts[net] = [20_000] + [0] * 2
    process = machine.start(["pull", "hub", YES])
    partial = machine.home / "hub" / "mmhnet" / "downloads" / "hub-net.safetensors.part"
    while process.poll() is None and not (partial.is_file() and partial.stat().st_size):
        time.sleep(0.01)
    process.kill()
    process.communicate()
    pulled, verified = machine.run(["pull", "hub"], ["verify"])
    assert (pulled.code, verified.code) == (0, 0)
    assert machine.world.downloads(net)[-1] == 20_000


def test_licences_without_anybody_to_ask(machine: Machine) -> None:
    refused, json_refused, kept = machine.run(["pull", "plain"], ["pull", "plain", "--json"], ["rm", "plain"])
    assert_error(refused, "closed, free", "not accepted")
    assert "--accept-license" in refused.err
    assert json_refused.code == 5
    assert json.loads(json_refused.out)["error"] == "LicenceNotAccepted"
    assert_error(kept, "not on this machine")
    assert machine.world.requests == []


@pytest.mark.parametrize(("answer", "code"), [("y", 0), ("n", 5), ("\x03", 130)])
def test_licences_on_a_terminal(machine: Machine, answer: str, code: int) -> None:
    machine.home.mkdir()
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "mmhnet_cli.cli.app", "weights", "pull", "plain", "--progress", "off"],
        env=machine.environment,
        cwd=machine.home,
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=theirs,
        # Ctrl-C goes to the process whose terminal this is.
        start_new_session=True,
        # Test runs started in the background ignore SIGINT and would hand that down.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    os.close(theirs)
    said = b""
    while b"Do you accept closed, free?" not in said:
        said += os.read(ours, 4096)
    os.write(ours, answer.encode() + (b"" if answer == "\x03" else b"\n"))
    if answer == "\x03":
        process.send_signal(signal.SIGINT)
    out = process.communicate(timeout=300)[0]
    os.close(ours)
    assert process.returncode == code
    assert out == (b"plain\n" if code == 0 else b"")
    assert machine.parts.exists() == (code == 0)


def repository(folder: Path, number: float = 1.0) -> dict[str, bytes]:
    """The files of a model of our format."""
    tensor = numbers(1) * number
    save_model(folder, {"name": "theirs"}, {"a": tensor}, {"b": tensor})
    save_tensors(folder / "words.safetensors", {"c": tensor})
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_repository(machine: Machine, tmp_path: Path) -> None:
    world = machine.world
    commit = world.publish("owner/name", repository(tmp_path / "model"))
    world.licences["owner/name"] = "closed"
    first, pulled, path, listed, verified, offline, removed, gone = machine.run(
        ["path", "owner/name"],
        ["pull", "owner/name", YES],
        ["path", "owner/name"],
        ["list", "--json"],
        ["verify"],
        ["pull", "owner/name", "--offline"],
        ["rm", "owner/name", "--yes"],
        ["path", "owner/name"],
    )
    assert_error(first, "owner/name", "not on this machine")
    assert pulled.out == "owner/name\n"
    assert "closed" in pulled.err
    folder = Path(path.out.strip())
    assert folder.name == commit
    [record] = [line for line in map(json.loads, listed.out.splitlines()) if line["name"] == "owner/name"]
    assert (record["state"], record["licence"], record["commercial"]) == ("yes", "closed", False)
    assert record["commit"] == commit
    assert (verified.code, len(verified.out.splitlines())) == (0, 5)
    assert offline.out == "owner/name\n"
    assert removed.code == 0
    assert_error(gone, "not on this machine")
    assert not folder.exists()


def test_a_repository_goes_on(machine: Machine, tmp_path: Path) -> None:
    world = machine.world
    old = world.publish("owner/name", repository(tmp_path / "old"))
    pulled, path = machine.run(["pull", "owner/name", YES], ["path", "owner/name"])
    assert path.out.strip().endswith(old)
    # Interrupted in the middle, it is taken up by the library of the hub.
    new = world.publish("owner/name", repository(tmp_path / "new", 2.0))
    file = f"/owner/name/resolve/{new}/network.safetensors"
    world.cuts[file] = [30_000]
    pulled, path, pinned, elsewhere = machine.run(
        ["pull", "owner/name"],
        ["path", "owner/name"],
        ["pull", f"owner/name@{old}", YES],
        ["path", f"owner/name@{old}"],
    )
    assert (pulled.code, pinned.code) == (0, 0)
    assert path.out.strip().endswith(new)
    assert elsewhere.out.strip().endswith(old)
    assert len(world.downloads(file)) == 2
    assert read_tensors(Path(path.out.strip()) / "network.safetensors")[0]["a"].equal(numbers(1) * 2)


def test_a_repository_that_uses_public_parts(machine: Machine, tmp_path: Path) -> None:
    config = {"network": {"sequence": {"sample_rate_hz": 16000}}, "codec": "public"}
    save_model(tmp_path / "model", config, {"a": numbers(1)}, {})
    names = ("config.json", "network.safetensors")
    machine.world.publish("owner/name", {name: (tmp_path / "model" / name).read_bytes() for name in names})
    pulled, path, kept, offline = machine.run(
        ["pull", "owner/name", YES, "--json"],
        ["path", "owner/name", "--json"],
        ["rm", "old", "--yes"],
        ["pull", "owner/name", "--offline"],
    )
    assert json.loads(path.out)["parts"].keys() == {"network", "vae", "vocoder"}
    assert json.loads(pulled.out)["licence"] == "not stated"
    assert "Keeps voc: owner/name has it too." in kept.err
    assert (kept.code, offline.code) == (0, 0)


def test_repositories_that_are_not_what_they_say(machine: Machine, tmp_path: Path) -> None:
    world = machine.world
    files = repository(tmp_path / "model")
    world.publish("owner/unsafe", {"config.json": files["config.json"], "network.pth": b"x"})
    world.publish("owner/wrong", files)
    world.publish("owner/small", {**files, "config.json": b"{}"})
    world.etags["codec.safetensors"] = "0" * 64
    unsafe, wrong, path = machine.run(
        ["pull", "owner/unsafe", YES], ["pull", "owner/wrong", YES], ["path", "owner/wrong"]
    )
    assert_error(unsafe, "network.pth")
    assert_error(wrong, "owner/wrong/codec.safetensors", "0" * 64)
    assert_error(path, "not on this machine")
    world.etags.clear()
    world.etags["config.json"] = "0" * 40
    small, pulled, verified = machine.run(
        ["pull", "owner/small", YES], ["pull", "owner/wrong", YES], ["verify", "owner/wrong"]
    )
    assert_error(small, "owner/small/config.json")
    assert pulled.code == 5
    world.etags.clear()
    mended, verified = machine.run(["pull", "owner/wrong"], ["verify", "owner/wrong"])
    assert (mended.code, verified.code) == (0, 0)


def test_damage_in_the_cache_of_the_hub(machine: Machine, tmp_path: Path) -> None:
    machine.world.publish("owner/name", repository(tmp_path / "model"))
    _, path = machine.run(["pull", "owner/name", YES], ["path", "owner/name"])
    file = (Path(path.out.strip()) / "network.safetensors").resolve()
    file.write_bytes(bytes(file.stat().st_size))
    damaged, mended, verified = machine.run(["verify"], ["pull", "owner/name"], ["verify"])
    assert damaged.code == 5
    assert "network.safetensors" in damaged.err
    assert (mended.code, verified.code) == (0, 0)


def test_what_others_have_put_into_the_cache_of_the_hub_is_used(machine: Machine) -> None:
    script = "from huggingface_hub import hf_hub_download; hf_hub_download('some/clip', 'merges.txt')"
    subprocess.run([sys.executable, "-c", script], env=machine.environment, check=True, capture_output=True)
    machine.world.requests.clear()
    [ran] = machine.run(["pull", "hub", YES])
    assert ran.code == 0
    assert not any(request.path.startswith("/some/clip") for request in machine.world.requests)
    [kept] = machine.parts.glob("words-*.txt")
    assert kept.read_bytes() == hub_files()["some/clip"]["merges.txt"]


def test_a_file_in_the_working_folder_leads_nowhere(machine: Machine) -> None:
    machine.home.mkdir()
    write_table(machine.home / "weights")
    table = machine.home / "weights" / "registry.toml"
    table.write_text(table.read_text().replace("models.plain", "models.theirs"))
    shutil.copy(table, machine.home)
    [listed] = machine.run(["list", "--json"])
    assert "plain" in states(listed)
    assert "theirs" not in states(listed)
    # Settings that lie beside the films cannot name a mirror.
    (machine.home / "mmhnet.toml").write_text('releases-url = "http://elsewhere.example"\n')
    [refused] = machine.run(["list"])
    assert refused.code == 2
    assert "releases-url" in refused.err
