"""Paper."""

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.collide import rattle, rung
from mmhnet_cli.training.world.contact import Look, Moment, impact, smooth, tint
from mmhnet_cli.training.world.dsp import bandpass, burst, mix, noise, play_events, samples_of, unit_peak
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.rhythm import spaced
from mmhnet_cli.training.world.scene import Source
from mmhnet_cli.training.world.surroundings import free_s


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """Sheets turned or crumpled: every crease snaps into place, and the sheet around it answers; air under it swishes.

    The energies of the snaps follow a power law (Houle and Sethna's crumpling paper).
    """
    thin = rng.uniform(0, 1)
    sheet_hz = rng.uniform(450, 900) * (1 + 1.6 * thin) * np.array([1, 1.7, 2.6, 3.9, 5.6])
    long_s, creases = rng.uniform(0.16, 0.55), rng.uniform(60, 320)
    swish, flap = rng.uniform(0.1, 0.7), rng.choice([0.0, 0.35, 0.7])
    free = free_s(source)

    def handle(index: int, strength: float) -> np.ndarray:
        length = min(long_s * rng.uniform(0.7, 1.3), 0.75 * free[index])
        snaps = int(creases * length * (0.3 + 1.4 * strength))
        times = np.concatenate([[0.0], np.sort(rng.beta(1.1, 1.6, snaps)) * length])
        sizes = np.concatenate([[3.0], (1 + rng.pareto(1.8, snaps)).clip(max=7)]) * rng.choice([-1, 1], snaps + 1)
        levels = np.arange(1, 6) ** (-1.2 + 1.6 * strength) * rng.uniform(0.6, 1.3, 5)
        crackle = rung(rattle(samples_of(length + 0.06), times, sizes), sheet_hz, np.full(5, 0.009), levels)
        way = np.linspace(0, 1, samples_of(length))
        air = bandpass(noise(rng, len(way)), 700 + 900 * thin, 3000 + 5000 * strength) * np.sin(np.pi * way**0.7)
        turned = mix((0, 0.8, burst(rng, sheet_hz[0], sheet_hz[3], 0.05)), (0, 0.4, burst(rng, 150, 500, 0.06)))
        return mix(
            (0, 1, unit_peak(bandpass(crackle, 250, 16000))),
            (0, swish, unit_peak(air)),
            (0.85 * length, flap * strength, turned),
        )

    return play_events(source, 0.3, handle)


def look(rng: np.random.Generator) -> Look:
    """A book whose pages are turned by a hand."""
    page, cover, skin = tint(rng, 0.93, 0.9, 0.82, 0.05), rng.uniform(0.15, 0.6, 3), tint(rng, 0.85, 0.64, 0.5, 0.2)
    y = np.linspace(-0.14, 0.3, 7)

    def still(c: Canvas) -> None:
        c.box(0, 0.12, 0.62, 0.34, cover)
        for side in (-1, 1):
            c.box(0.29 * side, 0.1, 0.27, 0.31, page * (0.92 if side > 0 else 1.0))
            x = np.full(7, 0.29 * side)
            c.capsules(x - 0.2, y, x + 0.18, y, 0.01, (0.45, 0.45, 0.48))

    def moving(c: Canvas, m: Moment) -> None:
        part = smooth(m.age / 0.35) if m.age < 9 else 1.0
        if part < 1:
            turn = np.pi * (0.12 + 0.88 * part)
            x, lift = 0.55 * float(np.cos(turn)), 0.28 * float(np.sin(turn))
            corners = [(0.0, -0.21), (x, -0.21 - lift), (x, 0.41 - lift), (0.0, 0.41)]
            c.convex(corners if x > 0 else corners[::-1], (1.0, 1.0, 0.97))
            c.capsule(x, -0.21 - lift, x, 0.41 - lift, 0.014, page * 0.5)
        else:
            x, lift = 0.5, 0.0
        hand = 0.2 - lift
        c.capsule(x, hand, x + 0.2, hand + 0.24, 0.055, skin)
        c.disc(x, hand, 0.06, skin)
        c.glow(0.2, 0.1, 0.6, (1.0, 1.0, 0.95), 0.7 * impact(m, 0.16))

    return Look(still, moving)


KIND = Kind(
    category="PAPRHndl",
    family="one_shot",
    sound=sound,
    look=look,
    rhythm=spaced(0.45, 1.6),
    wording=Wording(
        nouns=(
            "rustling paper",
            "turning pages",
            "a newspaper",
            "crumpling paper",
            "tearing paper",
            "a book being leafed through",
            "unfolding a map",
            "writing on paper",
        ),
        clauses=("someone turns the pages", "paper rustles"),
        gentle=("a single page turned",),
        strong=("paper crumpled and torn",),
        foreign={
            "de": ("Papier", "Papierrascheln", "Zeitung", "Buchseiten", "umblättern", "Seiten"),
            "fr": ("papier", "feuilleter", "tourner les pages", "froisser du papier", "pages"),
            "es": ("papel", "pasar páginas", "periódico", "arrugar papel", "páginas"),
            "it": ("carta", "sfogliare", "pagine", "giornale", "carta stropicciata"),
            "ja": ("紙", "ページをめくる", "新聞", "紙の音", "本"),
            "zh": ("纸", "翻页", "翻书", "报纸", "揉纸"),
        },
    ),
)
