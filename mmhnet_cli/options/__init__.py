"""What a user may choose, as frozen data. Checked where it enters, carried unchanged through every layer.

The annotation of a field says all of a choice: type, range, default, names, help. Options, environment, settings files,
manifests, requests and reports are made from it.
"""

from mmhnet_cli.options.cues import Cue
from mmhnet_cli.options.delivery import AudioCodec, Channels, FilmOptions, OnExists, OriginalSound, OutputOptions
from mmhnet_cli.options.kept import KeptStem
from mmhnet_cli.options.loudness import LOUDNESS_TARGETS, LoudnessTarget
from mmhnet_cli.options.request import GenerateRequest, Hit, Stem, Variation
from mmhnet_cli.options.sampling import LongForm, LongFormMode, PiecesMode, Precision, SamplerOptions, SolverName

__all__ = [
    "LOUDNESS_TARGETS",
    "AudioCodec",
    "Channels",
    "Cue",
    "FilmOptions",
    "GenerateRequest",
    "Hit",
    "KeptStem",
    "LongForm",
    "LongFormMode",
    "LoudnessTarget",
    "OnExists",
    "OriginalSound",
    "OutputOptions",
    "PiecesMode",
    "Precision",
    "SamplerOptions",
    "SolverName",
    "Stem",
    "Variation",
]
