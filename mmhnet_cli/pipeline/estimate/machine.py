"""What this machine has to run a model on, found out without loading torch."""

import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from itertools import islice
from pathlib import Path

import numpy as np

MEMORY_FILE = Path("/proc/meminfo")

GPU_QUERY = "--query-gpu=memory.free,compute_cap"
GPU_TIMEOUT_S = 5
BF16_CAPABILITY = 8.0
"""From this compute capability on, CUDA devices have bfloat16."""

PRODUCT_SIDE = 512
PRODUCT_TRIAL_S = 0.1


@dataclass(frozen=True)
class Machine:
    """The device a model would run on.

    kind: "cpu", "cuda" or "mps". free_bytes: memory that is free on it. operations_per_s: of a large matrix product in
    float32. half: whether networks run in half precision unless told otherwise. gpus: from which there is a choice, as
    CUDA_VISIBLE_DEVICES names them. None is not known.
    """

    kind: str
    free_bytes: int | None
    operations_per_s: float | None
    half: bool = False
    gpus: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Gpu:
    free_bytes: int
    half: bool


def find_machine(device: str, visible: str | None = None) -> Machine:
    """Describe the device called `device`, as `choose_device` would choose it. How fast a GPU is only torch could tell.

    visible: CUDA_VISIBLE_DEVICES, where it is set.
    """
    kind, _, index = device.partition(":")
    gpus = _visible_gpus(_nvidia_gpus(), visible) if kind in ("auto", "cuda") else {}
    if kind == "cuda" or (kind == "auto" and gpus and _torch_has_cuda()):
        gpu = next(islice(gpus.values(), int(index or 0), None), None)
        names = () if index else tuple(gpus)
        if gpu is None:
            return Machine("cuda", None, None, True, names)
        return Machine("cuda", gpu.free_bytes, None, gpu.half, names)
    if kind == "mps" or (kind == "auto" and (sys.platform, platform.machine()) == ("darwin", "arm64")):
        # It shares the memory of the processor.
        return Machine("mps", free_memory(), None)
    return Machine("cpu", free_memory(), matrix_product_rate())


def free_memory() -> int | None:
    """Return the bytes that a program can have without pushing out others; None where the system does not say."""
    try:
        for line in MEMORY_FILE.read_text(encoding="ascii").splitlines():
            name, _, value = line.partition(":")
            if name == "MemAvailable":
                return int(value.split()[0]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    try:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return None


def matrix_product_rate() -> float:
    """Measure operations per second of a large float32 product, on all cores, busy as they are: the best of 0.1 s."""
    factor = np.ones((PRODUCT_SIDE, PRODUCT_SIDE), dtype=np.float32)
    best_s = float("inf")
    began = time.perf_counter()
    while time.perf_counter() - began < PRODUCT_TRIAL_S:
        start = time.perf_counter()
        np.matmul(factor, factor)
        best_s = min(best_s, time.perf_counter() - start)
    return 2 * PRODUCT_SIDE**3 / best_s


def _torch_has_cuda() -> bool:
    # Builds without CUDA say so in their version.
    return not metadata.version("torch").endswith("+cpu")


def _visible_gpus(gpus: Sequence[_Gpu], visible: str | None) -> dict[str, _Gpu | None]:
    """Return the GPUs that CUDA shows a program, by the names it takes; None for those without a number."""
    numbered = {str(number): gpu for number, gpu in enumerate(gpus)}
    if visible is None:
        return dict(numbered)
    shown: dict[str, _Gpu | None] = {}
    for name in map(str.strip, visible.split(",")):
        # As CUDA reads the list, nothing counts from the first name on that is of no GPU.
        if name not in numbered and not name.startswith(("GPU-", "MIG-")):
            break
        shown[name] = numbered.get(name)
    return shown


def _nvidia_gpus() -> list[_Gpu]:
    """Return what NVIDIA's own program says of each device; nothing where it is missing or fails."""
    found = shutil.which("nvidia-smi")
    # As for ffmpeg: a program that lies beside the films must not be run.
    if found is None or Path(found).absolute().parent == Path.cwd():
        return []
    command = [str(Path(found).absolute()), GPU_QUERY, "--format=csv,noheader,nounits"]
    try:
        said = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=GPU_TIMEOUT_S, check=True
        ).stdout.decode(errors="replace")
        rows = [line.split(",") for line in said.splitlines()]
        return [_Gpu(int(free) << 20, float(capability) >= BF16_CAPABILITY) for free, capability in rows]
    except (OSError, subprocess.SubprocessError, ValueError):
        return []
