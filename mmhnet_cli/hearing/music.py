"""Whether a sound is music and nothing else, as PANNs' CNN14 hears it.

A network of that kind is needed: our judge of kinds, which knows synthetic sound alone, takes hammering for a drum and
drums for coins, and pitch and rhythm by themselves do not tell music from bells, engines and footsteps.
"""

from pathlib import Path

import numpy as np
import torch

from mmhnet_cli.audio.resample import resample
from mmhnet_cli.errors import BadOption, EmbeddingInvalid
from mmhnet_cli.hearing.panns import CLASSES, PannsEmbedding
from mmhnet_cli.hearing.published import load_file

MUSIC = 137
"""The place of music among the classes of AudioSet ..."""
OF_MUSIC = (range(27, 38), range(MUSIC, 283))
"""... of singing, and of music with its instruments, its kinds and its moods ..."""
FIRST_OF_SPACE = 500
"""... and of the first class that names no source, but a room, or how a sound was recorded."""
SURE, THERE = 0.5, 0.2
"""Music is heard with such a probability, and any source that is no music with less than this: numbers of ours."""
OTHERS = np.array([at < FIRST_OF_SPACE and not any(at in some for some in OF_MUSIC) for at in range(CLASSES)])


def music_alone(probabilities: np.ndarray) -> bool:
    """Tell it from the probability of each class, (CLASSES,) from 0 to 1, of which several may be there at once."""
    return bool(probabilities[MUSIC] >= SURE and probabilities[OTHERS].max() < THERE)


class MusicJudge:
    """It hears whether a sound is music alone."""

    def __init__(self, network: PannsEmbedding) -> None:
        self.network = network

    def __call__(self, sound: np.ndarray, rate_hz: int) -> bool:
        """Tell it of (samples,), all of which has to be music."""
        heard = resample(sound[None], rate_hz, self.network.rate_hz)[0]
        probabilities = torch.sigmoid(self.network.heard(heard)[1]).numpy()
        return all(music_alone(row) for row in probabilities)


def load_music_judge(path: Path) -> MusicJudge:
    """Return the judge of a file with the weights of CNN14. Raises BadOption or EmbeddingInvalid."""
    if not path.exists():
        raise BadOption("--skip-music", str(path), "a file with the weights of PANNs' CNN14")
    network = load_file(path)
    if not isinstance(network, PannsEmbedding):
        raise EmbeddingInvalid(path, "its network", "PANNs' CNN14, which knows music", network.name)
    return MusicJudge(network)
