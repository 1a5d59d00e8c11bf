"""The training of the judge of what a sound is, see `mmhnet_cli.hearing.kinds`; never on generated sound.

It learns every kind from single sounds of the library that no training takes (`FIRST_NUMBER`), placed and recorded as
`evaluation.recordings` does it. `python -m benchmarks.judge` says how far it can be believed, and with --train makes a
new one.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from benchmarks.evaluation.recordings import recorded
from mmhnet_cli.encoders.meaning import KIND_NAMES
from mmhnet_cli.hearing.kinds import (
    MEL,
    SILENT_NEPERS,
    WINDOW_FRAMES,
    KindClassifier,
    load_judge,
    mel_of,
    scores_of,
)
from mmhnet_cli.training.library import solo
from mmhnet_cli.training.world.rhythm import EDGE_S
from mmhnet_cli.training.world.scene import Scene, excerpt
from mmhnet_cli.training.world.sound import render_sound

NAMES = KIND_NAMES
FIRST_NUMBER = 10_000
"""Sounds of the library from here on are the judge's; training takes those from 0."""
CLIP_S = 4.0
"""Of each sound: another sound teaches more than more of the same."""
HELD = 8
"""Sounds of each kind, the first ones, that the judge is tested with and does not learn."""
BATCH = 48
ALIKE: tuple[frozenset[str], ...] = (frozenset({"guitar", "piano"}),)
"""Kinds that are near by nature: more than a quarter of the sounds of one, held out, is named as the other."""


def near(kind: str, heard: str) -> bool:
    """Whether a sound of a kind may well be heard as this."""
    return kind == heard or any({kind, heard} <= group for group in ALIKE)


def classify(model: KindClassifier, sound: np.ndarray) -> Tensor:
    """Log probabilities (kinds,) of a sound (samples,) at 44.1 kHz, mean over windows that are not silent."""
    return scores_of(model, mel_of(sound)).mean(0)


def judge_mels(numbers: range, report: Callable[[str], None]) -> Tensor:
    """Sounds of the judge by number, (numbers, kinds, 64, T), float16."""
    rows = []
    for number in numbers:
        rows.append(torch.stack([mel_of(_rendered(kind, FIRST_NUMBER + number)) for kind in NAMES]).half())
        report(f"sound {number + 1} of each kind is rendered")
    return torch.stack(rows)


def _rendered(kind: str, number: int) -> np.ndarray:
    """The beginning of a sound of the library, without onsets that would be cut off."""
    source = excerpt(solo(kind, number), 0.0, CLIP_S)
    whole = source.events_s < CLIP_S - EDGE_S
    source = replace(source, events_s=source.events_s[whole], strengths=source.strengths[whole])
    return render_sound(Scene(number, CLIP_S, (), (source,)))


def train_classifier(
    report: Callable[[str], None], per_kind: int = 27, steps: int = 700, seed: int = 0
) -> KindClassifier:
    """Train on `per_kind` sounds of each kind; reports accuracy on the sounds that are held out."""
    model = fit_classifier(judge_mels(range(HELD, HELD + per_kind), report), report, steps, seed)
    right = [heard == kind for kind, heard in held_out(model, judge_mels(range(HELD), report))]
    report(f"classifier names {np.mean(right):.1%} of unseen procedural sounds")
    return model


def fit_classifier(mels: Tensor, report: Callable[[str], None], steps: int, seed: int = 0) -> KindClassifier:
    """Train on (N, kinds, 64, T) of single sounds."""
    torch.manual_seed(seed)
    model = KindClassifier()
    optimiser = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, total_steps=steps)
    labels = torch.arange(len(NAMES)).expand(len(mels), -1).flatten()
    sounds = mels.flatten(0, 1)
    starts = _audible_starts(sounds)
    for step in range(steps):
        rng = np.random.default_rng((seed, step))
        rows, company = rng.integers(len(sounds), size=(2, BATCH))
        batch = recorded(_windows(sounds, starts, rows, rng), _windows(sounds, starts, company, rng), MEL, rng)
        loss = F.cross_entropy(model(batch), labels[rows], label_smoothing=0.05)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        if (step + 1) % 50 == 0:
            report(f"classifier step {step + 1}/{steps}  loss {float(loss.detach()):.3f}")
    return model.eval()


def _audible_starts(sounds: Tensor) -> list[np.ndarray]:
    """For each sound (64, T) the frames at which a window begins that is not silent."""
    peaks = F.max_pool1d(sounds.float().amax(1), WINDOW_FRAMES, stride=1)
    return [np.flatnonzero(row > row.max() - SILENT_NEPERS) for row in peaks.numpy()]


def _windows(sounds: Tensor, starts: list[np.ndarray], rows: np.ndarray, rng: np.random.Generator) -> Tensor:
    """A random window (64, WINDOW_FRAMES) of each of these rows, float32."""
    first = [int(rng.choice(starts[row])) for row in rows]
    cut = [sounds[row, :, start : start + WINDOW_FRAMES] for row, start in zip(rows, first, strict=True)]
    return torch.stack(cut).float()


def held_out(model: KindClassifier, mels: Tensor) -> list[tuple[str, str]]:
    """What each sound of (N, kinds, 64, T) is, and what it is heard as."""
    return [
        (kind, NAMES[int(scores_of(model, mel.float()).mean(0).argmax())])
        for row in mels
        for kind, mel in zip(NAMES, row, strict=True)
    ]


def load_classifier(path: Path) -> KindClassifier:
    """The one that ships, unless there is one at `path`."""
    return load_judge(path if path.exists() else None)
