"""Spectrograms of generated sound beside the true one: `python -m benchmarks.pictures [FOLDER]`."""

import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import torch

from benchmarks.common import generate_scene, one_shot_scene
from mmhnet_cli.codec.mel import LogMel, MelConfig
from mmhnet_cli.pipeline.making.load import load_named_model
from mmhnet_cli.training.world.sound import render_sound

KINDS_SHOWN = ("hammer_metal", "rain", "engine", "siren")


def log_mel(sound: np.ndarray) -> np.ndarray:
    """Return the log-mel spectrogram of a sound."""
    with torch.inference_mode():
        return LogMel(MelConfig())(torch.from_numpy(sound)[None])[0].numpy()


def main(folder: Path) -> None:
    """Draw spectrograms beside those of the true sound into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    model = load_named_model("mini", "cpu")
    for index, kind in enumerate(KINDS_SHOWN):
        scene = one_shot_scene(6000 + index, kind)
        figure, axes = plt.subplots(2, 1, figsize=(12, 7), sharex=True, layout="constrained")
        for axis, title, sound in zip(
            axes,
            (f"{kind}, generated", f"{kind}, true"),
            (generate_scene(scene, model).sound, render_sound(scene)),
            strict=True,
        ):
            place = {"origin": "lower", "aspect": "auto", "extent": (0, scene.duration_s, 0, 128)}
            axis.imshow(log_mel(sound), vmin=-11.5, vmax=2, **place)
            for event in scene.sources[0].events_s:
                axis.axvline(event, color="white", linewidth=0.6, alpha=0.6)
            axis.set(title=title, ylabel="mel band")
        axes[-1].set_xlabel("seconds; white lines are the true events")
        figure.savefig(folder / f"{kind}.png", dpi=80)
        plt.close(figure)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "runs/benchmarks"))
