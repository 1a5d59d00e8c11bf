"""What fewer evaluations cost in sound: `python -m benchmarks.steps [--model NAME_OR_FOLDER] [--kinds N]`.

For each solver and number of steps, at equal seeds: how far latents and log-mel are from those of 100 steps, and how
often the judge of kinds names the same as there, and the right one. Guidance leads away from two things in turn, step
by step, so that few steps are uneven for it as well.
"""

import argparse
import sys
from collections.abc import Sequence
from fractions import Fraction
from itertools import product
from pathlib import Path

import numpy as np
import torch

from benchmarks.classifier import NAMES, KindClassifier, classify, load_classifier, near
from benchmarks.common import CODEC_RATE_HZ, table
from benchmarks.degrees import still_film
from benchmarks.second_edition import read_second_edition
from benchmarks.spread import SHOWN, mel_of
from mmhnet_cli.codec.mini import MiniCodec
from mmhnet_cli.encoders.protocol import Encoders, Picture
from mmhnet_cli.options import SamplerOptions
from mmhnet_cli.pipeline.making.decoding import decode
from mmhnet_cli.pipeline.making.features import film_features
from mmhnet_cli.pipeline.making.load import LoadedModel
from mmhnet_cli.pipeline.making.sampling import Part, sample
from mmhnet_cli.timeline import Timeline
from mmhnet_cli.training.world.kinds import KINDS

REFERENCE = SamplerOptions(100)
TRIED = (
    *(SamplerOptions(steps) for steps in (4, 6, 8, 12, 16, 25, 50)),
    *(SamplerOptions(steps, solver="midpoint") for steps in (6, 12)),
    SamplerOptions(6, solver="heun"),
)
NEPER_DB = 8.686


@torch.inference_mode()
def made(
    kind: str, sampler: SamplerOptions, model: LoadedModel, encoders: Encoders, judge: KindClassifier
) -> tuple[np.ndarray, np.ndarray, str]:
    """Latents (L, C) of unit scale, log-mel (bands, T) in nepers, and what the judge hears, of a kind asked for."""
    assert isinstance(model.codec, MiniCodec)
    film = still_film(kind, 7700)
    timeline = Timeline(Fraction(film.duration_s), model.sequence)
    prompt = KINDS[kind].wording.nouns[0]
    features = film_features(model, encoders, Picture(film.clip, film.sync), prompt, "")
    (latents,) = sample(model, [Part(features, timeline.latents, sampler.seed)], sampler, lambda done: None)
    samples = timeline.output_samples(CODEC_RATE_HZ)
    sound = decode(model, latents, timeline, CODEC_RATE_HZ, samples, lambda done: None)[0]
    heard = NAMES[int(classify(judge, sound).argmax())]
    return model.network.normalise(latents).numpy(), mel_of(model.codec, sound), heard


def measure(model: LoadedModel, kinds: Sequence[str], tried: Sequence[SamplerOptions], judge: KindClassifier) -> str:
    """Table of the samplers, the cheapest first."""
    encoders = model.load_encoders()
    found = {}
    for kind, sampler in product(kinds, (REFERENCE, *tried)):
        found[kind, sampler] = made(kind, sampler, model, encoders, judge)
        print(f"{kind}, {sampler.solver} {sampler.steps}: {found[kind, sampler][2]}", file=sys.stderr, flush=True)
    rows = []
    for sampler in sorted((*tried, REFERENCE), key=evaluations):
        pairs = [(found[kind, sampler], found[kind, REFERENCE]) for kind in kinds]
        latents = np.mean([np.linalg.norm(own[0] - best[0]) / np.linalg.norm(best[0]) for own, best in pairs])
        mel_db = NEPER_DB * np.mean([np.abs(own[1] - best[1]).mean() for own, best in pairs])
        same = sum(own[2] == best[2] for own, best in pairs)
        right = sum(near(kind, own[2]) for kind, (own, _) in zip(kinds, pairs, strict=True))
        name = f"{sampler.solver} {sampler.steps}"
        rows.append([name, evaluations(sampler), f"{latents:.3f}", f"{mel_db:.2f} dB", same, right])
    return table(
        [
            "solver and steps",
            "evaluations",
            "latents, of their size",
            "log-mel",
            f"named alike of {len(kinds)}",
            "right",
        ],
        rows,
    )


def evaluations(sampler: SamplerOptions) -> int:
    """How often the network is asked, with its guidance."""
    return sampler.steps * (1 if sampler.solver == "euler" else 2)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="mini")
    parser.add_argument("--kinds", type=int, default=len(SHOWN), help="so many kinds, one film each")
    options = parser.parse_args()
    judge = load_classifier(Path("runs/benchmarks/classifier.safetensors"))
    kinds = SHOWN[:: max(1, len(SHOWN) // options.kinds)][: options.kinds]
    print(measure(read_second_edition(options.model), kinds, TRIED, judge))


if __name__ == "__main__":
    main()
