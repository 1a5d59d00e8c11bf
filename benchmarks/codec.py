"""The codec alone: distance and speed beside Griffin-Lim, and what a listener would notice."""

import time
from collections.abc import Callable
from functools import partial
from itertools import pairwise

import numpy as np
import torch
from scipy.signal import chirp

from benchmarks.common import one_shot_scene, table
from benchmarks.evaluation.ears import (
    decay_time_s,
    early_db,
    leaping_share,
    level_in_silence_dbfs,
    pitch_error_cents,
    stripes,
)
from benchmarks.evaluation.griffin_lim import griffin_lim
from mmhnet_cli.codec.mini import MiniCodec
from mmhnet_cli.training.world.kinds import DRAWN
from mmhnet_cli.training.world.sound import render_sound

SAMPLES = 344 * 1024
"""Whole latents next below 8 s."""


def _decoded(codec: MiniCodec, latents: torch.Tensor) -> int:
    return sum(len(block) for block in codec.decode_stream(latents))


def _seconds(function: Callable[[], object]) -> float:
    began = time.perf_counter()
    function()
    return time.perf_counter() - began


@torch.inference_mode()
def measure_distance(codec: MiniCodec) -> str:
    """Table of log-mel distances to unseen true sound, two sounds of each kind."""
    distances: dict[str, list[float]] = {"codec": [], "true mel": [], "decoded mel": []}
    for index, kind in enumerate(DRAWN * 2):
        wave = torch.from_numpy(render_sound(one_shot_scene(4000 + index, kind))[:SAMPLES])[None]
        mel = codec.log_mel(wave)
        latents = codec.encode(wave)
        decoded = codec.decode(latents)
        classic = griffin_lim(codec.log_mel, mel)
        same = griffin_lim(codec.log_mel, codec.clamped_mel(latents))
        for name, sound in zip(distances, (decoded, classic, same), strict=True):
            distances[name].append(float((codec.log_mel(sound) - mel).abs().mean()))
    rows = [
        ["codec, decode(encode(x))", f"{np.mean(distances['codec']):.3f}"],
        ["Griffin-Lim, 32 iterations, from the same decoded mel", f"{np.mean(distances['decoded mel']):.3f}"],
        ["Griffin-Lim, 32 iterations, from the true mel", f"{np.mean(distances['true mel']):.3f}"],
    ]
    return table(["56 unseen sounds", "log-mel distance (nepers)"], rows)


@torch.inference_mode()
def measure_speed(codec: MiniCodec) -> str:
    """Table of the times of decoding, in windows as the command does it, and of Griffin-Lim from the same mel."""
    rows = []
    for duration_s, repeats in ((8, 5), (60, 3)):
        length = duration_s * codec.config.mel.sample_rate_hz // codec.samples_per_latent * codec.samples_per_latent
        wave = torch.from_numpy(render_sound(one_shot_scene(4100, "rain", float(duration_s)))[:length])[None]
        latents = codec.encode(wave)
        mel = codec.clamped_mel(latents)
        # By turns, so that neither has the machine in a better hour.
        times = [
            (
                _seconds(partial(_decoded, codec, latents[0])),
                _seconds(partial(griffin_lim, codec.log_mel, mel)),
            )
            for _ in range(repeats)
        ]
        ours, classic = (min(column) for column in zip(*times, strict=True))
        rows.append([f"{duration_s} s", f"{ours:.3f} s", f"{classic:.2f} s", f"{classic / ours:.0f} x"])
    return table(["sound", "codec, decoding", "Griffin-Lim, 32 iterations", "ratio"], rows)


def measure(codec: MiniCodec) -> str:
    """Both tables beside Griffin-Lim."""
    return f"{measure_distance(codec)}\n\n{measure_speed(codec)}"


def _coded(codec: MiniCodec, sound: np.ndarray) -> np.ndarray:
    with torch.inference_mode():
        return codec.decode(codec.encode(torch.from_numpy(sound.astype(np.float32))[None]))[0].numpy()[: len(sound)]


def _leaps(codec: MiniCodec, kind: str) -> list[str]:
    """Row: frames in which the strongest partial leaps by a semitone, over six sounds."""
    sounds = [render_sound(one_shot_scene(4500 + index, kind)) for index in range(6)]
    coded = np.mean([leaping_share(_coded(codec, sound), sound) for sound in sounds])
    true = np.mean([leaping_share(sound, sound) for sound in sounds])
    return [f"leaps of the strongest partial, {kind}", f"{coded:.3f} of frames; true {true:.3f}", "0.10"]


def _early(codec: MiniCodec) -> list[str]:
    """Row: what sounds before a blow, of five kinds, two sounds of each."""
    levels = []
    for kind in ("drum", "knock", "hammer_wood", "footsteps", "explosion"):
        for index in range(2):
            scene = one_shot_scene(4500 + index, kind)
            levels.append(early_db(_coded(codec, render_sound(scene)), scene.sources[0].events_s))
    return [
        "40 ms before a blow, beside 60 ms after it",
        f"{np.mean(levels):.1f} dB, at most {np.max(levels):.1f}",
        "-",
    ]


def measure_ears(codec: MiniCodec) -> str:
    """Table of decays, pitch, stripes and silence through the codec."""
    decays = []
    for index in range(8):
        scene = one_shot_scene(4200 + index, "hammer_metal")
        true = render_sound(scene)
        coded = _coded(codec, true)
        events = [*scene.sources[0].events_s, scene.duration_s]
        for onset, following in pairwise(events):
            pair = [decay_time_s(sound, onset, following - onset - 0.03) for sound in (true, coded)]
            if np.isfinite(pair).all():
                decays.append(pair[1] / pair[0])
    errors = np.abs(np.array(decays) - 1)
    seconds = np.arange(8 * 44100) / 44100
    cents = np.concatenate(
        [
            pitch_error_cents(_coded(codec, sweep), sweep)
            for low, high in ((200, 1600), (400, 6000), (3000, 150))
            for sweep in [0.2 * chirp(seconds, low, 8, high, method="logarithmic")]
        ]
    )
    rain = [render_sound(one_shot_scene(4300 + index, "rain")) for index in range(4)]
    ratios = [stripes(_coded(codec, sound)) / stripes(sound) for sound in rain]
    silence = []
    for index, kind in enumerate(("knock", "drum", "typing", "hammer_wood", "glass_tap", "ball")):
        true = render_sound(one_shot_scene(4400 + index, kind))
        silence.append(level_in_silence_dbfs(_coded(codec, true), true))
    rows = [
        [
            f"decay of struck metal, {len(errors)} blows",
            f"median error {np.median(errors):.0%}, within 25 %: {np.mean(errors <= 0.25):.0%}",
            "25 %",
        ],
        [
            f"swept tones, {len(cents)} frames",
            f"median {np.median(cents):.0f} cents, 95th percentile {np.percentile(cents, 95):.0f}",
            "50 cents",
        ],
        ["stripes in decoded rain, times those of the original", f"{np.max(ratios):.2f} at most", "1.5"],
        ["loudest 50 ms where the true sound is silent", f"{np.max(silence):.0f} dBFS", "-60 dBFS"],
        *(_leaps(codec, kind) for kind in ("engine", "siren")),
        _early(codec),
    ]
    return table(["through the codec", "measured", "allowed"], rows)
