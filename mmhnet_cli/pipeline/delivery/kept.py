"""Stems that stay: their samples and their latents, as an earlier take left them."""

import numpy as np
from torch import Tensor

from mmhnet_cli.errors import AudioUnreadable
from mmhnet_cli.media.audio_file import read_audio
from mmhnet_cli.options import KeptStem
from mmhnet_cli.pipeline.delivery.latents import cue_key, latents_path, read_latents
from mmhnet_cli.pipeline.request import Job


def kept_sound(job: Job, stem: str) -> np.ndarray:
    """Return the samples (channels, n) of a stem that stays. Raises AudioUnreadable where it is not as the others."""
    path = job.kept[stem]
    samples, rate_hz = read_audio(path)
    wanted = (job.channel_count, job.samples), job.request.output.sample_rate_hz
    if (samples.shape, rate_hz) != wanted:
        found = f"{samples.shape[0]} channels of {samples.shape[1]} samples at {rate_hz} Hz"
        raise AudioUnreadable(
            path, f"it has {found}, the other tracks have {wanted[0][0]} of {wanted[0][1]} at {wanted[1]} Hz"
        )
    return samples


def kept_latents(one: KeptStem) -> dict[str, Tensor]:
    """Return the latents (L, C) of a stem that stays, by its name or those of its cues, as far as there are any."""
    found = read_latents(latents_path(one.report))
    return {
        voice: latents
        for (take, voice), latents in found.items()
        if take == one.take and (voice == one.name or voice.startswith(cue_key(one.name, "")))
    }
