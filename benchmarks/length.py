"""What a second of film costs as the film gets longer: `python -m benchmarks.length --models mini --lengths 8 60 300`.

For each stage, model and length one process of its own: wall and processor time, peak memory, how many times faster
than the film, and with which power of the length the cost grows. Networks have random weights and films random
features, both from a seed, so nothing is fetched: time and memory depend on shapes alone. `MODEL-whole` is the same
network with attention over the whole film. `--device cuda` measures the same on a GPU. What would take longer than
`--limit` is left out, and said. Rows are kept in `OUT/length.jsonl`, and what is in there is not measured again.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.common import table
from benchmarks.growth import drawn, exponent, foreseen
from benchmarks.length_case import WHOLE
from mmhnet_cli.model.variants import VARIANTS

LENGTHS = (8, 60, 300, 600, 1800, 3600)
STAGES = ("condition", "evaluate", "sample", "decode", "command")
"""Conditions of a film; one evaluation of the velocity; all steps of the sampler with guidance; from latents to sound;
and the whole `mmhnet generate` of mini on a film of 1080p."""
MODELS = ("mini", "s-44k", "s-44k-whole", "l-44k", "mmaudio-small-44k", "mmaudio-small-44k-whole")

Row = Mapping[str, Any]


def measured(model: str, stage: str, seconds: int, options: argparse.Namespace) -> dict[str, Any]:
    """Measure one case in a process of its own; the row says `failed` where that did not end well."""
    case = {"model": model, "stage": stage, "seconds": seconds, "device": options.device, "dtype": options.dtype}
    told = json.dumps({**case, "steps": options.steps, "out": str(options.out)})
    command = [sys.executable, "-m", "benchmarks.length_case", told]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10 * options.limit)
    except subprocess.TimeoutExpired:
        return {**case, "failed": f"not done after {10 * options.limit:g} s"}
    if done.returncode:
        return {**case, "failed": (done.stderr.strip().splitlines() or ["killed"])[-1]}
    return {**case, **json.loads(done.stdout.splitlines()[-1])}


def run(options: argparse.Namespace) -> list[dict[str, Any]]:
    """Measure all that is asked for, shorter films first, and return all rows that are on disk then."""
    path = options.out / "length.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    for stage in options.stages:
        for model in options.models:
            if stage == "command" and model != "mini":
                continue
            for seconds in sorted(options.lengths):
                own = [row for row in rows if of(row, model, stage, options.device, options.dtype)]
                if any(row["seconds"] == seconds for row in own):
                    continue
                cost_s = foreseen({row["seconds"]: row["cpu_s"] for row in own if "cpu_s" in row}, seconds)
                if cost_s is not None and cost_s > options.limit:
                    print(f"{model} {stage} {seconds} s: left out, it would take {cost_s:.0f} s", file=sys.stderr)
                    break
                rows.append(measured(model, stage, seconds, options))
                with path.open("a") as file:
                    file.write(json.dumps(rows[-1]) + "\n")
                print(json.dumps(rows[-1]), file=sys.stderr)
    return rows


def of(row: Row, model: str, stage: str, device: str, dtype: str) -> bool:
    """Tell whether a row is of this model and stage, on this device."""
    return (row["model"], row["stage"], row["device"], row["dtype"]) == (model, stage, device, dtype)


def written(rows: Sequence[Row]) -> str:
    """Return the tables, one for each stage and device."""
    parts = []
    for device, dtype, stage in dict.fromkeys((row["device"], row["dtype"], row["stage"]) for row in rows):
        own = [row for row in rows if (row["device"], row["dtype"], row["stage"]) == (device, dtype, stage)]
        lengths = sorted({row["seconds"] for row in own})
        lines = []
        for model in dict.fromkeys(row["model"] for row in own):
            found = {row["seconds"]: row for row in own if row["model"] == model and "cpu_s" in row}
            cells = [cell(found.get(seconds)) for seconds in lengths]
            power = exponent({seconds: row["cpu_s"] for seconds, row in found.items() if seconds >= 60})
            lines.append([model, *cells, "" if power is None else f"{power:.2f}"])
        head = ["", *(f"{seconds} s" for seconds in lengths), "power of the length, from 60 s"]
        parts.append(f"{stage}, {device}, {dtype}:\n\n{table(head, lines)}")
    return "\n\n".join(parts)


def cell(row: Row | None) -> str:
    """Return seconds, of the processor or else by the clock, how many times faster than the film, and memory."""
    if row is None:
        return ""
    # A processor may have more to do than this; a GPU is waited for.
    clock_s = row["cpu_s"] if row["device"] == "cpu" else row["wall_s"]
    times = f"{clock_s:.3g} s, {row['seconds'] / clock_s:.3g} x"
    return f"{times}, {row['peak_mb']:.0f} MB (+{row['grown_mb']:.0f})"


def main() -> None:
    """Measure, print the tables and draw `OUT/length.svg`."""
    names = [*VARIANTS, *(name + WHOLE for name in VARIANTS)]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", nargs="+", choices=names, default=MODELS, metavar="MODEL")
    parser.add_argument("--stages", nargs="+", choices=STAGES, default=("condition", "evaluate", "decode"))
    parser.add_argument("--lengths", nargs="+", type=int, default=LENGTHS, help="of films, in seconds")
    parser.add_argument("--steps", type=int, default=25, help="of `sample`")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--dtype", choices=("fp32", "bf16"), default="fp32")
    parser.add_argument("--limit", type=float, default=120, help="most processor seconds for one case")
    parser.add_argument("--out", type=Path, default=Path("runs/length"))
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    rows = run(options)
    print(written(rows))
    (options.out / "length.svg").write_bytes(drawn([row for row in rows if "cpu_s" in row]))


if __name__ == "__main__":
    main()
