"""An AAF composition: timecode, the film, every channel of every take on a track of its own, cues as markers."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

from mmhnet_cli.errors import ExtraMissing
from mmhnet_cli.media.probe import VideoInfo
from mmhnet_cli.pipeline.session.hand_over import HandOver, PlacedSound
from mmhnet_cli.pipeline.session.paths import one_line
from mmhnet_cli.timeline import round_half_up

SIDES = ("L", "R")


def write(session: HandOver, folder: Path, file: Path) -> None:
    """Write the composition to `file`. It links films and sounds by their full path. Raises ExtraMissing."""
    try:
        import aaf2
    except ImportError as error:
        raise ExtraMissing("AAF", "pyaaf2", "aaf") from error
    with aaf2.open(str(file), "w") as aaf:
        composition = aaf.create.CompositionMob(one_line(session.film.path.stem))
        composition.usage = "Usage_TopLevel"
        aaf.content.mobs.append(composition)
        _timecode(aaf, composition, session)
        _picture(aaf, composition, session)
        for name, takes in session.tracks.items():
            # Nothing is muted there.
            for take in [] if session.is_sum(name) else takes:
                _sound(aaf, composition, take, name if len(takes) == 1 else f"{name} take {take.take}")
        _markers(aaf, composition, session)


def _timecode(aaf: Any, composition: Any, session: HandOver) -> None:
    begins = session.begins
    slot = composition.create_timeline_slot(_rate(session.rate))
    slot.name = "TC1"
    slot.segment = aaf.create.Timecode(begins.labels_per_second, begins.drop)
    slot.segment.start, slot.segment.length = begins.frames, session.frames


def _picture(aaf: Any, composition: Any, session: HandOver) -> None:
    master = _linked(aaf, session.film.path, _film_descriptor(aaf, session.film, session), session, "picture", 1)
    slot = composition.create_picture_slot(_rate(session.rate))
    slot.name = "picture"
    slot.segment.components.append(master.create_source_clip(1, start=0, length=session.frames, media_kind="picture"))


def _sound(aaf: Any, composition: Any, take: PlacedSound, name: str) -> None:
    rate = Fraction(take.sample_rate_hz)
    master = _linked(aaf, take.path, _sound_descriptor(aaf, take), take, "sound", take.channels)
    for channel in range(take.channels):
        slot = composition.create_sound_slot(_rate(rate))
        slot.name = name if take.channels == 1 else f"{name}.{SIDES[channel]}"
        if take.begin > 0:
            gap = aaf.create.Filler("sound", round_half_up(take.begin * rate))
            slot.segment.components.append(gap)
        slot.segment.components.append(
            master.create_source_clip(
                channel + 1, start=take.trimmed, length=take.samples - take.trimmed, media_kind="sound"
            )
        )


def _linked(aaf: Any, path: Path, descriptor: Any, media: HandOver | PlacedSound, kind: str, channels: int) -> Any:
    """Return a master mob that is linked to a file, with a slot for each channel."""
    rate = Fraction(media.sample_rate_hz) if isinstance(media, PlacedSound) else media.rate
    length = media.samples if isinstance(media, PlacedSound) else media.frames
    locator = aaf.create.NetworkLocator()
    locator["URLString"].value = path.absolute().as_uri()
    descriptor["Locator"].append(locator)
    source, master = aaf.create.SourceMob(one_line(path.stem)), aaf.create.MasterMob(one_line(path.stem))
    source.descriptor = descriptor
    for mob in (source, master):
        aaf.content.mobs.append(mob)
    for channel in range(1, channels + 1):
        own = source.create_empty_sequence_slot(_rate(rate), channel, kind)
        nothing = aaf.create.SourceClip(media_kind=kind)
        nothing.length = length
        own.segment.components.append(nothing)
        shown = master.create_empty_sequence_slot(_rate(rate), channel, kind)
        shown.segment.components.append(source.create_source_clip(channel, 0, length, kind))
        if kind == "sound":
            shown["PhysicalTrackNumber"].value = channel
    return master


def _sound_descriptor(aaf: Any, take: PlacedSound) -> Any:
    descriptor, frame_bytes = aaf.create.PCMDescriptor(), take.channels * take.bits // 8
    rate = _rate(Fraction(take.sample_rate_hz))
    values = {
        "SampleRate": rate,
        "AudioSamplingRate": rate,
        "Channels": take.channels,
        "AverageBPS": frame_bytes * take.sample_rate_hz,
        "QuantizationBits": take.bits,
        "BlockAlign": frame_bytes,
        "Length": take.samples,
    }
    for name, value in values.items():
        descriptor[name].value = value
    return descriptor


def _film_descriptor(aaf: Any, film: VideoInfo, session: HandOver) -> Any:
    descriptor = aaf.create.CDCIDescriptor()
    values = {
        "SampleRate": _rate(session.rate),
        "Length": session.frames,
        "StoredWidth": film.width,
        "StoredHeight": film.height,
        "ImageAspectRatio": f"{film.width}/{film.height}",
        "FrameLayout": "FullFrame",
        "VideoLineMap": [0, 0],
        "ComponentWidth": 8,
        "HorizontalSubsampling": 2,
    }
    for name, value in values.items():
        descriptor[name].value = value
    return descriptor


def _markers(aaf: Any, composition: Any, session: HandOver) -> None:
    """Add an event slot, which an empty sequence must not be."""
    marks = sorted(_marks(session))
    if not marks:
        return
    slot = aaf.create.EventMobSlot()
    slot.slot_id = max(other.slot_id for other in composition.slots) + 1
    slot.edit_rate, slot.name = _rate(session.rate), "cues"
    slot.segment = aaf.create.Sequence("DescriptiveMetadata")
    composition.slots.append(slot)
    for position, length, words in marks:
        marker = aaf.create.DescriptiveMarker()
        marker["Position"].value, marker["Length"].value, marker["Comment"].value = position, length, one_line(words)
        marker["DescribedSlots"].value = {1}
        slot.segment.components.append(marker)


def _marks(session: HandOver) -> Iterator[tuple[int, int, str]]:
    """Yield first frame, length in frames and words of each cue and each hit."""
    for cue in session.cues:
        begin = session.frame_at(cue.start)
        yield begin, max(1, session.frame_at(cue.end) - begin), f"{cue.track}: {cue.title}"
        for time, strength in cue.hits or ():
            yield session.frame_at(time), 1, f"hit {strength:g} {cue.title}"


def _rate(rate: Fraction) -> str:
    return f"{rate.numerator}/{rate.denominator}"
