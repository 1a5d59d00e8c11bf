"""VGGish, on whose features FD_VGG is measured, which is also called FAD (Hershey et al. 2017; Kilgour et al. 2019).

The network of the AudioSet models, with the names of its entries in the public PyTorch file. As the field's benchmark
does (av-benchmark, after audioldm_eval), its last activation, and the whitening of the released features, are left out.
"""

from itertools import pairwise

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmhnet_cli.hearing.embedding import Embedded
from mmhnet_cli.hearing.htk import htk_bands
from mmhnet_cli.products import Linear

RATE_HZ = 16000
WINDOW_SAMPLES, HOP_SAMPLES, FFT_SAMPLES = 400, 160, 512
BANDS, LOW_HZ, HIGH_HZ = 64, 125.0, 7500.0
OFFSET = 0.01
"""It is added before the logarithm."""
EXAMPLE_FRAMES = 96
"""An example has so many, 0.96 s; examples do not lie over each other."""
AT_ONCE = 32


class VGGish(nn.Module):
    """It gives features (B, 128) from examples of log-mel (B, 96, 64), time first. width, inner: 64 and 4096 in the
    public file."""

    def __init__(self, width: int = 64, inner: int = 4096) -> None:
        super().__init__()
        stages = [[width], [2 * width], [4 * width, 4 * width], [8 * width, 8 * width]]
        layers: list[nn.Module] = []
        before = 1
        for stage in stages:
            for after in stage:
                layers += [nn.Conv2d(before, after, 3, padding=1), nn.ReLU()]
                before = after
            layers.append(nn.MaxPool2d(2))
        halved = 2 ** len(stages)
        sizes = [before * (EXAMPLE_FRAMES // halved) * (BANDS // halved), inner, inner, 128]
        maps = [Linear(*pair) for pair in pairwise(sizes)]
        self.features = nn.Sequential(*layers)
        self.embeddings = nn.Sequential(maps[0], nn.ReLU(), maps[1], nn.ReLU(), maps[2])

    def forward(self, examples: Tensor) -> Tensor:
        """Return the features of examples."""
        # The network that this one was converted from has its channels last.
        return self.embeddings(self.features(examples[:, None]).permute(0, 2, 3, 1).flatten(1))


class VggishEmbedding:
    """It is an `Embedding` by examples of 0.96 s; what is left over at the end is not heard. It knows no classes."""

    name, label, rate_hz = "vggish", "VGG", RATE_HZ

    def __init__(self, network: VGGish) -> None:
        self.network = network
        self._window = torch.hann_window(WINDOW_SAMPLES)
        self._bands = torch.from_numpy(htk_bands(BANDS, FFT_SAMPLES, RATE_HZ, LOW_HZ, HIGH_HZ)).float()

    @torch.inference_mode()
    def __call__(self, sound: np.ndarray) -> Embedded:
        """Return the features of (samples,); silence is put behind what is shorter than an example."""
        hop, reach = EXAMPLE_FRAMES * HOP_SAMPLES, WINDOW_SAMPLES - HOP_SAMPLES
        whole = torch.from_numpy(np.ascontiguousarray(sound - sound.mean(), np.float32))
        whole = F.pad(whole, (0, max(0, hop + reach - len(whole))))
        count = (len(whole) - reach) // hop
        rows = [
            self.network(self.log_mel(whole[first * hop : min(first + AT_ONCE, count) * hop + reach]))
            for first in range(0, count, AT_ONCE)
        ]
        return Embedded(torch.cat(rows).numpy(), None)

    def log_mel(self, sound: Tensor) -> Tensor:
        """Map (samples,) to the examples that lie in it, (N, 96, 64)."""
        frames = sound.unfold(0, WINDOW_SAMPLES, HOP_SAMPLES) * self._window
        magnitudes = torch.fft.rfft(frames, FFT_SAMPLES).abs()
        return torch.log(magnitudes @ self._bands.T + OFFSET).unflatten(0, (-1, EXAMPLE_FRAMES))
