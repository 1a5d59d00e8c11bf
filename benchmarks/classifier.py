"""A judge of what a sound is: a small network trained on procedural sound, never on generated sound."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmhnet_cli.codec.mel import LogMel, MelConfig
from mmhnet_cli.models.checkpoint import load_tensors, save_tensors
from mmhnet_cli.training.world.kinds import DRAWN
from mmhnet_cli.training.world.script import SceneConfig, make_scene
from mmhnet_cli.training.world.sound import render_sound

NAMES = DRAWN
MEL = MelConfig(fft_samples=2048, hop_samples=882, bins=64, low_hz=40.0, high_hz=18000.0)
"""50 frames per second; not the codec's front end."""
WINDOW_FRAMES = 150
DEPTH_NEPERS = 8.0
"""How far below the loudest point of a window is still looked at."""
CLIP_S = 6.0
FIRST_SEED = 5_000_000


class KindClassifier(nn.Module):
    """Scores (B, kinds) from windows of log-mel (B, 64, WINDOW_FRAMES)."""

    def __init__(self, width: int = 24) -> None:
        super().__init__()
        sizes = [1, width, 2 * width, 3 * width, 4 * width]
        self.convolutions = nn.ModuleList(
            nn.Conv2d(before, after, 3, stride=2, padding=1) for before, after in pairwise(sizes)
        )
        self.norms = nn.ModuleList(nn.GroupNorm(4, size) for size in sizes[1:])
        self.outlet = nn.Linear(2 * sizes[-1] * 4, len(NAMES))

    def forward(self, mel: Tensor) -> Tensor:
        """The loudest point of each window is brought to 0 first: level says nothing about the kind."""
        x = (mel - mel.amax((1, 2), keepdim=True)).clamp(min=-DEPTH_NEPERS)[:, None] / 4 + 1
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            x = F.silu(norm(convolution(x)))
        # (B, C, 4, T): what happens at which height, on average and at its strongest moment.
        return self.outlet(torch.cat([x.mean(3), x.amax(3)], dim=1).flatten(1))


def windows_of(mel: Tensor, hop: int = WINDOW_FRAMES // 2) -> Tensor:
    """Overlapping windows (N, 64, WINDOW_FRAMES) of (64, T); a shorter sound is padded with its floor."""
    missing = max(0, WINDOW_FRAMES - mel.shape[1])
    padded = F.pad(mel, (0, missing), value=float(mel.min()))
    return padded.unfold(1, WINDOW_FRAMES, hop).transpose(0, 1)


def classify(model: KindClassifier, sound: np.ndarray) -> Tensor:
    """Log probabilities (kinds,) of a sound (samples,) at 44.1 kHz, mean over windows that are not silent."""
    with torch.no_grad():
        mel = LogMel(MEL)(torch.from_numpy(np.ascontiguousarray(sound, np.float32))[None])[0]
        windows = windows_of(mel)
        peaks = windows.amax((1, 2))
        return F.log_softmax(model(windows[peaks > peaks.max() - 5]), dim=-1).mean(0)


def _training_mel(seed: int, kind: str) -> Tensor:
    scene = make_scene(
        seed, CLIP_S, SceneConfig(kinds=(kind,), shot_s=(CLIP_S, CLIP_S + 1), sources_per_shot=(1, 0, 0))
    )
    with torch.no_grad():
        return LogMel(MEL)(torch.from_numpy(render_sound(scene))[None])[0]


def train_classifier(report: Callable[[str], None], clips: int = 80, steps: int = 700, seed: int = 0) -> KindClassifier:
    """Train on `clips` procedural sounds of each kind; reports accuracy on sounds of other seeds."""
    torch.manual_seed(seed)
    mels = torch.stack(
        [_training_mel(FIRST_SEED + 1000 * k + i, kind) for k, kind in enumerate(NAMES) for i in range(clips)]
    )
    labels = torch.arange(len(NAMES)).repeat_interleave(clips)
    held = torch.arange(len(labels)) % clips >= clips * 9 // 10
    model = KindClassifier()
    optimiser = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, total_steps=steps)
    train_rows = (~held).nonzero()[:, 0]
    for step in range(steps):
        rows = train_rows[torch.randint(len(train_rows), (64,))]
        start = int(torch.randint(mels.shape[2] - WINDOW_FRAMES + 1, ()))
        batch = mels[rows, :, start : start + WINDOW_FRAMES]
        # Codecs tilt spectra and leave faint noise: neither changes what a sound is.
        tilt = F.interpolate(torch.randn(64, 1, 5), 64, mode="linear")[:, 0, :, None] * 0.25
        loudest = batch.amax((1, 2), keepdim=True)
        floor = loudest - 5 - 3 * torch.rand(64, 1, 1)
        loss = F.cross_entropy(model(torch.logaddexp(batch + tilt, floor)), labels[rows], label_smoothing=0.05)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        if (step + 1) % 100 == 0:
            report(f"classifier step {step + 1}/{steps}  loss {float(loss.detach()):.3f}")
    model.eval()
    with torch.no_grad():
        scores = torch.stack([F.log_softmax(model(windows_of(mel)), -1).mean(0) for mel in mels[held]])
    accuracy = (scores.argmax(1) == labels[held]).float().mean()
    report(f"classifier names {float(accuracy):.1%} of unseen procedural sounds")
    return model


def load_classifier(path: Path, report: Callable[[str], None]) -> KindClassifier:
    """The classifier stored at `path`, trained first where there is none."""
    if not path.exists():
        save_tensors(path, train_classifier(report).state_dict())
    model = KindClassifier()
    load_tensors(path, model.state_dict())
    return model.eval()
