import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mmhnet_cli.pipeline.estimate import machine
from mmhnet_cli.pipeline.estimate.machine import Machine, find_machine, free_memory, matrix_product_rate

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the programs of these tests are shell scripts")


@pytest.fixture
def nvidia_smi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Puts a program of that name on PATH, which runs these lines of shell."""

    def put(*lines: str) -> None:
        program = tmp_path / "bin" / "nvidia-smi"
        program.parent.mkdir()
        program.write_text("\n".join(["#!/bin/sh", *lines]) + "\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}/usr/bin{os.pathsep}/bin")

    return put


def test_two_gpus(nvidia_smi: Callable[..., None]) -> None:
    nvidia_smi(
        '[ "$1 $2" = "--query-gpu=memory.free,compute_cap --format=csv,noheader,nounits" ] || exit 1',
        "echo '8000, 7.5'",
        "echo '16000, 8.9'",
    )
    assert find_machine("cuda") == Machine("cuda", 8000 << 20, None, False, ("0", "1"))
    assert find_machine("cuda:0") == Machine("cuda", 8000 << 20, None, False)
    assert find_machine("cuda:1") == Machine("cuda", 16000 << 20, None, True)
    assert find_machine("cuda:2") == Machine("cuda", None, None, True)
    assert find_machine("cpu").kind == "cpu"


@pytest.mark.parametrize(
    ("visible", "expected"),
    [
        ("1", Machine("cuda", 16000 << 20, None, True, ("1",))),
        ("1, 0", Machine("cuda", 16000 << 20, None, True, ("1", "0"))),
        ("GPU-5f2a,1", Machine("cuda", None, None, True, ("GPU-5f2a", "1"))),
        ("0,2,1", Machine("cuda", 8000 << 20, None, False, ("0",))),
        ("-1", Machine("cuda", None, None, True)),
        ("", Machine("cuda", None, None, True)),
    ],
)
def test_gpus_that_are_shown(
    nvidia_smi: Callable[..., None], monkeypatch: pytest.MonkeyPatch, visible: str, expected: Machine
) -> None:
    nvidia_smi("echo '8000, 7.5'", "echo '16000, 8.9'")
    assert find_machine("cuda", visible) == expected
    monkeypatch.setattr("importlib.metadata.version", lambda name: {"torch": "2.13.0"}[name])
    assert (find_machine("auto", visible) == expected) == bool(expected.gpus)


def test_a_number_counts_among_the_gpus_that_are_shown(nvidia_smi: Callable[..., None]) -> None:
    nvidia_smi("echo '8000, 7.5'", "echo '16000, 8.9'")
    assert find_machine("cuda:1", "1,0") == Machine("cuda", 8000 << 20, None, False)


@pytest.mark.parametrize("lines", [["exit 9"], ["echo '[N/A], 9.0'"], ["echo '8000'"]])
def test_a_gpu_that_does_not_say(nvidia_smi: Callable[..., None], lines: list[str]) -> None:
    nvidia_smi(*lines)
    assert find_machine("cuda") == Machine("cuda", None, None, True)
    assert find_machine("auto").kind != "cuda"


@pytest.mark.parametrize(("version", "kind"), [("2.13.0+cpu", "cpu"), ("2.13.0", "cuda"), ("2.13.0+cu126", "cuda")])
@pytest.mark.skipif(sys.platform == "darwin", reason="there the choice is between mps and cpu")
def test_auto_takes_a_gpu_that_torch_can_use(
    nvidia_smi: Callable[..., None], monkeypatch: pytest.MonkeyPatch, version: str, kind: str
) -> None:
    nvidia_smi("echo '8000, 8.0'")
    monkeypatch.setattr("importlib.metadata.version", lambda name: {"torch": version}[name])
    assert find_machine("auto").kind == kind


def test_a_program_in_the_working_folder_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "nvidia-smi"
    program.write_text("#!/bin/sh\ntouch ran\n")
    program.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_machine("cuda").free_bytes is None
    assert not Path("ran").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="as Linux writes it")
def test_memory_that_is_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    assert 0 < free_memory() < total
    listed = tmp_path / "meminfo"
    listed.write_text("MemTotal:       24681472 kB\nMemFree:         100 kB\nMemAvailable:   2000000 kB\n")
    monkeypatch.setattr(machine, "MEMORY_FILE", listed)
    assert free_memory() == 2_048_000_000
    monkeypatch.setattr(machine, "MEMORY_FILE", tmp_path / "none")
    assert 0 < free_memory() < total


def test_rate_of_a_product() -> None:
    assert 1e8 < matrix_product_rate() < 1e14
