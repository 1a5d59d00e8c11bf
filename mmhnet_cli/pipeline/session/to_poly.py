"""All tracks in one WAV file: a polyphonic Broadcast Wave, whose iXML names each channel."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from mmhnet_cli import __version__
from mmhnet_cli.errors import AudioUnreadable, BadOption
from mmhnet_cli.media.audio_file import open_sound, write_blocks
from mmhnet_cli.media.broadcast_wave import WaveFormat, WaveNotes
from mmhnet_cli.pipeline.making.stages import Progress
from mmhnet_cli.pipeline.session.hand_over import HandOver, PlacedSound

STAGE = "write"


def write(session: HandOver, folder: Path, file: Path, progress: Progress) -> None:
    """Write the first take of each track to `file`, sample by sample as they are, without the sum of others.

    Raises BadOption where there is no sound, AudioUnreadable for one that is not as its report says, and what
    `write_blocks` raises.
    """
    sounds = session.firsts
    if not sounds:
        raise BadOption("--to", "poly", "a kind for a report of films alone: it has no WAV file")
    first = sounds[0]
    form = WaveFormat(sum(sound.channels for sound in sounds), first.sample_rate_hz, first.bits)
    with ExitStack() as opened:
        streams = [opened.enter_context(open_sound(sound.path)) for sound in sounds]
        for sound, stream in zip(sounds, streams, strict=True):
            if (stream.rate_hz, stream.channels) != (sound.sample_rate_hz, sound.channels):
                raise AudioUnreadable(
                    sound.path, f"its report says {sound.channels} channels at {sound.sample_rate_hz} Hz"
                )
        blocks = _together(sounds, [stream.blocks for stream in streams], progress)
        write_blocks(file, blocks, form, first.samples, _notes(session, sounds))


def channel_names(sound: PlacedSound) -> tuple[str, ...]:
    """Return what the channels of a track are called."""
    return (sound.track,) if sound.channels == 1 else (f"{sound.track} L", f"{sound.track} R")


def _together(
    sounds: Sequence[PlacedSound], streams: Sequence[Iterator[np.ndarray]], progress: Progress
) -> Iterator[np.ndarray]:
    """Yield blocks (channels, n) of all sounds one below the other. Raises AudioUnreadable where one ends early."""
    done, total = 0, sounds[0].samples
    progress(STAGE, 0, total)
    while done < total:
        blocks = [
            next(stream, np.zeros((sound.channels, 0), np.float32))
            for stream, sound in zip(streams, sounds, strict=True)
        ]
        length = blocks[0].shape[1]
        for sound, block in zip(sounds, blocks, strict=True):
            if block.shape[1] != length or not length or done + length > total:
                raise AudioUnreadable(sound.path, f"it has not the {total} samples that its report says")
        yield np.concatenate(blocks)
        done += length
        progress(STAGE, done, total)


def _notes(session: HandOver, sounds: Sequence[PlacedSound]) -> WaveNotes:
    first, clock = sounds[0], session.clock
    history = f"A=PCM,F={first.sample_rate_hz},W={first.bits},T=mmhnet {__version__}"
    return WaveNotes(
        description=f"{session.film.path.stem}: {', '.join(sound.track for sound in sounds)}",
        time_reference_samples=None if clock is None else clock.samples(first.sample_rate_hz, first.begin),
        coding_history=f"{history}; AI-generated" if session.comment else history,
        project=session.project,
        scene=session.film.path.stem,
        take=str(first.take),
        channel_names=tuple(name for sound in sounds for name in channel_names(sound)),
        timecode_rate=None if clock is None else clock.rate,
        drop_frame=clock is not None and clock.drop,
        comment=session.comment,
    )
