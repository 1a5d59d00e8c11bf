"""Several processes that train together, on one machine or many, by Hugging Face accelerate."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

import torch
from torch import Tensor

from mmhnet_cli.errors import BadOption, ExtraMissing
from mmhnet_cli.training.team import PartnerLost, Team

PATIENCE = timedelta(hours=2)
"""So long the others wait while the main process checks the films or samples."""
BUCKET_NUMBERS = 1 << 24
"""So many numbers go over the wire at once: 64 MB."""


class Together(Team):
    """One of several processes, each of which runs the same steps; they find each other by what the launcher has put
    into their environment.

    device: `cpu`, or what stands for the GPU that the launcher means. here: processes on this machine. Raises
    ExtraMissing, and BadOption where there are more processes than GPUs.
    """

    def __init__(self, device: str, here: int) -> None:
        if device not in ("auto", "cpu", "cuda"):
            raise BadOption("--device", device, "auto, cpu or cuda where several processes train")
        cpu = device == "cpu" or (device == "auto" and not torch.cuda.is_available())
        if not cpu and here > torch.cuda.device_count():
            most = f"at most {torch.cuda.device_count()}, one for each GPU of the machine; or --device cpu"
            raise BadOption("--processes", str(here), most)
        try:
            from accelerate import PartialState
        except ImportError as error:
            raise ExtraMissing("Training in several processes", "accelerate", "train") from error
        with _partners():
            self._state = PartialState(cpu=cpu, timeout=PATIENCE)
        self.index, self.count = self._state.process_index, self._state.num_processes
        self.device: torch.device = self._state.device

    def add_up(self, tensors: Sequence[Tensor]) -> None:
        """Put in place of each tensor, all of one dtype, the sum over all processes. Raises PartnerLost."""
        from accelerate.utils import reduce

        for some in _buckets(tensors):
            with _partners():
                total = reduce(torch.cat([tensor.reshape(-1) for tensor in some]), "sum")
            for tensor, part in zip(some, total.split([tensor.numel() for tensor in some]), strict=True):
                tensor.copy_(part.view_as(tensor))

    def wait(self) -> None:
        """Wait until all have come here. Raises PartnerLost."""
        with _partners():
            self._state.wait_for_everyone()

    def leave(self) -> None:
        """End the company, after the last step."""
        self._state.destroy_process_group()


@contextmanager
def _partners() -> Iterator[None]:
    """Turn what the libraries say of a broken connection into PartnerLost."""
    try:
        yield
    except torch.OutOfMemoryError:
        raise
    except RuntimeError as error:
        raise PartnerLost((str(error).splitlines() or [""])[0][:200]) from error


def _buckets(tensors: Sequence[Tensor]) -> Iterator[list[Tensor]]:
    held: list[Tensor] = []
    for tensor in tensors:
        if held and sum(one.numel() for one in held) + tensor.numel() > BUCKET_NUMBERS:
            yield held
            held = []
        held.append(tensor)
    if held:
        yield held
