"""Features of procedural films and log-mels of their sounds, made once and kept on disk for the network's training.

Pictures and sounds are stored apart, in shards of scenes with consecutive seeds: each film is drawn once and heard
several times (as it is, recorded anew, and scored with other sounds), and either part can be made again alone.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import torch

from mmhnet_cli.codec.mel import LogMel, MelConfig
from mmhnet_cli.encoders.descriptors import HEIGHT, STREAMS, WIDTH, DescriptorExtractor
from mmhnet_cli.media.frames import FrameBatch
from mmhnet_cli.timeline import Timeline
from mmhnet_cli.training.world.picture import render_picture
from mmhnet_cli.training.world.scene import Scene
from mmhnet_cli.training.world.script import SceneConfig, make_scene, rescore, resound
from mmhnet_cli.training.world.sound import render_sound

CLIP_S = 8
SHARD = 100
SCENES = SceneConfig()
TAKES: dict[str, Callable[[Scene, int], Scene]] = {
    "matched": lambda scene, seed: scene,
    "resounded": resound,
    "rescored": rescore,
    "rescored_again": lambda scene, seed: rescore(scene, seed + 50_000_000),
}
"""Ways in which one film is heard, by name."""
RESCORED = ("rescored", "rescored_again")
"""Those in which it sounds otherwise than it looks."""


def scene_of(seed: int, take: str) -> Scene:
    """The scene of this seed as heard in this take."""
    return TAKES[take](make_scene(seed, CLIP_S, SCENES), seed)


def picture_features(scene: Scene) -> tuple[np.ndarray, np.ndarray]:
    """CLIP features (V, clip_dim) and sync features (S, sync_dim) of the scene's film, float16."""
    timeline = Timeline(Fraction(scene.duration_s))
    sync_fps, clip_fps = STREAMS[0].fps, STREAMS[1].fps
    frames = np.stack(list(render_picture(scene, Fraction(sync_fps), WIDTH, HEIGHT)))
    extractor = DescriptorExtractor()
    extractor.push(FrameBatch(0, 0, frames))
    # The frame shown at k / 8 s is the last one at or before that time.
    shown = np.arange(timeline.clip_frames) * sync_fps // clip_fps
    extractor.push(FrameBatch(1, 0, frames[shown]))
    clip, sync = extractor.finish()
    return clip.astype(np.float16), sync.astype(np.float16)


def sound_mel(scene: Scene, log_mel: LogMel) -> np.ndarray:
    """Log-mel (bins, 2 L) of the scene's sound, float16."""
    timeline = Timeline(Fraction(scene.duration_s))
    sound = render_sound(scene)
    padded = np.zeros(timeline.latents * timeline.sequence.samples_per_latent, np.float32)
    padded[: len(sound)] = sound
    with torch.no_grad():
        return log_mel(torch.from_numpy(padded)[None])[0].numpy().astype(np.float16)


def picture_shard(folder: Path, first_seed: int) -> Path:
    """Make `pictures-<seed>.npz`, unless it is there."""
    path = folder / f"pictures-{first_seed}.npz"
    if not path.exists():
        rows = [picture_features(make_scene(seed, CLIP_S, SCENES)) for seed in range(first_seed, first_seed + SHARD)]
        _save(path, clip=np.stack([clip for clip, _ in rows]), sync=np.stack([sync for _, sync in rows]))
    return path


def sound_shard(folder: Path, first_seed: int, take: str) -> Path:
    """Make `<take>-<seed>.npz`, unless it is there."""
    path = folder / f"{take}-{first_seed}.npz"
    if not path.exists():
        torch.set_num_threads(1)
        log_mel = LogMel(MelConfig())
        seeds = range(first_seed, first_seed + SHARD)
        _save(path, mel=np.stack([sound_mel(scene_of(seed, take), log_mel) for seed in seeds]))
    return path


def _save(path: Path, **arrays: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".part")
    with partial.open("wb") as file:
        np.savez(file, **arrays)
    partial.replace(path)


def precompute(
    folder: Path,
    first_seed: int,
    shards: int,
    workers: int,
    report: Callable[[str], None],
    takes: Sequence[str] = tuple(TAKES),
) -> None:
    """Make every missing shard: pictures, then each of the takes, shard by shard."""
    with ProcessPoolExecutor(workers) as pool:
        jobs = []
        for index in range(shards):
            seed = first_seed + index * SHARD
            jobs.append(pool.submit(picture_shard, folder, seed))
            jobs += [pool.submit(sound_shard, folder, seed, take) for take in takes]
        for done, job in enumerate(jobs, 1):
            report(f"{done} of {len(jobs)}: {job.result().name}")
