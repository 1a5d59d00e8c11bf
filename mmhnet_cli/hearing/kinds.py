"""The embedding that ships: a small network that hears which of the mini's kinds a sound is.

It was trained on procedural sound alone (`benchmarks/classifier.py`, CC0): it knows sounds as this program synthesises
them, and of recordings little. Figures of it compare networks of this program, and nothing with figures of a paper.
"""

from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmhnet_cli.codec.mel import LogMel, MelConfig
from mmhnet_cli.encoders.meaning import KIND_NAMES
from mmhnet_cli.hearing.embedding import Embedded
from mmhnet_cli.models.checkpoint import load_tensors
from mmhnet_cli.models.registry import weights_folder

RATE_HZ = 44100
MEL = MelConfig(fft_samples=2048, hop_samples=882, bins=64, low_hz=40.0, high_hz=18000.0)
"""50 frames per second; not the codec's front end."""
WINDOW_FRAMES = 150
DEPTH_NEPERS = 8.0
"""How far below the loudest point of a window is still looked at."""
SILENT_NEPERS = 5.0
"""A window whose loudest point is so far below that of the sound says nothing."""
AT_ONCE = 64


class KindClassifier(nn.Module):
    """It gives scores (B, kinds) from windows of log-mel (B, 64, WINDOW_FRAMES)."""

    def __init__(self, width: int = 24) -> None:
        super().__init__()
        sizes = [1, width, 2 * width, 3 * width, 4 * width]
        self.convolutions = nn.ModuleList(
            nn.Conv2d(before, after, 3, stride=2, padding=1) for before, after in pairwise(sizes)
        )
        self.norms = nn.ModuleList(nn.GroupNorm(4, size) for size in sizes[1:])
        # Where the maps are small, a second look costs little.
        self.seconds = nn.ModuleList(nn.Conv2d(size, size, 3, padding=1) for size in sizes[3:])
        self.second_norms = nn.ModuleList(nn.GroupNorm(4, size) for size in sizes[3:])
        self.outlet = nn.Linear(2 * sizes[-1] * 4, len(KIND_NAMES))

    def features(self, mel: Tensor) -> Tensor:
        """Return (B, D): what happens at which height of the spectrum, on average and at its strongest moment.

        The loudest point of each window is brought to 0 first: level says nothing about the kind.
        """
        x = (mel - mel.amax((1, 2), keepdim=True)).clamp(min=-DEPTH_NEPERS)[:, None] / 4 + 1
        for level, (convolution, norm) in enumerate(zip(self.convolutions, self.norms, strict=True)):
            x = F.silu(norm(convolution(x)))
            if level >= 2:
                x = x + F.silu(self.second_norms[level - 2](self.seconds[level - 2](x)))
        return torch.cat([x.mean(3), x.amax(3)], dim=1).flatten(1)

    def forward(self, mel: Tensor) -> Tensor:
        """Return the scores of windows."""
        return self.outlet(self.features(mel))


class KindEmbedding:
    """It is an `Embedding` by windows of 3 s, half over each other."""

    name, label = "kinds", ""
    rate_hz = RATE_HZ
    hop_s = WINDOW_FRAMES // 2 * MEL.hop_samples / RATE_HZ

    def __init__(self, judge: KindClassifier) -> None:
        self.judge = judge

    @torch.inference_mode()
    def __call__(self, sound: np.ndarray) -> Embedded:
        """Return features and probabilities of the windows of (samples,), in order."""
        windows = windows_of(mel_of(sound))
        features = torch.cat([self.judge.features(some) for some in windows.split(AT_ONCE)])
        return Embedded(features.numpy(), F.softmax(self.judge.outlet(features), dim=1).numpy())


def load_judge(path: Path | None = None) -> KindClassifier:
    """Return the network of a file, or the one that ships. Raises WeightsInvalid."""
    judge = KindClassifier()
    load_tensors(weights_folder() / "judge" / "judge.safetensors" if path is None else path, judge.state_dict())
    return judge.eval()


def windows_of(mel: Tensor, hop: int = WINDOW_FRAMES // 2) -> Tensor:
    """Return overlapping windows (N, 64, WINDOW_FRAMES) of (64, T); a shorter sound is padded with its floor."""
    missing = max(0, WINDOW_FRAMES - mel.shape[1])
    padded = F.pad(mel, (0, missing), value=float(mel.min()))
    return padded.unfold(1, WINDOW_FRAMES, hop).transpose(0, 1)


@torch.no_grad()
def mel_of(sound: np.ndarray) -> Tensor:
    """Return (64, T) of a sound (samples,) at 44.1 kHz."""
    return LogMel(MEL)(torch.from_numpy(np.ascontiguousarray(sound, np.float32))[None])[0]


@torch.no_grad()
def scores_of(judge: KindClassifier, mel: Tensor) -> Tensor:
    """Return log probabilities (windows, kinds) of the windows of (64, T) that are not silent."""
    windows = windows_of(mel)
    peaks = windows.amax((1, 2))
    return F.log_softmax(judge(windows[peaks > peaks.max() - SILENT_NEPERS]), dim=-1)
