"""PANNs' CNN14, on which the field measures FD_PANNs, IS and KL (Kong et al. 2020): it knows the classes of AudioSet.

The network of the public files, with the names of their entries. What they hold besides, the tables of the transform
into frequencies, is computed here.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmhnet_cli.codec.mel import MelConfig, mel_filters
from mmhnet_cli.hearing.embedding import Embedded
from mmhnet_cli.products import Linear

CLASSES = 527
BANDS = 64
FLOOR = 1e-10
"""A smaller power counts as this."""
WINDOW_S = 8
"""A sound is heard in equal parts of about so many seconds; the field measures clips of 8 s."""
LEAST_S = 1
AT_ONCE = 8


@dataclass(frozen=True)
class Front:
    """How a network hears: the frames of its log-mel."""

    rate_hz: int
    window_samples: int
    hop_samples: int
    high_hz: float
    low_hz: float = 50.0

    @property
    def lines(self) -> int:
        """Return how many frequencies a window has."""
        return self.window_samples // 2 + 1


FRONTS = (Front(32000, 1024, 320, 14000.0), Front(16000, 512, 160, 8000.0))
"""Those of the public files `Cnn14_mAP=0.431.pth` and `Cnn14_16k_mAP=0.438.pth`."""


class ConvBlock(nn.Module):
    """Two convolutions, then each 2 x 2 becomes its mean where `halved`."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(before, after, 3, padding=1, bias=False)
        self.conv2 = nn.Conv2d(after, after, 3, padding=1, bias=False)
        self.bn1, self.bn2 = nn.BatchNorm2d(after), nn.BatchNorm2d(after)

    def forward(self, x: Tensor, halved: bool) -> Tensor:
        """Map (B, C, T, F) to (B, C', T / 2, F / 2), or to (B, C', T, F)."""
        x = F.relu(self.bn1(self.conv1(x)))
        x = F.relu(self.bn2(self.conv2(x)))
        return F.avg_pool2d(x, 2) if halved else x


class Cnn14(nn.Module):
    """It gives features (B, 2048) and scores of classes (B, 527) from log-mel in dB (B, T, 64), T from 32. width: 64
    in the public files."""

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        self.bn0 = nn.BatchNorm2d(BANDS)
        sizes = [1, *(width * 2**level for level in range(6))]
        for number, (before, after) in enumerate(pairwise(sizes), 1):
            self.add_module(f"conv_block{number}", ConvBlock(before, after))
        self.fc1 = Linear(sizes[-1], sizes[-1])
        self.fc_audioset = Linear(sizes[-1], CLASSES)

    def forward(self, mel: Tensor) -> tuple[Tensor, Tensor]:
        """Return features and scores."""
        x = self.bn0(mel.transpose(1, 2)[..., None]).permute(0, 3, 2, 1)
        blocks = [self.get_submodule(f"conv_block{number}") for number in range(1, 7)]
        for block in blocks:
            x = block(x, halved=block is not blocks[-1])
        x = x.mean(3)
        features = F.relu(self.fc1(x.amax(2) + x.mean(2)))
        return features, self.fc_audioset(features)


class PannsEmbedding:
    """It is an `Embedding` by equal parts of about 8 s. Probabilities are the softmax of the scores, as the field
    takes it, though a sound may be of several classes."""

    label = "PANNs"

    def __init__(self, network: Cnn14, front: Front) -> None:
        self.network, self.front = network, front
        self.name, self.rate_hz = f"panns-{front.rate_hz // 1000}k", front.rate_hz
        sizes = MelConfig(front.rate_hz, front.window_samples, front.hop_samples, BANDS, front.low_hz, front.high_hz)
        self._bands = torch.from_numpy(mel_filters(sizes)).float()
        self._window = torch.hann_window(front.window_samples)

    def __call__(self, sound: np.ndarray) -> Embedded:
        """Return features and probabilities of (samples,); silence is put behind what is shorter than a second."""
        features, scores = self.heard(sound)
        return Embedded(features.numpy(), F.softmax(scores, dim=1).numpy())

    @torch.inference_mode()
    def heard(self, sound: np.ndarray) -> tuple[Tensor, Tensor]:
        """Return features (W, 2048) and scores (W, CLASSES) of the parts of (samples,)."""
        whole = torch.from_numpy(np.ascontiguousarray(sound - sound.mean(), np.float32))
        whole = F.pad(whole, (0, max(0, LEAST_S * self.rate_hz - len(whole))))
        count = max(1, round(len(whole) / (WINDOW_S * self.rate_hz)))
        parts = whole[: len(whole) // count * count].unflatten(0, (count, -1))
        heard = [self.network(self.log_mel(some)) for some in parts.split(AT_ONCE)]
        features, scores = zip(*heard, strict=True)
        return torch.cat(features), torch.cat(scores)

    def log_mel(self, sounds: Tensor) -> Tensor:
        """Map (B, samples) to dB (B, T, 64); frames are centred, and what is beyond the ends is mirrored."""
        front = self.front
        spectrum = torch.stft(
            sounds,
            front.window_samples,
            front.hop_samples,
            window=self._window,
            pad_mode="reflect",
            return_complex=True,
        )
        power = spectrum.real.square() + spectrum.imag.square()
        return 10 * torch.log10((self._bands @ power).clamp(min=FLOOR)).transpose(1, 2)
