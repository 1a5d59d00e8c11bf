"""What one film shall get, and the same once it is known to be possible."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from mmhnet_cli.media.ffmpeg import FfmpegProgram
from mmhnet_cli.media.probe import VideoInfo
from mmhnet_cli.models.registry import ModelFiles
from mmhnet_cli.options import LongForm, OutputOptions, Precision, SamplerOptions, Stem
from mmhnet_cli.pipeline.asking.chosen_part import doubts_of
from mmhnet_cli.pipeline.asking.names import DEFAULT_NAME, MIX, Output
from mmhnet_cli.timecode import Timecode
from mmhnet_cli.timeline import Timeline, round_half_up

STEM_SEEDS = 10_000
"""From the seed of one stem to that of the next, where they are not given: takes count on from each by one."""


@dataclass(frozen=True)
class GenerateRequest:
    """What one film shall get.

    start, end: the part of the film: seconds from its first picture, or a timecode of the film; None is its beginning
        and its end.
    stems: sounds to make one by one, in place of `prompt`; the mix is their sum.
    takes: alternatives, from seeds that count on by one.
    outputs: files with the mix, told apart by their suffix; none means one WAV file called after `name` in
        `output_dir`, or beside the film. Stems are always called after `name`.
    strict: refuse a film with damaged pictures, which changes nothing about one that has none.
    """

    film: Path
    prompt: str = ""
    negative_prompt: str = ""
    stems: tuple[Stem, ...] = ()
    takes: int = 1
    start: Fraction | str | None = None
    end: Fraction | str | None = None
    model: str = "mini"
    device: str = "auto"
    precision: Precision = "auto"
    long_form: LongForm = field(default_factory=LongForm)
    sampler: SamplerOptions = field(default_factory=SamplerOptions)
    output: OutputOptions = field(default_factory=OutputOptions)
    outputs: tuple[Path, ...] = ()
    output_dir: Path | None = None
    name: str = DEFAULT_NAME
    ffmpeg: Path | None = None
    strict: bool = False

    @property
    def voices(self) -> tuple[Stem, ...]:
        """What is sampled: the stems, or one sound that is the mix."""
        return self.stems or (Stem(MIX, self.prompt, self.negative_prompt),)

    def seed(self, voice: int, take: int) -> int:
        """Of the noise of voice number `voice` in take number `take`, both from 0."""
        given = self.voices[voice].seed
        first = self.sampler.seed + voice * STEM_SEEDS if given is None else given
        return first + take

    def away(self, voice: int) -> str:
        """The words that guidance leads away from: for a stem also what the other stems have, lest it bleeds in."""
        own = self.voices[voice]
        others = [stem.prompt for stem in self.stems if stem is not own and stem.prompt != own.prompt]
        return ", ".join(text for text in (own.negative_prompt, *others) if text)


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
