"""What all rows came to: tables by length, beside the paper's own ablation, and a picture."""

import json
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullFormatter

from benchmarks.common import table
from benchmarks.proof.films import FILMS
from benchmarks.proof.measuring import CUT, RESULT_FILE, WHOLE
from benchmarks.proof.rows import ROWS, VARIED, row_of
from benchmarks.proof.training import JOURNAL_FILE

LENGTHS = tuple(f"{seconds:g}" for seconds in FILMS)
MEASURES: Mapping[tuple[str, str], tuple[str, str]] = {
    (WHOLE, "right"): ("Shots named right", ".0%"),
    (CUT, "right"): ("The same films in clips of 8 s", ".0%"),
    (WHOLE, "onset_f1_60"): ("Onsets of events, F1 within 60 ms", ".2f"),
    (CUT, "onset_f1_60"): ("The same films in clips of 8 s", ".2f"),
    (WHOLE, "onset_f1_100"): ("Onsets of events, F1 within 100 ms", ".2f"),
    (WHOLE, "distance"): ("Frechet distance from the true sound, 96 windows", ".0f"),
    (CUT, "distance"): ("The same films in clips of 8 s", ".0f"),
    (WHOLE, "level_db"): ("Louder than the true sound, dB", "+.1f"),
    (WHOLE, "drift_db"): ("Drift of that from beginning to end of a film, dB", ".1f"),
}
PLOTTED = ("right", "onset_f1_60", "distance")
PAPER: Mapping[str, str] = {
    "rope": "9.01 / 30.71 / .593 (MMAudio-L)",
    "nopos": "9.00 / 28.41 / .638",
    "causal": "9.18 / 33.32 / .497",
    "flat": "6.31 / 35.00 / .621",
    "temporal": "- / 33.82 / .474",
    "full-0.3": "- / 33.44 / -",
    "full-0.5": "5.87 / 36.82 / .439",
    "full-0.7": "collapses",
}
"""FD, IB and DeSync on UnAV100: films of about 40 s, networks of the size S but where it says otherwise."""
LAST_LINES = 4
"""Of the journal of a training: 100 steps."""
Results = Sequence[Mapping[str, Any]]


def results_in(out: Path) -> list[dict[str, Any]]:
    """All results under a folder: true sounds first, then rows in the order of `ROWS`, those of one row by seed."""
    return sorted(map(_read, sorted(out.rglob(RESULT_FILE))), key=_place)


def _read(path: Path) -> dict[str, Any]:
    """A result, with the loss of the flow over the last steps of its training, or of that whose weights it took."""
    result = json.loads(path.read_text(encoding="utf-8"))
    if "seed" in result:
        own = row_of(result["row"]).trained_as or result["row"]
        journal = path.parents[1] / f"{own}.{result['seed']}" / JOURNAL_FILE
        lines = journal.read_text(encoding="utf-8").splitlines() if journal.exists() else []
        last = [json.loads(line)["flow"] for line in lines[-LAST_LINES:]]
        result["flow"] = float(np.mean(last)) if last else None
    return result


def _place(result: Mapping[str, Any]) -> tuple[object, ...]:
    first, *more = result["row"].split("+")
    own = "seed" in result
    return (own, ROWS.index(first) if own else 0, [VARIED.index(one) for one in more], result.get("seed", 0))


def report_of(out: Path, picture: Path | None = None) -> str:
    """Markdown of everything that is measured under `out`, for each budget; a PNG where `picture` says so.

    Raises ValueError where nothing is measured.
    """
    results = results_in(out)
    truths = [result for result in results if "seed" not in result]
    budgets = sorted({_budget(result) for result in results if "seed" in result})
    if not budgets:
        raise ValueError(f"no row is measured in {out}")
    parts = []
    for size, steps, batch in budgets:
        rows = [result for result in results if "seed" in result and _budget(result) == (size, steps, batch)]
        parts.append(f"Size {size}, {steps} steps of {batch} clips of 8 s.\n\n{_tables(truths, rows)}")
        if picture is not None:
            named = picture if len(budgets) == 1 else picture.with_stem(f"{picture.stem}-{size}-{steps}x{batch}")
            named.write_bytes(plotted(truths, rows))
    return "\n\n".join(parts)


def _budget(result: Mapping[str, Any]) -> tuple[str, int, int]:
    return result["size"], result["steps"], result["batch"]


def _tables(truths: Results, rows: Results) -> str:
    seeds = len({result["seed"] for result in rows}) > 1
    lines = []
    for (part, measure), (title, form) in MEASURES.items():
        cells = [
            [_title(each, seeds), *(_cell(each, part, length, measure, form) for length in LENGTHS)]
            for each in (*truths, *rows)
            if each.get(part)
        ]
        if any(cell != "-" for line in cells for cell in line[1:]):
            lines.append(table([title, *(f"{length} s" for length in LENGTHS)], cells))
    facts = [
        [
            _title(each, seeds),
            f"{each['parameters']:,}",
            "-" if each["flow"] is None else f"{each['flow']:.2f}",
            PAPER.get(each["row"], ""),
        ]
        for each in rows
    ]
    lines.append(table(["Row", "parameters", "loss of the flow at the end", "the paper's FD / IB / DeSync"], facts))
    return "\n\n".join(lines)


def _title(result: Mapping[str, Any], seeds: bool) -> str:
    of = f", seed {result['seed']}" if seeds and "seed" in result else ""
    return f"{result['says']} (`{result['row']}`{of})" if "seed" in result else result["says"]


def _cell(result: Mapping[str, Any], part: str, length: str, measure: str, form: str) -> str:
    value = result[part].get(length, {}).get(measure)
    return "-" if value is None else format(value, form)


def plotted(truths: Results, rows: Results) -> bytes:
    """A PNG: each measure of `PLOTTED` against the length of films, a line for the mean over the seeds of each row."""
    figure = Figure(figsize=(13, 4.6), layout="constrained")
    FigureCanvasAgg(figure)
    names = list(dict.fromkeys(result["row"] for result in rows))
    seconds = [float(length) for length in LENGTHS]
    panels = figure.subplots(1, len(PLOTTED))
    for axes, measure in zip(panels, PLOTTED, strict=True):
        for result in truths:
            axes.plot(seconds, _values([result], measure), color="0.7", linestyle=":", label=result["says"])
        for number, name in enumerate(names):
            own = [result for result in rows if result["row"] == name]
            mark = "os^Dvx+*"[number // 10 % 8]
            axes.plot(seconds, _values(own, measure), "-" + mark, color=f"C{number % 10}", label=own[0]["says"])
        axes.set(title=MEASURES[WHOLE, measure][0], xlabel="length of the film, s")
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(FixedLocator(seconds))
        axes.xaxis.set_major_formatter("{x:g}")
        axes.xaxis.set_minor_formatter(NullFormatter())
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=3, fontsize="small")
    picture = BytesIO()
    figure.savefig(picture, format="png", dpi=100, bbox_inches="tight")
    return picture.getvalue()


def _values(results: Results, measure: str) -> list[float]:
    """Means over results at each length; no number where none has it."""
    found = [[result[WHOLE].get(length, {}).get(measure) for result in results] for length in LENGTHS]
    present = [[value for value in values if value is not None] for values in found]
    return [float(np.mean(values)) if values else float("nan") for values in present]
