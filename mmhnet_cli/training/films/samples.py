"""Sounds that a training makes as it goes, of clips that it does not learn from: to be heard, and to be seen."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from mmhnet_cli.audio.spectrogram import FRAME, band_shades
from mmhnet_cli.flow.guidance import guided
from mmhnet_cli.flow.noise import noise
from mmhnet_cli.flow.solvers import euler
from mmhnet_cli.flow.times import uniform_times
from mmhnet_cli.media.audio_file import write_wav
from mmhnet_cli.media.png import palette, png
from mmhnet_cli.model.network import Network
from mmhnet_cli.models.store import replacing
from mmhnet_cli.training.films.batches import stacked
from mmhnet_cli.training.films.shards import Example
from mmhnet_cli.training.films.writing import made_folder, written

STEPS = 25
COLUMNS, BANDS = 800, 128
"""Of the picture of a sound; a full-scale sine is white."""
TRUE = "true"


class Samples:
    """Writes `FOLDER/STEP/NN.wav` and `.png` for each example, and once the true sounds as `FOLDER/true`.

    decode: gives sound (B, samples) at `rate_hz` for latents (B, L, C). The noise of an example is always the same.
    """

    def __init__(
        self, folder: Path, examples: Sequence[Example], decode: Callable[[Tensor], Tensor], rate_hz: int
    ) -> None:
        self.folder, self.examples, self.decode, self.rate_hz = folder, examples, decode, rate_hz

    @torch.no_grad()
    def __call__(self, network: Network, step: int, device: torch.device) -> None:
        """Write the sounds of a network. Raises OutputUnwritable."""
        for number, example in enumerate(self.examples, 1):
            true = self.folder / TRUE / f"{number:02d}.wav"
            if not true.exists():
                self._write(true, example.latents.unsqueeze(0).to(device))
            self._write(self.folder / f"{step:06d}" / true.name, sampled(network, example, number, device))

    def _write(self, path: Path, latents: Tensor) -> None:
        made_folder(path.parent)
        sound = self.decode(latents).float().cpu().numpy()
        # Weights that have just begun may lead anywhere.
        sound = np.nan_to_num(sound).clip(-1, 1)
        with written(path), replacing(path.with_suffix(".png")) as partial:
            partial.write_bytes(picture(sound[0], self.rate_hz))
        with written(path), replacing(path) as partial:
            write_wav(partial, sound, self.rate_hz)


def sampled(network: Network, example: Example, seed: int, device: torch.device) -> Tensor:
    """Return latents (1, L, C) of a clip, by Euler steps from the noise of the seed, with the guidance of the model."""
    nothing = np.zeros(1, bool)
    batch = stacked([example], len(network.empty_text), nothing, nothing).to(device)
    length = batch.latents.shape[1]
    with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
        features = network.drop_conditions(batch.features, batch.drop_video, batch.drop_text)
        real = network.condition(features, length)
        null = network.condition(network.null_features(features), length)
        velocity = guided(
            lambda x, t: network.velocity(x, t, real),
            lambda x, t: network.paired_velocity(x, t, real, null),
            network.config.guidance,
        )
        start = noise(seed, length, network.config.latent_channels).to(device)
        return network.unnormalise(euler(velocity, start, uniform_times(STEPS)).float())


def picture(sound: np.ndarray, rate_hz: int) -> bytes:
    """Return the spectrogram of a sound (n,) as a PNG, high tones above."""
    padded = np.pad(sound, (FRAME // 2, FRAME))
    firsts = np.linspace(0, len(sound) - 1, COLUMNS).round().astype(int)
    frames = np.lib.stride_tricks.sliding_window_view(padded, FRAME)[firsts]
    return png(band_shades(frames, rate_hz, BANDS).T[::-1], palette())
