"""Where the hits that a user gives lie in the film."""

from collections.abc import Sequence
from fractions import Fraction

from mmhnet_cli.errors import BadOption
from mmhnet_cli.media.probe import VideoInfo
from mmhnet_cli.options import Hit
from mmhnet_cli.pipeline.asking.chosen_part import seconds_in_film
from mmhnet_cli.pipeline.asking.hits import OPTION
from mmhnet_cli.timecode import Timecode


def placed_hits(
    hits: Sequence[Hit] | None, film: VideoInfo, clock: Timecode | None
) -> tuple[tuple[Fraction, float], ...] | None:
    """Return times in seconds from the first picture, in order, with strengths; None where nobody gave any.

    Raises BadOption for a time outside the film.
    """
    if hits is None:
        return None
    placed = []
    for hit in hits:
        second = seconds_in_film(OPTION, hit.time, film, clock)
        if not 0 <= second < film.duration:
            whole = f"0 to {float(film.duration):.3f} s"
            raise BadOption(OPTION, str(hit.time), f"times within the film, {whole}")
        placed.append((second, hit.strength))
    return tuple(sorted(placed))
