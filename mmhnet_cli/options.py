"""What a user may choose, as frozen data. Checked where it enters, carried unchanged through every layer."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from fractions import Fraction
from typing import Literal

from mmhnet_cli.errors import BadOption

SolverName = Literal["euler", "midpoint", "heun"]

LongFormMode = Literal["auto", "windows", "whole"]

Precision = Literal["auto", "fp32", "bf16", "fp16"]
"""What the networks compute in; `auto` is float32, and bfloat16 on CUDA devices that have it."""

OriginalSound = Literal["replace", "keep", "mix"]

AudioCodec = Literal["auto", "aac", "pcm", "flac", "alac", "opus"]

OnExists = Literal["error", "skip", "overwrite", "rename"]
"""What happens when the output is already there; `rename` finds the next free `name_2.ext`."""


@dataclass(frozen=True)
class LoudnessTarget:
    """A delivery target.

    integrated_lufs: programme loudness; None leaves the level alone.
    true_peak_dbtp: ceiling that also holds when the level is left alone.
    tolerance_lu: how far a finished file may lie from `integrated_lufs`.
    short_term_max_lufs: no 3 s may be louder; None is any.
    """

    integrated_lufs: float | None
    true_peak_dbtp: float
    tolerance_lu: float = 1.0
    short_term_max_lufs: float | None = None


LOUDNESS_TARGETS: dict[str, LoudnessTarget] = {
    # EBU R 128: 1 LU is for production; where a meter checks finished files it is 0.2 LU.
    "ebu": LoudnessTarget(-23.0, -1.0),
    # EBU R 128 s1, advertisements and trailers. Its other way, momentary at most -15 LUFS, is left out: one suffices.
    "ebu-short": LoudnessTarget(-23.0, -1.0, short_term_max_lufs=-18.0),
    # ATSC A/85 where no other dialogue level is agreed.
    "atsc": LoudnessTarget(-24.0, -2.0, tolerance_lu=2.0),
    # What Netflix asks of a programme with next to no dialogue. Any other is measured at its dialogue (-27 LKFS), which
    # sound effects alone cannot meet or miss.
    "netflix-effects": LoudnessTarget(-24.0, -2.0, tolerance_lu=2.0),
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
    return target if true_peak_dbtp is None else replace(target, true_peak_dbtp=true_peak_dbtp)


@dataclass(frozen=True)
class SamplerOptions:
    """How latents are drawn.

    steps: of the time grid; midpoint and heun evaluate the network twice per step.
    guidance: scale of classifier-free guidance; 1 is no guidance, None is the model's own.
    seed: of the noise. seed_drawn: nobody chose it, and another would be as good.
    guidance_own: nobody chose the guidance, it is the model's.
    """

    steps: int = 25
    guidance: float | None = None
    solver: SolverName = "euler"
    seed: int = 42
    seed_drawn: bool = False
    guidance_own: bool = False

    def guidance_for(self, own: float) -> float:
        """The scale for a model whose own is `own`."""
        return own if self.guidance is None else self.guidance

    def for_model(self, own: float) -> "SamplerOptions":
        """With the model's `own` guidance in place of none."""
        return replace(self, guidance=own, guidance_own=True) if self.guidance is None else self

    def with_seed(self, seed: int) -> "SamplerOptions":
        return replace(self, seed=seed)


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
class Stem:
    """One sound of several that sum to the mix.

    name: of its file. seed: of its noise; None counts on from the sampler's. gain_db: in the mix and in its own file.
    seed_drawn: as in SamplerOptions.
    """

    name: str
    prompt: str
    negative_prompt: str = ""
    seed: int | None = None
    gain_db: float = 0.0
    seed_drawn: bool = False


@dataclass(frozen=True)
class FilmOptions:
    """A film that gets the new sound.

    original: "replace" leaves its own sound out, "keep" keeps it as further tracks, "mix" makes one track of both.
    original_gain_db: of its own sound in that mix.
    duck_db: how far the new sound is lowered there while the film's own is heard.
    audio_codec: "auto" is what the container is used with.
    """

    original: OriginalSound = "replace"
    original_gain_db: float = 0.0
    duck_db: float = 6.0
    audio_codec: AudioCodec = "auto"


@dataclass(frozen=True)
class OutputOptions:
    """The delivered files.

    sample_rate_hz: rate of the delivered sound.
    bits: 16 or 24 for PCM, 32 for float.
    channels: 2 carries the same sound twice.
    handles_s: sound before and after the chosen part of the film, in WAV files only; seconds.
    timecode: of the film's first picture; "auto" is what the film says, "none" writes none.
    originated: when the sound was made, which WAV files tell; None leaves it out.
    marked: whether the files say of themselves that a model made them.
    """

    sample_rate_hz: int = 48000
    bits: Literal[16, 24, 32] = 24
    channels: Literal[1, 2] = 1
    loudness: LoudnessTarget = LOUDNESS_TARGETS["ebu"]
    handles_s: Fraction = Fraction(0)
    timecode: str = "auto"
    film: FilmOptions = field(default_factory=FilmOptions)
    originated: datetime | None = None
    marked: bool = True
    on_exists: OnExists = "error"
