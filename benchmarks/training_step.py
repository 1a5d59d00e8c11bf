"""How long a step of mini's training takes on a GPU, begun kernel by kernel and recorded as one graph.

    python -m benchmarks.training_step --batch 256 384 512

Clips are random numbers of the right shapes, the network is the one that ships. `differs` is by how much the loss of
the recorded step is off that of the other, for the same noise.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import torch

from benchmarks.common import table
from mmhnet_cli.encoders.meaning import CLIP_DIM, CLIP_FPS, KIND_NAMES, SYNC_DIM, SYNC_FPS, TEXT_DIM
from mmhnet_cli.model.network import Network
from mmhnet_cli.models.checkpoint import load_tensors
from mmhnet_cli.models.model_files import NETWORK_FILE
from mmhnet_cli.timeline import Timeline
from mmhnet_cli.training.clips import CLIP_S, ClipConfig, Clips
from mmhnet_cli.training.train_codec import read_codec
from mmhnet_cli.training.train_mini import TaughtNetwork, flow_loss, network_config, record
from mmhnet_cli.training.trainer import Trainer, TrainerConfig

SHIPPED = Path("weights/mini")


def random_clips(size: int, device: torch.device) -> Clips:
    """Clips that show nothing and say nothing, in the shapes of those of the training."""
    config = network_config(read_codec(SHIPPED).config.channels)
    latents, words = Timeline(Fraction(CLIP_S), config.sequence).latents, ClipConfig().most_words
    told = torch.rand(size, words) < 0.4
    told[:, 0] = True
    drawn = Clips(
        latents=torch.randn(size, latents, config.latent_channels),
        clip=torch.rand(size, CLIP_S * CLIP_FPS, CLIP_DIM),
        sync=torch.rand(size, CLIP_S * SYNC_FPS, SYNC_DIM),
        text=torch.rand(size, words, TEXT_DIM),
        text_mask=told,
        drop_video=torch.rand(size) < 0.1,
        drop_text=torch.rand(size) < 0.1,
        heard=torch.rand(size, latents, len(KIND_NAMES)).softmax(2),
        seen=torch.rand(size, CLIP_S * CLIP_FPS, len(KIND_NAMES)).softmax(2),
    )
    return drawn.to(device)


def step_s(module: TaughtNetwork, clips: Clips, folder: Path, steps: int) -> float:
    """Seconds for one step of the training."""
    config = TrainerConfig(steps=steps, muon=True, report_every=10**9, save_every=10**9)
    trainer = Trainer(module, flow_loss, lambda number: clips, config, folder, draws_on=clips.latents.device)
    return _timed(lambda: trainer.run(lambda line: None)) / steps


def _timed(work: Callable[[], object]) -> float:
    torch.cuda.synchronize()
    started = time.perf_counter()
    work()
    torch.cuda.synchronize()
    return time.perf_counter() - started


def measured(batch: int, steps: int, device: torch.device) -> tuple[str, ...]:
    """The row of a batch of so many clips."""
    codec = read_codec(SHIPPED)
    network = Network(network_config(codec.config.channels))
    module = TaughtNetwork(network, codec.projection.scale).to(device)
    clips = random_clips(batch, device)

    def loss() -> float:
        load_tensors(SHIPPED / NETWORK_FILE, network.state_dict())
        return float(flow_loss(module, clips, torch.Generator(device).manual_seed(0))[0].detach())

    with tempfile.TemporaryDirectory() as folder:
        plain = loss()
        plain_s = step_s(module, clips, Path(folder) / "plain", steps)
        record_s = _timed(lambda: record(module, clips))
        differs = abs(loss() - plain)
        recorded_s = step_s(module, clips, Path(folder) / "recorded", steps)
    taken = (f"{plain_s:.3f} s", f"{recorded_s:.3f} s", f"{batch / recorded_s:.0f}")
    return (str(batch), *taken, f"{differs:.4f}", f"{record_s:.0f} s", f"{torch.cuda.max_memory_allocated() >> 20} MB")


def main() -> None:
    """Print a table, a row for each size of batch."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batch", type=int, nargs="+", default=[256, 384, 512])
    parser.add_argument("--steps", type=int, default=20)
    options = parser.parse_args()
    torch.set_float32_matmul_precision("high")
    rows = [measured(batch, options.steps, torch.device("cuda")) for batch in options.batch]
    print(table(("clips", "one by one", "recorded", "clips a second", "differs", "to record", "memory"), rows))


if __name__ == "__main__":
    main()
