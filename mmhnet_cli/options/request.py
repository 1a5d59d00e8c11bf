"""What one film shall get: all choices, in the order in which help shows them."""

from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Annotated

from mmhnet_cli.fields import AtMost, Within
from mmhnet_cli.options import words
from mmhnet_cli.options.choice import UNREPORTED, Choice
from mmhnet_cli.options.cues import MOST_CUES, MOST_HITS, Cue
from mmhnet_cli.options.delivery import OutputOptions
from mmhnet_cli.options.kept import KeptStem
from mmhnet_cli.options.panels import FILES, SAMPLING, SOUND
from mmhnet_cli.options.sampling import RANDOM, SEEDS, LongForm, Precision, SamplerOptions

MIX = "mmhnet"
"""What stands in a name for `stem` where the file holds the mix."""
OF_THE_MIX = ("mix", MIX)
"""No stem has one of these names: sessions, reports and latents call the sum of all stems so."""
STEM_SEEDS = 10_000
"""From the seed of one stem to that of the next, where they are not given: takes count on from each by one."""
TIME = "seconds (75.5), HH:MM:SS.mmm (0:01:15.500) or a timecode of the film"

Ffmpeg = Annotated[
    Path | None,
    UNREPORTED,
    Choice(
        "--ffmpeg",
        FILES,
        "The ffmpeg program to use.",
        metavar="PROGRAM",
        example="/usr/bin/ffmpeg",
        column=False,
    ),
]

CacheGb = Annotated[
    float,
    Within(0, 10_000),
    UNREPORTED,
    Choice(
        "--cache-gb",
        SAMPLING,
        "Keep what was seen in films, so many GB of it, for other sounds of them; 0 neither keeps nor takes it.",
        metavar="GB",
        unchosen="2",
        column=False,
    ),
]


def is_of_the_mix(name: str) -> bool:
    """Tell whether a stem may not be called so."""
    return name.casefold() in OF_THE_MIX


@dataclass(frozen=True)
class Stem:
    """One sound of several that sum to the mix.

    name: of its file. seed: of its noise; None counts on from the sampler's. gain_db: in the mix and in its own file.
    seed_drawn: as in SamplerOptions.
    """

    name: str
    prompt: Annotated[
        str,
        Choice(
            "--stem",
            SOUND,
            "A sound of its own, in a file of its own; stems sum to the mix. May be given more than once.",
            metavar="NAME=PROMPT",
            setting=False,
        ),
    ]
    negative_prompt: Annotated[
        str,
        Choice(
            "--stem-negative",
            SOUND,
            "What that stem keeps away from, besides the other stems.",
            metavar="NAME=TEXT",
            setting=False,
        ),
    ] = ""
    seed: Annotated[
        int | None,
        SEEDS,
        Choice(
            "--stem-seed",
            SOUND,
            "The seed of that stem.",
            metavar="NAME=N",
            words={RANDOM: RANDOM},
            setting=False,
        ),
    ] = None
    gain_db: Annotated[
        float,
        Within(-60.0, 60.0),
        Choice(
            "--stem-gain",
            SOUND,
            "The gain of that stem in the mix and in its file.",
            metavar="NAME=DB",
            setting=False,
        ),
    ] = 0.0
    seed_drawn: bool = False


@dataclass(frozen=True)
class Variation:
    """A sound near another one: its noise is that of another, turned towards one of its own.

    amount: 0 is the other sound, 1 one that has nothing of it. seed: of the noise that it is turned towards, from which
    takes count on.
    """

    amount: Annotated[float, Within(0.0, 1.0)]
    seed: Annotated[int, SEEDS]


@dataclass(frozen=True)
class Hit:
    """Something hits at this moment of the film.

    time: seconds from the first picture, or a timecode of the film. strength: above 0, up to 1.
    """

    time: Fraction | str
    strength: Annotated[float, Within(0.0, 1.0)] = 1.0


@dataclass(frozen=True)
class GenerateRequest:
    """What one film shall get.

    start, end: the part of the film: seconds from its first picture, or a timecode of the film; None is its beginning
        and its end.
    hits: when something hits, which beats what the picture says; None leaves that to the picture.
    cues: what sounds when; each stem then is a track, and holds the cues of its name. None is one sound all along.
    stems: sounds to make one by one, in place of `prompt`; the mix is their sum.
    kept: stems whose files are those of an earlier take, to the bit; the others are made around them.
    takes: alternatives, from seeds that count on by one.
    outputs: files with the mix, told apart by their suffix; none means one WAV file called after `name` in
        `output_dir`, or beside the film. Stems are called after `name`, in which the first of them stands for the film.
    strict: refuse a film with damaged pictures, which changes nothing about one that has none.
    """

    film: Annotated[Path, UNREPORTED]
    prompt: Annotated[
        str,
        Choice(
            "--prompt",
            SOUND,
            "The sound in words; without it the picture decides.",
            more=("-p",),
            metavar="TEXT",
            setting=False,
            environment="MMHNET_PROMPT",
        ),
    ] = ""
    negative_prompt: Annotated[
        str,
        Choice("--negative-prompt", SOUND, "The sound to keep away from.", metavar="TEXT", example="speech, music"),
    ] = ""
    hits: Annotated[tuple[Hit, ...] | None, AtMost(MOST_HITS)] = None
    cues: Annotated[tuple[Cue, ...] | None, AtMost(MOST_CUES)] = None
    stems: tuple[Stem, ...] = ()
    kept: tuple[KeptStem, ...] = ()
    takes: Annotated[
        int,
        Within(1, 99),
        Choice("--takes", SOUND, "Alternatives to choose from, with seeds that count on.", metavar="N"),
    ] = 1
    start: Annotated[
        Fraction | str | None,
        Choice(
            "--start",
            SOUND,
            "Begin here: seconds, HH:MM:SS.mmm, or a timecode of the film (HH:MM:SS:FF, ;FF for drop-frame).",
            metavar="TIME",
            parse=words.moment,
            expected=TIME,
            setting=False,
        ),
    ] = None
    end: Annotated[
        Fraction | str | None,
        Choice("--end", SOUND, "End here.", metavar="TIME", parse=words.moment, expected=TIME, setting=False),
    ] = None
    model: Annotated[
        str,
        Choice("--model", SAMPLING, "A model, or a folder with weights.", more=("-m",), metavar="NAME"),
    ] = "mini"
    sampler: SamplerOptions = field(default_factory=SamplerOptions)
    device: Annotated[
        str,
        UNREPORTED,
        Choice(
            "--device",
            SAMPLING,
            "Where the network runs; a named device is never replaced by another.",
            metavar="auto|cpu|cuda|mps",
            parse=words.device,
            expected="auto, cpu, cuda, cuda:1 or mps",
            column=False,
        ),
    ] = "auto"
    precision: Annotated[
        Precision, Choice("--dtype", SAMPLING, "What the networks compute in; auto takes bf16 on CUDA.")
    ] = "auto"
    variation: Variation | None = None
    long_form: LongForm = field(default_factory=LongForm)
    strict: Annotated[
        bool,
        UNREPORTED,
        Choice(
            "--strict",
            SAMPLING,
            "Refuse a film with damaged or lost pictures; otherwise it is done as players play it, and told.",
        ),
    ] = False
    cache_gb: CacheGb = 0.0
    output_dir: Annotated[
        Path | None,
        UNREPORTED,
        Choice(
            "--output-dir",
            FILES,
            "Folder for the default name.",
            more=("-d",),
            metavar="FOLDER",
            example="sound",
            column=False,
        ),
    ] = None
    name: Annotated[
        str,
        Choice(
            "--name",
            FILES,
            "Names; / makes folders: {film} {track} {take} {tc} {start} {end} {seed} {model} {rate} {bits} {ucs}; of "
            "--cue-files also {index} {cue} {shot}.",
            metavar="TEMPLATE",
        ),
    ] = "{film}_{track}_{index}_{cue}{take}"
    output: OutputOptions = field(default_factory=OutputOptions)
    ffmpeg: Ffmpeg = None
    outputs: Annotated[
        tuple[Path, ...],
        Choice(
            "--output",
            FILES,
            "Exact output: .wav, the film with the sound (.mp4 .mov .mkv .webm), - for a pipe; may come several times.",
            more=("-o",),
            metavar="FILE",
            shown="FILM_mmhnet.wav beside the film",
            setting=False,
        ),
    ] = ()

    @property
    def voices(self) -> tuple[Stem, ...]:
        """What is sampled: the stems, or one sound that is the mix."""
        return self.stems or (Stem(MIX, self.prompt, self.negative_prompt),)

    def seed(self, voice: int, take: int) -> int:
        """Of the noise of voice number `voice` in take number `take`, both from 0; takes of a variation share it, and
        those of what stays."""
        given = self.voices[voice].seed
        first = self.sampler.seed + voice * STEM_SEEDS if given is None else given
        stays = any(one.name == self.voices[voice].name for one in self.kept)
        return first if self.variation or stays else first + take

    def turn(self, voice: int, take: int) -> Variation | None:
        """Return what the noise of that voice is turned towards in that take, and how far; None where it is not."""
        if self.variation is None:
            return None
        return replace(self.variation, seed=self.variation.seed + voice * STEM_SEEDS + take)

    def away(self, voice: int) -> str:
        """The words that guidance leads away from: for a stem also what the other stems have, lest it bleeds in."""
        own = self.voices[voice]
        others = [stem.prompt for stem in self.stems if stem is not own and stem.prompt != own.prompt]
        return ", ".join(text for text in (own.negative_prompt, *others) if text)
