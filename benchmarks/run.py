"""Measure everything and write `benchmarks/results.md`: `python -m benchmarks.run [PART ...] [--quick]`."""

import argparse
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch

from benchmarks import codec, meaning, speed, sync
from benchmarks.classifier import KindClassifier, load_classifier
from mmhnet_cli import __version__
from mmhnet_cli.codec.mini import MiniCodec
from mmhnet_cli.pipeline.making.load import load_named_model

RUNS = Path("runs/benchmarks")
RESULTS = Path(__file__).with_name("results.md")


def main() -> None:
    """Measure the parts that are named, and write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", help="sync, meaning, prompt, codec, ears, speed; all when none is named")
    parser.add_argument("--model", default="mini")
    parser.add_argument("--quick", action="store_true", help="fewer films; for trying, not for the table")
    options = parser.parse_args()
    model = load_named_model(options.model, "cpu")
    own = model.codec if isinstance(model.codec, MiniCodec) else parser.error(f"{options.model} has no codec of ours")
    RUNS.mkdir(parents=True, exist_ok=True)

    def report(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    def judge() -> KindClassifier:
        return load_classifier(RUNS / "classifier.safetensors")

    quick = options.quick
    parts: dict[str, tuple[str, Callable[[], str]]] = {
        "codec": ("Codec beside Griffin-Lim", lambda: codec.measure(own)),
        "ears": ("What a listener would notice", lambda: codec.measure_ears(own)),
        "sync": ("Sync", lambda: sync.measure(model, {8: 9} if quick else {8: 36, 60: 4, 300: 1})),
        "meaning": ("Meaning", lambda: meaning.measure(model, judge(), 1 if quick else 2, 0 if quick else 6)),
        "prompt": ("Prompt", lambda: meaning.measure_prompt(model, judge(), 1 if quick else 2)),
        "speed": ("Speed, memory, level", lambda: speed.measure(RUNS, 120 if quick else 600)),
    }
    chosen = options.parts or list(parts)
    lines = [
        "# Benchmarks",
        "",
        f"mmhnet {__version__}, model {model.name} (network {model.sha256['network.safetensors'][:12]}), "
        f"Python {platform.python_version()}, torch {torch.__version__}, {torch.get_num_threads()} CPU threads. "
        "Made by `python -m benchmarks.run`, on scenes whose seeds training never saw.",
    ]
    for name in chosen:
        title, part = parts[name]
        began = time.perf_counter()
        text = part()
        report(f"{name}: {time.perf_counter() - began:.0f} s\n{text}\n")
        lines += ["", f"## {title}", "", text]
    if chosen == list(parts) and not quick:
        RESULTS.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
