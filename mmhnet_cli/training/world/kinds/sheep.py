"""A sheep."""

import numpy as np

from mmhnet_cli.training.world.animal import beast, larynx, mouth, track
from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import Look, Moment, tint
from mmhnet_cli.training.world.dsp import SAMPLE_RATE_HZ, play_events, samples_of
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.rhythm import spaced
from mmhnet_cli.training.world.scene import Source
from mmhnet_cli.training.world.surroundings import place


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """Bleats: a nasal voice that trembles seven times a second in pitch and loudness, from lamb to ram, or a goat."""
    size = rng.uniform(0, 1)
    pitch_hz, body = 520 * 0.32**size * rng.uniform(0.9, 1.1), 1.35 - 0.45 * size
    length_s, tremble_hz = rng.uniform(0.55, 1.1), rng.uniform(5.5, 10)
    deep, rough = rng.uniform(0.3, 0.8), rng.uniform(0.1, 0.5)
    around = place(rng, 0.6)

    def bleat(index: int, strength: float) -> np.ndarray:
        count = samples_of(length_s * rng.uniform(0.8, 1.15))
        pace = tremble_hz * track(count, (0, 1), (1.1, 0.85)) * rng.uniform(0.93, 1.07)
        shake = np.cos(2 * np.pi * np.cumsum(pace) / SAMPLE_RATE_HZ)
        line = track(count, (0, 0.15, 0.6, 1), (0.85, 1.0, 0.95, 0.78)) * (0.85 + 0.25 * strength)
        voice = larynx(rng, pitch_hz * line * (1 + 0.05 * deep * shake), 1.25 - 0.6 * strength, rough, 0.12)
        shapes = (
            (track(count, (0, 0.1, 0.2, 1), (1, 0.5, 0, 0)), body * np.array([280, 1100, 2300])),
            (track(count, (0, 0.1, 0.2, 1), (0, 0.5, 1, 0.8)), body * np.array([720, 1650, 2500, 3600])),
            (track(count, (0, 0.6, 1), (0, 0.1, 0.5)), body * np.array([550, 1900, 2700])),
        )
        swell = track(count, (0, 0.01, 0.12, 0.7, 1), (0.5, 0.5, 1.0, 0.7, 0.0))
        return around(mouth(voice, shapes) * swell * (1 - 0.5 * deep + 0.5 * deep * shake))

    return play_events(source, 0.4, bleat)


def look(rng: np.random.Generator) -> Look:
    """A sheep, all wool, that looks up from the grass to bleat."""
    wool, face = tint(rng, 0.82, 0.79, 0.7, 0.08), tint(rng, 0.25, 0.22, 0.2, 0.3)
    curl_x, curl_y = rng.uniform(-0.3, 0.3, 26), rng.uniform(-0.13, 0.13, 26)

    def moving(c: Canvas, m: Moment) -> None:
        x, y = beast(c, m, face, (0.32, 0.16), 0.18, 0.11, 0.7)
        c.capsules(curl_x, 0.14 + curl_y, curl_x, 0.14 + curl_y, 0.1, wool)
        c.capsules(curl_x[::3], 0.12 + curl_y[::3], curl_x[::3] + 0.03, 0.12 + curl_y[::3], 0.045, wool * 0.86)
        c.disc(x - 0.06, y - 0.06, 0.09, wool)
        c.capsule(x - 0.08, y, x - 0.17, y + 0.05, 0.03, face * 0.8)

    return Look(lambda c: c.ellipse(0, 0.5, 0.75, 0.08, (0.2, 0.34, 0.12)), moving)


KIND = Kind(
    category="ANMLFarm",
    family="one_shot",
    sound=sound,
    look=look,
    rhythm=spaced(1.1, 3.0),
    wording=Wording(
        nouns=("sheep bleating", "a sheep", "a goat", "a lamb", "a flock of sheep", "a bleating goat"),
        clauses=("a sheep bleats", "a lamb calls"),
        gentle=("a lamb bleating softly",),
        strong=("a whole flock bleating",),
        foreign={
            "de": ("Schaf", "Schafe", "Blöken", "Ziege", "Lamm", "Schafherde"),
            "fr": ("mouton", "moutons", "bêlement", "chèvre", "agneau", "brebis"),
            "es": ("oveja", "ovejas", "balido", "cabra", "cordero"),
            "it": ("pecora", "pecore", "belato", "capra", "agnello"),
            "ja": ("羊", "羊の鳴き声", "山羊", "ヤギ", "子羊"),
            "zh": ("羊", "绵羊", "羊叫", "山羊", "羊群"),
        },
    ),
)
