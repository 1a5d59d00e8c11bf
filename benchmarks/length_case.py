"""One case of `benchmarks.length` in a process of its own: `python -m benchmarks.length_case JSON` prints its row."""

import json
import resource
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import torch
from torch import nn

from benchmarks.speed import film_of, run
from mmhnet_cli.codec.public import PUBLIC_16K, PUBLIC_44K, PublicCodec
from mmhnet_cli.flow.noise import noise
from mmhnet_cli.flow.solvers import euler
from mmhnet_cli.flow.times import uniform_times
from mmhnet_cli.model.conditions import Features
from mmhnet_cli.model.network import Network
from mmhnet_cli.model.variants import VARIANTS
from mmhnet_cli.models.ready import ready
from mmhnet_cli.options import LongForm, SamplerOptions
from mmhnet_cli.pipeline.making.allocator import memory_kept
from mmhnet_cli.pipeline.making.guided import GuidedFeatures
from mmhnet_cli.pipeline.making.load import load_named_model
from mmhnet_cli.pipeline.making.long_form import plan_film
from mmhnet_cli.pipeline.making.velocity import velocity_of_films
from mmhnet_cli.timeline import Timeline

DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16}
WHOLE = "-whole"
SYNC_GROUP = 8
"""Synchformer gives its tokens eight by eight."""
SEED = 0
SHORT_S = 10
"""Films up to so long are measured after a first time, and the best of three counts."""


def random_network(model: str, device: torch.device, dtype: torch.dtype) -> Network:
    """Return the variant with random weights, those that training begins with at zero too."""
    torch.manual_seed(SEED)
    config = VARIANTS[model.removesuffix(WHOLE)]
    if model.endswith(WHOLE):
        config = replace(config, attention_window_s=None)
    network = Network(config)
    for parameter in network.parameters():
        if not parameter.any():
            nn.init.normal_(parameter, std=0.02)
    return ready(network, device, dtype)


def random_film(network: Network, timeline: Timeline, device: torch.device, dtype: torch.dtype) -> Features:
    """Features of one film of this length, drawn on the CPU so that every device gets the same."""
    config, generator = network.config, torch.Generator().manual_seed(SEED)

    def drawn(length: int, width: int) -> torch.Tensor:
        return torch.randn(1, length, width, generator=generator).to(device, dtype)

    return Features(
        clip=drawn(timeline.clip_frames, config.clip_dim),
        sync=drawn(timeline.sync_frames // SYNC_GROUP * SYNC_GROUP, config.sync_dim),
        text=drawn(config.training_text_tokens, config.text_dim),
    )


def sampling(case: Mapping[str, Any], device: torch.device, dtype: torch.dtype) -> dict[str, Callable[[], object]]:
    """Return what can be done with the network of a case, by the name of the stage."""
    network = random_network(case["model"], device, dtype)
    timeline = Timeline(Fraction(case["seconds"]), network.config.sequence)
    features = random_film(network, timeline, device, dtype)
    told = GuidedFeatures(features, network.null_features(features, features.text, None))
    form = LongForm(mode="whole" if case["model"].endswith(WHOLE) else "auto")
    windows = plan_film(network, timeline.latents, form)
    start = noise(SEED, windows.plan.latents, network.config.latent_channels).to(device)

    def steps(count: int, sampler: SamplerOptions) -> torch.Tensor:
        times = uniform_times(count)
        velocity = velocity_of_films(network, [told], [windows], sampler, times, form.windows_at_once)
        with memory_kept():
            return euler(lambda x, t: velocity(x.to(dtype), t).float(), start, times, lambda step, of: None)

    return {
        "condition": lambda: network.condition(features, timeline.latents).audio,
        "evaluate": lambda: steps(1, SamplerOptions(1, guidance=1.0)),
        "sample": lambda: steps(case["steps"], SamplerOptions(case["steps"])),
    }


def decoding(case: Mapping[str, Any], device: torch.device) -> Callable[[], object]:
    """Return what decodes random latents: mini's own codec, or a public one with random weights."""
    config = VARIANTS[case["model"].removesuffix(WHOLE)]
    latents = noise(SEED, Timeline(Fraction(case["seconds"]), config.sequence).latents, config.latent_channels)[0]
    if case["model"].startswith("mini"):
        codec: Any = load_named_model("mini", str(device)).codec
    else:
        codec = PublicCodec(PUBLIC_16K if config.sequence.sample_rate_hz == 16000 else PUBLIC_44K, encoder=False)
        codec = ready(codec, device, torch.float32)
    return lambda: [len(block) for block in codec.decode_stream(latents.to(device))]


def peak_mb() -> float:
    """Return the most memory that this process has had, its parent's not counted where the system tells them apart."""
    status = Path("/proc/self/status")
    if status.exists():
        (peak,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(peak.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


@torch.inference_mode()
def measure(case: Mapping[str, Any]) -> dict[str, float]:
    """Return wall_s, cpu_s, peak_mb and grown_mb, by which the peak is above what was there before.

    On CUDA memory is that of the device. Raises KeyError for a stage that a model has not.
    """
    device, dtype = torch.device(case["device"]), DTYPES[case["dtype"]]
    cuda = device.type == "cuda"
    if case["stage"] == "decode":
        work = decoding(case, device)
    else:
        work = sampling(case, device, dtype)[case["stage"]]
    before = torch.cuda.memory_allocated() / 2**20 if cuda else peak_mb()
    if short := case["seconds"] <= SHORT_S:
        work()
    taken = []
    for _ in range(3 if short else 1):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        if cuda:
            torch.cuda.synchronize()
        taken.append((time.process_time() - cpu, time.perf_counter() - wall))
    cpu_s, wall_s = min(taken)
    peak = torch.cuda.max_memory_allocated() / 2**20 if cuda else peak_mb()
    return {"wall_s": wall_s, "cpu_s": cpu_s, "peak_mb": peak, "grown_mb": peak - before}


def command(case: Mapping[str, Any]) -> dict[str, Any]:
    """Measure `mmhnet generate` on a film of 1080p; `stages_s` is what its report says of the clock."""
    folder = Path(case["out"])
    film, output = film_of(case["seconds"], folder, 1920, 1080), folder / "command.wav"
    words = ["--prompt", "rain on city street", "--device", case["device"], "-f", "--json", "-q"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = run(["generate", str(film), "-o", str(output), *words])
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    stages = json.loads(output.with_suffix(".json").read_text())["timings_s"]
    return {"wall_s": done.seconds, "cpu_s": cpu_s, "peak_mb": done.megabytes, "grown_mb": 0.0, "stages_s": stages}


if __name__ == "__main__":
    told = json.loads(sys.argv[1])
    print(json.dumps(command(told) if told["stage"] == "command" else measure(told)))
