"""What is built from the repository: an archive with everything, and a wheel that works where it is put."""

import os
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

from mmhnet_cli import __version__
from mmhnet_cli.audition.app import PAGE

pytestmark = pytest.mark.processes

ROOT = Path(__file__).parents[2]
BUILD = "import sys, setuptools.build_meta as b; b.build_sdist(sys.argv[1])"


def run(folder: Path, *command: object) -> str:
    ran = subprocess.run([*map(str, command)], cwd=folder, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source archive, built from a copy of what git would track, as a build leaves files where it runs."""
    if not (ROOT / ".git").exists():
        pytest.skip("this is not a clone")
    source, folder = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("archive")
    for name in run(ROOT, "git", "ls-files", "-co", "--exclude-standard", "-z").rstrip("\0").split("\0"):
        if (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).hardlink_to(ROOT / name)
    run(source, sys.executable, "-c", BUILD, folder)
    [path] = folder.glob("*.tar.gz")
    return path


@pytest.fixture(scope="module")
def wheel(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the archive and nothing else."""
    folder = tmp_path_factory.mktemp("wheel")
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    [source] = folder.iterdir()
    run(source, sys.executable, "-c", BUILD.replace("sdist", "wheel"), folder)
    [path] = folder.glob("*.whl")
    return path


def test_the_archive_has_what_a_clone_has(archive: Path) -> None:
    with tarfile.open(archive) as tar:
        names = {name.partition("/")[2] for name in tar.getnames()}
    tracked = set(run(ROOT, "git", "ls-files", "-z").rstrip("\0").split("\0"))
    assert {name for name in tracked - names if not name.startswith(".")} == set()


def test_the_wheel_has_weights_licences_and_types(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as file:
        names = file.namelist()
        [metadata] = [file.read(name).decode() for name in names if name.endswith(".dist-info/METADATA")]
    info = f"mmhnet-{__version__}.dist-info/licenses"
    licences = {f"{info}/LICENSE", f"{info}/LICENSES/CC0-1.0.txt", f"{info}/LICENSES/Apache-2.0.txt"}
    licences.add(f"{info}/LICENSES/BSD-3-Clause.txt")
    page = {f"mmhnet_cli/audition/page/{name}" for name, _ in PAGE.values()}
    weights = {f"mmhnet_cli/_weights/mini/{part}.safetensors" for part in ("network", "codec", "words")}
    tables = {f"mmhnet_cli/encoders/{name}" for name in ("kinds.toml", "sounding.tsv", "degrees.toml", "others.txt")}
    assert licences | weights | tables | page | {"mmhnet_cli/py.typed"} <= set(names)
    assert not [name for name in names if name.startswith("tests/")]
    assert "License-Expression: MIT AND CC0-1.0 AND Apache-2.0 AND BSD-3-Clause\n" in metadata


def test_the_wheel_runs_where_it_is_put(wheel: Path, tmp_path: Path) -> None:
    target = tmp_path / "target"
    with zipfile.ZipFile(wheel) as file:
        file.extractall(target)
    script = "import sys, mmhnet_cli.cli.app as a; print(a.__file__); sys.exit(a.main(['--version']))"
    ran = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(target)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout == f"{target}/mmhnet_cli/cli/app.py\nmmhnet {__version__}\n"


def test_the_page_of_the_package_has_no_links_that_break_elsewhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    targets = re.findall(r"\]\(([^)]+)\)", (ROOT / project["readme"]).read_text("utf-8"))
    assert targets and all(target.startswith("https://") for target in targets)


def test_the_lowest_versions_are_those_that_are_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    pinned = dict(line.split("==") for line in (ROOT / "constraints-lowest.txt").read_text("utf-8").split())
    extras = project["optional-dependencies"]
    tested = [
        needed for extra in ("ray", "train", "tensorboard", "otio", "aaf", "audition") for needed in extras[extra]
    ]
    for requirement in [*project["dependencies"], *tested]:
        name, _, version = requirement.partition(",")[0].partition(">=")
        low = [int(part) for part in version.split(".")]
        found = [int(part) for part in pinned[name].split(".")]
        assert found[: len(low)] == low and not any(found[len(low) :]), requirement
