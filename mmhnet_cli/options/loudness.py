"""How loud a delivered sound is: targets with a name, or any number of LUFS."""

from dataclasses import dataclass
from typing import Annotated

from mmhnet_cli.fields import Within
from mmhnet_cli.options.choice import Choice
from mmhnet_cli.options.panels import DELIVERY

LUFS = Within(-60.0, -5.0)
TOLERANCE_LU = Within(0.0, 10.0)
OTHER_TARGET = f"LUFS {LUFS}"


@dataclass(frozen=True)
class LoudnessTarget:
    """A delivery target.

    integrated_lufs: programme loudness; None leaves the level alone.
    true_peak_dbtp: ceiling that also holds when the level is left alone.
    tolerance_lu: how far a finished file may lie from `integrated_lufs`.
    short_term_max_lufs: no 3 s may be louder; None is any.
    """

    integrated_lufs: Annotated[float | None, LUFS]
    true_peak_dbtp: Annotated[
        float,
        Within(-20.0, 0.0),
        Choice(
            "--true-peak",
            DELIVERY,
            "Ceiling of the true peak; a limiter lowers the peaks that would pass it.",
            metavar="DBTP",
            shown="from the preset",
            example="-1.0",
        ),
    ]
    tolerance_lu: Annotated[float, TOLERANCE_LU] = 1.0
    short_term_max_lufs: Annotated[float | None, Within(-60.0, 0.0)] = None


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


def target_of(text: str) -> LoudnessTarget:
    """The target at a number of LUFS. Raises ValueError."""
    target = LoudnessTarget(float(text), -1.0)
    if not LUFS.holds(float(text)):
        raise ValueError(text)
    return target
