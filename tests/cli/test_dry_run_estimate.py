"""`generate --dry-run` says what it would take; and the mini takes that."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from mmhnet_cli.cli._estimate import estimate_rows
from mmhnet_cli.models.registry import MODELS
from mmhnet_cli.pipeline.estimate.estimate import Estimate, Plan
from mmhnet_cli.pipeline.estimate.machine import Machine
from tests.cli.conftest import RunCommand

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
    assert list(plan["estimate"]) == ["model", "memory_bytes", "time_s", "fits", "device", "free_bytes"]
    assert (plan["estimate"]["model"], plan["estimate"]["device"]) == ("mini", "cpu")
    assert [model["model"] for model in plan["models"]] == list(MODELS)
    by_name = {model["model"]: model for model in plan["models"]}
    asked = {name: plan["estimate"][name] for name in ("model", "memory_bytes", "time_s", "fits")}
    assert asked == by_name["mini"]
    large = by_name["mmaudio-large-44k"]
    assert large["memory_bytes"] > 10 * asked["memory_bytes"]
    assert large["time_s"] > 10 * asked["time_s"]


def test_estimates_for_people(mmhnet: RunCommand) -> None:
    ran = mmhnet("generate", STREET, "-d", "out", "--device", "cpu", "-n")
    assert ran.code == 0, ran.err
    assert re.search(r"^memory +about \d+ MB of [\d.]+ GB free on cpu: fits$", ran.out, re.MULTILINE)
    assert re.search(r"^time +about \d+ s$", ran.out, re.MULTILINE)
    assert re.search(r"^models that fit +mini \(about \d+ s\)", ran.out, re.MULTILINE)


def test_words() -> None:
    small, large = Estimate("mini", 454_000_000, 7.2, True), Estimate("large", 11_000_000_000, 16_000.0, False)
    middle = Estimate("middle", 2_000_000_000, 600.0, True)
    assert estimate_rows(Plan(Machine("cpu", 4_000_000_000, 1e11), large, (small, middle, large))) == {
        "memory": "about 11.0 GB of 4.0 GB free on cpu: does not fit",
        "time": "about 4 h",
        "models that fit": "mini (about 7 s), middle (about 10 min)",
    }
    gpu = Estimate("large", 6_500_000_000, None, True)
    assert estimate_rows(Plan(Machine("cuda", 8_000_000_000, None), gpu, (gpu,))) == {
        "memory": "about 6.5 GB of 8.0 GB free on cuda: fits",
        "time": "not known",
        "models that fit": "large",
    }
    dark = Estimate("large", 6_500_000_000, None, None)
    assert estimate_rows(Plan(Machine("cuda", None, None), dark, (dark,))) == {
        "memory": "about 6.5 GB of an unknown amount free on cuda",
        "time": "not known",
        "models that fit": "not known",
    }
    assert estimate_rows(Plan(Machine("cpu", 1_000, 1e11), large, (large,)))["models that fit"] == "none"


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
