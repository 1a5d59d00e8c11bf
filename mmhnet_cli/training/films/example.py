"""One clip as a network learns from it: looked at, heard and read."""

from fractions import Fraction

import torch

from mmhnet_cli.encoders.public import sync_tokens
from mmhnet_cli.errors import WeightsInvalid
from mmhnet_cli.media.frames import read_frames
from mmhnet_cli.media.probe import VideoInfo
from mmhnet_cli.models.model_files import ModelFiles
from mmhnet_cli.models.spec import PUBLIC_ENCODERS, ModelSpec
from mmhnet_cli.timeline import Timeline
from mmhnet_cli.training.films.cutting import CLIP_S, Clip
from mmhnet_cli.training.films.index import Origin, Shapes
from mmhnet_cli.training.films.parts import Parts
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
def example_of(clip: Clip, film: VideoInfo, prompt: str, parts: Parts, shapes: Shapes) -> Example:
    """Return the latents of a clip's sound, and the features of its pictures and of what is said of them.

    prompt: empty where nothing is said. Raises FilmUnreadable or NoFrames, and WeightsInvalid where the sizes of
    encoders and codec are not those of the network.
    """
    encoders, start = parts.encoders, Fraction(clip.start_s)
    extractor = encoders.extractor()
    for batch in read_frames(film, start, start + CLIP_S, encoders.streams):
        extractor.push(batch)
    picture = extractor.finish()
    # Where nobody says anything the network is told what it will be told when it makes sound: what is seen.
    words = encoders.words(prompt) if prompt.strip() else encoders.seen_words(picture)
    text = torch.zeros(0, shapes.text_dim) if words is None else words[0][0, :MOST_WORDS]
    latents = parts.encode(torch.from_numpy(clip.sound)[None].to(parts.device))[0]
    made = {
        "latents": latents,
        "clip": torch.from_numpy(picture.clip),
        "sync": torch.from_numpy(picture.sync),
        "text": text,
    }
    expected = {**shapes.of_clip(), "text": (len(text), shapes.text_dim)}
    for name, value in made.items():
        if tuple(value.shape) != expected[name]:
            raise WeightsInvalid(film.path, name, f"shape {expected[name]}", f"shape {tuple(value.shape)}")
    return Example(**{name: value.float().cpu().contiguous() for name, value in made.items()})
