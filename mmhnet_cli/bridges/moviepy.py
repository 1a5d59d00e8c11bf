"""A moviepy effect that gives a clip its sound, for editing scripts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
from moviepy import AudioArrayClip, Clip, Effect

from mmhnet_cli.media.frames import FrameBatch, FrameStream
from mmhnet_cli.options import LongForm, OutputOptions, SamplerOptions
from mmhnet_cli.pipeline.delivery.level import level_for
from mmhnet_cli.pipeline.making.load import LoadedModel, load_named_model
from mmhnet_cli.pipeline.making.voice import frames_in_time, voice_of

MOVIEPY_RATE_HZ = 44100
"""What moviepy writes unless it is told otherwise; to convert, it takes the nearest sample, and that is heard."""

MOVIEPY_CHANNELS = 2
"""moviepy 2 fills two channels from every array, also where it tells the writer of one: that is half the speed."""


@dataclass
class GenerateSound(Effect):
    """`clip.with_effects([GenerateSound(prompt="rain")])` is the clip with generated sound in place of its own.

    model: a name, a folder, or a model that is loaded already and serves several clips. Frames are the clip's own, as
    its earlier effects left them, at the times moviepy gives them: for film with a variable frame rate, which moviepy
    reads at the mean rate, `mmhnet generate` is exact.

    The sound is the same in both channels, and its loudness that of both together. Write it at the rate of `output`:
    `write_videofile(..., audio_fps=48000)` where that is not moviepy's own.
    """

    prompt: str = ""
    negative_prompt: str = ""
    model: str | LoadedModel = "mini"
    sampler: SamplerOptions = field(default_factory=SamplerOptions)
    long_form: LongForm = field(default_factory=LongForm)
    output: OutputOptions = field(default_factory=lambda: OutputOptions(sample_rate_hz=MOVIEPY_RATE_HZ))

    def apply(self, clip: Clip) -> Clip:
        """Return the clip with a sound of exactly its duration."""
        if clip.duration is None:
            raise ValueError("the clip has no duration; give it one with with_duration")
        model = load_named_model(self.model) if isinstance(self.model, str) else self.model
        # The decimal that moviepy shows, not the binary fraction behind it.
        duration = Fraction(str(clip.duration))
        voice = voice_of(
            model,
            # All of a clip is chosen, which is one piece.
            lambda streams, begin_s, end_s: clip_frames(clip, streams, duration),
            duration,
            (Fraction(0), duration),
            self.prompt,
            self.negative_prompt,
            self.sampler,
            self.long_form,
            self.output.sample_rate_hz,
        )
        return clip.with_audio(sound_clip(voice, self.output))


def sound_clip(voice: np.ndarray, output: OutputOptions) -> AudioArrayClip:
    """Return a sound (1, n) at the rate of `output` as a clip of two channels, which have its loudness together."""
    samples = np.repeat(voice, MOVIEPY_CHANNELS, axis=0)
    samples = level_for(samples, output.sample_rate_hz, output.loudness).applied(samples)
    return AudioArrayClip(samples.T, fps=output.sample_rate_hz)


def clip_frames(clip: Clip, streams: Sequence[FrameStream], duration: Fraction) -> Iterator[FrameBatch]:
    """Yield the frames of `clip` at the rates and sizes of the encoders, see `frames_in_time`."""
    return frames_in_time(lambda time: clip.get_frame(float(time)), streams, duration)
