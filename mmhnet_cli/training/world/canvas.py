"""Anti-aliased drawing on a float picture: every shape is a signed distance, cut to one pixel of coverage."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

Colour = np.ndarray | tuple[float, float, float]
"""Red, green, blue in [0, 1]."""


Length = TypeVar("Length", float, np.ndarray)


@dataclass(frozen=True)
class Canvas:
    """A surface that is painted in place, and the coordinates in which it is painted.

    pixels: (3, H, W) float32 in [0, 1], planes of red, green and blue; NumPy blends planes faster than triples.
    scale: pixels per unit of length.
    x, y: pixel position of the origin; x grows to the right and y downwards.
    """

    pixels: np.ndarray
    scale: float
    x: float
    y: float

    def placed(self, x: float, y: float, size: float) -> "Canvas":
        """The same surface with its origin at (x, y) and a unit `size` times as long."""
        return Canvas(self.pixels, self.scale * size, self.x + x * self.scale, self.y + y * self.scale)

    def capsule(
        self, x0: float, y0: float, x1: float, y1: float, radius: float, colour: Colour, alpha: float = 1.0
    ) -> None:
        """A thick line with round ends."""
        ax, ay, bx, by = self._x(x0), self._y(y0), self._x(x1), self._y(y1)
        radius, alpha = _at_least_a_pixel(radius * self.scale, alpha)
        grown = radius + 1
        window = self._window(min(ax, bx) - grown, min(ay, by) - grown, max(ax, bx) + grown, max(ay, by) + grown)
        if window is None:
            return
        region, px, py = window
        px, py, bx, by = px - ax, py - ay, bx - ax, by - ay
        along = np.clip((px * bx + py * by) / max(bx * bx + by * by, 1e-9), 0, 1)
        _blend(region, (radius + 0.5) - np.hypot(px - along * bx, py - along * by), colour, alpha)

    def capsules(
        self,
        x0: np.ndarray,
        y0: np.ndarray,
        x1: np.ndarray,
        y1: np.ndarray,
        radius: np.ndarray | float,
        colour: Colour,
        alpha: np.ndarray | float = 1.0,
    ) -> None:
        """The union of N capsules of one colour in one pass; every argument but the colour is (N,) or a number."""
        ends = np.stack(np.broadcast_arrays(self._x(x0), self._y(y0), self._x(x1), self._y(y1), radius, alpha))
        # Only what the picture can show: shapes outside it cost nothing.
        height, width = self.pixels.shape[1:]
        grown = ends[4] * self.scale + 1
        shown = (np.minimum(ends[0], ends[2]) < width + grown) & (np.maximum(ends[0], ends[2]) > -grown)
        shown &= (np.minimum(ends[1], ends[3]) < height + grown) & (np.maximum(ends[1], ends[3]) > -grown)
        if not shown.any():
            return
        ax, ay, bx, by, drawn, opaque = ends[:, shown].astype(np.float32)[:, :, None, None]
        bx, by, drawn = bx - ax, by - ay, drawn * np.float32(self.scale)
        thick = np.maximum(drawn, np.float32(0.5))
        # A line thinner than a pixel is a pixel wide and paler; a dot is paler in both directions.
        paler = np.minimum(1, 2 * drawn)
        opaque = opaque * np.where(bx * bx + by * by < 1, paler * paler, paler)
        left = np.floor(np.minimum(ax, ax + bx) - thick - 0.5)
        top = np.floor(np.minimum(ay, ay + by) - thick - 0.5)
        px = left + np.arange(math.ceil(float((np.abs(bx) + 2 * thick).max())) + 2, dtype=np.float32)
        py = top + np.arange(math.ceil(float((np.abs(by) + 2 * thick).max())) + 2, dtype=np.float32)[:, None]
        dx, dy = px + (np.float32(0.5) - ax), py + (np.float32(0.5) - ay)
        along = (dx * bx + dy * by) / np.maximum(bx * bx + by * by, np.float32(1e-6))
        along = np.minimum(np.maximum(along, np.float32(0)), np.float32(1))
        dx, dy = dx - along * bx, dy - along * by
        cover = np.minimum(thick + np.float32(0.5) - np.sqrt(dx * dx + dy * dy), np.float32(1)) * opaque
        window = self._window(float(left.min()), float(top.min()), float(px.max()) + 1, float(py.max()) + 1)
        if window is None:
            return
        region, columns, rows = window
        px, py = px - (columns[0] - 0.5), py - (rows[0, 0] - 0.5)
        painted = cover > 0
        painted &= (px >= 0) & (px < columns.size)
        painted &= (py >= 0) & (py < rows.size)
        union = np.zeros(rows.size * columns.size, np.float32)
        np.maximum.at(union, (py * np.float32(columns.size) + px)[painted].astype(np.intp), cover[painted])
        _blend(region, union.reshape(rows.size, columns.size), colour, 1.0)

    def ellipse(self, x: float, y: float, rx: float, ry: float, colour: Colour, alpha: float = 1.0) -> None:
        """A filled ellipse with half axes rx and ry."""
        self._oval(x, y, rx, ry, None, colour, alpha)

    def disc(self, x: float, y: float, radius: float, colour: Colour, alpha: float = 1.0) -> None:
        """A filled circle."""
        self._oval(x, y, radius, radius, None, colour, alpha)

    def ring(self, x: float, y: float, rx: float, ry: float, width: float, colour: Colour, alpha: float = 1.0) -> None:
        """The outline of an ellipse, `width` thick."""
        self._oval(x, y, rx, ry, width, colour, alpha)

    def box(
        self,
        x: float,
        y: float,
        half_width: float,
        half_height: float,
        colour: Colour,
        alpha: float = 1.0,
        angle: float = 0.0,
    ) -> None:
        """A rectangle about (x, y), turned clockwise by `angle` radians."""
        cx, cy = self._x(x), self._y(y)
        w, alpha = _at_least_a_pixel(half_width * self.scale, alpha)
        h, alpha = _at_least_a_pixel(half_height * self.scale, alpha)
        c, s = math.cos(angle), math.sin(angle)
        reach_x, reach_y = abs(w * c) + abs(h * s) + 1, abs(w * s) + abs(h * c) + 1
        window = self._window(cx - reach_x, cy - reach_y, cx + reach_x, cy + reach_y)
        if window is None:
            return
        region, px, py = window
        px, py = px - cx, py - cy
        across = np.clip(w + 0.5 - np.abs(px * c + py * s), 0, 1)
        _blend(region, across * np.clip(h + 0.5 - np.abs(py * c - px * s), 0, 1), colour, alpha)

    def convex(self, points: Sequence[tuple[float, float]], colour: Colour, alpha: float = 1.0) -> None:
        """A convex polygon with its corners in clockwise order as seen."""
        corners = [(self._x(x), self._y(y)) for x, y in points]
        xs, ys = [x for x, _ in corners], [y for _, y in corners]
        window = self._window(min(xs) - 1, min(ys) - 1, max(xs) + 1, max(ys) + 1)
        if window is None:
            return
        region, px, py = window
        cover: np.ndarray | float = 1.0
        for (x0, y0), (x1, y1) in zip(corners, corners[1:] + corners[:1], strict=True):
            length = max(math.hypot(x1 - x0, y1 - y0), 1e-6)
            inward = ((py - y0) * (x1 - x0) - (px - x0) * (y1 - y0)) / length
            cover = np.minimum(cover, inward + 0.5)
        _blend(region, np.asarray(cover), colour, alpha)

    def below(self, edge: Callable[[np.ndarray], np.ndarray], colour: Colour, alpha: float = 1.0) -> None:
        """Everything below the line y = edge(x), over the full width; `edge` maps (W,) to (W,)."""
        columns = np.arange(self.pixels.shape[2], dtype=np.float32) + 0.5
        line = self._y(edge((columns - self.x) / self.scale)).astype(np.float32)
        top = min(max(int(line.min()) - 1, 0), self.pixels.shape[1])
        rows = np.arange(top, self.pixels.shape[1], dtype=np.float32)[:, None] + 0.5
        _blend(self.pixels[:, top:], rows + 0.5 - line, colour, alpha)

    def glow(self, x: float, y: float, radius: float, colour: Colour, amount: float) -> None:
        """Light added around (x, y), nothing beyond `radius`."""
        cx, cy, reach = self._x(x), self._y(y), radius * self.scale
        window = self._window(cx - reach, cy - reach, cx + reach, cy + reach)
        if window is None:
            return
        region, px, py = window
        near = np.maximum(1 - ((px - cx) ** 2 + (py - cy) ** 2) / (reach * reach), 0)
        region += near * near * (np.asarray(colour, np.float32) * amount)[:, None, None]

    def light(self, colour: Colour, amount: float) -> None:
        """The whole picture moved towards `colour` by `amount` in [0, 1]."""
        self.pixels[...] += amount * (np.asarray(colour, np.float32)[:, None, None] - self.pixels)

    def _oval(
        self, x: float, y: float, rx: float, ry: float, width: float | None, colour: Colour, alpha: float
    ) -> None:
        cx, cy = self._x(x), self._y(y)
        rx, alpha = _at_least_a_pixel(rx * self.scale, alpha)
        ry, alpha = _at_least_a_pixel(ry * self.scale, alpha)
        half = 0.0 if width is None else width * self.scale / 2
        window = self._window(cx - rx - half - 1, cy - ry - half - 1, cx + rx + half + 1, cy + ry + half + 1)
        if window is None:
            return
        region, px, py = window
        px, py = (px - cx) / rx, (py - cy) / ry
        unit = np.sqrt(px * px + py * py)
        # First-order distance to the outline: the implicit function over the length of its gradient.
        slope = np.sqrt((px / rx) ** 2 + (py / ry) ** 2)
        distance = unit * (unit - 1) / np.maximum(slope, 1e-6)
        if width is not None:
            half, alpha = _at_least_a_pixel(half, alpha)
            distance = np.abs(distance) - half
        _blend(region, 0.5 - distance, colour, alpha)

    def _x(self, x: Length) -> Length:
        return self.x + x * self.scale

    def _y(self, y: Length) -> Length:
        return self.y + y * self.scale

    def _window(
        self, left: float, top: float, right: float, bottom: float
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
        """The surface inside these bounds, its column centres (w,) and row centres (h, 1); None if that is empty."""
        height, width = self.pixels.shape[1:]
        x0, x1 = max(int(left), 0), min(math.ceil(right), width)
        y0, y1 = max(int(top), 0), min(math.ceil(bottom), height)
        if x0 >= x1 or y0 >= y1:
            return None
        columns = np.arange(x0, x1, dtype=np.float32) + np.float32(0.5)
        rows = np.arange(y0, y1, dtype=np.float32)[:, None] + np.float32(0.5)
        return self.pixels[:, y0:y1, x0:x1], columns, rows


def _at_least_a_pixel(half: float, alpha: float) -> tuple[float, float]:
    """A half width of at least half a pixel, and the opacity that keeps the light of a thinner one."""
    return max(half, 0.5), alpha * min(1.0, 2 * half)


def _blend(region: np.ndarray, cover: np.ndarray, colour: Colour, alpha: float) -> None:
    """Paint `colour` over (3, h, w) where `cover` (h, w), cut to [0, 1], says."""
    cover = np.minimum(np.maximum(cover, np.float32(0)), np.float32(1)) * np.float32(alpha)
    region += cover * (np.asarray(colour, np.float32)[:, None, None] - region)
