"""What a user may choose, as frozen data. Checked where it enters, carried unchanged through every layer."""

from dataclasses import dataclass
from typing import Literal

from mmhnet_cli.errors import BadOption

SolverName = Literal["euler", "midpoint", "heun"]

LongFormMode = Literal["auto", "windows", "whole"]

Precision = Literal["auto", "fp32", "bf16", "fp16"]
"""What the networks compute in; `auto` is float32, and bfloat16 on CUDA devices that have it."""

OnExists = Literal["error", "skip", "overwrite", "rename"]
"""What happens when the output is already there; `rename` finds the next free `name_2.ext`."""


@dataclass(frozen=True)
class LoudnessTarget:
    """A delivery target.

    integrated_lufs: programme loudness; None leaves the level alone.
    true_peak_dbtp: ceiling that also holds when the level is left alone.
    """

    integrated_lufs: float | None
    true_peak_dbtp: float


LOUDNESS_TARGETS: dict[str, LoudnessTarget] = {
    "ebu": LoudnessTarget(-23.0, -1.0),  # EBU R 128
    "atsc": LoudnessTarget(-24.0, -2.0),  # ATSC A/85
    "apple": LoudnessTarget(-16.0, -1.0),  # AES TD1008, music and podcasts
    "web": LoudnessTarget(-14.0, -1.0),  # what the large streaming sites play at
    "off": LoudnessTarget(None, -1.0),
}


def loudness_target(text: str, true_peak_dbtp: float | None = None) -> LoudnessTarget:
    """The target that `text` names, a preset or a number of LUFS; `true_peak_dbtp` replaces its ceiling."""
    target = LOUDNESS_TARGETS.get(text)
    if target is None:
        try:
            target = LoudnessTarget(float(text), -1.0)
        except ValueError:
            target = LoudnessTarget(0.0, -1.0)
        if target.integrated_lufs is None or not -60.0 <= target.integrated_lufs <= -5.0:
            raise BadOption("--loudness", text, f"one of {', '.join(LOUDNESS_TARGETS)}, or LUFS from -60 to -5")
    return target if true_peak_dbtp is None else LoudnessTarget(target.integrated_lufs, true_peak_dbtp)


@dataclass(frozen=True)
class SamplerOptions:
    """How latents are drawn.

    steps: of the time grid; midpoint and heun evaluate the network twice per step.
    guidance: scale of classifier-free guidance; 1 is no guidance.
    seed: of the noise.
    """

    steps: int = 25
    guidance: float = 4.5
    solver: SolverName = "euler"
    seed: int = 42


@dataclass(frozen=True)
class LongForm:
    """How a film longer than the clips of training is sampled.

    mode: "windows" takes overlapping windows of the training length together, "whole" the film at once; "auto" takes
        windows where the network has rotary positions, which do not reach beyond that length.
    overlap_s: least overlap of neighbouring windows. 3.2 s holds nearly every single event, so one window hears it
        whole; at windows of 8 s the film is then evaluated 8 / 4.8 = 1.7 times over.
    windows_at_once: evaluated side by side; memory grows with it.
    """

    mode: LongFormMode = "auto"
    overlap_s: float = 3.2
    windows_at_once: int = 8


@dataclass(frozen=True)
class OutputOptions:
    """The delivered file.

    sample_rate_hz: rate of the delivered sound.
    bits: 16 or 24 for PCM, 32 for float.
    """

    sample_rate_hz: int = 48000
    bits: Literal[16, 24, 32] = 24
    loudness: LoudnessTarget = LOUDNESS_TARGETS["ebu"]
    on_exists: OnExists = "error"
