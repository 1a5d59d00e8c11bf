"""`mmhnet redo`: a stretch of a take made anew."""

from fractions import Fraction
from typing import Annotated

from mmhnet_cli.cli import _warnings
from mmhnet_cli.cli._closing import closing_lines
from mmhnet_cli.cli._session import Session
from mmhnet_cli.cli._take_options import (
    CACHE_GB,
    CacheOption,
    DeviceOption,
    FilmOption,
    ModelOption,
    ReportArgument,
    TakeOption,
)
from mmhnet_cli.options import words
from mmhnet_cli.options.choice import Choice
from mmhnet_cli.options.panels import SAMPLING, SOUND
from mmhnet_cli.options.request import TIME
from mmhnet_cli.options.sampling import SEEDS

HELP = """Make a stretch of a take anew; every sample a quarter of a second away from it stays as it is.

The take is written under new names, NAME_redo, beside the old one. Its report and its .latents file must be there.
"""
EXAMPLES = """Examples:

mmhnet redo street_mmhnet.json --from 01:00:12:05 --to 01:00:14:05

mmhnet redo street_mmhnet.json --from 12.2 --to 14.2 --track foley --prompt 'footsteps on gravel'
"""

FromOption = Annotated[
    Fraction | str | None,
    Choice("--from", SOUND, "Begin here.", metavar="TIME", parse=words.moment, expected=TIME, setting=False),
]
ToOption = Annotated[
    Fraction | str | None,
    Choice("--to", SOUND, "End here.", metavar="TIME", parse=words.moment, expected=TIME, setting=False),
]
TrackOption = Annotated[
    str | None, Choice("--track", SOUND, "The stem to change; the mix follows it.", metavar="NAME", setting=False)
]
PromptOption = Annotated[
    str | None,
    Choice("--prompt", SOUND, "Other words for the stretch.", more=("-p",), metavar="TEXT", setting=False),
]
NegativeOption = Annotated[
    str | None, Choice("--negative-prompt", SOUND, "What it keeps away from.", metavar="TEXT", setting=False)
]
SeedOption = Annotated[
    int | None,
    SEEDS,
    Choice("--seed", SAMPLING, "Of the stretch.", metavar="N", shown="another one each time", setting=False),
]


def redo(
    session: Session,
    report: ReportArgument,
    from_: FromOption = None,
    to: ToOption = None,
    take: TakeOption = None,
    track: TrackOption = None,
    prompt: PromptOption = None,
    negative_prompt: NegativeOption = None,
    seed: SeedOption = None,
    film: FilmOption = None,
    model: ModelOption = None,
    device: DeviceOption = "auto",
    cache_gb: CacheOption = CACHE_GB,
) -> None:
    """Make a stretch of a take anew, and write the take with it."""
    import torch

    from mmhnet_cli.cores import count_cores
    from mmhnet_cli.errors import BadOption
    from mmhnet_cli.pipeline.making.load import load_model
    from mmhnet_cli.pipeline.session.redo import RedoRequest, prepare_redo
    from mmhnet_cli.pipeline.session.redo import redo as redo_take

    if from_ is None or to is None:
        raise BadOption("--from" if from_ is None else "--to", "nothing", TIME)
    asked = RedoRequest(report, from_, to, take, track, prompt, negative_prompt, seed, film, model, device, cache_gb)
    job = prepare_redo(asked)
    torch.set_num_threads(min(torch.get_num_threads(), count_cores()))
    with session.progress() as progress:
        loaded = load_model(job.job.model, device, job.job.request.precision, progress)
        result = redo_take(job, loaded, progress)
    for line in closing_lines(result.report):
        session.output.note(line)
    for line in _warnings.off_target(result.report["takes"]):
        session.output.warning(line)
    record = {"type": "redo", "status": "written", **result.report}
    session.output.result(
        "\n".join(map(str, result.files)), {**record, "outputs": [str(path) for path in result.files]}
    )
