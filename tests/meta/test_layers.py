"""Who may import whom. The table is the architecture; the walk reads every import of the package."""

import ast
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "mmhnet_cli"

FOUNDATION = {"errors", "fields", "timeline", "timecode", "options", "cores", "regular_file"}
SECOND = {"model", "flow", "audio"}
THIRD = {"models", "media"}
FOURTH = {"encoders", "codec"}
BELOW_FIFTH = FOUNDATION | SECOND | THIRD | FOURTH
INSIDE = {
    "errors": set(),
    "fields": {"errors"},
    "cores": set(),
    "regular_file": set(),
    "timeline": {"errors", "fields"},
    "timecode": {"timeline"},
    "options": {"errors", "fields", "timeline"},
    **dict.fromkeys(SECOND | {"media"}, FOUNDATION),
    # What a model is begins with the sizes of its network, which load no torch.
    "models": FOUNDATION | {"model"},
    **dict.fromkeys(FOURTH, FOUNDATION | SECOND | THIRD),
    "pipeline": BELOW_FIFTH,
    "training": BELOW_FIFTH,
    "api": BELOW_FIFTH | {"pipeline"},
    "bridges": BELOW_FIFTH | {"pipeline"},
    "cli": BELOW_FIFTH | {"pipeline", "training"},
}
OUTSIDE = {
    "errors": set(),
    "fields": set(),
    "cores": set(),
    "regular_file": set(),
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
    "pipeline": {"torch", "numpy", "filelock", "ray", "opentimelineio", "aaf2"},
    "training": {"torch", "numpy", "scipy", "av", "matplotlib"},
    "api": {"torch", "numpy"},
    "bridges": {"torch", "numpy", "moviepy"},
    "cli": {"typer", "rich", "platformdirs", "torch", "huggingface_hub"},
}


ROOMS = {
    "asking": {"request"},
    "request": {"asking"},
    "estimate": {"asking", "request"},
    "making": {"asking", "request", "estimate"},
    "delivery": {"asking", "request", "making"},
    "generate": {"request", "making", "delivery"},
    "session": {"asking", "request"},
    "batch": {"asking", "request", "estimate", "making", "delivery", "generate"},
}
"""Of `pipeline`: which may use which. The files of `asking` and `request` take turns, without a cycle."""


def files() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE or not path.stem.startswith("__"))


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            # `from mmhnet_cli.pipeline import sound` names the part in its second half.
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def part_of(path: Path) -> str:
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


def test_the_walk_sees_the_package() -> None:
    assert {part_of(path) for path in files()} == set(INSIDE) == set(OUTSIDE)
    assert "mmhnet_cli.errors.FilmNotFound" in imports(PACKAGE / "media" / "source.py")


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_respect_the_layers(path: Path) -> None:
    part = part_of(path)
    for name in imports(path):
        first, _, rest = name.partition(".")
        if first == "mmhnet_cli":
            target = rest.split(".")[0]
            assert target in INSIDE[part] | {part, "__version__"}, f"{part} imports {name}"
        elif first not in sys.stdlib_module_names:
            assert first in OUTSIDE[part], f"{part} imports {name}"


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


@pytest.mark.parametrize(
    "path",
    [path for path in files() if part_of(path) != "cli" and not is_program(path)],
    ids=lambda path: str(path.relative_to(PACKAGE)),
)
def test_below_the_command_line_nothing_prints_or_reads_the_environment(path: Path) -> None:
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    # A process of ours may set what the libraries that it loads read.
    set_here = [node.value for node in nodes if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store)]
    for node in nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in {"print", "input", "breakpoint"}, f"line {node.lineno}"
        if isinstance(node, ast.Attribute) and node not in set_here:
            assert node.attr not in {"environ", "getenv"}, f"line {node.lineno}"
        assert not isinstance(node, ast.Global), f"line {node.lineno}"


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
