"""`mmhnet doctor`: what this machine has, and what is missing."""

import os
import platform
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from mmhnet_cli import __version__
from mmhnet_cli.cli._output import aligned
from mmhnet_cli.cli._session import Session
from mmhnet_cli.cores import count_cores
from mmhnet_cli.errors import FfmpegMissing, WeightsMissing
from mmhnet_cli.options.request import Ffmpeg

HELP = """Show what this machine has: device, kernels, ffmpeg, models, disk."""
EXAMPLES = """Examples:

mmhnet doctor

mmhnet doctor --json
"""

Check = tuple[str, bool, str]


def doctor(session: Session, ffmpeg: Ffmpeg = None) -> None:
    """Print what this machine has, and what is missing."""
    checks = [
        ("mmhnet", True, __version__),
        ("Python", True, f"{platform.python_version()} on {platform.system()} {platform.machine()}"),
        ("cores", True, f"{count_cores()} that this program may use, of {os.cpu_count()}"),
        *_devices(),
        *_kernels(),
        *_ffmpeg(ffmpeg),
        *_models(),
        *_folders(),
    ]
    if session.output.mode == "json":
        for name, ok, detail in checks:
            session.output.result("", {"type": "check", "name": name, "ok": ok, "detail": detail})
    else:
        session.output.result(aligned([("ok" if ok else "--", name, detail) for name, ok, detail in checks]), {})


def _devices() -> Iterator[Check]:
    import torch

    yield "PyTorch", True, f"{torch.__version__}, {torch.get_num_threads()} threads"
    if torch.cuda.is_available():
        for index in range(torch.cuda.device_count()):
            properties = torch.cuda.get_device_properties(index)
            yield f"cuda:{index}", True, f"{properties.name}, {properties.total_memory / 2**30:.0f} GiB"
    else:
        reason = "this PyTorch is built without CUDA" if torch.version.cuda is None else "no usable NVIDIA driver"
        yield "cuda", False, reason
    if sys.platform == "darwin":
        yield "mps", torch.backends.mps.is_available(), "Apple GPU"
    yield "cpu", True, platform.processor() or platform.machine()


def _kernels() -> Iterator[Check]:
    import importlib.util

    import torch

    if importlib.util.find_spec("mamba_ssm") is None:
        yield "mamba-ssm", False, "not installed; PyTorch does the same work"
    elif not torch.cuda.is_available():
        yield "mamba-ssm", False, "installed, but it needs CUDA; PyTorch does the same work"
    else:
        yield "mamba-ssm", True, "installed, used on CUDA"


def _ffmpeg(named: Path | None) -> Iterator[Check]:
    from mmhnet_cli.media.ffmpeg import find_ffmpeg

    try:
        program = find_ffmpeg(named)
    except FfmpegMissing as error:
        yield "ffmpeg", False, f"not found ({error.looked}); films cannot be written, WAV files can"
    else:
        yield "ffmpeg", True, f"{program.version}, from {program.origin}: {program.path}"


def _models() -> Iterator[Check]:
    from mmhnet_cli.models.registry import MODELS, find_model

    for name, entry in MODELS.items():
        try:
            yield f"model {name}", True, f"{entry.summary}: {find_model(name).path}"
        except WeightsMissing:
            yield f"model {name}", False, f"{entry.summary}: not on this machine"


def _folders() -> Iterator[Check]:
    from huggingface_hub import constants

    cache = Path(constants.HF_HUB_CACHE)
    yield "cache", cache.is_dir(), str(cache)
    free = shutil.disk_usage(Path.cwd()).free
    yield "disk", free > 1 << 30, f"{free / 2**30:.1f} GiB free in the working folder"
