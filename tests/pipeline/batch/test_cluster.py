"""Films on a real Ray cluster of several nodes on this machine, one of which goes down in the middle of the run."""

import importlib
import json
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mmhnet_cli.cluster import Share, share
from mmhnet_cli.errors import BadOption
from mmhnet_cli.media.audio_file import read_audio
from mmhnet_cli.options import SamplerOptions
from mmhnet_cli.pipeline.asking.prepare import prepare
from mmhnet_cli.pipeline.batch.cluster import RayExecutor
from mmhnet_cli.pipeline.batch.journal import Journal
from mmhnet_cli.pipeline.batch.local import films_at_once
from mmhnet_cli.pipeline.generate import generate
from mmhnet_cli.pipeline.making.load import LoadedModel
from mmhnet_cli.pipeline.request import GenerateRequest
from tests.ray_cluster import LIMIT_S, ray_cluster

pytestmark = pytest.mark.processes

NODES = 3
FILMS = 9
STEPS = 100
"""So many that a worker samples its first film for seconds; nothing of it is being written when it is killed."""


@pytest.mark.parametrize(
    ("machines", "jobs", "expected"),
    [
        ([{"CPU": 64.0, "GPU": 8.0}], None, Share(8, 8, 1)),
        ([{"CPU": 64.0, "GPU": 8.0}], 2, Share(2, 8, 1)),
        ([{"CPU": 16.0, "GPU": 8.0}, {"CPU": 64.0, "GPU": 1.0}, {"CPU": 4.0}], None, Share(9, 2, 1)),
        ([{"CPU": 1.0, "GPU": 2.0}], None, Share(2, 0, 1)),
        ([{}, {"CPU": 8.0}, {"CPU": 8.0}], None, Share(2, 8, 0)),
        ([{"CPU": 8.0}, {"CPU": 8.0}], 3, Share(3, 4, 0)),
        ([{"CPU": 8.0}, {"CPU": 5.0}], 2, Share(2, 5, 0)),
        ([{"CPU": 1.0}], 4, Share(4, 1, 0)),
        ([{}], None, Share(1, 1, 0)),
    ],
)
def test_what_a_cluster_has_is_divided(machines: list[dict[str, float]], jobs: int | None, expected: Share) -> None:
    assert share(machines, jobs) == expected


def test_ray_is_not_needed_until_it_is_asked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    monkeypatch.delitem(sys.modules, "mmhnet_cli.pipeline.batch.cluster")
    fresh = importlib.import_module("mmhnet_cli.pipeline.batch.cluster")
    with pytest.raises(BadOption, match="pip install 'mmhnet\\[ray\\]'"):
        fresh.RayExecutor(None, tmp_path / "journal")


# The second is in the words of the Ray that is there: older ones give those of the system.
@pytest.mark.parametrize(
    ("address", "reason"), [("127.0.0.1:1", "refused"), ("nowhere", r"Invalid address|\[Errno -2\]")]
)
def test_a_cluster_that_is_not_there(address: str, reason: str, tmp_path: Path) -> None:
    pytest.importorskip("ray")
    with pytest.raises(BadOption, match=reason):
        RayExecutor(None, tmp_path / "journal", address)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """A head that does no films, and NODES nodes with one processor each."""
    with ray_cluster(NODES) as cluster:
        yield cluster


@pytest.mark.slow
def test_machines_that_do_not_see_the_journal_are_not_worked_on(cluster: Any, tmp_path: Path) -> None:
    executor = RayExecutor(None, tmp_path / "elsewhere", cluster.address)
    try:
        assert executor.slots == 0
        with pytest.raises(BadOption, match="elsewhere is not seen from there"):
            for _ in range(LIMIT_S):
                assert list(executor.events(1.0)) == []
    finally:
        executor.close()


@pytest.mark.slow
def test_a_node_goes_down_and_every_film_is_done_once(
    cluster: Any, make_film: Callable[..., Path], tiny_model: LoadedModel, tiny_model_dir: Path, tmp_path: Path
) -> None:
    film = make_film("cluster.mp4")
    (tmp_path / "films").mkdir()
    names = [f"{number}.mp4" for number in range(FILMS)]
    for name in names:
        shutil.copyfile(film, tmp_path / "films" / name)
    command = [sys.executable, "-m", "mmhnet_cli.cli.app", "batch", "films", "--output-dir", "out", "--json"]
    command += ["--model", str(tiny_model_dir), "--steps", str(STEPS), "--progress", "json"]
    command += ["--executor", "ray", "--ray-address", cluster.address]
    journal = Journal(tmp_path / "out" / "mmhnet-batch.jsonl")

    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        wait_until_all_work(process, journal)
        cluster.remove_node(next(iter(cluster.worker_nodes)), allow_graceful=False)
        out, err = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 0, err

    *records, summary = [json.loads(line) for line in out.splitlines()]
    assert sorted((record["film"], record["status"]) for record in records) == [(name, "done") for name in names]
    assert summary == {"type": "summary", "inputs": FILMS, "failed": 0, "done": FILMS}
    stages = {json.loads(line)["stage"] for line in err.splitlines() if line.startswith("{")}
    assert len(stages - {"films"}) >= NODES - 1, "the workers tell how far they are"

    kinds = Counter((event.kind, event.film) for event in journal.events())
    assert [kinds["done", name] for name in names] == [1] * FILMS
    begun_again = [name for name in names if kinds["started", name] == 2]
    assert 0 < len(begun_again) <= films_at_once(1)
    # A node may go down between a film's files and its end: they are then written once more.
    assert all(kinds["written", name] in ((1, 2) if name in begun_again else (1,)) for name in names)
    told = sum(kinds[kind, name] for kind in ("started", "written", "done") for name in names)
    assert kinds.total() == 1 + told

    made = {f"{Path(name).stem}_mmhnet{suffix}" for name in names for suffix in (".wav", ".json", ".latents")}
    assert {path.name for path in (tmp_path / "out").iterdir()} == {*made, journal.path.name}
    alone = tmp_path / "alone.wav"
    request = GenerateRequest(film, model=str(tiny_model_dir), sampler=SamplerOptions(steps=STEPS), outputs=(alone,))
    generate(prepare(request), tiny_model)
    expected, _ = read_audio(alone)
    for name in names:
        sound, _ = read_audio(tmp_path / "out" / f"{Path(name).stem}_mmhnet.wav")
        np.testing.assert_allclose(sound, expected, atol=1e-4)


def wait_until_all_work(process: "subprocess.Popen[str]", journal: Journal) -> None:
    """Return when each node has begun a film."""
    until = time.monotonic() + LIMIT_S
    while len({event.worker for event in journal.events() if event.kind == "started"}) < NODES:
        assert process.poll() is None and time.monotonic() < until, process.communicate(timeout=LIMIT_S)
        time.sleep(0.05)
