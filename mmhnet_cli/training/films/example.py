"""One clip as a network learns from it: looked at, heard and read."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from mmhnet_cli.encoders.protocol import Picture
from mmhnet_cli.encoders.public import sync_tokens
from mmhnet_cli.errors import WeightsInvalid
from mmhnet_cli.models.model_files import ModelFiles
from mmhnet_cli.models.spec import PUBLIC_ENCODERS, ModelSpec
from mmhnet_cli.timeline import Timeline
from mmhnet_cli.training.films.index import Origin, Shapes
from mmhnet_cli.training.films.parts import Parts
from mmhnet_cli.training.films.places import CLIP_S
from mmhnet_cli.training.films.shards import MOST_WORDS, Example


def origin_of(files: ModelFiles, model: str) -> Origin:
    """Return what clips are like that are made with a model, which is found by the name `model`. Raises
    WeightsInvalid."""
    spec = files.spec
    return Origin(model or files.name, spec.encoders.name, spec.network.sequence, _shapes(spec))


def _shapes(spec: ModelSpec) -> Shapes:
    network = spec.network
    timeline = Timeline(Fraction(CLIP_S), network.sequence)
    frames = timeline.sync_frames
    return Shapes(
        latents=(timeline.latents, network.latent_channels),
        clip=(timeline.clip_frames, network.clip_dim),
        sync=(sync_tokens(frames) if spec.encoders.name == PUBLIC_ENCODERS.name else frames, network.sync_dim),
        text_dim=network.text_dim,
    )


@torch.no_grad()
def example_of(path: Path, sound: np.ndarray, picture: Picture, prompt: str, parts: Parts, shapes: Shapes) -> Example:
    """Return the latents of a clip's sound (samples,), and the features of its pictures and of what is said of them.

    prompt: empty where nothing is said. path: of the film, for the error. Raises WeightsInvalid where the sizes of
    encoders and codec are not those of the network.
    """
    words, seen = _told(picture, prompt.strip(), parts)
    made = {
        "latents": parts.encode(torch.from_numpy(sound)[None].to(parts.device))[0],
        "clip": torch.from_numpy(np.ascontiguousarray(seen.clip)),
        "sync": torch.from_numpy(np.ascontiguousarray(seen.sync)),
        "text": torch.zeros(0, shapes.text_dim) if words is None else words[0, :MOST_WORDS],
    }
    expected = {**shapes.of_clip(), "text": (len(made["text"]), shapes.text_dim)}
    for name, value in made.items():
        if tuple(value.shape) != expected[name]:
            raise WeightsInvalid(path, name, f"shape {expected[name]}", f"shape {tuple(value.shape)}")
    whole = {name: value.float().cpu().contiguous() for name, value in made.items()}
    return Example(whole["latents"], whole["clip"], whole["sync"], whole["text"])


def _told(picture: Picture, prompt: str, parts: Parts) -> tuple[Tensor | None, Picture]:
    """Return words (1, W, text_dim) and picture as the network is told them when it makes sound: a picture is seen in
    the light of the words, and where nobody says anything they are what is seen."""
    if prompt:
        return parts.encoders.words(prompt)[0], parts.encoders.as_asked(picture, prompt)
    found = parts.encoders.seen_words(picture)
    return None if found is None else found[0], picture
