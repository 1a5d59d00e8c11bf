"""How a cost grows with the length of a film, as a number and as a picture."""

import math
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure


def exponent(costs: Mapping[int, float]) -> float | None:
    """Return p of cost = c length^p, by least squares over the logarithms; None with less than two lengths."""
    if len(costs) < 2:
        return None
    lengths, values = (np.log(np.array(list(of), dtype=float)) for of in (costs.keys(), costs.values()))
    return float(np.polyfit(lengths, values, 1)[0])


def foreseen(costs: Mapping[int, float], seconds: int) -> float | None:
    """Return what a film of this length will cost by the two longest that were measured, and at least in proportion."""
    if not costs:
        return None
    last = max(costs)
    power = exponent({length: costs[length] for length in sorted(costs)[-2:]}) or 1.0
    return costs[last] * math.pow(seconds / last, max(1.0, power))


def drawn(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Return an SVG: processor time of a second of film, and peak memory, against length, a line for each case."""
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "length"}):
        figure = Figure(figsize=(12, 5), layout="constrained")
        FigureCanvasSVG(figure)
        time, memory = figure.subplots(1, 2)
        cases = dict.fromkeys((row["stage"], row["model"], row["device"]) for row in rows)
        stages = list(dict.fromkeys(stage for stage, _, _ in cases))
        for number, (stage, model, device) in enumerate(cases):
            own = [row for row in rows if (row["stage"], row["model"], row["device"]) == (stage, model, device)]
            own.sort(key=lambda row: row["seconds"])
            lengths, style = [row["seconds"] for row in own], ("-", "--", ":", "-.")[stages.index(stage) % 4]
            look = {"label": f"{stage} {model} {device}", "linestyle": style, "marker": "o", "color": f"C{number % 10}"}
            time.plot(lengths, [1000 * row["cpu_s"] / row["seconds"] for row in own], **look)
            memory.plot(lengths, [row["peak_mb"] for row in own], **look)
        for axes, title in ((time, "processor time of a second of film, ms"), (memory, "peak memory, MB")):
            axes.set(xscale="log", yscale="log", xlabel="length of the film, s", title=title)
            axes.grid(alpha=0.3)
        memory.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize="small")
        picture = BytesIO()
        figure.savefig(picture, format="svg", metadata={"Date": None})
        return picture.getvalue()
