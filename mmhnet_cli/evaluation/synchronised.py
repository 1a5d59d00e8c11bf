"""DeSync as the field measures it, by Synchformer, but over the whole film."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from mmhnet_cli.audio.resample import resample
from mmhnet_cli.encoders.public import PUBLIC_STREAMS, SEGMENT_TOKENS, sync_stream
from mmhnet_cli.errors import BadOption
from mmhnet_cli.hearing.published import load_sync
from mmhnet_cli.hearing.synchformer import RATE_HZ, SEGMENTS, SegmentMel, SyncNetwork, segments_of
from mmhnet_cli.media.frames import read_frames
from mmhnet_cli.media.probe import VideoInfo

AT_ONCE = 8


class Synchroniser:
    """It says by how much a sound and a film are apart, on a device in float32."""

    def __init__(self, network: SyncNetwork, device: torch.device) -> None:
        self.network, self.device, self._mel = network.to(device), device, SegmentMel(device)

    def seen(self, film: VideoInfo) -> np.ndarray:
        """Return the tokens of the segments of a film, (S, 8, D); damaged pictures are passed over.

        Raises FilmUnreadable or NoFrames.
        """
        stream = sync_stream(self.network.vfeat_extractor, self.device, torch.float32, AT_ONCE)
        threads = torch.get_num_threads()
        for batch in read_frames(
            film, Fraction(0), film.duration, PUBLIC_STREAMS[:1], lost=lambda second, reason: None, threads=threads
        ):
            stream.push(batch.frames)
        return stream.finish().reshape(-1, SEGMENT_TOKENS, self.network.vproj.in_features)

    @torch.inference_mode()
    def desync_s(self, seen: np.ndarray, sound: np.ndarray, rate_hz: int) -> float | None:
        """Return the mean size of the shift of (samples,) over windows of 4.8 s, half over each other; the last one
        ends with the film. None for a film that is shorter."""
        count = len(seen)
        if count < SEGMENTS:
            return None
        segments = segments_of(resample(sound[None], rate_hz, RATE_HZ)[0], count)
        mels = (self._mel(some.to(self.device)) for some in segments.split(AT_ONCE))
        heard = torch.cat([self.network.afeat_extractor(mel) for mel in mels])
        picture = torch.from_numpy(seen).to(self.device)
        starts = sorted({*range(0, count - SEGMENTS + 1, SEGMENTS // 2), count - SEGMENTS})
        shifts = [self._shifts(picture, heard, starts[at : at + AT_ONCE]) for at in range(0, len(starts), AT_ONCE)]
        return float(torch.cat(shifts).abs().double().mean())

    def _shifts(self, picture: Tensor, heard: Tensor, starts: list[int]) -> Tensor:
        windows = ([tokens[start : start + SEGMENTS] for start in starts] for tokens in (picture, heard))
        return self.network.shift_s(*(torch.stack(some) for some in windows)).cpu()


def load_synchroniser(path: Path, device: str) -> Synchroniser:
    """Load Synchformer from its public file. Raises BadOption or EmbeddingInvalid."""
    if not path.exists():
        raise BadOption("--synchformer", str(path), "a file with the weights of Synchformer")
    return Synchroniser(load_sync(path), torch.device(device))
