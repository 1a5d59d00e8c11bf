"""What a velocity network has to work, by arithmetic from its configuration: nothing is built, no torch is loaded."""

from dataclasses import dataclass

from mmhnet_cli.model.config import CLASSIFIER_KERNEL, FFN_KERNEL, INPUT_KERNEL, NetworkConfig


@dataclass(frozen=True)
class Tokens:
    """Tokens of the three streams."""

    audio: float
    clip: float
    text: float


@dataclass(frozen=True)
class _Stream:
    """One stream of a block; `conditions` vectors modulate its tokens."""

    width: int
    ffn_width: int
    kernels: tuple[int, int]
    tokens: float
    conditions: float


def uses_rotation(config: NetworkConfig) -> bool:
    """Tell whether the network has rotary positions, which do not reach beyond the length of training."""
    return "attention_rope" in (config.multimodal_mixer, config.single_modal_mixer)


def operations(config: NetworkConfig, tokens: Tokens) -> float:
    """Count the floating-point operations of one evaluation of the velocity for one clip: two for a weight and a token.

    The count is exact but for biases, norms, the routers and, where a space is compressed, the share of tokens that is
    kept: that is taken as the training aims at it. Conditions are built once, which beside the evaluations is nothing.
    """
    width, audio = config.width, tokens.audio
    ends = 2 * config.latent_channels * width * INPUT_KERNEL + 3 * width * config.ffn_width * config.stack_kernel
    modulation = config.condition_width * 2 * width * (audio if config.output_condition == "e" else 1)
    return 2 * (ends * audio + modulation) + _spaces(config, tokens)


def classifier_operations(config: NetworkConfig, latents: float) -> float:
    """Count the operations of one gradient of the classifier for so many latents: its maps, there and back."""
    width = config.classifier_width
    block = 4 * width**2 + CLASSIFIER_KERNEL * width
    maps = width * (config.latent_channels + config.classifier_kinds) + config.classifier_blocks * block
    return 2 * 2 * maps * latents


def _spaces(config: NetworkConfig, tokens: Tokens) -> float:
    routing, share = config.routing, _window_share(config, tokens)
    if routing is None:
        return _trunk(config, tokens, share, last=True)
    kept, kept_text = routing.target_ratio, routing.text_target_ratio
    compressed = Tokens(tokens.audio / kept, tokens.clip / kept, tokens.text / kept_text)
    ways_back = ((config.width, tokens.audio), (config.clip_width, tokens.clip), (config.text_width, tokens.text))
    return (
        _trunk(config, tokens, share, last=True)
        + _trunk(config, compressed, share, last=False)
        + sum(2 * width**2 * count for width, count in ways_back)
    )


def _window_share(config: NetworkConfig, tokens: Tokens) -> float:
    """Return which share of a film the windows of attention hold."""
    window_s = config.attention_window_s
    return 1.0 if window_s is None else min(1.0, window_s * float(config.sequence.latent_rate_hz) / tokens.audio)


def _trunk(config: NetworkConfig, tokens: Tokens, share: float, last: bool) -> float:
    kernels, clip_conditions = (config.mix_kernel, FFN_KERNEL), 1 if config.global_window_s is None else tokens.clip
    audio = _Stream(config.width, config.ffn_width, kernels, tokens.audio, tokens.audio)
    context = (
        _Stream(config.clip_width, config.clip_ffn_width, kernels, tokens.clip, clip_conditions),
        _Stream(config.text_width, config.text_ffn_width, (1, 1), tokens.text, 1),
    )
    joint, alone = config.multimodal_mixer, config.single_modal_mixer
    met = _meeting(config, joint, tokens.audio + tokens.clip, tokens.text, share) + _branch(config, joint, audio)
    blocks = config.multimodal_blocks
    return (
        blocks * met
        + (blocks - last) * sum(_branch(config, joint, stream) for stream in context)
        # The last block only reads picture and words, where nothing comes after them.
        + last * sum(_read(config, joint, stream, 2) for stream in context)
        + config.single_modal_blocks * (_meeting(config, alone, tokens.audio, 0, share) + _branch(config, alone, audio))
    )


def _branch(config: NetworkConfig, mixer: str, stream: _Stream) -> float:
    width, (mix_kernel, ffn_kernel) = stream.width, stream.kernels
    if mixer.startswith("attention"):
        leave = 0 if width == config.width else config.width * width
    else:
        leave = config.inner_width * width
    maps = leave + width**2 * mix_kernel + 3 * width * stream.ffn_width * ffn_kernel
    return _read(config, mixer, stream, 6) + 2 * maps * stream.tokens


def _read(config: NetworkConfig, mixer: str, stream: _Stream, modulations: int) -> float:
    """Count the way into the mixer, with so many vectors of modulation."""
    project = 3 * stream.width * config.width
    if not mixer.startswith("attention"):
        convolved = config.inner_width + 2 * config.state_size
        project = stream.width * (config.inner_width + convolved + config.heads) + convolved * config.conv_kernel
    return 2 * (project * stream.tokens + config.condition_width * modulations * stream.width * stream.conditions)


def _meeting(config: NetworkConfig, mixer: str, placed: float, words: float, share: float) -> float:
    """Count the mixer itself. Attention takes every token with every other, twice, those that lie in the film with a
    share of their like; a state is used by each once."""
    if not mixer.startswith("attention"):
        return 4 * (placed + words) * config.state_size * config.inner_width
    pairs = placed * (share * placed + words) + words * (placed + words)
    return 4 * pairs * config.width
