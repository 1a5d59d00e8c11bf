"""Takes that are near one that was made: the same request, from noise that is turned a little towards another."""

from dataclasses import replace
from pathlib import Path

from mmhnet_cli.errors import BadOption
from mmhnet_cli.options import GenerateRequest, OnExists, Variation
from mmhnet_cli.pipeline.asking.report_file import check_repeatable, request_of

NAMED = "vary"


def vary_request(
    report: Path,
    take: int,
    variation: Variation,
    takes: int,
    on_exists: OnExists,
    film: Path | None = None,
    model: str | None = None,
    device: str = "auto",
) -> GenerateRequest:
    """Return the request for `takes` near one of a report. film, model: None are those that the report names.

    Raises ReportUnreadable, SourceNotFound, or BadOption for a take that there is not.
    """
    check_repeatable(report)
    changes = {} if model is None else {"model": model}
    request = request_of(report, film, on_exists, device=device, **changes)
    if not 1 <= take <= request.takes:
        raise BadOption("--take", str(take), f"1 to {request.takes}, the takes of {report.name}")
    number = f"_t{take:02d}" if request.takes > 1 else ""
    outputs = tuple(path.with_name(f"{path.stem}{number}_{NAMED}{path.suffix}") for path in request.outputs)
    name = f"{request.name.replace('{take}', number)}_{NAMED}{{take}}"
    stems = tuple(replace(stem, seed=None if stem.seed is None else stem.seed + take - 1) for stem in request.stems)
    sampler = request.sampler.with_seed(request.sampler.seed + take - 1)
    return replace(
        request,
        outputs=outputs,
        name=name,
        takes=takes,
        sampler=sampler,
        stems=stems,
        variation=variation,
    )
