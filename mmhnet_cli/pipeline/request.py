"""A request once it is known to be possible."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from mmhnet_cli.media.ffmpeg import FfmpegProgram
from mmhnet_cli.media.probe import VideoInfo
from mmhnet_cli.models.registry import ModelFiles
from mmhnet_cli.options import GenerateRequest
from mmhnet_cli.pipeline.asking.chosen_part import doubts_of
from mmhnet_cli.pipeline.asking.names import Output
from mmhnet_cli.timecode import Timecode
from mmhnet_cli.timeline import Timeline, round_half_up

__all__ = ["GenerateRequest", "Job"]


@dataclass(frozen=True)
class Job:
    """A request whose inputs are there and whose outputs can be written.

    start, end: seconds from the first picture. timecode: of the first picture, where it is known.
    outputs: what is still to be written; empty when all is there and existing files are skipped.
    existing: outputs that are there and are left alone.
    replaceable: SHA-256 of files that a killed run of the very same left under names of `outputs`.
    """

    request: GenerateRequest
    film: VideoInfo
    model: ModelFiles
    start: Fraction
    end: Fraction
    timecode: Timecode | None
    outputs: tuple[Output, ...]
    existing: tuple[Path, ...]
    report: Path
    ffmpeg: FfmpegProgram | None
    replaceable: Mapping[Path, str] = field(default_factory=dict)

    @property
    def duration(self) -> Fraction:
        """Seconds of film that get sound."""
        return self.end - self.start

    @property
    def takes(self) -> tuple[int, ...]:
        """The takes that are still to be made, from 0."""
        return tuple(sorted({output.take for output in self.outputs}))

    @property
    def handle_samples(self) -> int:
        """Of the handle on each side."""
        return round_half_up(self.request.output.handles_s * self.request.output.sample_rate_hz)

    @property
    def picture_samples(self) -> int:
        """Of the chosen part of the film."""
        return Timeline(self.duration).output_samples(self.request.output.sample_rate_hz)

    @property
    def samples(self) -> int:
        """Of a WAV file: the chosen part and both handles."""
        return self.picture_samples + 2 * self.handle_samples

    @property
    def first_sample(self) -> Fraction:
        """When the WAV files begin, in seconds from the first picture: the chosen part without its handle."""
        return self.start - Fraction(self.handle_samples, self.request.output.sample_rate_hz)

    @property
    def time_reference(self) -> int | None:
        """Samples from midnight to the first sample of the WAV files, where the film has a timecode."""
        if self.timecode is None:
            return None
        return self.timecode.samples(self.request.output.sample_rate_hz, self.first_sample)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the user should know of the place of the sound, in sentences; empty for nearly every film."""
        return doubts_of(self.request.output.timecode, self.film, self.timecode, self.first_sample)
