"""What a velocity network costs, by arithmetic from its configuration: nothing is built, nothing heavy is loaded."""

from dataclasses import dataclass

from mmhnet_cli.model.config import NetworkConfig

STACK_KERNEL = 3
"""Of the gated units in the input stacks of CLIP and sync."""

LIVE_WIDTHS = 15
LIVE_INNER_WIDTHS = 3
"""Numbers alive at once for each latent, in widths of the stream and in inner widths of its gated unit. Counted as the
slope of live storage over length: 10.6 k for S, 21.0 k for L, 9.9 k for MMAudio small, 3.5 k for the mini."""

KEPT_CONDITION_WIDTHS = 3
"""Numbers kept for each latent from step to step, in widths of the condition: e, its part of g, and the streams."""


@dataclass(frozen=True)
class Cost:
    """weights: numbers in matrices and kernels. operations: in floating point, two for each weight and token."""

    weights: int
    operations: float = 0.0

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(self.weights + other.weights, self.operations + other.operations)

    def times(self, count: int) -> "Cost":
        """Of `count` modules like this one."""
        return Cost(count * self.weights, count * self.operations)


@dataclass(frozen=True)
class Tokens:
    """Tokens of the three streams."""

    audio: float
    clip: float
    text: float


@dataclass(frozen=True)
class _Stream:
    width: int
    ffn_width: int
    kernels: tuple[int, int]
    tokens: float
    conditions: float


def uses_rotation(config: NetworkConfig) -> bool:
    """Whether it has rotary positions, which do not reach beyond the length of training."""
    return "attention_rope" in (config.multimodal_mixer, config.single_modal_mixer)


def network_cost(config: NetworkConfig, tokens: Tokens) -> Cost:
    """All weights, and the operations of one evaluation of the velocity for one clip of these tokens.

    Exact but for biases, norms, the routers and, where a space is compressed, the share of tokens that is kept: that is
    taken as the training aims at it. Conditions are built once, which beside the evaluations is nothing.
    """
    width, condition = config.width, config.condition_width
    enter = _matrix(config.latent_channels, width, config.input_kernel, tokens.audio)
    unit = _gated_unit(width, config.ffn_width, config.stack_kernel, tokens.audio)
    leave = _matrix(width, config.latent_channels, config.input_kernel, tokens.audio)
    output = _matrix(condition, 2 * width, 1, tokens.audio if config.output_condition == "e" else 1)
    return enter + unit + _spaces(config, tokens) + output + leave + Cost(_condition_weights(config))


def live_numbers_per_latent(config: NetworkConfig) -> int:
    """Numbers alive at once during an evaluation, for each latent of it."""
    return LIVE_WIDTHS * config.width + LIVE_INNER_WIDTHS * config.ffn_width


def kept_numbers_per_latent(config: NetworkConfig) -> int:
    """Numbers of the conditions, for each latent of the film."""
    return KEPT_CONDITION_WIDTHS * config.condition_width


def _spaces(config: NetworkConfig, tokens: Tokens) -> Cost:
    routing = config.routing
    if routing is None:
        return _trunk(config, tokens, read_last=True)
    audio, text = routing.target_ratio, routing.text_target_ratio
    compressed = _trunk(config, Tokens(tokens.audio / audio, tokens.clip / audio, tokens.text / text), read_last=False)
    full = _trunk(config, tokens, read_last=not config.shared_blocks)
    if config.shared_blocks:
        compressed = Cost(0, compressed.operations)
    ways_back = (
        _matrix(config.width, config.width, 1, tokens.audio)
        + _matrix(config.clip_width, config.clip_width, 1, tokens.clip)
        + _matrix(config.text_width, config.text_width, 1, tokens.text)
    )
    return full + compressed + ways_back


def _trunk(config: NetworkConfig, tokens: Tokens, read_last: bool) -> Cost:
    kernels = (config.mix_kernel, config.ffn_kernel)
    clip_conditions = 1 if config.global_window_s is None else tokens.clip
    audio = _Stream(config.width, config.ffn_width, kernels, tokens.audio, tokens.audio)
    clip = _Stream(config.clip_width, config.clip_ffn_width, kernels, tokens.clip, clip_conditions)
    text = _Stream(config.text_width, config.text_ffn_width, (1, 1), tokens.text, 1)
    joint, alone = config.multimodal_mixer, config.single_modal_mixer
    met = _meeting(config, joint, tokens.audio + tokens.clip + tokens.text)
    block = met + _branch(config, joint, audio) + _branch(config, joint, clip) + _branch(config, joint, text)
    read = met + _branch(config, joint, audio) + _read(config, joint, clip) + _read(config, joint, text)
    single = _meeting(config, alone, tokens.audio) + _branch(config, alone, audio)
    updating = config.multimodal_blocks - int(read_last)
    return block.times(updating) + read.times(int(read_last)) + single.times(config.single_modal_blocks)


def _branch(config: NetworkConfig, mixer: str, stream: _Stream) -> Cost:
    width, (mix_kernel, ffn_kernel) = stream.width, stream.kernels
    return (
        _project(config, mixer, stream)
        + _leave_mixer(config, mixer, stream)
        + _matrix(width, width, mix_kernel, stream.tokens)
        + _gated_unit(width, stream.ffn_width, ffn_kernel, stream.tokens)
        + _matrix(config.condition_width, 6 * width, 1, stream.conditions)
    )


def _read(config: NetworkConfig, mixer: str, stream: _Stream) -> Cost:
    modulation = _matrix(config.condition_width, 2 * stream.width, 1, stream.conditions)
    return _project(config, mixer, stream) + modulation


def _project(config: NetworkConfig, mixer: str, stream: _Stream) -> Cost:
    if mixer.startswith("attention"):
        return _matrix(stream.width, 3 * config.width, 1, stream.tokens)
    convolved = config.inner_width + 2 * config.state_size
    enter = _matrix(stream.width, config.inner_width + convolved + config.heads, 1, stream.tokens)
    return enter + _matrix(1, convolved, config.conv_kernel, stream.tokens)


def _leave_mixer(config: NetworkConfig, mixer: str, stream: _Stream) -> Cost:
    if not mixer.startswith("attention"):
        return _matrix(config.inner_width, stream.width, 1, stream.tokens)
    return _matrix(config.width, 0 if stream.width == config.width else stream.width, 1, stream.tokens)


def _meeting(config: NetworkConfig, mixer: str, tokens: float) -> Cost:
    """Attention: every token with every other, twice. State: written and read once by every token."""
    partners = tokens * config.width if mixer.startswith("attention") else config.state_size * config.inner_width
    return Cost(0, 4 * tokens * partners)


def _condition_weights(config: NetworkConfig) -> int:
    width, clip, text = config.condition_width, config.clip_width, config.text_width
    stacks = (
        _matrix(config.clip_dim, clip)
        + _gated_unit(clip, config.clip_ffn_width, STACK_KERNEL)
        + _matrix(config.text_dim, text)
        + _gated_unit(text, config.text_ffn_width)
        + _matrix(config.sync_dim, width, config.input_kernel)
        + _gated_unit(width, config.condition_ffn_width, STACK_KERNEL)
    )
    together = (
        _matrix(config.time_features + width + clip + text, width)
        + _gated_unit(width, config.condition_ffn_width)
        + _matrix(clip, width if config.local_semantics else 0)
    )
    return (stacks + together).weights + _router_weights(config)


def _router_weights(config: NetworkConfig) -> int:
    if config.routing is None:
        return 0
    audio = {
        "latents": config.width,
        "latents_and_condition": config.width + config.condition_width,
        "condition": config.condition_width,
    }[config.routing.source]
    clip, text = config.clip_width, config.text_width
    return 2 * audio**2 + 2 * clip**2 + (clip + text) * min(clip, text)


def _gated_unit(width: int, inner: int, kernel: int = 1, tokens: float = 0.0) -> Cost:
    return _matrix(width, inner, kernel, tokens).times(3)


def _matrix(inputs: int, outputs: int, kernel: int = 1, tokens: float = 0.0) -> Cost:
    weights = inputs * outputs * kernel
    return Cost(weights, 2.0 * weights * tokens)
