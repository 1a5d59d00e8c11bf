"""Who may import whom. The table is the architecture; the walk reads every import of the package."""

import ast
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "mmhnet_cli"

FOUNDATION = {
    "errors",
    "fields",
    "timeline",
    "timecode",
    "options",
    "cores",
    "processes",
    "cluster",
    "regular_file",
    "products",
}
SECOND = {"model", "flow", "audio"}
THIRD = {"models", "media"}
FOURTH = {"encoders", "codec"}
BELOW_FIFTH = FOUNDATION | SECOND | THIRD | FOURTH | {"hearing"}
INSIDE = {
    "errors": set(),
    "fields": {"errors"},
    "cores": set(),
    "processes": {"errors"},
    "cluster": {"errors"},
    "regular_file": set(),
    "products": set(),
    "timeline": {"errors", "fields"},
    "timecode": {"timeline"},
    "options": {"errors", "fields", "timeline"},
    **dict.fromkeys(SECOND | {"media"}, FOUNDATION),
    # What a model is begins with the sizes of its network, which load no torch.
    "models": FOUNDATION | {"model"},
    **dict.fromkeys(FOURTH, FOUNDATION | SECOND | THIRD),
    "hearing": FOUNDATION | SECOND | THIRD | FOURTH,
    "pipeline": BELOW_FIFTH,
    "training": BELOW_FIFTH,
    "evaluation": BELOW_FIFTH,
    "api": BELOW_FIFTH | {"pipeline"},
    "bridges": BELOW_FIFTH | {"pipeline"},
    "audition": BELOW_FIFTH | {"pipeline"},
    "cli": BELOW_FIFTH | {"pipeline", "training", "evaluation", "audition"},
}
OUTSIDE = {
    "errors": set(),
    "fields": set(),
    "cores": set(),
    "processes": set(),
    "cluster": {"ray"},
    "regular_file": set(),
    "products": {"torch"},
    "timeline": set(),
    "timecode": set(),
    "options": set(),
    "model": {"torch", "mamba_ssm"},
    "flow": {"torch"},
    "audio": {"numpy", "scipy", "soxr", "pyloudnorm"},
    "models": {"torch", "safetensors", "huggingface_hub"},
    "media": {"numpy", "av", "soundfile", "imageio_ffmpeg"},
    "encoders": {"torch", "numpy"},
    "codec": {"torch", "numpy"},
    "hearing": {"torch", "numpy"},
    "pipeline": {"torch", "numpy", "filelock", "ray", "opentimelineio", "aaf2"},
    "training": {"torch", "numpy", "scipy", "av", "matplotlib", "accelerate", "tensorboard", "ray"},
    "evaluation": {"torch", "numpy", "scipy", "matplotlib"},
    "api": {"torch", "numpy"},
    "bridges": {"torch", "numpy", "moviepy"},
    "audition": {"numpy", "starlette", "uvicorn", "anyio"},
    "cli": {"typer", "rich", "platformdirs", "torch", "huggingface_hub", "starlette", "uvicorn"},
}


ROOMS = {
    "asking": {"request"},
    "request": {"asking"},
    "estimate": {"asking", "request"},
    "making": {"asking", "request", "estimate"},
    "delivery": {"asking", "request", "making"},
    "generate": {"request", "making", "delivery"},
    "session": {"asking", "request", "making", "delivery", "generate"},
    "batch": {"asking", "request", "estimate", "making", "delivery", "generate"},
}
"""Of `pipeline`: which may use which. The files of `asking` and `request` take turns, without a cycle."""


def files() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE or not path.stem.startswith("__"))


@cache
def imports(path: Path) -> tuple[str, ...]:
    found: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            # `from mmhnet_cli.pipeline import sound` names the part in its second half.
            found += (f"{node.module}.{alias.name}" for alias in node.names)
    return tuple(found)


def part_of(path: Path) -> str:
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


def test_the_walk_sees_the_package() -> None:
    assert {part_of(path) for path in files()} == set(INSIDE) == set(OUTSIDE)
    assert "mmhnet_cli.errors.FilmNotFound" in imports(PACKAGE / "media" / "source.py")


def test_imports_respect_the_layers() -> None:
    assert [f"{path} imports {name}" for path in files() for name in imports(path) if not is_allowed(path, name)] == []


def is_allowed(path: Path, name: str) -> bool:
    part, (first, _, rest) = part_of(path), name.partition(".")
    if first == "mmhnet_cli":
        return rest.split(".")[0] in INSIDE[part] | {part, "__version__"}
    return first in sys.stdlib_module_names or first in OUTSIDE[part]


def modules() -> dict[str, set[str]]:
    """Every file of the package by its import name, and those that it imports, also while types are checked."""
    names = {name_of(path): path for path in PACKAGE.rglob("*.py")}
    found: dict[str, set[str]] = {}
    for name, path in names.items():
        # `from mmhnet_cli.errors import FilmNotFound`: a name of a file, or of what stands in it.
        targets = {target if target in names else target.rpartition(".")[0] for target in imports(path)}
        found[name] = {target for target in targets if target in names} - {name}
    return found


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def test_no_file_imports_itself_through_others() -> None:
    left = modules()
    while free := {name for name, targets in left.items() if not targets & left.keys()}:
        left = {name: targets for name, targets in left.items() if name not in free}
    assert sorted(left) == []


def test_rooms_of_the_pipeline() -> None:
    inside = {name: targets for name, targets in modules().items() if name.startswith("mmhnet_cli.pipeline.")}
    assert {room_of(name) for name in inside} == set(ROOMS)
    for name, targets in inside.items():
        for target in targets & inside.keys():
            assert room_of(target) in ROOMS[room_of(name)] | {room_of(name)}, f"{name} imports {target}"


def room_of(name: str) -> str:
    return name.split(".")[2]


def is_program(path: Path) -> bool:
    """A file that is run by itself is its own command line."""
    return 'if __name__ == "__main__":' in path.read_text(encoding="utf-8")


def test_below_the_command_line_nothing_prints_or_reads_the_environment() -> None:
    below = [path for path in files() if part_of(path) != "cli" and not is_program(path)]
    assert [f"{path}:{line}" for path in below for line in loud_lines(path.read_text(encoding="utf-8"))] == []


def loud_lines(source: str) -> Iterator[int]:
    """Lines that print, ask, read the environment or keep state in their module."""
    nodes = list(ast.walk(ast.parse(source)))
    # A process of ours may set what the libraries that it loads read.
    set_here = {id(node.value) for node in nodes if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store)}
    for node in nodes:
        calls = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        prints = calls and node.func.id in {"print", "input", "breakpoint"}
        reads = isinstance(node, ast.Attribute) and id(node) not in set_here and node.attr in {"environ", "getenv"}
        if prints or reads or isinstance(node, ast.Global):
            yield node.lineno


def test_the_walks_find_what_they_look_for() -> None:
    source = "import os\nos.environ['A'] = '1'\nprint(os.environ['A'])\ndef f():\n    global x\nos.getenv('A')\n"
    assert sorted(set(loud_lines(source))) == [3, 5, 6]
    assert not is_allowed(PACKAGE / "audio" / "level.py", "torch")
    assert not is_allowed(PACKAGE / "audio" / "level.py", "mmhnet_cli.media.probe")
    assert is_allowed(PACKAGE / "audio" / "level.py", "mmhnet_cli.audio.limiter")


def test_every_package_is_installed() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    found = {".".join(path.parent.relative_to(ROOT).parts) for path in PACKAGE.rglob("__init__.py")}
    mapped = set(settings["package-dir"])
    assert set(settings["packages"]) == found | mapped
    assert all((ROOT / folder).is_dir() for folder in settings["package-dir"].values())


def test_dependencies_are_declared_and_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = {line.split("==")[0].lower().replace("_", "-") for line in lines}
    assert "torch==2.13.0" in lines
    for requirement in (*project["dependencies"], *project["optional-dependencies"]["dev"]):
        name = requirement.split(">")[0].strip().lower().replace("_", "-")
        assert name in pinned, requirement


def needed(roots: list[str]) -> set[str]:
    """What these requirements need here, and what that needs in turn; by the names that indexes use."""
    found: set[str] = set()
    waiting = [Requirement(text) for text in roots]
    while waiting:
        one = waiting.pop()
        name = canonicalize_name(one.name)
        if name in found or (one.marker and not one.marker.evaluate({"extra": ""})):
            continue
        found.add(name)
        try:
            inner = [Requirement(text) for text in requires(name) or ()]
        except PackageNotFoundError:
            continue
        extras = ["", *one.extras]
        waiting += [r for r in inner if not r.marker or any(r.marker.evaluate({"extra": extra}) for extra in extras)]
    return found


def test_only_what_is_needed_is_pinned() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").split()
    pinned = {canonicalize_name(name): release for name, _, release in (line.partition("==") for line in lines)}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    roots = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    for root in map(Requirement, roots):
        if version(root.name).partition("+")[0] != pinned[canonicalize_name(root.name)]:
            pytest.skip(f"{root.name} is another release here, and needs other packages")
    assert pinned.keys() - needed(roots) == set()
