"""A request once it is known to be possible."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from mmhnet_cli.media.ffmpeg import FfmpegProgram
from mmhnet_cli.media.probe import VideoInfo
from mmhnet_cli.models.registry import ModelFiles
from mmhnet_cli.options import Channels, Cue, GenerateRequest
from mmhnet_cli.pipeline.asking.chosen_part import doubts_of
from mmhnet_cli.pipeline.asking.cue_entries import CueFile
from mmhnet_cli.pipeline.asking.names import Output, is_film
from mmhnet_cli.pipeline.asking.pieces import Piece, plan_pieces
from mmhnet_cli.timecode import Timecode
from mmhnet_cli.timeline import Timeline, round_half_up

__all__ = ["GenerateRequest", "Job"]


@dataclass(frozen=True)
class Job:
    """A request whose inputs are there and whose outputs can be written."""

    request: GenerateRequest
    film: VideoInfo
    model: ModelFiles
    start: Fraction
    """The chosen part begins here, in seconds from the first picture."""
    end: Fraction
    """The chosen part ends here, in seconds from the first picture."""
    timecode: Timecode | None
    """The first picture has it; None where it is not known."""
    outputs: tuple[Output, ...]
    """These are still to be written; there are none when all is there and existing files are skipped."""
    existing: tuple[Path, ...]
    """These outputs are there and are left alone."""
    report: Path
    ffmpeg: FfmpegProgram | None
    hits: tuple[tuple[Fraction, float], ...] | None = None
    """The user gave these: in seconds from the first picture, in order, with strengths from 0 to 1."""
    replaceable: Mapping[Path, str] = field(default_factory=dict)
    """A killed run of the very same left a file with this SHA-256 under each of these names of `outputs`."""

    kept: Mapping[str, Path] = field(default_factory=dict)
    """By name: the files of stems that stay as they are."""
    kept_cues: Mapping[int, CueFile] = field(default_factory=dict)
    """By number: the files of cues that stay as they are."""

    @property
    def duration(self) -> Fraction:
        """Return how many seconds of film get sound."""
        return self.end - self.start

    @property
    def takes(self) -> tuple[int, ...]:
        """Return the takes that are still to be made, from 0."""
        return tuple(sorted({output.take for output in self.outputs}))

    @property
    def is_clip(self) -> bool:
        """Tell whether the picture of film outputs has to be coded anew: it is a part, or timecode is drawn into it."""
        return self.request.output.film.burn_in or (self.start, self.end) != (0, self.film.duration)

    @property
    def channels(self) -> Channels:
        """Return what the files carry: mono, dual-mono or stereo, all of a job alike, so that stems sum to the mix."""
        asked = self.request.output.channels
        if asked != "auto":
            return asked
        wide = bool(self.request.stems) or any(is_film(path) for path in self.request.outputs)
        return "stereo" if wide and self.model.spec.is_stereo else "mono"

    @property
    def channel_count(self) -> int:
        """Return how many channels the files have."""
        return 1 if self.channels == "mono" else 2

    @property
    def handle_samples(self) -> int:
        """Return how many samples the handle on each side has."""
        return round_half_up(self.request.output.handles_s * self.request.output.sample_rate_hz)

    @property
    def picture_samples(self) -> int:
        """Return how many samples the chosen part of the film has."""
        return Timeline(self.duration).output_samples(self.request.output.sample_rate_hz)

    @property
    def samples(self) -> int:
        """Return how many samples a WAV file has: those of the chosen part and of both handles."""
        return self.picture_samples + 2 * self.handle_samples

    @property
    def first_sample(self) -> Fraction:
        """Return when the WAV files begin, in seconds from the first picture: the chosen part without its handle."""
        return self.start - Fraction(self.handle_samples, self.request.output.sample_rate_hz)

    @property
    def first_film_sample(self) -> int:
        """Return at which sample of the film the WAV files begin, counted from that of the first picture."""
        return round_half_up(self.start * self.request.output.sample_rate_hz) - self.handle_samples

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """Return in which pieces the film is sampled, those that the chosen part with its handles touches."""
        handles_s, mode = self.request.output.handles_s, self.request.long_form.pieces
        return plan_pieces(self.film.duration, self.start, self.end, handles_s, mode)

    @property
    def time_reference(self) -> int | None:
        """Return the samples from midnight to the first of the WAV files; None where the film has no timecode."""
        if self.timecode is None:
            return None
        return self.timecode.samples(self.request.output.sample_rate_hz, self.first_sample)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Return sentences on what the user should know of the sound's place; there are none for nearly every film."""
        return doubts_of(self.request.output.timecode, self.film, self.timecode, self.first_sample)

    @property
    def ignored(self) -> tuple[str, ...]:
        """Return the options that were chosen and that the model knows nothing of."""
        cued = any(cue.hits for cue in self.request.cues or ())
        return ("--hits",) if (cued or self.hits is not None) and not self.model.spec.takes_hits else ()

    def hits_from(self, start: Fraction) -> tuple[tuple[float, float], ...] | None:
        """Return the hits in seconds from `start`; None where nobody gave any."""
        return None if self.hits is None else tuple((float(time - start), hard) for time, hard in self.hits)

    def hits_of(self, stem: str | None) -> tuple[tuple[int, str], ...]:
        """Return the hits that were given for a stem, or for the mix: their sample in its WAV file, and what hits."""
        if self.request.cues is not None:
            return self.hits_of_cues([cue for cue in self.request.cues if stem in (None, cue.track)])
        return self._placed([(time, "hit", strength) for time, strength in self.hits or ()])

    def hits_of_cues(self, cues: Iterable[Cue]) -> tuple[tuple[int, str], ...]:
        """Return the hits of some cues as `hits_of` does."""
        return self._placed([(time, cue.title, strength) for cue in cues for time, strength in cue.hits or ()])

    def _placed(self, found: Iterable[tuple[Fraction, str, float]]) -> tuple[tuple[int, str], ...]:
        rate_hz = self.request.output.sample_rate_hz
        placed = [
            (round_half_up((time - self.first_sample) * rate_hz), title if strength == 1 else f"{title} {strength:.2g}")
            for time, title, strength in found
        ]
        return tuple(sorted(hit for hit in placed if 0 <= hit[0] < self.samples))
