"""The second edition of the mini, shipped or fresh from training, as the pipeline takes it.

    python -m benchmarks.second_edition RUN OUT

writes what a training in the folder RUN has reached into the folder OUT, as the training itself does at its end.
"""

import argparse
import json
from dataclasses import asdict
from pathlib import Path

import torch
from torch import Tensor

from mmhnet_cli.codec.mini import MiniCodec
from mmhnet_cli.encoders.meaning import asked_tokens, degree_features
from mmhnet_cli.encoders.mini import MiniEncoders
from mmhnet_cli.encoders.protocol import Encoders
from mmhnet_cli.encoders.published_eyes import LITE0, LITE2, load_eyes
from mmhnet_cli.encoders.understanding import WordSpace
from mmhnet_cli.encoders.words import load_words
from mmhnet_cli.fields import build
from mmhnet_cli.model.config import NetworkConfig
from mmhnet_cli.model.network import Network
from mmhnet_cli.models.checkpoint import load_tensors, read_tensors, save_tensors
from mmhnet_cli.models.digests import file_sha256
from mmhnet_cli.models.ready import ready
from mmhnet_cli.pipeline.making.load import LoadedModel, load_named_model
from mmhnet_cli.training.clips import ClipMaker
from mmhnet_cli.training.library import read_sounds
from mmhnet_cli.training.mixing import Bins
from mmhnet_cli.training.train_codec import read_codec
from mmhnet_cli.training.train_mini import network_config, spread_of
from mmhnet_cli.training.world.kinds import KINDS

PARTS = Path(__file__).parents[1] / "weights" / "mini"
"""Codec and words that networks are trained with before they are put together."""
CPU = torch.device("cpu")


def read_second_edition(name: str, parts: Path = PARTS) -> LoadedModel:
    """The model called `name`, the folder of one, or the folder in which `train_mini` left a network.

    The last takes codec and words from `parts`. Raises WeightsInvalid, UnknownModel or WeightsMissing.
    """
    folder = Path(name)
    if not (folder / "network.json").exists():
        return load_named_model(name, "cpu")
    config = build(NetworkConfig, json.loads((folder / "network.json").read_text(encoding="utf-8"))["network"])
    network = Network(config)
    load_tensors(folder / "network.safetensors", network.state_dict())
    space = WordSpace(load_words(parts / "words.safetensors"))
    return LoadedModel(
        name=folder.name,
        device=CPU,
        dtype=torch.float32,
        network=ready(network, CPU, torch.float32),
        codec=read_codec(parts),
        load_encoders=lambda: _encoders(space),
        sha256={"network.safetensors": file_sha256(folder / "network.safetensors")},
        licence="not stated",
        commercial=None,
    )


def _encoders(space: WordSpace) -> Encoders:
    return MiniEncoders(load_eyes(LITE0), load_eyes(LITE2), space, CPU)


def reached(run: Path, parts: Path = PARTS) -> Network:
    """The network that a training in the folder `run` has reached: its moving average in the last checkpoint."""
    codec = read_codec(parts)
    network = Network(network_config(codec.config.channels))
    network.load_state_dict(
        {
            **network.state_dict(),
            # Neither is trained, so neither is in the checkpoint.
            "preconditioning.spread": _spread(run / "library", codec, parts),
            "empty_text": torch.from_numpy(asked_tokens([], degree_features(()))),
            **_averages(run / "checkpoint.safetensors"),
        }
    )
    return network


def _averages(checkpoint: Path) -> dict[str, Tensor]:
    start = "average.network."
    tensors = read_tensors(checkpoint)[0]
    return {name.removeprefix(start): value for name, value in tensors.items() if name.startswith(start)}


def _spread(library: Path, codec: MiniCodec, parts: Path) -> Tensor:
    """What the training took from its first clips, taken again."""
    sounds = [read_sounds(library, kind) for kind in KINDS]
    space = WordSpace(load_words(parts / "words.safetensors"))
    return spread_of(ClipMaker(sounds, codec.projection, Bins(codec.config.mel, codec.config.deep), space))


def main() -> None:
    """Write the network that a training has reached."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    network = reached(options.run)
    options.out.mkdir(parents=True, exist_ok=True)
    save_tensors(options.out / "network.safetensors", network.state_dict())
    (options.out / "network.json").write_text(json.dumps({"network": asdict(network.config)}, indent=2) + "\n")


if __name__ == "__main__":
    main()
