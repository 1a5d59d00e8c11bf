"""A store of rendered scene sounds on disk, made once and read at random by the training runs."""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

from mmhnet_cli.training.world.script import SceneConfig, make_scene
from mmhnet_cli.training.world.sound import render_sound

SAMPLE_RATE_HZ = 44100
INT16_SCALE = 32767


def clip_samples(duration_s: float) -> int:
    """Samples of a clip of this length."""
    return round(duration_s * SAMPLE_RATE_HZ)


def render_int16(seed: int, duration_s: float, config: SceneConfig) -> np.ndarray:
    """Sound of one scene as (samples,) int16."""
    sound = render_sound(make_scene(seed, duration_s, config))
    return np.round(np.clip(sound, -1, 1) * INT16_SCALE).astype(np.int16)


def sound_store(
    path: Path,
    seeds: range,
    duration_s: float,
    config: SceneConfig,
    report: Callable[[str], None],
    workers: int = 2,
) -> np.ndarray:
    """Memory map (len(seeds), samples) int16 of the scenes' sounds; rendered on the first call."""
    shape = (len(seeds), clip_samples(duration_s))
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".part")
        store = np.lib.format.open_memmap(partial, "w+", np.int16, shape)
        with ProcessPoolExecutor(workers) as pool:
            jobs = pool.map(render_int16, seeds, [duration_s] * len(seeds), [config] * len(seeds), chunksize=8)
            for index, sound in enumerate(jobs):
                store[index] = sound
                if (index + 1) % 100 == 0:
                    report(f"rendered {index + 1} of {len(seeds)} sounds")
        store.flush()
        partial.replace(path)
    store = np.load(path, mmap_mode="r")
    if store.shape != shape:
        raise ValueError(f"{path} holds {store.shape}, expected {shape}: remove it to render again")
    return store
