"""The IB-score of the field, by ImageBind, but over the whole film."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import torch

from mmhnet_cli.audio.resample import resample
from mmhnet_cli.errors import BadOption
from mmhnet_cli.hearing.imagebind import PICTURES, RATE_HZ, WINDOW_S, ImageBind, WindowMel, crops_of, windows_of
from mmhnet_cli.hearing.published import load_imagebind
from mmhnet_cli.media.frames import FrameStream, read_frames
from mmhnet_cli.media.probe import VideoInfo

STREAM = FrameStream(fps=1)
STRETCH = 4
"""So many windows are compared at once: 8 s, as long as the clips of the papers."""


class Binder:
    """It says how well a sound and a film go together, on a device in float32."""

    def __init__(self, network: ImageBind, device: torch.device) -> None:
        self.network, self.device, self._mel = network.to(device), device, WindowMel(device)

    @torch.inference_mode()
    def seen(self, film: VideoInfo) -> np.ndarray:
        """Return the mean vector of three squares of the pictures of each window of 2 s, (W, D); what is left at the
        end of the film belongs to none. Damaged pictures are passed over.

        Raises FilmUnreadable or NoFrames.
        """
        found, waiting = [], []
        threads = torch.get_num_threads()
        for batch in read_frames(
            film, Fraction(0), film.duration, (STREAM,), lost=lambda second, reason: None, threads=threads
        ):
            for frame in batch.frames:
                waiting.append(crops_of(frame))
                if len(waiting) == PICTURES:
                    found.append(self._window(waiting))
                    waiting = []
        # A film of a second is one window, whose picture stands.
        return np.stack(found or [self._window(waiting * PICTURES)])[: max(1, film.duration // WINDOW_S)]

    def _window(self, pictures: list[torch.Tensor]) -> np.ndarray:
        squares = torch.stack(pictures[:PICTURES], 2).to(self.device)
        return np.asarray(self.network.seen(squares).mean(0).cpu().numpy())

    @torch.inference_mode()
    def score(self, seen: np.ndarray, sound: np.ndarray, rate_hz: int) -> float:
        """Return the cosine of what is seen and (samples,), each the mean over a stretch of 8 s; the mean over
        stretches, each as much as it is long."""
        windows = windows_of(resample(sound[None], rate_hz, RATE_HZ)[0], len(seen))
        heard = np.stack([self.network.heard(self._mel(one.to(self.device)))[0].cpu().numpy() for one in windows])
        starts = range(0, len(seen), STRETCH)
        sums = [[rows[at : at + STRETCH].sum(0) for at in starts] for rows in (seen, heard)]
        cosines = [a @ b / (np.linalg.norm(a) * np.linalg.norm(b)) for a, b in zip(*sums, strict=True)]
        return float(np.average(cosines, weights=[min(STRETCH, len(seen) - at) for at in starts]))


def load_binder(path: Path, device: str) -> Binder:
    """Load ImageBind from its public file. Raises BadOption or EmbeddingInvalid."""
    if not path.exists():
        raise BadOption("--imagebind", str(path), "a file with the weights of ImageBind")
    return Binder(load_imagebind(path), torch.device(device))
