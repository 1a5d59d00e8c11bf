"""How well a network does on clips that it was not trained on, one by one and several in a row."""

from collections.abc import Callable, Iterator, Sequence
from statistics import fmean

import numpy as np
import torch
from torch import Tensor

from mmhnet_cli.model.network import Network
from mmhnet_cli.training.films.batches import stacked
from mmhnet_cli.training.films.held import Held, joined
from mmhnet_cli.training.films.index import ClipRow
from mmhnet_cli.training.films.shards import Example
from mmhnet_cli.training.objective import flow_objective

DRAWS = 4
"""Each clip is scored at so many times, with noise of its own; always the same, so that scores can be compared."""


class Scores:
    """The loss of the flow on what was kept out, nothing dropped: `held`, of clips one by one; `long`, of the same
    film in stretches `held.TIMES_AS_LONG` as long, the network seeing all of each.

    example_of: gives what was prepared of a clip. weights (C,), times: as for the training.
    """

    def __init__(
        self, held: Held, example_of: Callable[[ClipRow], Example], weights: Tensor, times: tuple[float, float]
    ) -> None:
        self.held, self.example_of, self.weights, self.times = held, example_of, weights, times

    @torch.no_grad()
    def __call__(self, network: Network) -> dict[str, float]:
        """Return the scores that there are clips for."""
        clips = (self.example_of(clip) for clip in self.held.clips)
        stretches = (joined([self.example_of(clip) for clip in stretch]) for stretch in self.held.stretches)
        found = {"held": list(self._losses(network, clips)), "long": list(self._losses(network, stretches))}
        return {name: fmean(losses) for name, losses in found.items() if losses}

    def _losses(self, network: Network, examples: Iterator[Example]) -> Iterator[float]:
        for number, example in enumerate(examples):
            batch = stacked([example] * DRAWS, len(network.empty_text), *_nothing(DRAWS)).to(self.weights.device)
            generator = torch.Generator().manual_seed(number)
            features = network.drop_conditions(batch.features, batch.drop_video, batch.drop_text)
            latents = network.normalise(batch.latents)
            yield flow_objective(network, self.weights, features, latents, generator, self.times)[2]["flow"]


def _nothing(size: int) -> Sequence[np.ndarray]:
    return np.zeros(size, bool), np.zeros(size, bool)
