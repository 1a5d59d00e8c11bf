"""How much sounds of one prompt differ from seed to seed, against how much true sounds of that kind differ.

    python -m benchmarks.spread [--model NAME_OR_FOLDER] [--seeds 6] [--quick]

The true ones are sounds of the library that no training takes, through the codec and back.
"""

import argparse
import sys
from collections.abc import Sequence

import numpy as np
import torch

from benchmarks.abstract_film import sounds_for
from benchmarks.common import CODEC_RATE_HZ, table
from benchmarks.degrees import still_film
from benchmarks.second_edition import read_second_edition
from mmhnet_cli.codec.mini import MiniCodec
from mmhnet_cli.encoders.protocol import Encoders
from mmhnet_cli.pipeline.making.load import LoadedModel
from mmhnet_cli.training.library import render
from mmhnet_cli.training.world.kinds import KINDS

SHOWN = (
    *("rain", "wind", "fire", "stream", "crowd"),
    *("engine", "siren", "drill", "fan", "train"),
    *("footsteps", "hammer_metal", "knock", "drum", "typing"),
    *("dog", "bird", "bell", "violin", "door_creak"),
)
FIRST_NUMBER = 20_000
"""Sounds of the library from here on are compared; the judge of kinds learns some of those before."""
SECONDS = 8
DEEPEST_NEPERS = 7.0
"""Below the loudest point of a sound: what is deeper counts as silence."""


def traits(mel: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of levels (bands, T) in nepers: the mean of each band over time, and its deviation over time, (bands,) each.

    The loudest point is brought to 0 first: how loud a sound is does not count.
    """
    relative = np.maximum(mel - mel.max(), -DEEPEST_NEPERS)
    return relative.mean(1), relative.std(1)


def spread(mels: Sequence[np.ndarray]) -> np.ndarray:
    """(2,): deviation among sounds of both `traits`, mean over bands, in nepers."""
    return np.array([np.std(trait, axis=0, ddof=1).mean() for trait in zip(*map(traits, mels), strict=True)])


@torch.inference_mode()
def mel_of(codec: MiniCodec, sound: np.ndarray) -> np.ndarray:
    """Log-mel (bands, T) of a sound as the codec hears it."""
    return codec.log_mel(torch.from_numpy(sound)[None])[0].numpy()


@torch.inference_mode()
def coded(codec: MiniCodec, sound: np.ndarray) -> np.ndarray:
    """A sound through the codec and back."""
    return codec.decode(codec.encode(torch.from_numpy(sound)[None]))[0].numpy()


def measure(model: LoadedModel, encoders: Encoders, kinds: Sequence[str], seeds: int) -> str:
    """Table of the spreads of generated and true sounds, and of their ratio."""
    codec = model.codec
    assert isinstance(codec, MiniCodec)
    rows, ratios = [], []
    for kind in kinds:
        prompt = KINDS[kind].wording.nouns[0]
        made = sounds_for(still_film(kind, 7500), prompt, model, encoders, range(seeds))
        true = [render(kind, FIRST_NUMBER + number)[: SECONDS * CODEC_RATE_HZ] for number in range(seeds)]
        ours = spread([mel_of(codec, sound) for sound in made])
        theirs = spread([mel_of(codec, coded(codec, sound)) for sound in true])
        ratios.append(ours / theirs)
        rows.append([kind, *(f"{own:.2f} / {real:.2f}" for own, real in zip(ours, theirs, strict=True))])
        print(f"{kind}: {ratios[-1].round(2)}", file=sys.stderr, flush=True)
    mean = np.mean(ratios, axis=0)
    rows.append([f"**mean ratio {mean.mean():.2f}**", *(f"{each:.2f}" for each in mean)])
    header = ["kind", "mean of the bands over time, generated / true", "deviation of the bands over time, the same"]
    return table(header, rows)


def main() -> None:
    """Print how far generated sounds differ from seed to seed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="mini", help="a name, a folder, or where a training left its network")
    parser.add_argument("--seeds", type=int, default=6)
    parser.add_argument("--quick", action="store_true", help="two kinds and three seeds; for trying")
    options = parser.parse_args()
    model = read_second_edition(options.model)
    kinds, seeds = (SHOWN[::10], 3) if options.quick else (SHOWN, options.seeds)
    print(measure(model, model.load_encoders(), kinds, seeds))


if __name__ == "__main__":
    main()
