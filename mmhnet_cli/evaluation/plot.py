"""Scores against the length of films, as a picture."""

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

PANELS = (("frechet_distance", "Frechet distance"), ("kl", "KL, nats"), ("onset_f1", "onsets, F1 within 100 ms"))


def plotted(films: Sequence[Mapping[str, Any]], groups: Mapping[str, Mapping[str, Any]]) -> bytes:
    """Return a PNG: a dot for each film at its length in seconds, a line for the mean of each group by length.

    films, groups: as `films.of_film` and `films.by_length` give them.
    """
    figure = Figure(figsize=(12, 3.6), layout="constrained")
    FigureCanvasAgg(figure)
    named = [(name, group) for name, group in groups.items() if name != "all"]
    middles = [group["seconds"] / group["films"] for _, group in named]
    for axes, (key, title) in zip(figure.subplots(1, len(PANELS)), PANELS, strict=True):
        dots = [(film["seconds"], film[key]) for film in films if film[key] is not None]
        axes.plot([x for x, _ in dots], [y for _, y in dots], "o", color="0.6", markersize=4)
        means = [(x, group[key]) for x, (_, group) in zip(middles, named, strict=True) if group[key] is not None]
        axes.plot([x for x, _ in means], [y for _, y in means], "-s", color="tab:blue")
        axes.set(title=title, xlabel="length of the film, s")
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.xaxis.set_major_formatter("{x:g}")
        axes.xaxis.set_minor_formatter(NullFormatter())
    picture = BytesIO()
    figure.savefig(picture, format="png", dpi=120)
    return picture.getvalue()
