"""The delivered files: the sound, and the film that gets it."""

from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import Annotated, Literal

from mmhnet_cli.fields import Within
from mmhnet_cli.options import words
from mmhnet_cli.options.choice import UNREPORTED, Choice
from mmhnet_cli.options.loudness import LOUDNESS_TARGETS, OTHER_TARGET, LoudnessTarget, target_of
from mmhnet_cli.options.panels import DELIVERY, FILES

OriginalSound = Literal["replace", "keep", "mix"]

AudioCodec = Literal["auto", "aac", "pcm", "flac", "alac", "opus"]

Channels = Literal["auto", "mono", "dual-mono", "stereo"]

OnExists = Literal["error", "skip", "overwrite", "rename"]
"""What happens when the output is already there; `rename` finds the next free `name_2.ext`."""

IDENTITY = "at most 40 letters and digits, with blanks, dots and hyphens between them"

NOW = "auto"
"""In place of a date: when the film is done."""

LOCKED = "locked"
"""In place of a gain: that of the report which is made again."""


FirstTimecode = Annotated[
    str,
    Choice(
        "--timecode",
        DELIVERY,
        "Of the first picture, for the place of WAV files in a session; auto reads it from the film.",
        metavar="auto|none|TIMECODE",
    ),
]


@dataclass(frozen=True)
class FilmOptions:
    """A film that gets the new sound.

    original: "replace" leaves its own sound out, "keep" keeps it as further tracks, "mix" makes one track of both.
    original_gain_db: of its own sound in that mix.
    duck_db: how far the new sound is lowered there while the film's own is heard.
    audio_codec: "auto" is what the container is used with.
    burn_in: whether the running timecode is drawn into the picture.
    """

    original: Annotated[
        OriginalSound,
        Choice(
            "--original-audio",
            DELIVERY,
            "In film outputs, the film's own sound: left out, kept as further tracks, or mixed in.",
        ),
    ] = "replace"
    original_gain_db: Annotated[
        float,
        Within(-60.0, 24.0),
        Choice("--original-gain", DELIVERY, "Gain of the film's own sound where it is mixed in.", metavar="DB"),
    ] = 0.0
    duck_db: Annotated[
        float,
        Within(0.0, 60.0),
        Choice(
            "--duck",
            DELIVERY,
            "How far the new sound is lowered under the film's own where both are mixed.",
            metavar="DB",
        ),
    ] = 6.0
    audio_codec: Annotated[
        AudioCodec,
        Choice(
            "--audio-codec",
            DELIVERY,
            "Of the sound in film outputs; auto: aac in mp4, pcm in mov, flac in mkv, opus in webm.",
        ),
    ] = "auto"
    burn_in: Annotated[
        bool,
        Choice(
            "--burn-in", DELIVERY, "Draw the running timecode into the picture of film outputs, which codes it anew."
        ),
    ] = False


@dataclass(frozen=True)
class OutputOptions:
    """The delivered files.

    sample_rate_hz: rate of the delivered sound.
    bits: 16 or 24 for PCM, 32 for float.
    channels: "dual-mono" carries the same sound twice, "auto" is stereo where there are stems or a film.
    gain_db: what the sound gets in place of a loudness target, so that several keep their balance; None is the target.
    handles_s: sound before and after the chosen part of the film, in WAV files only; seconds.
    timecode: of the film's first picture; "auto" is what the film says, "none" writes none.
    originated: when the sound was made, which WAV files tell; None leaves it out.
    kept: whether latents lie beside the report.
    cue_files: whether each cue gets a file of its own besides that of its track.
    creator, project: CreatorID and SourceID of UCS names, which WAV files have as well; the film's name stands for a
        project that is not named.
    marked: whether the files say of themselves that a model made them.
    """

    sample_rate_hz: Annotated[
        int, Within(8000, 192000), Choice("--rate", DELIVERY, "Sample rate of the sound.", metavar="HZ")
    ] = 48000
    bits: Annotated[
        Literal[16, 24, 32],
        Choice(
            "--bits",
            DELIVERY,
            "Bits per sample of the WAV file; 32f is floating point.",
            words={"16": 16, "24": 24, "32f": 32},
        ),
    ] = 24
    channels: Annotated[
        Channels,
        Choice(
            "--channels",
            DELIVERY,
            "One channel, the same sound in two, or left and right; auto: stereo for films and stems if the model can.",
        ),
    ] = "auto"
    loudness: Annotated[
        LoudnessTarget,
        Choice(
            "--loudness",
            DELIVERY,
            "One gain brings the sound here: ebu, ebu-short, atsc, netflix-effects, apple, web, LUFS (-18), or off.",
            metavar="PRESET|LUFS|off",
            words=LOUDNESS_TARGETS,
            parse=target_of,
            expected=OTHER_TARGET,
        ),
    ] = LOUDNESS_TARGETS["ebu"]
    gain_db: Annotated[
        float | None,
        Within(-100.0, 100.0),
        Choice(
            "--gain",
            DELIVERY,
            "One fixed gain in place of a loudness: dB, or locked, that of the report; the true-peak ceiling holds.",
            metavar="target|locked|DB",
            words={"target": None, LOCKED: LOCKED},
        ),
    ] = None
    handles_s: Annotated[
        Fraction,
        Within(0, 3600),
        Choice(
            "--handles",
            DELIVERY,
            "Sound before and after the film, in WAV files.",
            metavar="SECONDS",
            expected="seconds (75.5) or HH:MM:SS.mmm (0:01:15.500)",
        ),
    ] = Fraction(0)
    timecode: FirstTimecode = "auto"
    originated: Annotated[
        datetime | None,
        UNREPORTED,
        Choice(
            "--date",
            DELIVERY,
            "Of origin, in WAV files: auto is now, none leaves it out, or as 2026-11-26 or 2026-11-26T21:06:00.",
            metavar="auto|none|DATE",
            words={NOW: NOW, "none": None},
            expected="a date such as 2026-11-26T21:06:00",
            unchosen=NOW,
        ),
    ] = None
    creator: Annotated[
        str,
        Choice(
            "--creator",
            DELIVERY,
            "CreatorID of {ucs}, and in WAV files: who answers for the sound.",
            metavar="ID",
            parse=words.identity,
            expected=IDENTITY,
        ),
    ] = "mmhnet"
    project: Annotated[
        str | None,
        Choice(
            "--project",
            DELIVERY,
            "SourceID of {ucs}, and in WAV files: what the sound was made for.",
            metavar="ID",
            parse=words.identity,
            expected=IDENTITY,
            shown="the film's name",
            example="The Door",
        ),
    ] = None
    marked: Annotated[
        bool,
        Choice(
            "--marking",
            DELIVERY,
            "Files say of themselves that a model made them; off for those who must not and mark otherwise.",
            words={"metadata": True, "off": False},
        ),
    ] = True
    kept: Annotated[
        bool,
        UNREPORTED,
        Choice(
            "--keep",
            FILES,
            "What later changes begin with, beside the report, or nothing; with --from-report tracks that stay.",
            metavar="latents|off|TRACK,...",
            words={"latents": True, "off": False},
            parse=words.tracks,
            expected="beside --from-report the names of tracks that stay, with commas",
            column=False,
        ),
    ] = True
    cue_files: Annotated[
        bool,
        Choice(
            "--cue-files",
            FILES,
            "With --cues, a WAV file for each cue as well, at its place; those of a track sum to it.",
            setting=False,
        ),
    ] = False
    film: FilmOptions = field(default_factory=FilmOptions)
    on_exists: Annotated[
        OnExists,
        UNREPORTED,
        Choice("--on-exists", FILES, "What to do when an output is already there.", column=False),
    ] = "error"
