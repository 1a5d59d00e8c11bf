"""The paper's claim at a size anybody can run: trained on clips of 8 s, tested at 8 to 600 s.

    python -m benchmarks.proof ROW [--size s] [--steps N] [--seed N] [--minutes M]
    python -m benchmarks.proof table

ROW is what a network is made of, with any of +bare +plain +window +film behind it, such as full-0.5+bare; `truth` is
the true sound, and what the latents hold of it. A row that was interrupted goes on; what is done is not done again.
"""

import argparse
import sys
import time
from pathlib import Path

import torch

from benchmarks.classifier import load_classifier
from benchmarks.proof.films import short_projection
from benchmarks.proof.measuring import TRUTH, measure_row, measure_truth
from benchmarks.proof.report import report_of
from benchmarks.proof.rows import ROWS, SIZES, VARIED, row_of
from benchmarks.proof.scoring import Judge
from benchmarks.proof.training import Budget, Run, trained
from benchmarks.run import RUNS
from benchmarks.second_edition import PARTS
from mmhnet_cli.training.train_codec import read_codec


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("row", help=f"{', '.join(ROWS)}, each with +{', +'.join(VARIED)}; {TRUTH}, or table")
    parser.add_argument("--out", type=Path, default=Path("runs/proof"))
    parser.add_argument("--size", choices=tuple(SIZES), default="small", help="s is that of the paper; for a GPU")
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=float("inf"), help="stop after so long, to be resumed")
    parser.add_argument("--workers", type=int, default=0, help="processes that make clips ahead")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--plot", type=Path, help="table: where the picture is written")
    return parser


def main() -> None:
    """Train and measure one row, or print the table of those that are measured."""
    parser = _parser()
    options = parser.parse_args()
    if options.row == "table":
        print(report_of(options.out, options.plot))
        return
    if options.row != TRUTH:
        try:
            row_of(options.row)
        except ValueError as error:
            parser.error(str(error))

    def report(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    codec = read_codec(PARTS)
    codec.projection = short_projection(codec)
    budget = Budget(options.size, options.steps, options.batch, options.seed)
    until = time.monotonic() + 60 * options.minutes
    run = Run(options.out, budget, codec, torch.device(options.device), options.workers, until, report)
    judge = Judge(load_classifier(RUNS / "classifier.safetensors"))
    if options.row == TRUTH:
        measure_truth(run, judge)
        return
    network = trained(options.row, run)
    done = network is not None and measure_row(options.row, network, run, judge)
    report("done" if done else "stopped; start again to continue")


if __name__ == "__main__":
    main()
