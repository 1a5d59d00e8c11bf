"""What sampling costs at any size, on any device: `python -m benchmarks.velocity l-44k --device cuda --seconds 500`.

The network has random weights and the film random features, both from a seed, so nothing is fetched: time and memory
depend on shapes alone. Measures all steps of the sampler with guidance, after one step to warm up; no picture is read
and no sound decoded.
"""

import argparse
import time
from fractions import Fraction

import torch

from mmhnet_cli.flow.noise import noise
from mmhnet_cli.flow.solvers import euler
from mmhnet_cli.flow.times import uniform_times
from mmhnet_cli.model.conditions import Features
from mmhnet_cli.model.config import VARIANTS
from mmhnet_cli.model.network import Network
from mmhnet_cli.options import LongForm, SamplerOptions
from mmhnet_cli.pipeline.making.guided import GuidedFeatures
from mmhnet_cli.pipeline.making.long_form import plan_film
from mmhnet_cli.pipeline.making.velocity import velocity_of_films
from mmhnet_cli.timeline import Timeline

DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16}
TEXT_TOKENS = 77
SYNC_GROUP = 8
"""Synchformer gives its tokens eight by eight."""
GUIDANCE = 4.5
SEED = 0


def random_film(network: Network, timeline: Timeline, device: torch.device, dtype: torch.dtype) -> Features:
    """Features of one film of this length, drawn on the CPU so that every device gets the same."""
    config, generator = network.config, torch.Generator().manual_seed(SEED)

    def drawn(length: int, width: int) -> torch.Tensor:
        return torch.randn(1, length, width, generator=generator).to(device, dtype)

    return Features(
        clip=drawn(timeline.clip_frames, config.clip_dim),
        sync=drawn(timeline.sync_frames // SYNC_GROUP * SYNC_GROUP, config.sync_dim),
        text=drawn(TEXT_TOKENS, config.text_dim),
    )


@torch.inference_mode()
def measure(variant: str, seconds: Fraction, steps: int, device: torch.device, dtype: torch.dtype) -> str:
    """One line: seconds for all steps, times real time, and on CUDA the peak of allocated memory."""
    torch.manual_seed(SEED)
    with torch.device(device):
        network = Network(VARIANTS[variant]).to(dtype).eval()
    timeline = Timeline(seconds, network.config.sequence)
    features = random_film(network, timeline, device, dtype)
    told = GuidedFeatures(features, network.null_features(features, features.text, None))
    form = LongForm()
    windows = plan_film(network, timeline.latents, form)
    sampler = SamplerOptions(steps, GUIDANCE)
    times = uniform_times(steps)
    velocity = velocity_of_films(network, [told], [windows], sampler, times, form.windows_at_once)
    start = noise(SEED, windows.plan.latents, network.config.latent_channels).to(device)

    def exact(x: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        return velocity(x.to(dtype), t).float()

    def sample(count: int) -> float:
        began = time.perf_counter()
        # Reading a number waits for the device.
        float(euler(exact, start, uniform_times(count), lambda step, of: None).sum())
        return time.perf_counter() - began

    sample(1)
    taken = sample(steps)
    memory = f", peak {torch.cuda.max_memory_allocated() / 1e9:.1f} GB" if device.type == "cuda" else ""
    size = sum(p.numel() for p in network.parameters()) / 1e6
    return (
        f"{variant} ({size:.0f} M), {float(seconds):g} s of film, {steps} steps, {device}, {dtype}: "
        f"{taken:.1f} s, {float(seconds) / taken:.1f} x real time{memory}"
    )


def main() -> None:
    """Print a line for each variant and length."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("variants", nargs="+", choices=VARIANTS)
    parser.add_argument("--seconds", type=Fraction, nargs="+", default=[Fraction(8)], help="of film")
    parser.add_argument("--steps", type=int, default=25)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--dtype", choices=DTYPES, default="fp32")
    options = parser.parse_args()
    for variant in options.variants:
        for seconds in options.seconds:
            print(measure(variant, seconds, options.steps, torch.device(options.device), DTYPES[options.dtype]))


if __name__ == "__main__":
    main()
