"""A camera."""

import numpy as np

from mmhnet_cli.training.world.canvas import Canvas
from mmhnet_cli.training.world.contact import WHITE, Look, Moment, impact, tint
from mmhnet_cli.training.world.dsp import (
    SAMPLE_RATE_HZ,
    Body,
    bandpass,
    burst,
    harmonics,
    lowpass,
    mix,
    noise,
    phase,
    play_events,
    samples_of,
    unit_peak,
)
from mmhnet_cli.training.world.kind import Kind, Wording
from mmhnet_cli.training.world.rhythm import spaced
from mmhnet_cli.training.world.scene import Source
from mmhnet_cli.training.world.surroundings import surroundings


def sound(source: Source, rng: np.random.Generator) -> np.ndarray:
    """The mirror slaps up, one curtain runs, the other follows after the exposure, the mirror falls; some wind film on.

    Four clicks within a tenth of a second or two: that rhythm is what a shutter is known by.
    """
    box = rng.uniform(0.7, 1.5)
    slap = Body(
        np.array([260.0, 610.0, 1150.0, 2300.0]) / box * rng.uniform(0.9, 1.1, 4),
        np.array([0.05, 0.035, 0.025, 0.015]),
        np.array([0.8, 1, 0.9, 0.7]),
        0.0001,
    ).ringer()
    blades = Body(
        np.array([2100.0, 3600.0, 5300.0, 8200.0]) / box**0.5 * rng.uniform(0.9, 1.1, 4),
        np.array([0.02, 0.015, 0.012, 0.008]),
        np.array([0.7, 1, 0.9, 0.7]),
        0.00002,
    ).ringer()
    mirror, open_s = rng.uniform(0.1, 1.0), rng.uniform(0.025, 0.16)
    lead_s, fall_s = rng.uniform(0.008, 0.025), rng.uniform(0.015, 0.04)
    winder = rng.choice([0.0, rng.uniform(0.15, 0.5)])
    wind_s, gear_hz = rng.uniform(0.15, 0.5), rng.uniform(180, 380)
    heard = surroundings(rng, 0.1, 0.5)

    def shot(index: int, strength: float) -> np.ndarray:
        closes = lead_s + open_s
        made = mix(
            (0, 0.3 + mirror, slap(rng, strength)),
            (0, 0.5, burst(rng, 2500, 9000, 0.006)),
            (lead_s, 0.6, blades(rng, strength)),
            (closes, 0.8, blades(rng, 0.9 * strength)),
            (closes, 0.4, burst(rng, 3000, 10000, 0.008)),
            (closes + fall_s, 0.6 * mirror, slap(rng, 0.7 * strength)),
            (closes + 0.03, winder, _winder(rng, wind_s, gear_hz)),
        )
        return heard(lowpass(made, 2500 * 6**strength))

    return play_events(source, 0.36, shot)


def _winder(rng: np.random.Generator, length_s: float, gear_hz: float) -> np.ndarray:
    """A small motor that starts, turns and stops, of peak 1: its gears sing and grate."""
    count = samples_of(length_s)
    place = np.arange(count) / count
    angle = phase(gear_hz * (0.6 + 0.4 * np.minimum(1, place * length_s / 0.04)))
    gears = harmonics(angle, np.array([0.6, 0.8, 1.0, 0.5, 0.6, 0.3, 0.3, 0.2]))
    grating = bandpass(noise(rng, count), 1500, 6000) * (1 + np.sin(angle))
    edge = np.minimum(1, np.minimum(place, 1 - place) * count / (0.02 * SAMPLE_RATE_HZ))
    return unit_peak((gears + 0.8 * grating) * edge)


def look(rng: np.random.Generator) -> Look:
    """A camera that looks at us; its shutter closes for an instant and the flash fires."""
    body, trim = tint(rng, 0.15, 0.15, 0.17, 0.3), tint(rng, 0.65, 0.64, 0.62)
    tilt = rng.uniform(-0.04, 0.04)

    def still(c: Canvas) -> None:
        c.box(0, 0.05, 0.55, 0.34, body)
        c.box(0, -0.25, 0.55, 0.06, trim)
        c.convex([(-0.16, -0.44), (0.16, -0.44), (0.24, -0.28), (-0.24, -0.28)], trim)
        c.disc(0, 0.08, 0.29, trim * 0.6)
        c.disc(0, 0.08, 0.25, (0.05, 0.05, 0.07))

    def moving(c: Canvas, m: Moment) -> None:
        down = 0.03 if m.age < 0.15 else 0.0
        c.box(0.38, -0.34 + down, 0.07, 0.03, (0.8, 0.15, 0.12))
        shut = max(0.0, 1 - m.age / 0.15)
        c.disc(0, 0.08, 0.2, (0.16, 0.22, 0.36))
        c.disc(0, 0.08, 0.2 * (1 - 0.85 * shut), (0.02, 0.02, 0.04))
        for k in range(6):
            turn = 1.047 * k + 1.2 * shut
            c.capsule(
                0.2 * np.cos(turn),
                0.08 + 0.2 * np.sin(turn),
                0.2 * (1 - shut) * np.cos(turn + 0.9),
                0.08 + 0.2 * (1 - shut) * np.sin(turn + 0.9),
                0.012,
                trim,
            )
        c.disc(-0.07 + tilt, 0.0, 0.035, (0.85, 0.9, 1.0), 0.8)
        c.box(0, -0.36, 0.11, 0.05, (0.55, 0.55, 0.5))
        if m.age < 0.2:
            hit = impact(m, 0.2)
            c.box(0, -0.36, 0.12, 0.06, WHITE, hit)
            c.glow(0, -0.36, 1.0, WHITE, 1.3 * hit)

    return Look(still, moving)


KIND = Kind(
    category="COMCam",
    family="impact",
    sound=sound,
    look=look,
    rhythm=spaced(0.5, 1.8),
    wording=Wording(
        nouns=(
            "a camera shutter",
            "taking a photo",
            "a camera flash",
            "a photographer",
            "a film camera winding",
            "paparazzi",
            "a reflex camera",
        ),
        clauses=("a camera clicks", "a photographer takes a picture"),
        gentle=("a single soft shutter click",),
        strong=("a storm of camera shutters",),
        foreign={
            "de": ("Kamera", "Kameraauslöser", "Fotoapparat", "Fotograf", "Auslöser", "Blitzlicht"),
            "fr": ("appareil photo", "déclencheur", "photographe", "prendre une photo", "obturateur"),
            "es": ("cámara", "obturador", "cámara de fotos", "fotógrafo", "hacer una foto"),
            "it": ("macchina fotografica", "fotocamera", "otturatore", "scatto", "fotografo"),
            "ja": ("カメラ", "シャッター", "シャッター音", "写真を撮る", "フラッシュ"),
            "zh": ("相机", "快门", "照相机", "拍照", "快门声"),
        },
    ),
)
