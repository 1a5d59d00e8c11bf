"""`mmhnet vary`: takes near one that was made."""

from typing import Annotated

from mmhnet_cli.cli._session import Session
from mmhnet_cli.cli._take_options import (
    CACHE_GB,
    CacheOption,
    DeviceOption,
    FilmOption,
    ModelOption,
    OnExistsOption,
    ReportArgument,
    TakeOption,
)
from mmhnet_cli.cli.generate import make
from mmhnet_cli.fields import Within
from mmhnet_cli.options import words
from mmhnet_cli.options.choice import Choice
from mmhnet_cli.options.panels import SAMPLING, SOUND
from mmhnet_cli.options.sampling import SEEDS

HELP = """Make takes that are near one that was made: the same sound in other detail."""
EXAMPLES = """Examples:

mmhnet vary street_mmhnet.json --amount 0.3

mmhnet vary street_mmhnet.json --take 2 --amount 0.15 --takes 4

mmhnet vary street_mmhnet.json --keep ambience
"""

AmountOption = Annotated[
    float, Within(0.0, 1.0), Choice("--amount", SOUND, "0 is the same sound, 1 another one.", setting=False)
]
TakesOption = Annotated[int, Within(1, 99), Choice("--takes", SOUND, "How many to make.", metavar="N", setting=False)]
KeepOption = Annotated[
    str,
    Choice(
        "--keep",
        SOUND,
        "Tracks that stay as they are, to the bit; the others vary.",
        metavar="TRACK,...",
        parse=words.tracks,
        expected="names of tracks, with commas",
        setting=False,
    ),
]
SeedOption = Annotated[
    int, SEEDS, Choice("--seed", SAMPLING, "Of the difference; takes count on from it.", metavar="N", setting=False)
]


def vary(
    session: Session,
    report: ReportArgument,
    amount: AmountOption = 0.3,
    take: TakeOption = None,
    takes: TakesOption = 1,
    seed: SeedOption = 1,
    keep: KeepOption = "",
    film: FilmOption = None,
    model: ModelOption = None,
    on_exists: OnExistsOption = "error",
    device: DeviceOption = "auto",
    cache_gb: CacheOption = CACHE_GB,
) -> None:
    """Make takes near one of a report."""
    from dataclasses import replace

    from mmhnet_cli.options import Variation
    from mmhnet_cli.pipeline.asking.prepare import prepare
    from mmhnet_cli.pipeline.asking.report_file import check_film
    from mmhnet_cli.pipeline.session.vary import vary_request

    names = tuple(keep.split(",")) if keep else ()
    variation = Variation(amount, seed)
    request = vary_request(report, take, variation, takes, on_exists, film, model, device, names)
    job = prepare(replace(request, cache_gb=cache_gb))
    check_film(report, job.film.path)
    make(session, job, dry_run=False, threads=None, report=report)
