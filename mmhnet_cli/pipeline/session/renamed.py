"""A request for what begins with one take of another: its seeds, and names of its own beside those of the take."""

import re
from dataclasses import replace

from mmhnet_cli.options import GenerateRequest


def of_take(request: GenerateRequest, take: int, mark: str) -> GenerateRequest:
    """Return the request for that one take, counted from 1, whose files are called as the take's with `_mark` behind.

    A mark that is there already is not set twice: numbers tell the files apart.
    """
    number = f"_t{take:02d}" if request.takes > 1 else ""

    def marked(name: str) -> str:
        return re.sub(rf"_{mark}(_\d+)?$", "", name) + f"{number}_{mark}"

    later = take - 1

    def seeded(seed: int | None) -> int | None:
        return None if seed is None else seed + later

    name = request.name.replace("{take}", "")
    follows = request.outputs and any(film in name for film in ("{film}", "{source}"))
    return replace(
        request,
        outputs=tuple(path.with_name(marked(path.stem) + path.suffix) for path in request.outputs),
        # Where names are called after the first of the outputs, they have its mark.
        name=name if follows else marked(name),
        takes=1,
        sampler=request.sampler.with_seed(request.sampler.seed + later),
        stems=tuple(replace(stem, seed=seeded(stem.seed)) for stem in request.stems),
        cues=request.cues and tuple(replace(cue, seed=seeded(cue.seed)) for cue in request.cues),
    )
