"""No file and no function of the package is longer than somebody reads at once."""

import ast
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "mmhnet_cli"
MOST_LINES, MOST_LINES_OF_A_FUNCTION = 300, 60


def test_files_and_functions_are_short() -> None:
    long = []
    for path in PACKAGE.rglob("*.py"):
        text = path.read_text("utf-8")
        if len(text.splitlines()) > MOST_LINES:
            long.append(str(path))
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert node.end_lineno is not None
                if node.end_lineno - node.lineno >= MOST_LINES_OF_A_FUNCTION:
                    long.append(f"{path}: {node.name}")
    assert long == []
