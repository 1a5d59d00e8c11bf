"""Takes that are near one that was made: the same request, from noise that is turned a little towards another."""

from dataclasses import replace
from pathlib import Path

from mmhnet_cli.errors import BadOption
from mmhnet_cli.options import GenerateRequest, OnExists, Variation
from mmhnet_cli.pipeline.asking.report_file import check_repeatable, request_of
from mmhnet_cli.pipeline.session.otherwise import with_kept
from mmhnet_cli.pipeline.session.renamed import of_take
from mmhnet_cli.pipeline.session.take_file import picked_take

NAMED = "vary"


def vary_request(
    report: Path,
    take: int | None,
    variation: Variation,
    takes: int,
    on_exists: OnExists,
    film: Path | None = None,
    model: str | None = None,
    device: str = "auto",
    keep: tuple[str, ...] = (),
) -> GenerateRequest:
    """Return the request for `takes` near one of a report. film, model: None are those that the report names.

    take: None is the one that was picked, else the first. keep: tracks that stay as they are, to the bit.

    Raises ReportUnreadable, SourceNotFound, or BadOption for a take that there is not.
    """
    check_repeatable(report)
    take = take or picked_take(report)
    changes = {} if model is None else {"model": model}
    request = request_of(report, film, on_exists, device=device, **changes)
    if not 1 <= take <= request.takes:
        raise BadOption("--take", str(take), f"1 to {request.takes}, the takes of {report.name}")
    one = of_take(request, take, NAMED)
    varied = replace(one, name=f"{one.name}{{take}}", takes=takes, variation=variation)
    seeds = {voice.name: one.seed(number, 0) for number, voice in enumerate(one.voices)}
    return with_kept(varied, report, take, keep, seeds) if keep else varied
