"""Pitch that is held: frames in which the strongest partial of generated engines and sirens leaps by a semitone.

python -m benchmarks.leaps [--model NAME_OR_FOLDER] [--seeds 6] [--quick]
"""

import argparse
from collections.abc import Iterable

import numpy as np

from benchmarks.abstract_film import sounds_for
from benchmarks.common import table
from benchmarks.degrees import still_film
from benchmarks.evaluation.ears import leaping_share
from benchmarks.second_edition import read_second_edition
from benchmarks.spread import FIRST_NUMBER, coded
from mmhnet_cli.codec.mini import MiniCodec
from mmhnet_cli.encoders.protocol import Encoders
from mmhnet_cli.pipeline.making.load import LoadedModel
from mmhnet_cli.training.library import render
from mmhnet_cli.training.world.kinds import KINDS

KINDS_MEASURED = ("engine", "siren")
MOST = 0.15
"""Share of frames that may leap."""


def leaping(sounds: Iterable[np.ndarray]) -> float:
    """Mean share of frames of each sound in which its strongest partial leaps."""
    return float(np.mean([leaping_share(sound, sound) for sound in sounds]))


def measure(model: LoadedModel, encoders: Encoders, seeds: int) -> str:
    """Table of leaps in generated sound, in true sound through the codec, and in true sound."""
    assert isinstance(model.codec, MiniCodec)
    rows = []
    for kind in KINDS_MEASURED:
        made = sounds_for(still_film(kind, 7700), KINDS[kind].wording.nouns[0], model, encoders, range(seeds))
        true = [render(kind, FIRST_NUMBER + number) for number in range(seeds)]
        shares = (leaping(made), leaping(coded(model.codec, sound) for sound in true), leaping(true))
        rows.append([kind, *(f"{share:.3f}" for share in shares)])
    return table(["frames that leap", f"generated, {seeds} seeds (at most {MOST})", "codec alone", "true"], rows)


def main() -> None:
    """Print how well generated sound holds its pitch."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="mini", help="a name, a folder, or where a training left its network")
    parser.add_argument("--seeds", type=int, default=6)
    parser.add_argument("--quick", action="store_true", help="one seed; for trying")
    options = parser.parse_args()
    model = read_second_edition(options.model)
    print(measure(model, model.load_encoders(), 1 if options.quick else options.seeds))


if __name__ == "__main__":
    main()
