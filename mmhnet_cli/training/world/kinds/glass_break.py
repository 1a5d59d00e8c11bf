"""Breaking glass."""

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.collide import pings
from mmhnet_cli.training.world.contact import Look, Moment, fly, impact, tint
from mmhnet_cli.training.world.dsp import SAMPLE_RATE_HZ, Body, burst, lowpass, mix, play_events, samples_of, unit_peak
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.rhythm import spaced
from mmhnet_cli.training.world.scene import Source


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """A blow, the crack through the pane, and shards that fall, each with a high pitch of its own and a few bounces.

    A window is large, low and long in falling; a bottle or a drinking glass is higher and soon over.
    """
    large = rng.uniform(0, 1)
    pane_hz = np.sort(rng.uniform(250, 900) * (2.2 - 1.4 * large) * rng.uniform(1, 9, 16))
    pane = Body(pane_hz, rng.uniform(0.05, 0.16, 16), rng.uniform(0.4, 1, 16), 0.00012).ringer()
    fall_s, shard_hz, blow = rng.uniform(0.08, 0.2) * (1 + 2 * large), rng.uniform(1800, 3200), rng.uniform(0.1, 0.5)
    many, drop_s = rng.uniform(40, 90) * (0.6 + 1.4 * large), rng.uniform(0.05, 0.3)

    def smash(index: int, strength: float) -> np.ndarray:
        shards = int(many * (0.35 + 0.9 * strength))
        first = drop_s + rng.gamma(1.4, fall_s, shards)
        again = first[: shards // 2] + rng.uniform(0.04, 0.14, shards // 2)
        times = np.concatenate([rng.gamma(1.0, 0.03, shards // 3), first, again])
        hz = shard_hz * 2 ** rng.uniform(0, 2.4, shards)
        hz = np.concatenate([hz[: shards // 3], hz, hz[: shards // 2]])
        sizes = rng.lognormal(0, 0.8, len(times)) * np.exp(-times / (2.5 * fall_s + 0.2))
        count = samples_of(float(times.max()) + 0.4)
        at = np.round(times * SAMPLE_RATE_HZ).astype(np.int64)
        long = rng.random(len(times)) < 0.3
        rain = pings(count, at[long], sizes[long], hz[long], 0.22) + pings(
            count, at[~long], 1.3 * sizes[~long], hz[~long], 0.05
        )
        crack = mix(
            (0, 1, burst(rng, 1200, 14000, 0.05)),
            (0, 0.8, pane(rng, strength**3)),
            (0.02, 0.35, burst(rng, 2500, 14000, 0.2)),
        )
        whole = mix(
            (0, 1, unit_peak(crack)),
            (0, blow, burst(rng, 120, 700, 0.06)),
            (0.003, 0.3 + 0.35 * strength, unit_peak(rain)),
        )
        return lowpass(whole, 2500 * 7**strength)

    return play_events(source, 0.5, smash)


def look(rng: np.random.Generator) -> Look:
    """A pane that bursts; its shards fly and fall, and the next pane stands there."""
    frame, tone = tint(rng, 0.4, 0.32, 0.24, 0.25), tint(rng, 0.6, 0.78, 0.84, 0.08)
    shards = 22
    vx, vy = rng.normal(0, 0.7, shards), rng.uniform(-1.3, 0.4, shards)
    x0, y0, spin = rng.uniform(-0.3, 0.3, shards), rng.uniform(-0.35, 0.3, shards), rng.uniform(-9, 9, shards)
    fan = rng.uniform(0, 2 * np.pi, 14)

    def still(c: Canvas) -> None:
        c.box(0, 0, 0.44, 0.5, frame)
        c.box(0, 0, 0.36, 0.42, (0.12, 0.14, 0.17))

    def moving(c: Canvas, m: Moment) -> None:
        back = min(1.0, max(0.0, (m.age - 0.75) / 0.1))
        if back > 0:
            c.box(0, 0, 0.36, 0.42, tone * 0.75, back)
            c.capsule(-0.2, -0.1, 0.05, -0.32, 0.02, (1.0, 1.0, 1.0), 0.5 * back)
        if m.age < 0.9:
            age = m.age + 0.03
            x, y = x0 + vx * age, y0 + vy * age + 2.4 * age * age
            dx, dy = 0.06 * np.cos(spin * age + x0 * 9), 0.06 * np.sin(spin * age + x0 * 9)
            c.capsules(x - dx, y - dy, x + dx, y + dy, 0.022, (0.85, 0.95, 1.0), min(1.0, 1.5 - 1.5 * m.age))
        if m.age < 0.2:
            hit = impact(m, 0.2)
            c.glow(0, -0.05, 0.8, (0.9, 0.97, 1.0), 1.0 * hit)
            fly(c, 0, -0.05, fan, m, 0.6, 0.02, (1.0, 1.0, 1.0))

    return Look(still, moving)


KIND = Kind(
    category="GLASBrk",
    family="one_shot",
    sound=sound,
    look=look,
    rhythm=spaced(1.1, 3.0),
    wording=Wording(
        nouns=(
            "breaking glass",
            "a glass shattering",
            "a window smashed",
            "a bottle breaking",
            "shattered glass",
            "a broken mirror",
            "glass shards falling",
        ),
        clauses=("a glass shatters on the floor", "a window is smashed"),
        gentle=("a small glass breaking",),
        strong=("a huge pane of glass shattering",),
        foreign={
            "de": ("zerbrechendes Glas", "Glasbruch", "Glas zerbricht", "Scherben", "eingeschlagenes Fenster"),
            "fr": ("verre brisé", "bris de verre", "vitre cassée", "verre qui se casse"),
            "es": ("vidrio roto", "cristal roto", "romper cristal", "ventana rota"),
            "it": ("vetro rotto", "vetro che si rompe", "vetri infranti", "finestra rotta"),
            "ja": ("ガラスが割れる", "割れたガラス", "ガラスの破片", "窓が割れる"),
            "zh": ("玻璃破碎", "打碎玻璃", "碎玻璃", "玻璃碎"),
        },
    ),
)
