"""Films of one name that differ in their suffix, `a.mov` and `a.mp4`: their outputs get names that tell them apart.

Which name is whose must not depend on which film came first, nor change when the other one comes or goes: a film keeps
the name under which its report lies.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from mmhnet_cli.errors import MMHNetError
from mmhnet_cli.pipeline.asking.found import spelt
from mmhnet_cli.pipeline.asking.names import with_suffix_of
from mmhnet_cli.pipeline.asking.prepare import naming_of
from mmhnet_cli.pipeline.asking.report_file import read_report
from mmhnet_cli.pipeline.request import GenerateRequest


def told_apart(requests: Sequence[GenerateRequest]) -> list[GenerateRequest]:
    """Return the requests in their order; where films share a name, outputs are called after film and suffix.

    Those whose outputs are named in full stay as they are.
    """
    sharing: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for request in requests:
        sharing[_place(request)].add(_key(request.film.name))
    return [_named(request, shared=len(sharing[_place(request)]) > 1) for request in requests]


def _place(request: GenerateRequest) -> tuple[str, str]:
    """Return folder and name that outputs are called after, as systems compare them that ignore case."""
    folder = request.film.parent if request.output_dir is None else request.output_dir
    return str(folder.absolute()), _key(request.film.stem)


def _key(name: str) -> str:
    return spelt(name).casefold()


def _named(request: GenerateRequest, shared: bool) -> GenerateRequest:
    if request.outputs:
        return request
    longer = replace(request, name=with_suffix_of(request.film, request.name))
    own, others = _source_of(request), _source_of(longer)
    film = spelt(request.film.name)
    if own == film:
        return request
    return longer if shared or own is not None or others == film else request


def _source_of(request: GenerateRequest) -> str | None:
    """Return the film whose report lies at the place of this request's; None where there is none."""
    try:
        return spelt(Path(read_report(naming_of(request).report)["source"]["file"]).name)
    except (MMHNetError, KeyError, TypeError):
        return None
