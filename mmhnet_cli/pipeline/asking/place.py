"""What a name may say of a stretch of film."""

import re
from fractions import Fraction

from mmhnet_cli.timecode import Timecode
from mmhnet_cli.timeline import round_half_up


def place_in_film(start: Fraction, end: Fraction, timecode: Timecode | None) -> dict[str, str]:
    """Return the fields of names that say where a stretch lies. timecode: of the first picture."""
    place = {"start": f"{float(start):.3f}", "end": f"{float(end):.3f}"}
    if timecode is not None:
        place["tc"] = re.sub("[:;]", "-", str(timecode + round_half_up(start * timecode.rate)))
    return place
