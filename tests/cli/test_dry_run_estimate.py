"""`generate --dry-run` says what it would take; and the mini takes that."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from mmhnet_cli.cli._estimate import estimate_rows
from mmhnet_cli.options import GenerateRequest, SamplerOptions
from mmhnet_cli.pipeline.asking.prepare import prepare
from mmhnet_cli.pipeline.estimate.estimate import Estimate, estimate
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


# Runs the command of its arguments; its last line is the memory it had at most, the time that it took of the processor,
# and how many operations of a large product the same processor does in a second of its time, before and afterwards.
MEASURED = """
import json, resource, sys, time
import numpy as np
factor = np.ones((512, 512), np.float32)
def products(count=40):
    began = time.process_time()
    for _ in range(count):
        np.matmul(factor, factor)
    return 2 * 512**3 * count / (time.process_time() - began)
before = products()
from mmhnet_cli.cli.app import main
began = resource.getrusage(resource.RUSAGE_SELF)
code = main(sys.argv[1:])
ended = resource.getrusage(resource.RUSAGE_SELF)
# Not ru_maxrss, which begins with what the process that started this one had.
[peak] = [line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')]
used = ended.ru_utime + ended.ru_stime - began.ru_utime - began.ru_stime
print(json.dumps([int(peak) * 1024, used, 2 / (1 / before + 1 / products())]))
sys.exit(code)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the unit of the peak differs")
def test_the_mini_takes_what_was_estimated() -> None:
    """In time of the processor, against that of a product beside it: other work makes both slower alike."""
    ran = run(MEASURED, "generate", STREET, "-d", "out", "--device", "cpu", "--steps", "8", "--json")
    assert ran.returncode == 0, ran.stderr
    peak_bytes, time_s, operations_per_s = json.loads(ran.stdout.splitlines()[-1])
    job = prepare(GenerateRequest(STREET, sampler=SamplerOptions(steps=8), device="cpu"))
    planned = estimate(job, Machine("cpu", None, operations_per_s))
    assert planned.time_s is not None
    assert peak_bytes / 1.5 < planned.memory_bytes < 1.5 * peak_bytes
    assert time_s / 2 < planned.time_s < 2 * time_s
