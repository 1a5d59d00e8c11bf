"""A real Ray cluster of several nodes on this machine."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

LIMIT_S = 300
SMALL = {"object_store_memory": 80 << 20}
# Ray's default niceness would let the workers wait for every other program of the machine.
HEAD = {"num_cpus": 0, "include_dashboard": False, "_system_config": {"worker_niceness": 0}, **SMALL}


@contextmanager
def ray_cluster(nodes: int) -> Iterator[Any]:
    """Yield a cluster whose head does no films, with so many nodes of one processor each; skips where Ray is not."""
    pytest.importorskip("ray")
    from ray.cluster_utils import Cluster

    # A folder of its own with a short name: sockets are in it.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_TMPDIR", folder)
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        cluster = Cluster(initialize_head=True, head_node_args=HEAD)
        for _ in range(nodes):
            cluster.add_node(num_cpus=1, wait=False, **SMALL)
        cluster.wait_for_nodes(LIMIT_S)
        yield cluster
        cluster.shutdown()
