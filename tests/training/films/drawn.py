"""Prepared films whose clips are drawn numbers, and a configuration of a small network that fits them."""

import json
from dataclasses import fields
from pathlib import Path

import torch

from mmhnet_cli.model.variants import VARIANTS
from mmhnet_cli.training.films.index import ClipRow, FilmRow, Index, Origin, Shapes, ShardRow, write_index
from mmhnet_cli.training.films.shards import Example, pack, remove_all_clips, write_clip
from tests.model.small import SMALL

SHAPES = Shapes((20, SMALL.latent_channels), (8, SMALL.clip_dim), (25, SMALL.sync_dim), SMALL.text_dim)
ORIGIN = Origin("mini", "public", SMALL.sequence, SHAPES)


def example(number: int, shapes: Shapes = SHAPES) -> Example:
    """A clip of its own; the second of each three is without words."""
    generator = torch.Generator().manual_seed(number)

    def draw(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=generator)

    text = draw((3, 0, 2)[number % 3], shapes.text_dim)
    return Example(2 + 3 * draw(*shapes.latents), draw(*shapes.clip), draw(*shapes.sync), text)


def drawn_data(
    folder: Path,
    clips: int = 6,
    films: int = 1,
    origin: Origin = ORIGIN,
    parts: dict[str, str] | None = None,
    **changes: torch.Tensor,
) -> Path:
    """Write prepared films, all of one length, of so many clips together, in two shards.

    origin, parts: of a model, whose sizes the clips have. changes: entries that all clips have instead.
    """
    rows, shards, each = [], [], clips // films
    for number in range(clips):
        write_clip(folder, str(number), Example(**{**vars(example(number, origin.shapes)), **changes}))
    for at, numbers in enumerate((range(clips // 2), range(clips // 2, clips))):
        file = f"clips-{at:05d}.safetensors"
        shards.append(ShardRow(file, pack(folder, file, [str(number) for number in numbers]), len(numbers)))
        rows += [ClipRow(at, row, number // each, 8 * (number % each), -20.0) for row, number in enumerate(numbers)]
    remove_all_clips(folder)
    listed = tuple(FilmRow(f"{film}.mp4", "", f"CC{film}", each) for film in range(films))
    weights = (1.0,) * origin.shapes.latents[1]
    index = Index(origin, parts or {"codec": "0" * 64}, weights, listed, tuple(shards), tuple(rows))
    write_index(folder, index)
    return folder


def small_recipe(path: Path, **changes: object) -> Path:
    """Write a configuration of four steps with the small network."""
    recipe = {"sizes": "mini", "steps": 4, "batch": 2, "accumulate": 2, "learning_rate": 1e-2, "warmup_steps": 1}
    recipe |= {"optimiser": "muon", "save_every": 2, "log_every": 1, "ema_decay": 0.5, **changes}
    variant = VARIANTS["mini"]
    sizes = {
        field.name: getattr(SMALL, field.name)
        for field in fields(SMALL)
        if field.name not in ("sequence", "routing") and getattr(SMALL, field.name) != getattr(variant, field.name)
    }
    lines = [f"{name} = {json.dumps(value)}" for name, value in recipe.items()]
    lines += ["[network]", *(f"{name} = {json.dumps(value)}" for name, value in sizes.items())]
    lines += [f"sequence.mel_frames_per_latent = {SMALL.sequence.mel_frames_per_latent}"]
    path.write_text("\n".join(lines) + "\n")
    return path
