"""`generate --dry-run` says what it would take; and the mini takes that."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from mmhnet_cli.cli._estimate import estimate_rows
from mmhnet_cli.pipeline.estimate.estimate import Estimate
from mmhnet_cli.pipeline.estimate.machine import Machine
from tests.cli.conftest import RunCommand

pytestmark = pytest.mark.processes

ROOT = Path(__file__).parents[2]
STREET = ROOT / "examples" / "rain_street.mp4"


def run(script: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


def test_estimates_for_scripts_without_torch() -> None:
    script = (
        "import sys; from mmhnet_cli.cli.app import main; code = main(sys.argv[1:]);"
        "assert not {'torch', 'scipy'} & set(sys.modules); sys.exit(code)"
    )
    ran = run(script, "generate", STREET, "-d", "out", "--device", "cpu", "-n", "--json")
    assert (ran.returncode, ran.stderr) == (0, "")
    plan = json.loads(ran.stdout)
    assert list(plan["estimate"]) == ["model", "memory_bytes", "time_s", "windows", "fits", "device", "free_bytes"]
    assert (plan["estimate"]["model"], plan["estimate"]["device"]) == ("mini", "cpu")
    assert (plan["estimate"]["windows"], plan["estimate"]["fits"]) == (1, True)


def test_estimates_for_people(mmhnet: RunCommand) -> None:
    ran = mmhnet("generate", STREET, "-d", "out", "--device", "cpu", "-n")
    assert ran.code == 0, ran.err
    assert re.search(r"^memory +about \d+ MB of [\d.]+ GB free on cpu: fits$", ran.out, re.MULTILINE)
    assert re.search(r"^time +about \d+ (s|min)$", ran.out, re.MULTILINE)
    assert re.search(r"^windows +1, the whole film at once$", ran.out, re.MULTILINE)
    # Other models are not spoken of: most of them nobody can have.
    assert "mmaudio" not in ran.out


def test_words() -> None:
    large = Estimate("large", 11_000_000_000, 16_000.0, 451, False)
    assert estimate_rows(large, Machine("cpu", 4_000_000_000, 1e11)) == {
        "memory": "about 11.0 GB of 4.0 GB free on cpu: does not fit",
        "time": "about 4 h",
        "windows": "451",
    }
    gpu = Estimate("large", 6_500_000_000, None, 1, True)
    assert estimate_rows(gpu, Machine("cuda", 8_000_000_000, None)) == {
        "memory": "about 6.5 GB of 8.0 GB free on cuda: fits",
        "time": "not known",
        "windows": "1, the whole film at once",
    }
    dark = Estimate("small", 454_000_000, 600.0, 1, None)
    assert estimate_rows(dark, Machine("cuda", None, None)) == {
        "memory": "about 454 MB of an unknown amount free on cuda",
        "time": "about 10 min",
        "windows": "1, the whole film at once",
    }


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the unit of the peak differs")
def test_the_mini_takes_what_was_estimated() -> None:
    """Processor time, because the machine may have other work, and one step, because that is the same at each."""
    script = (
        "import sys, resource, json; from mmhnet_cli.cli.app import main; code = main(sys.argv[1:]);"
        "used = resource.getrusage(resource.RUSAGE_SELF);"
        # Not ru_maxrss, which begins with what the process that started this one had.
        "[peak] = [line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')];"
        "print(json.dumps([int(peak) * 1024, used.ru_utime + used.ru_stime])); sys.exit(code)"
    )
    arguments = ("generate", STREET, "-d", "out", "--device", "cpu", "--steps", "8", "--json")
    planned = json.loads(run(script, *arguments, "-n").stdout.splitlines()[0])["estimate"]
    ran = run(script, *arguments)
    assert ran.returncode == 0, ran.stderr
    peak_bytes, time_s = json.loads(ran.stdout.splitlines()[-1])
    assert peak_bytes / 1.5 < planned["memory_bytes"] < 1.5 * peak_bytes
    # Leaves room for a machine that is slowed down by its neighbours.
    assert time_s / 3 < planned["time_s"] < 3 * time_s
