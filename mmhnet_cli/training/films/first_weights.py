"""The network that a training begins with: fresh, at the scale of its data, or with what another one has learnt."""

from dataclasses import dataclass
from pathlib import Path

import torch

from mmhnet_cli.encoders.meaning import NO_WORDS
from mmhnet_cli.errors import BadOption
from mmhnet_cli.model.config import NetworkConfig
from mmhnet_cli.model.network import Network
from mmhnet_cli.models.adapters import MMAUDIO_KEY, mmaudio_to_network
from mmhnet_cli.models.checkpoint import read_tensors
from mmhnet_cli.training.films.batches import FilmBatches

LEAST_SPREAD = 1e-3


@dataclass(frozen=True)
class Teacher:
    """A model to begin with: its name, its file of the network, and under which licence that is."""

    name: str
    path: Path
    licence: str


def fresh_network(config: NetworkConfig, seed: int, batches: FilmBatches, own_words: bool) -> Network:
    """Return a network with drawn weights that knows the scale of its latents.

    own_words: no prompt is a text of the mini's encoders, and nothing to be learnt.
    """
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(seed)
        network = Network(config)
    latents = torch.cat(list(batches.latents())).double()
    if network.preconditioning is not None:
        network.preconditioning.spread.copy_(latents.square().mean(0).sqrt().clamp_min(LEAST_SPREAD))
    else:
        network.latent_mean.copy_(latents.mean(0))
        network.latent_std.copy_(latents.std(0).clamp_min(LEAST_SPREAD))
    if own_words:
        with torch.no_grad():
            network.empty_text.copy_(torch.from_numpy(NO_WORDS))
    return network


def take_weights(network: Network, teacher: Teacher) -> tuple[str, ...]:
    """Fill the network with every tensor of the teacher that fits, and return the names of the others.

    Raises WeightsInvalid, and BadOption where none fits.
    """
    tensors = read_tensors(teacher.path)[0]
    if MMAUDIO_KEY in tensors:
        tensors = mmaudio_to_network(tensors, teacher.path)
    state = network.state_dict()
    anew = tuple(name for name, value in state.items() if name not in tensors or tensors[name].shape != value.shape)
    if len(anew) == len(state):
        raise BadOption("--init-from", teacher.name, "a model that has a tensor of the sizes of CONFIG")
    for name in state.keys() - set(anew):
        state[name].copy_(tensors[name])
    return anew
