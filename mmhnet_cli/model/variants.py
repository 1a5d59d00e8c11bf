"""The networks that have a name."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from mmhnet_cli.model.config import NetworkConfig, RoutingConfig
from mmhnet_cli.timeline import SequenceConfig

_S_44K = NetworkConfig(attention_window_s=8.0)

# The public networks that MMHNet starts from: rotary attention everywhere, one space, no CLIP in e, and the mean of
# the whole film in g. Their second version differs in activations and time embedding alone.
_MMAUDIO_SMALL_44K = replace(
    _S_44K,
    multimodal_blocks=4,
    single_modal_blocks=8,
    multimodal_mixer="attention_rope",
    single_modal_mixer="attention_rope",
    attention_scale="none",
    attention_window_s=None,
    input_activation="selu",
    context_activation=False,
    time_features=256,
    time_max_period=10000.0,
    local_semantics=False,
    global_window_s=None,
    routing=None,
)
_MMAUDIO_MEDIUM_44K = replace(
    _MMAUDIO_SMALL_44K,
    width=896,
    clip_width=896,
    text_width=896,
    condition_width=896,
    heads=14,
    ffn_width=2560,
    clip_ffn_width=2560,
    text_ffn_width=2560,
    condition_ffn_width=2560,
)
_MMAUDIO_LARGE_44K = replace(_MMAUDIO_MEDIUM_44K, multimodal_blocks=7, single_modal_blocks=14)

VARIANTS: Mapping[str, NetworkConfig] = MappingProxyType(
    {
        # Made to train and run on two processor cores; one-token maps, as the mixer's convolution sees the neighbours.
        "mini": NetworkConfig(
            latent_channels=192,
            clip_dim=113,
            sync_dim=6,
            text_dim=130,
            sequence=SequenceConfig(mel_frames_per_latent=4),
            width=192,
            clip_width=96,
            text_width=96,
            condition_width=128,
            heads=6,
            multimodal_blocks=2,
            single_modal_blocks=3,
            multimodal_mixer="nc_mamba2",
            state_size=32,
            expand=1.5,
            ffn_width=128,
            clip_ffn_width=128,
            text_ffn_width=128,
            condition_ffn_width=192,
            mix_kernel=1,
            stack_kernel=1,
            residual_stacks=True,
            time_features=128,
            time_max_period=100.0,
            sync_segment_tokens=0,
            empty_text_tokens=1,
            placement="time",
            state_window_s=8.0,
            output_condition="e",
            training_text_tokens=32,
            preconditioned=True,
            word_guidance=True,
            guidance=2.0,
            run_out=4,
            classifier_width=160,
            routing=RoutingConfig(),
        ),
        "s-16k": replace(_S_44K, latent_channels=20, sequence=SequenceConfig(sample_rate_hz=16000, hop_samples=256)),
        "s-44k": _S_44K,
        "l-44k": replace(
            _S_44K,
            width=896,
            clip_width=896,
            text_width=896,
            condition_width=896,
            heads=14,
            multimodal_blocks=10,
            single_modal_blocks=7,
            ffn_width=2560,
            clip_ffn_width=2560,
            text_ffn_width=2560,
            condition_ffn_width=2560,
            time_features=896,
        ),
        "mmaudio-small-16k": replace(
            _MMAUDIO_SMALL_44K,
            latent_channels=20,
            sequence=SequenceConfig(sample_rate_hz=16000, hop_samples=256),
        ),
        "mmaudio-small-44k": _MMAUDIO_SMALL_44K,
        "mmaudio-medium-44k": _MMAUDIO_MEDIUM_44K,
        "mmaudio-large-44k": _MMAUDIO_LARGE_44K,
        "mmaudio-large-44k-v2": replace(
            _MMAUDIO_LARGE_44K,
            input_activation="silu",
            context_activation=True,
            time_features=896,
            time_max_period=1.0,
        ),
    }
)
