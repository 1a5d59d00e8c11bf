"""All tracks in one film: its picture as it is, each track as a sound with its name, and the timecode."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from mmhnet_cli.errors import AudioUnreadable, BadOption
from mmhnet_cli.media.audio_file import BLOCK_SAMPLES, open_sound, write_blocks
from mmhnet_cli.media.broadcast_wave import WaveFormat
from mmhnet_cli.media.ffmpeg import find_ffmpeg
from mmhnet_cli.media.remux import remux_tracks
from mmhnet_cli.media.temporary import temporary_file
from mmhnet_cli.pipeline.delivery.sound_files import COMPOSITE, GENERATED
from mmhnet_cli.pipeline.making.stages import Progress
from mmhnet_cli.pipeline.session.hand_over import HandOver, PlacedSound
from mmhnet_cli.timeline import Timeline, round_half_up

STAGE, STEPS = "write", 100
MOST_TRACKS = 60
"""Readers here take 64 streams; picture and timecode are among them."""


def write(session: HandOver, folder: Path, file: Path, progress: Progress) -> None:
    """Write the film to `file`, the mix as the first of its sounds, which is what players play, then each track.

    Each sound is as long as the picture: handles are left out, and what was not made is silent. Raises BadOption,
    ContainerCannotHold, AudioUnreadable, FfmpegMissing or FfmpegFailed.
    """
    sounds = [takes[0] for takes in session.tracks.values()]
    if not 0 < len(sounds) <= MOST_TRACKS:
        raise BadOption(
            "--to", "mov", f"a kind for a report with 1 to {MOST_TRACKS} tracks in WAV files, not {len(sounds)}"
        )
    ffmpeg = find_ffmpeg()
    progress(STAGE, 0, STEPS)
    with ExitStack() as made:
        tracks = []
        for number, sound in enumerate(sounds):
            path = sound.path
            if _first(sound) or sound.samples != _samples(session, sound):
                path = made.enter_context(temporary_file(file.parent, ".wav"))
                form = WaveFormat(sound.channels, sound.sample_rate_hz, sound.bits)
                write_blocks(path, _under_picture(session, sound), form, _samples(session, sound))
            tracks.append((sound.track, path))
            progress(STAGE, STEPS * (number + 1) // (2 * len(sounds)), STEPS)
        comment = session.comment.replace(GENERATED, COMPOSITE)
        remux_tracks(
            session.film,
            tracks,
            file,
            metadata={"comment": comment} if comment else {},
            timecode=session.clock,
            ffmpeg=ffmpeg,
            progress=lambda share: progress(STAGE, STEPS // 2 + int(STEPS // 2 * share), STEPS),
        )
    progress(STAGE, STEPS, STEPS)


def _first(sound: PlacedSound) -> int:
    """Return the sample, from the first picture, at which a sound begins; less than 0 with handles."""
    return round_half_up(sound.begin * sound.sample_rate_hz)


def _samples(session: HandOver, sound: PlacedSound) -> int:
    return Timeline(session.film.duration).output_samples(sound.sample_rate_hz)


def _under_picture(session: HandOver, sound: PlacedSound) -> Iterator[np.ndarray]:
    """Yield a sound in blocks (channels, n), from the first picture to the end of the last; else there is silence."""
    place, total = _first(sound), _samples(session, sound)
    yield from _silence(sound.channels, min(max(0, place), total))
    with open_sound(sound.path) as stream:
        if (stream.rate_hz, stream.channels) != (sound.sample_rate_hz, sound.channels):
            raise AudioUnreadable(sound.path, f"its report says {sound.channels} channels at {sound.sample_rate_hz} Hz")
        for block in stream.blocks:
            inside = block[:, max(0, -place) : max(0, total - place)]
            if inside.shape[1]:
                yield inside
            place += block.shape[1]
    yield from _silence(sound.channels, total - max(0, place))


def _silence(channels: int, samples: int) -> Iterator[np.ndarray]:
    for first in range(0, samples, BLOCK_SAMPLES):
        yield np.zeros((channels, min(BLOCK_SAMPLES, samples - first)), np.float32)
