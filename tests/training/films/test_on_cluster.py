"""Films prepared on a real Ray cluster of several nodes on this machine, one of which goes down in the middle."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mmhnet_cli.errors import BadOption
from mmhnet_cli.training.films.making import Film
from mmhnet_cli.training.films.on_cluster import OnCluster
from mmhnet_cli.training.films.prepare import prepare
from tests.conftest import MakeFilm
from tests.ray_cluster import ray_cluster
from tests.tiny_model import tiny_model_dir
from tests.training.films.test_prepare import preparing, rows_of, same_folders, spoken

__all__ = ["tiny_model_dir"]

pytestmark = pytest.mark.processes


def test_a_cluster_that_is_not_there(make_film: MakeFilm, tiny_model_dir: Path, tmp_path: Path) -> None:
    pytest.importorskip("ray")
    film = Film(spoken(make_film, tmp_path / "films", "300.mp4", 8, "sine=300:d=8"), "tone")
    with pytest.raises(BadOption, match="refused"):
        prepare([film], preparing(tiny_model_dir, cluster="127.0.0.1:1"), tmp_path / "data")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """A head that looks at no films, and two nodes with one processor each."""
    with ray_cluster(2) as cluster:
        yield cluster


@pytest.mark.slow
def test_a_node_goes_down_and_the_files_are_those_of_one_process(
    cluster: Any, make_film: MakeFilm, tiny_model_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the node was at is done by the other one; nothing is left out that one process would keep."""
    folder = tmp_path / "films"
    tones = [(300, 8), (400, 16), (500, 13), (600, 8), (700, 3)]
    films = [Film(spoken(make_film, folder, f"{tone}.mp4", s, f"sine={tone}:d={s}"), "tone") for tone, s in tones]
    expected = prepare(films, preparing(tiny_model_dir, shard_bytes=1), tmp_path / "one")
    lost, tries = OnCluster._lost, []

    def seen(self: OnCluster, *given: Any) -> Any:
        tries.append(given[0].task)
        yield from lost(self, *given)

    def progress(done: int, total: int) -> None:
        if done == 1 and len(cluster.worker_nodes) == 2:
            cluster.remove_node(next(iter(cluster.worker_nodes)), allow_graceful=False)

    monkeypatch.setattr(OnCluster, "_lost", seen)
    work = preparing(tiny_model_dir, shard_bytes=1, cluster=cluster.address, progress=progress)
    found = prepare(films, work, tmp_path / "two")
    # Its successor may be sent to the same node, before the cluster knows that it is gone: it has no film yet.
    assert len([task for task in tries if task is not None]) == 1, "one worker was at a film on that node"
    same_folders(tmp_path / "one", tmp_path / "two")
    assert found == expected and len(found[0].films) == 4
    assert not any("gone" in row["reason"] for row in rows_of(tmp_path / "two" / "left_out.csv"))
