"""The configuration of a training: a TOML file, of ours by its name or of the user."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from mmhnet_cli.errors import BadOption
from mmhnet_cli.fields import Within, build, check_fields
from mmhnet_cli.model.config import NetworkConfig
from mmhnet_cli.model.variants import VARIANTS
from mmhnet_cli.regular_file import read_regular
from mmhnet_cli.training.trainer import TrainerConfig

SHIPPED = ("mini", "s-16k", "s-44k", "l-44k")
MOST_BYTES = 1 << 20

Share = Annotated[float, Within(0, 1)]


@dataclass(frozen=True)
class LoraConfig:
    """The section `lora`: adapters that train in place of the weights, see `films.lora`."""

    rank: Annotated[int, Within(1, 1024)]
    alpha: Annotated[float, Within(1e-3, 1e4)] = 16.0
    """What the adapters say counts alpha / rank."""
    targets: tuple[str, ...] = ("trunk",)
    """Matrices whose names begin with one of these, whole parts of the name, get adapters."""

    def __post_init__(self) -> None:
        check_fields(self)
        if not self.targets:
            raise BadOption("targets", "an empty list", "names of weights, or what they begin with")


@dataclass(frozen=True)
class RunConfig:
    """How a network is trained on prepared films."""

    sizes: str
    """The network has the sizes of this one of the table, but for what the section `network` says."""
    steps: Annotated[int, Within(1, 100_000_000)]
    batch: Annotated[int, Within(1, 4096)]
    """A step takes so many clips, times `accumulate`."""
    learning_rate: Annotated[float, Within(1e-9, 1)]
    """It warms up over `warmup_steps` and falls to zero along a cosine."""
    accumulate: Annotated[int, Within(1, 4096)] = 1
    optimiser: Literal["adamw", "muon"] = "adamw"
    """Muon takes the matrices, AdamW all others."""
    warmup_steps: Annotated[int, Within(0, 1_000_000)] = 1000
    betas: Annotated[tuple[float, ...], Within(0, 0.999999)] = (0.9, 0.95)
    weight_decay: Annotated[float, Within(0, 1)] = 1e-6
    clip_norm: Annotated[float, Within(1e-6, 1e6)] = 1.0
    """A gradient that is longer is cut to it."""
    ema_decay: Annotated[float, Within(0, 0.999999)] = 0.9999
    """Of the moving average of the weights, which is what is exported."""
    time_mean: Annotated[float, Within(-5, 5)] = 0.0
    """Times t are drawn with a logit of this mean and of the deviation `time_std`."""
    time_std: Annotated[float, Within(0.01, 5)] = 1.0
    drop_video: Share = 0.1
    """So often the picture is replaced by the empty one, for guidance."""
    drop_text: Share = 0.1
    drop_both: Share = 0.0
    ratio_weight: Annotated[float, Within(0, 10)] = 0.03
    """Of the routers' ratio loss beside that of the flow."""
    save_every: Annotated[int, Within(1, 1_000_000)] = 500
    """Steps; whatever they take, a checkpoint is written every ten minutes."""
    log_every: Annotated[int, Within(1, 1_000_000)] = 50
    workers: Annotated[int, Within(0, 64)] = 0
    """So many processes read clips ahead."""
    seed: Annotated[int, Within(0, 2**31 - 1)] = 0
    """Of the first weights and of the order of the clips."""
    held_out: Annotated[int, Within(0, 10_000)] = 0
    """So many clips at least are kept out of the training, films whole, to be scored and sampled."""
    sample_every: Annotated[int, Within(0, 1_000_000)] = 0
    """Steps from one score, with samples, to the next; 0 makes none."""
    sample_clips: Annotated[int, Within(0, 64)] = 4
    """So many of the clips kept out are sampled."""
    checkpoint_blocks: bool = False
    """Blocks are computed again on the way back: less memory for a third more time."""
    lora: LoraConfig | None = None
    """Adapters train in place of the weights, for fine-tuning."""

    def __post_init__(self) -> None:
        check_fields(self)
        if len(self.betas) != 2:
            raise BadOption("betas", f"a list of {len(self.betas)}", "a list of 2 numbers")
        if self.sample_every % self.log_every:
            raise BadOption("sample_every", str(self.sample_every), f"a multiple of log_every, {self.log_every}")
        if self.sample_every and not self.held_out:
            raise BadOption("held_out", "0", "1 or more where sample_every is")

    @property
    def trainer(self) -> TrainerConfig:
        """Return what the loop takes."""
        return TrainerConfig(
            steps=self.steps,
            learning_rate=self.learning_rate,
            warmup_steps=self.warmup_steps,
            betas=(self.betas[0], self.betas[1]),
            weight_decay=self.weight_decay,
            muon=self.optimiser == "muon",
            clip_norm=self.clip_norm,
            ema_decay=self.ema_decay,
            accumulate=self.accumulate,
            save_every=self.save_every,
            report_every=self.log_every,
        )


def read_run_config(name: str) -> tuple[RunConfig, NetworkConfig]:
    """Return the configuration called `name`, or in a file of that name, with the sizes of its network.

    Raises BadOption, which names the first field that is wrong.
    """
    path = Path(__file__).with_name(f"{name}.toml") if name in SHIPPED else Path(name)
    try:
        values = tomllib.loads(read_regular(path, MOST_BYTES).decode("utf-8"))
    except OSError as error:
        raise BadOption("CONFIG", name, f"{', '.join(SHIPPED)}, or a TOML file ({error.strerror})") from error
    except (ValueError, RecursionError) as error:
        raise BadOption("CONFIG", name, f"TOML in UTF-8 ({str(error)[:100]})") from error
    sizes = values.pop("network", {})
    config = build(RunConfig, values)
    if config.sizes not in VARIANTS:
        raise BadOption("sizes", config.sizes, f"one of {', '.join(VARIANTS)}")
    return config, _network(config.sizes, sizes)


def _network(variant: str, changes: Any) -> NetworkConfig:
    if not isinstance(changes, dict):
        raise BadOption("network", str(changes)[:100], "a section with names and values")
    return build(NetworkConfig, _merged(VARIANTS[variant].to_dict(), changes), "network")


def _merged(values: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    merged = dict(values)
    for name, value in changes.items():
        inner = values.get(name)
        merged[name] = _merged(inner, value) if isinstance(inner, dict) and isinstance(value, dict) else value
    return merged
