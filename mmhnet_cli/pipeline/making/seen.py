"""The pictures of the film of a job."""

from dataclasses import dataclass

from mmhnet_cli.encoders.protocol import Encoders
from mmhnet_cli.encoders.seen import FilmSight, cache_of
from mmhnet_cli.pipeline.request import Job


@dataclass(frozen=True, kw_only=True)
class Sight(FilmSight):
    """The pictures of the film of a job, for the encoders of its model."""

    job: Job
    encoders: Encoders


def sight_of(job: Job, encoders: Encoders, film_sha256: str = "") -> Sight:
    """Return the sight of a job, with the cache that its request allows. film_sha256: see `FilmSight`."""
    return Sight(
        film=job.film,
        model=job.model,
        encoders=encoders,
        film_sha256=film_sha256,
        cache=cache_of(job.request.cache_gb),
        job=job,
    )
