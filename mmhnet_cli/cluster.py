"""A Ray cluster that is there: joining it, and how it is divided among workers."""

import logging
import signal
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from mmhnet_cli.errors import BadOption

if TYPE_CHECKING:
    from ray.exceptions import RayError

CONNECT_S = 10.0
"""The head of a cluster may take so long to answer."""

Resources = Mapping[str, float]
"""What a machine has to give, as Ray names it: "CPU", "GPU"."""


@dataclass(frozen=True)
class Share:
    """How a cluster is divided: so many workers, each with so many processors and GPUs."""

    workers: int
    cpus: int
    gpus: int


def share(machines: Sequence[Resources], jobs: int | None) -> Share:
    """Divide a cluster into `jobs` workers, or one per GPU, or as many as machines where no machine has a GPU.

    Workers beyond what the machines have wait for others to come. Each gets the most processors that all of them can
    have.
    """
    with_gpus = [machine for machine in machines if machine.get("GPU", 0) >= 1]
    if with_gpus:
        gpus = sum(int(machine["GPU"]) for machine in with_gpus)
        return Share(jobs or gpus, min(int(machine.get("CPU", 0) // machine["GPU"]) for machine in with_gpus), 1)
    processors = [int(machine["CPU"]) for machine in machines if machine.get("CPU", 0) >= 1]
    workers = jobs or max(1, len(processors))
    fitting = (cpus for cpus in range(max(processors, default=1), 0, -1) if _places(processors, cpus) >= workers)
    return Share(workers, next(fitting, 1), 0)


def _places(processors: Sequence[int], cpus: int) -> int:
    return sum(count // cpus for count in processors)


def machines() -> list[Resources]:
    """Return what each machine of the cluster that was joined has to give."""
    import ray

    return [node["Resources"] for node in ray.nodes() if node["Alive"]]


def reason_of(error: "RayError") -> str:
    """Return what happened: of many lines about Ray itself the last begins with it."""
    return str(error).rstrip().rpartition("\n")[2].strip().partition(". ")[0]


def not_seen(address: str, reason: str) -> BadOption:
    """Return what is wrong where no machine can run a worker."""
    expected = f"the address of a cluster whose machines have this program and see its files ({reason})"
    return BadOption("--ray-address", address, expected)


def connect(address: str) -> None:
    """Join a running cluster. Raises BadOption."""
    try:
        import ray
        from ray._private.services import canonicalize_bootstrap_address
    except ImportError:
        raise BadOption("--executor", "ray", "local, or ray after: pip install 'mmhnet[ray]'") from None
    terminate = signal.getsignal(signal.SIGTERM)
    try:
        head = urlsplit(f"//{canonicalize_bootstrap_address(address)}")
        # Where nobody answers, Ray would try for minutes.
        socket.create_connection((head.hostname, head.port), CONNECT_S).close()
        ray.init(head.netloc, log_to_driver=False, logging_level=logging.ERROR)
    except (OSError, RuntimeError, ValueError) as error:
        raise BadOption("--ray-address", address, f"the address of a running Ray cluster ({error})") from error
    # What becomes of its machines, Ray prints on stdout, which is for results, and has no option against that.
    ray._private.worker._worker_logs_enabled = False
    if signal.getsignal(signal.SIGTERM) is not terminate:
        # Ray has put its own handler there, which knows of no clean-up.
        signal.signal(signal.SIGTERM, terminate)
