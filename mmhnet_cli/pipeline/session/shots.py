"""In which shot of a film a cue begins, for the names of files."""

from bisect import bisect_right
from dataclasses import replace

from mmhnet_cli.media.probe import probe
from mmhnet_cli.options import GenerateRequest
from mmhnet_cli.pipeline.making.looking import look
from mmhnet_cli.pipeline.making.stages import Progress, no_progress
from mmhnet_cli.pipeline.session.spot import shot_starts

SHOT = "{shot}"


def needs_shots(request: GenerateRequest) -> bool:
    """Tell whether names need the shots of the film, at whose pictures nobody has looked yet."""
    unseen = any(cue.shot is None for cue in request.cues or ())
    return request.output.cue_files and SHOT in request.name and unseen


def with_shots(request: GenerateRequest, progress: Progress = no_progress) -> GenerateRequest:
    """Return the request with the shot in which each cue begins, as `spot` counts them.

    That takes a look at the pictures of the whole film. Raises what `probe` and `look` raise.
    """
    film = probe(request.film)
    starts = shot_starts(film, look(film, lambda second, reason: None, progress))
    cues = tuple(replace(cue, shot=max(1, bisect_right(starts, cue.start))) for cue in request.cues or ())
    return replace(request, cues=cues)
