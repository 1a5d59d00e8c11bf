"""A store of rendered sounds on disk, made once and read at random by the training runs."""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np

from mmhnet_cli.cores import count_cores

SAMPLE_RATE_HZ = 44100
INT16_SCALE = 32767

Render = Callable[[int, float], np.ndarray]
"""(seed, duration_s) to (samples,) in [-1, 1]; a function of a module, so that other processes find it."""


def clip_samples(duration_s: float) -> int:
    """Samples of a clip of this length."""
    return round(duration_s * SAMPLE_RATE_HZ)


def in_int16(render: Render, duration_s: float, seed: int) -> np.ndarray:
    """One sound as (samples,) int16."""
    return np.round(np.clip(render(seed, duration_s), -1, 1) * INT16_SCALE).astype(np.int16)


def sound_store(
    path: Path, seeds: range, duration_s: float, render: Render, report: Callable[[str], None], workers: int = 0
) -> np.ndarray:
    """Memory map (len(seeds), samples) int16 of the seeds' sounds; rendered on the first call.

    workers: processes that render, as many as there are cores for 0. Raises ValueError for a store of another size.
    """
    shape = (len(seeds), clip_samples(duration_s))
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".part")
        store = np.lib.format.open_memmap(unfinished, "w+", np.int16, shape)
        with ProcessPoolExecutor(workers or count_cores()) as pool:
            for index, sound in enumerate(pool.map(partial(in_int16, render, duration_s), seeds, chunksize=8)):
                store[index] = sound
                if (index + 1) % 100 == 0:
                    report(f"rendered {index + 1} of {len(seeds)} sounds")
        store.flush()
        unfinished.replace(path)
    store = np.load(path, mmap_mode="r")
    if store.shape != shape:
        raise ValueError(f"{path} holds {store.shape}, expected {shape}: remove it to render again")
    return store
