"""One model at a time in a worker: films of another wait until those of this one are done."""

import dataclasses
import gc
import threading
import time
import weakref
from pathlib import Path

import pytest

from mmhnet_cli.errors import Interrupted
from mmhnet_cli.pipeline.asking.prepare import prepare
from mmhnet_cli.pipeline.batch.one_model import OneModel
from mmhnet_cli.pipeline.batch.task import Task
from mmhnet_cli.pipeline.making.load import LoadedModel
from mmhnet_cli.pipeline.request import GenerateRequest, Job
from tests.conftest import MakeFilm
from tests.tiny_model import tiny_model_dir

__all__ = ["tiny_model_dir"]


@pytest.fixture
def job(make_film: MakeFilm, tiny_model_dir: Path, tmp_path: Path) -> Job:
    film = make_film("12.mp4", count=12)
    return prepare(GenerateRequest(film, model=str(tiny_model_dir), device="cpu", output_dir=tmp_path))


def of(job: Job, precision: str) -> Task:
    request = dataclasses.replace(job.request, precision=precision)  # type: ignore[arg-type]
    return Task(precision, dataclasses.replace(job, request=request), "now")


@pytest.mark.slow
def test_films_of_one_model_share_it_and_of_another_wait(job: Job) -> None:
    models = OneModel(threading.Event())
    seen: list[weakref.ref[LoadedModel]] = []
    entered = threading.Event()

    def other() -> None:
        with models.use(of(job, "bf16")) as (model, _):
            entered.set()
            gc.collect()
            # The one before is gone: one network is alive.
            assert seen[0]() is None
            assert str(model.dtype) == "torch.bfloat16"

    with models.use(of(job, "fp32")) as (first, _), models.use(of(job, "fp32")) as (again, _):
        assert again is first
        assert str(first.dtype) == "torch.float32"
        seen.append(weakref.ref(first))
        del first, again
        waiting = threading.Thread(target=other)
        waiting.start()
        time.sleep(0.3)
        assert not entered.is_set()
    waiting.join(60)
    assert entered.is_set()


def test_who_waits_can_be_stopped(job: Job) -> None:
    stopping = threading.Event()
    models = OneModel(stopping)
    with models.use(of(job, "fp32")):
        stopping.set()
        with pytest.raises(Interrupted), models.use(of(job, "bf16")):
            pass
