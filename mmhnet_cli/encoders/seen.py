"""What is seen in a stretch of a film: read by the encoders, or kept from the last time that it was."""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mmhnet_cli import encoders as encoders_package
from mmhnet_cli import media as media_package
from mmhnet_cli.encoders.extract import picture_features
from mmhnet_cli.encoders.meaning import KIND_NAMES
from mmhnet_cli.encoders.protocol import Eyes, Picture, Shot
from mmhnet_cli.encoders.public import sync_tokens
from mmhnet_cli.encoders.seen_cache import GIGABYTE, MOST_BYTES, SeenCache, remove
from mmhnet_cli.errors import WeightsInvalid
from mmhnet_cli.media.frames import Lost, read_frames
from mmhnet_cli.media.probe import VideoInfo
from mmhnet_cli.model.config import NetworkConfig
from mmhnet_cli.models.checkpoint import describe, read_tensors, tensors_as_bytes
from mmhnet_cli.models.digests import file_sha256
from mmhnet_cli.models.model_files import ModelFiles
from mmhnet_cli.timeline import Timeline

FORMAT = "1"
ABOUT = "mmhnet"
MOST_SHOTS = 100_000


@dataclass(frozen=True)
class FilmSight:
    """The pictures of a film, for the eyes of a model. cache: None reads them each time."""

    film: VideoInfo
    model: ModelFiles
    encoders: Eyes
    film_sha256: str = ""
    """It is that of the film; empty where nobody has taken it yet."""
    cache: SeenCache | None = None

    def picture(self, start: Fraction, end: Fraction, lost: Lost, done: Callable[[int], None]) -> Picture:
        """Return what is told of the pictures from `start` to `end`, in seconds from the first picture.

        lost: hears of damaged pictures; of them nothing is kept. done: hears how many frames are read. Raises what
        `read_frames` raises.
        """
        before = self._state
        path = None if self.cache is None else self.cache.path({**self._facts, "start": str(start), "end": str(end)})
        if self.cache is not None and path is not None:
            found = read_picture(path, self.model.spec.network, end - start)
            if found is not None:
                self.cache.used(path)
                return found
        damaged = []

        def heard(second: Fraction, reason: str) -> None:
            damaged.append(second)
            lost(second, reason)

        # Decoding takes the share of the processor that torch has.
        threads = torch.get_num_threads()
        frames = read_frames(self.film, start, end, self.encoders.streams, lost=heard, threads=threads)
        picture = picture_features(self.encoders, frames, done)
        if self.cache is not None and path is not None and not damaged and before == self._state:
            self.cache.keep(path, picture_as_bytes(picture))
        return picture

    @property
    def _state(self) -> tuple[int, int]:
        found = self.film.path.stat()
        return found.st_size, found.st_mtime_ns

    @cached_property
    def _facts(self) -> dict[str, Any]:
        """All that features of this film depend on, but for the range."""
        spec, parts = self.model.spec, self.model.parts
        return {
            "format": FORMAT,
            "film": self.film_sha256 or file_sha256(self.film.path),
            "encoders": spec.encoders.name,
            "files": [file_sha256(parts[role]) for role in ("clip", "synchformer") if role in parts],
            "program": program_sha256(),
            "libraries": [version(name) for name in ("torch", "numpy", "av")],
            "computed": [self.encoders.computes, torch.get_num_threads(), torch.backends.cpu.get_cpu_capability()],
        }


def cache_of(cache_gb: float) -> SeenCache | None:
    """Return the cache of so many gigabytes at most; None where there are to be none."""
    return SeenCache(round(cache_gb * GIGABYTE)) if round(cache_gb * GIGABYTE) else None


def program_sha256() -> str:
    """Return a digest of the program that makes features of films: another version may make others."""
    folders = [Path(folder) for package in (encoders_package, media_package) for folder in package.__path__]
    files = sorted(path for folder in folders for path in folder.iterdir() if path.is_file())
    return sha256("".join(file_sha256(path) for path in files).encode()).hexdigest()


def picture_as_bytes(picture: Picture) -> bytes:
    """Return the content of a file that holds a picture."""
    tensors = {"clip": torch.from_numpy(picture.clip), "sync": torch.from_numpy(picture.sync)}
    if picture.pan is not None:
        tensors["pan"] = torch.from_numpy(picture.pan)
    shots = [[shot.start_s, shot.end_s, dict(shot.shares)] for shot in picture.shots]
    return tensors_as_bytes(tensors, {ABOUT: json.dumps(shots, allow_nan=False)})


def read_picture(path: Path, config: NetworkConfig, duration: Fraction) -> Picture | None:
    """Return the picture in a file, of so many seconds, for networks of these sizes; None where there is no such file.
    One that holds anything else is removed."""
    try:
        if not os.path.lexists(path):
            return None
        if path.is_symlink() or path.stat().st_size > MOST_BYTES:
            raise ValueError("not ours")
        _check_entries(describe(path), config, duration)
        tensors, about = read_tensors(path)
        return _picture(tensors, about)
    except (WeightsInvalid, OSError, ValueError, TypeError, KeyError, RecursionError):
        remove(path)
        return None


def _check_entries(found: Mapping[str, Tensor], config: NetworkConfig, duration: Fraction) -> None:
    """Raise ValueError for entries of other shapes than those of so many seconds; no number is read."""
    counts = Timeline(duration, config.sequence)
    tokens = sync_tokens(counts.sync_frames) if config.sync_segment_tokens else counts.sync_frames
    # The rows of CLIP may come from the frames of sync, whose last one may begin a row later.
    right = (
        found.keys() - {"pan"} == {"clip", "sync"}
        and found["clip"].shape[1:] == (config.clip_dim,)
        and found["clip"].shape[0] - counts.clip_frames in (0, 1)
        and found["sync"].shape == (tokens, config.sync_dim)
        and ("pan" not in found or found["pan"].shape == (counts.sync_frames,))
        and all(entry.dtype in (torch.float32, torch.float64) for entry in found.values())
    )
    if not right:
        raise ValueError("other shapes")


def _picture(tensors: Mapping[str, Tensor], about: Mapping[str, str]) -> Picture:
    arrays: dict[str, np.ndarray] = {name: tensor.numpy() for name, tensor in tensors.items()}
    if not all(np.isfinite(array).all() for array in arrays.values()):
        raise ValueError("numbers that are none")
    if "pan" in arrays and np.abs(arrays["pan"]).max(initial=0) > 1:
        raise ValueError("beyond left and right")
    rows = json.loads(about[ABOUT])
    if not isinstance(rows, list) or len(rows) > MOST_SHOTS:
        raise ValueError("no shots")
    return Picture(arrays["clip"], arrays["sync"], arrays.get("pan"), tuple(_shot(*row) for row in rows))


def _shot(start_s: Any, end_s: Any, shares: Any) -> Shot:
    numbers = [start_s, end_s, *shares.values()] if isinstance(shares, dict) else [None]
    if not all(isinstance(one, int | float) and 0 <= one < float("inf") for one in numbers):
        raise ValueError("no shot")
    if not start_s <= end_s or not shares.keys() <= set(KIND_NAMES):
        raise ValueError("no shot")
    return Shot(start_s, end_s, shares)
