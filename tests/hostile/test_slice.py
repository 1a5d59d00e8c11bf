"""The first cases of every kind of hostile input, as `python -m benchmarks.hostile` runs them; it has the rest."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.processes

ROOT = Path(__file__).parents[2]
JOBS = 2

if sys.platform != "linux":
    pytest.skip("processes are watched as Linux lets them be", allow_module_level=True)


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "cases"), [("films", 100), ("models", 30), ("reports", 20), ("manifests", 20)])
def test_nothing_hostile_is_met_unforeseen(kind: str, cases: int, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "benchmarks.hostile", "--kind", kind, "--cases", cases, "--jobs", JOBS]
    done = subprocess.run(
        [*map(str, command), "--folder", str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    # A table that is empty proves nothing: some of the cases are fine, and some are refused.
    _, name, run, fine, refused, *_ = (cell.strip() for cell in done.stdout.splitlines()[2].split("|"))
    assert (name, int(run)) == (kind, cases)
    assert int(fine) > 0
    assert int(refused) > 0
