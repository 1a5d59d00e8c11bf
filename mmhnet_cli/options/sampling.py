"""How latents are drawn."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Literal

from mmhnet_cli.fields import Within
from mmhnet_cli.options.choice import Choice
from mmhnet_cli.options.panels import SAMPLING

SolverName = Literal["euler", "midpoint", "heun"]
Quality = Literal["draft", "standard", "high"]

LongFormMode = Literal["auto", "windows", "whole"]
PiecesMode = Literal["auto", "one", "fixed"]

Precision = Literal["auto", "fp32", "bf16", "fp16"]
"""What the networks compute in; `auto` is float32, and bfloat16 on CUDA devices that have it."""

LARGEST_SEED = 2**31 - 1
SEEDS = Within(0, LARGEST_SEED)
RANDOM = "random"
"""In place of a seed: one is drawn for each film."""
WALKS: Mapping[Quality, tuple[int, SolverName]] = {
    "draft": (12, "euler"),
    "standard": (25, "euler"),
    "high": (50, "midpoint"),
}
"""Steps and solver of each quality; see `benchmarks/length.md` for what they cost and keep."""


@dataclass(frozen=True)
class SamplerOptions:
    """How latents are drawn.

    steps: of the time grid; midpoint and heun evaluate the network twice per step.
    guidance: scale of classifier-free guidance; 1 is no guidance, None is the model's own.
    seed: of the noise. seed_drawn: nobody chose it, and another would be as good.
    guidance_own: nobody chose the guidance, it is the model's.
    """

    steps: Annotated[
        int,
        Within(1, 1000),
        Choice("--steps", SAMPLING, "Steps of the solver.", said_by="quality", shown="by --quality", example="25"),
    ] = 25
    guidance: Annotated[
        float | None,
        Within(0.0, 100.0),
        Choice(
            "--guidance",
            SAMPLING,
            "How strongly picture and prompt guide the sound; 1 is no guidance and twice as fast.",
            more=("--cfg",),
            shown="the model's own",
            example="2.0",
        ),
    ] = None
    solver: Annotated[
        SolverName,
        Choice("--solver", SAMPLING, "Solver of the flow.", said_by="quality", shown="by --quality", example="euler"),
    ] = "euler"
    seed: Annotated[
        int,
        SEEDS,
        Choice(
            "--seed",
            SAMPLING,
            "The same seed gives the same sound.",
            metavar="N|random",
            words={RANDOM: RANDOM},
        ),
    ] = 42
    seed_drawn: bool = False
    guidance_own: bool = False

    def guidance_for(self, own: float) -> float:
        """The scale for a model whose own is `own`."""
        return own if self.guidance is None else self.guidance

    def for_model(self, own: float) -> "SamplerOptions":
        """With the model's `own` guidance in place of none."""
        return replace(self, guidance=own, guidance_own=True) if self.guidance is None else self

    def with_seed(self, seed: int) -> "SamplerOptions":
        """Return the same with this seed."""
        return replace(self, seed=seed)


@dataclass(frozen=True)
class LongForm:
    """How a film longer than the clips of training is sampled.

    mode: "windows" takes overlapping windows of the training length together, "whole" the film at once; "auto" takes
        windows where the network has rotary positions, which do not reach beyond that length.
    overlap_s: least overlap of neighbouring windows. 3.2 s holds nearly every single event, so one window hears it
        whole; at windows of 8 s the film is then evaluated 8 / 4.8 = 1.7 times over.
    windows_at_once: evaluated side by side; memory grows with it.
    pieces: a film over a minute is "one", whatever part of it is chosen, or in pieces at "fixed" times, also where all
        of it is chosen; "auto" takes these where less than half of it is chosen, so that a choice that grows beyond is
        another sound, and pieces of five minutes for the rest of a film over ten.
    """

    mode: Annotated[
        LongFormMode,
        Choice(
            "--long-form",
            SAMPLING,
            "Film beyond the training length: whole, or in windows sampled together; auto knows the model.",
        ),
    ] = "auto"
    overlap_s: Annotated[float, Within(0, 60)] = 3.2
    windows_at_once: Annotated[int, Within(1, 64)] = 8
    pieces: Annotated[
        PiecesMode,
        Choice(
            "--pieces",
            SAMPLING,
            "A film over a minute: as one, or in pieces at fixed times; auto takes these for less than half of it, "
            "and longer ones beyond ten minutes.",
        ),
    ] = "auto"
