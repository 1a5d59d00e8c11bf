"""Films that wait for a worker's sampler: which go together, and that each gets its own sound."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from mmhnet_cli.errors import Interrupted
from mmhnet_cli.options import LOUDNESS_TARGETS, OutputOptions, SamplerOptions, Stem
from mmhnet_cli.pipeline.asking.prepare import prepare
from mmhnet_cli.pipeline.batch import joint
from mmhnet_cli.pipeline.batch.joint import JointSampler
from mmhnet_cli.pipeline.generate import Encoded, encode, render
from mmhnet_cli.pipeline.making.load import LoadedModel
from mmhnet_cli.pipeline.making.sampling import Part
from mmhnet_cli.pipeline.making.stages import Stages
from mmhnet_cli.pipeline.request import GenerateRequest, Job
from tests.conftest import MakeFilm

LIMIT_S = 60
TWO = SamplerOptions(steps=2)


@pytest.fixture
def job(make_film: MakeFilm, tiny_model: LoadedModel, tiny_model_dir: Path, tmp_path: Path) -> Callable[..., Job]:
    """A job for a film of so many seconds."""
    outputs = OutputOptions(loudness=LOUDNESS_TARGETS["off"], on_exists="overwrite")

    def make(seconds: str, **changes: Any) -> Job:
        given = {"prompt": "rain", "sampler": TWO, **changes}
        # A part of a longer film is sampled as that film.
        film = make_film(f"{seconds}.mp4", count=round(24 * float(seconds)))
        request = GenerateRequest(
            film, model=str(tiny_model_dir), output=outputs, output_dir=tmp_path, cache_gb=1, **given
        )
        return prepare(request)

    return make


class Watch:
    """What the films tell of their sampling, in the order in which they do: number of the film, steps done, of all."""

    def __init__(self) -> None:
        self.told: list[tuple[int, int, int]] = []

    def __call__(self, number: int) -> Callable[[str, int, int], None]:
        def progress(stage: str, done: int, total: int) -> None:
            if stage == "sample":
                self.told.append((number, done, total))

        return progress

    @property
    def most_at_once(self) -> int:
        """Films whose sampling had begun and not ended."""
        most, running = 0, set[int]()
        for number, done, total in self.told:
            running = running - {number} if done == total else running | {number}
            most = max(most, len(running))
        return most


def sounds(sampler: JointSampler, job: Job, model: LoadedModel, encoded: Encoded, stages: Stages) -> list[np.ndarray]:
    return sampler.render(job, model, encoded, 0, stages).sounds


def at_once(
    sampler: JointSampler, model: LoadedModel, jobs: list[Job], progress: Any
) -> list[Future[list[np.ndarray]]]:
    """All films wait before the first has its turn."""
    encoders = model.load_encoders()
    with ThreadPoolExecutor(len(jobs)) as pool, sampler.turn:
        futures = []
        for number, job in enumerate(jobs):
            stages = Stages(model.device, progress(number))
            encoded = encode(job, model, encoders, stages, lambda *told: None)
            futures.append(pool.submit(sounds, sampler, job, model, encoded, stages))
        began = time.monotonic()
        while len(sampler.waiting) < len(jobs):
            assert time.monotonic() < began + LIMIT_S
            time.sleep(0.01)
    return futures


def alone(model: LoadedModel, job: Job) -> np.ndarray:
    stages = Stages(model.device, lambda *told: None)
    encoded = encode(job, model, model.load_encoders(), stages, lambda *told: None)
    return render(job, model, encoded, 0, stages).sounds[0]


@pytest.mark.slow
def test_short_films_of_like_length_go_together(job: Callable[..., Job], tiny_model: LoadedModel) -> None:
    seed = SamplerOptions(steps=2, seed=7)
    jobs = [job("2"), job("2.25", prompt="wind", sampler=seed), job("1.75"), job("4")]
    sampler = JointSampler(8)
    watch = Watch()
    results = [future.result(LIMIT_S) for future in at_once(sampler, tiny_model, jobs, watch)]
    for one, (sound,) in zip(jobs, results, strict=True):
        expected = alone(tiny_model, one)
        assert sound.shape == expected.shape == (1, one.samples)
        np.testing.assert_allclose(sound, expected, rtol=0, atol=1e-3)
    assert watch.most_at_once == 3
    assert not sampler.waiting
    # The film of 4 s by itself gets the very bytes that it gets without the others.
    assert np.array_equal(results[3][0], alone(tiny_model, jobs[3]))


@pytest.mark.parametrize("together", [1, 2, 3])
def test_no_more_than_asked_for(together: int, job: Callable[..., Job], tiny_model: LoadedModel) -> None:
    jobs = [job("1", sampler=SamplerOptions(steps=2, seed=seed)) for seed in range(4)]
    sampler = JointSampler(together)
    watch = Watch()
    for future in at_once(sampler, tiny_model, jobs, watch):
        future.result(LIMIT_S)
    assert watch.most_at_once == together


@pytest.mark.slow
@pytest.mark.parametrize(
    ("seconds", "changes"),
    [
        ("2", {"sampler": SamplerOptions(steps=3)}),
        ("2", {"sampler": SamplerOptions(steps=2, guidance=2.0)}),
        ("3", {}),
        ("2", {"stems": (Stem("a", "rain"), Stem("b", "wind")), "prompt": ""}),
        ("2", {"takes": 2}),
    ],
    ids=["steps", "guidance", "length", "stems", "takes"],
)
def test_films_unlike_each_other_go_alone(
    seconds: str, changes: dict[str, Any], job: Callable[..., Job], tiny_model: LoadedModel
) -> None:
    jobs = [job("2"), job(seconds, **changes)]
    first, _ = (future.result(LIMIT_S) for future in at_once(JointSampler(8), tiny_model, jobs, Watch()))
    assert np.array_equal(first[0], alone(tiny_model, jobs[0]))


@pytest.mark.slow
def test_films_longer_than_clips_of_training_go_alone(job: Callable[..., Job], tiny_model: LoadedModel) -> None:
    jobs = [job("9"), job("9.5")]
    results = [future.result(LIMIT_S) for future in at_once(JointSampler(8), tiny_model, jobs, Watch())]
    assert all(np.array_equal(sound, alone(tiny_model, one)) for (sound,), one in zip(results, jobs, strict=True))


@pytest.mark.slow
def test_what_ends_one_ends_those_with_it_and_no_other(job: Callable[..., Job], tiny_model: LoadedModel) -> None:
    jobs = [job("2"), job("2"), job("4")]
    sampler = JointSampler(8)

    def progress(number: int) -> Callable[[str, int, int], None]:
        def tell(stage: str, done: int, total: int) -> None:
            if number == 1 and stage == "sample" and done:
                raise Interrupted(0)

        return tell

    first, second, third = at_once(sampler, tiny_model, jobs, progress)
    for future in (first, second):
        with pytest.raises(Interrupted):
            future.result(LIMIT_S)
    assert np.array_equal(third.result(LIMIT_S)[0], alone(tiny_model, jobs[2]))
    again = at_once(sampler, tiny_model, jobs[:1], Watch())[0].result(LIMIT_S)
    assert np.array_equal(again[0], alone(tiny_model, jobs[0]))


@pytest.mark.slow
def test_what_is_too_much_together_is_sampled_alone(
    job: Callable[..., Job], tiny_model: LoadedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_much(model: LoadedModel, parts: Sequence[Part], *more: Any) -> Any:
        asked.append(len(parts))
        # What torch says on a processor; as much as no machine has.
        return torch.empty(1 << 60)

    asked: list[int] = []
    monkeypatch.setattr(joint, "sample", too_much)
    jobs = [job("2"), job("2.25", prompt="wind"), job("1.75")]
    sampler = JointSampler(8)
    results = [future.result(LIMIT_S) for future in at_once(sampler, tiny_model, jobs, Watch())]
    assert asked == [3]
    assert all(np.array_equal(sound, alone(tiny_model, one)) for (sound,), one in zip(results, jobs, strict=True))
    # So many are not tried again.
    assert sampler.together == 1
