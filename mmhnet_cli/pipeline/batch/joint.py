"""The sampler of a worker: one film after the other, or short films that wait for it at the same time together."""

import threading
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import dataclass, field

from torch import Tensor

from mmhnet_cli.errors import OutOfMemory
from mmhnet_cli.pipeline.generate import Encoded, Rendered, decode, part_of, render
from mmhnet_cli.pipeline.making.load import LoadedModel
from mmhnet_cli.pipeline.making.long_form import training_clip
from mmhnet_cli.pipeline.making.sampling import sample
from mmhnet_cli.pipeline.making.stages import Stages
from mmhnet_cli.pipeline.request import Job

LENGTHS_ALIKE = 1.3
"""The longest of films sampled together is at most so many times the shortest: what is padded is computed for
nothing.
"""


@dataclass(frozen=True, eq=False)
class _Waiting:
    """A film that has been read and waits for its latents."""

    job: Job
    model: LoadedModel
    encoded: Encoded
    stages: Stages
    latents: Future[Tensor | None] = field(default_factory=Future)
    """It gives None where the film has to be sampled alone."""

    @property
    def length(self) -> int:
        """Return how many latents the film has, where it is one piece."""
        return self.encoded.places[0].timeline.latents

    @property
    def short(self) -> bool:
        """Tell whether it is one sound in one piece, and no longer than the clips of training."""
        request = self.job.request
        one = len(request.voices) == request.takes == len(self.encoded.pieces) == 1
        return one and self.length <= training_clip(self.model.network.config).latents

    def goes_with(self, other: "_Waiting") -> bool:
        if other.model is not self.model or not (self.short and other.short):
            return False
        if self.encoded.pieces[0].voices[0].pushes != other.encoded.pieces[0].voices[0].pushes:
            return False
        samplers = (one.job.request.sampler.with_seed(0) for one in (self, other))
        shorter, longer = sorted((self.length, other.length))
        # Features that are stretched over the film would be stretched over the padding.
        most = LENGTHS_ALIKE if self.model.network.config.placement == "time" else 1
        return len(set(samplers)) == 1 and longer <= most * shorter


class JointSampler:
    """It is used by the threads of a worker, one per film.

    together: how many films are sampled at once at most. turn: is held while sampling. waiting: holds films that are
    neither sampled nor taken along.
    """

    def __init__(self, together: int) -> None:
        self.together = together
        self.turn, self._guard = threading.Lock(), threading.Lock()
        self.waiting: list[_Waiting] = []

    def render(self, job: Job, model: LoadedModel, encoded: Encoded, take: int, stages: Stages) -> Rendered:
        """Do as `generate.render` does, when it is this film's turn, or another one's that took it along."""
        mine = _Waiting(job, model, encoded, stages)
        with self._guard:
            self.waiting.append(mine)
        with self.turn:
            group = self._group_of(mine)
            if group == [mine]:
                return render(job, model, encoded, take, stages)
            if group and not _sample(group):
                # Nor would so many of another length.
                self.together = max(1, len(group) // 2)
            latents = mine.latents.result()
            if latents is None:
                return render(job, model, encoded, take, stages)
            return Rendered([decode(job, model, latents, encoded, stages)], {job.request.voices[0].name: latents})

    def _group_of(self, mine: _Waiting) -> list[_Waiting]:
        """Return it and those that go with it, which then wait no longer; none where another one took it along."""
        with self._guard:
            if mine not in self.waiting:
                return []
            self.waiting.remove(mine)
            others = [other for other in self.waiting if mine.goes_with(other)][: self.together - 1]
            self.waiting = [other for other in self.waiting if other not in others]
        return [mine, *others]


def _sample(group: Sequence[_Waiting]) -> bool:
    """Give each of the group its latents, or what went wrong; return False where memory is short."""
    model, sampler = group[0].model, group[0].job.request.sampler
    parts = [part_of(one.job, one.encoded.pieces[0], 0, 0) for one in group]
    try:
        with ExitStack() as stack:
            told = [stack.enter_context(one.stages.stage("sample", sampler.steps)) for one in group]

            def done(step: int) -> None:
                for tell in told:
                    tell(step)

            sampled = sample(model, parts, sampler, done)
    except OutOfMemory:
        for one in group:
            one.latents.set_result(None)
        return False
    except Exception as error:
        for one in group:
            one.latents.set_exception(error)
        return True
    for one, latents in zip(group, sampled, strict=True):
        one.latents.set_result(latents)
    return True
