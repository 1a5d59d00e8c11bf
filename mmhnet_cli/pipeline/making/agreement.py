"""Whether the parts of one model agree: what one of them gives, another takes."""

from collections.abc import Mapping
from pathlib import Path

from mmhnet_cli.codec.mini import MiniCodecConfig
from mmhnet_cli.codec.public import PublicCodecConfig
from mmhnet_cli.codec.vae import FRAMES_PER_LATENT
from mmhnet_cli.encoders import meaning
from mmhnet_cli.encoders.clip_tokenizer import LENGTH, VOCABULARY
from mmhnet_cli.encoders.public import PUBLIC_STREAMS, SEGMENT_FRAMES, SEGMENT_TOKENS, PublicEncodersConfig
from mmhnet_cli.encoders.resize import CLIP_SIDE, SYNC_SIDE
from mmhnet_cli.errors import WeightsInvalid
from mmhnet_cli.model.config import NetworkConfig


def check_agree(path: Path, pairs: Mapping[str, tuple[object, object]]) -> None:
    """Raise WeightsInvalid for the first field that is not what another part of the model makes it.

    pairs: by the name of the field, what it is and what it must be.
    """
    for name, (found, expected) in pairs.items():
        if found != expected:
            raise WeightsInvalid(path, name, f"{expected}, to fit the other parts", str(found))


def mini_pairs(network: NetworkConfig, codec: MiniCodecConfig) -> dict[str, tuple[object, object]]:
    """Return for `check_agree` what must agree in a model with the mini's own encoders and codec."""
    sequence = network.sequence
    return {
        "network.clip_dim": (network.clip_dim, meaning.CLIP_DIM),
        "network.sync_dim": (network.sync_dim, meaning.SYNC_DIM),
        "network.text_dim": (network.text_dim, meaning.TEXT_DIM),
        "network.empty_text_tokens": (network.empty_text_tokens, 1),
        "network.latent_channels": (network.latent_channels, codec.channels),
        "network.sequence.sample_rate_hz": (sequence.sample_rate_hz, codec.mel.sample_rate_hz),
        "network.sequence.hop_samples": (sequence.hop_samples, codec.mel.hop_samples),
        "network.sequence.mel_frames_per_latent": (sequence.mel_frames_per_latent, codec.frames_per_latent),
        "network.sequence.clip_fps": (sequence.clip_fps, meaning.CLIP_FPS),
        "network.sequence.sync_fps": (sequence.sync_fps, meaning.SYNC_FPS),
    }


def public_pairs(
    network: NetworkConfig, encoders: PublicEncodersConfig, codec: PublicCodecConfig
) -> dict[str, tuple[object, object]]:
    """Return for `check_agree` what must agree in a model with the public encoders and codec."""
    sequence, clip, synchformer = network.sequence, encoders.clip, encoders.synchformer
    sync_fps, clip_fps = (stream.fps for stream in PUBLIC_STREAMS)
    return {
        "network.clip_dim": (network.clip_dim, clip.features),
        "network.sync_dim": (network.sync_dim, synchformer.width),
        "network.text_dim": (network.text_dim, clip.text_width),
        "network.empty_text_tokens": (network.empty_text_tokens, min(network.empty_text_tokens, LENGTH)),
        "network.latent_channels": (network.latent_channels, codec.vae.channels),
        "network.sequence.sample_rate_hz": (sequence.sample_rate_hz, codec.mel.sample_rate_hz),
        "network.sequence.hop_samples": (sequence.hop_samples, codec.mel.hop_samples),
        "network.sequence.mel_frames_per_latent": (sequence.mel_frames_per_latent, FRAMES_PER_LATENT),
        "network.sequence.clip_fps": (sequence.clip_fps, clip_fps),
        "network.sequence.sync_fps": (sequence.sync_fps, sync_fps),
        "encoders.clip.vocabulary": (clip.vocabulary, VOCABULARY),
        "encoders.clip.context": (clip.context, LENGTH),
        "encoders.clip.grid": (clip.grid, CLIP_SIDE // clip.patch),
        "encoders.synchformer.picture_px": (synchformer.picture_px, SYNC_SIDE),
        "encoders.synchformer.frames": (synchformer.frames, SEGMENT_FRAMES),
        "encoders.synchformer.patch_frames": (synchformer.patch_frames, SEGMENT_FRAMES // SEGMENT_TOKENS),
    }
