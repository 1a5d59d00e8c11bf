"""Configuration of the velocity network."""

from dataclasses import asdict, dataclass, field
from typing import Annotated, Any

from mmhnet_cli.errors import BadOption
from mmhnet_cli.fields import EVEN, ODD, Within, check_fields
from mmhnet_cli.timeline import SequenceConfig, exact_ratio

LEAST_STATE_WINDOW_S = 1.0
"""With less, a stretch of it would soon be shorter than a frame of CLIP."""

# Some eight times what the largest published network has.
Width = Annotated[int, Within(1, 8192)]
FfnWidth = Annotated[int, Within(1, 32768)]
Blocks = Annotated[int, Within(0, 64)]
Kernel = Annotated[int, Within(1, 31, **ODD)]
Share = Annotated[float, Within(0, 1)]
Ratio = Annotated[float, Within(1.01, 1000)]
WindowS = Annotated[float, Within(0.25, 36_000)]

FFN_KERNEL = 3
"""The gated units in the blocks have it."""
INPUT_KERNEL = 7
"""The first convolution of the audio and sync stacks has it, and the last one of the output."""
CLASSIFIER_KERNEL = 7
"""The convolutions of the classifier have it."""

MIXER_NAMES = ("attention", "attention_rope", "nc_mamba2", "causal_mamba2")


def _one_of(name: str, found: str, allowed: tuple[str, ...]) -> None:
    if found not in allowed:
        raise BadOption(name, found, " or ".join(allowed))


@dataclass(frozen=True)
class RoutingConfig:
    """How tokens are kept for the compressed space. The paper gives the threshold; the rest are readings."""

    source: str = "condition"
    """The audio router sees "latents", "latents_and_condition" or "condition". With "condition" one decision, free of
    noise, serves every step."""
    centre_window_s: WindowS = 8.0
    """The sliding mean over it is subtracted before the cosine. Neighbouring condition vectors share a large constant
    part, so without it they are nearly parallel and nothing is ever kept."""
    threshold: Share = 0.5
    """A token of audio or CLIP is kept where its boundary probability is above it."""
    text_threshold: Share = 0.5
    """A text token is kept where (1 + its best cosine) / 2 is above it."""
    target_ratio: Ratio = 3.0
    """It is n of the ratio loss for audio and CLIP: 1/n of the tokens are to be kept."""
    text_target_ratio: Ratio = 2.0
    """It is the same for text."""

    def __post_init__(self) -> None:
        check_fields(self)
        _one_of("source", self.source, ("latents", "latents_and_condition", "condition"))


@dataclass(frozen=True)
class NetworkConfig:
    """Every size and every reading of one network. Defaults are the paper's S at 44.1 kHz, as strictly as it is read.

    Widths: `width` is that of audio tokens, `clip_width` and `text_width` those of their streams, `condition_width`
    that of the vectors that modulate (g and e). `ffn_width` and its siblings are the inner widths of the gated linear
    units.
    """

    latent_channels: Width = 40
    clip_dim: Width = 1024
    sync_dim: Width = 768
    text_dim: Width = 1024
    sequence: SequenceConfig = field(default_factory=SequenceConfig)

    width: Width = 448
    clip_width: Width = 448
    text_width: Width = 448
    condition_width: Width = 448
    heads: Annotated[int, Within(1, 256)] = 7
    multimodal_blocks: Annotated[int, Within(1, 64)] = 5
    single_modal_blocks: Blocks = 4

    multimodal_mixer: str = "attention"
    single_modal_mixer: str = "nc_mamba2"
    state_size: Annotated[int, Within(1, 1024)] = 64
    expand: Annotated[float, Within(0.1, 8)] = 2.0
    conv_kernel: Kernel = 5
    normalise_state: bool = True
    """The non-causal state is divided by the sum of its weights, which keeps it free of length."""
    attention_scale: str = "length"
    """With "length" logits are multiplied by ln(tokens) / ln(tokens of `training_s`); "none" leaves them."""

    ffn_width: FfnWidth = 1280
    clip_ffn_width: FfnWidth = 1280
    text_ffn_width: FfnWidth = 1280
    condition_ffn_width: FfnWidth = 1280
    mix_kernel: Kernel = 3
    """The map after the mixer has it."""
    stack_kernel: Kernel = 7
    """The gated unit in the audio input stack has it."""
    input_activation: str = "silu"
    """The audio and sync stacks have "silu" (MMAudio v2) or "selu" (v1)."""
    context_activation: bool = True
    """A SiLU follows the first map of the CLIP and text stacks (MMAudio v2)."""
    residual_stacks: bool = False
    """The gated units of the input stacks and of g are added to what enters them. Without that, as in MMAudio, they
    pass on products of what enters, and a short training sees little of it."""
    time_features: Annotated[int, Within(2, 8192, **EVEN)] = 448
    """The sinusoids of t have this size, and `time_max_period` as their longest period."""
    time_max_period: Annotated[float, Within(1e-3, 1e6)] = 1.0
    sync_segment_tokens: Annotated[int, Within(0, 1024)] = 8
    """A Synchformer segment has so many tokens, each with a learned offset; 0 stands for features without segments."""
    empty_text_tokens: Annotated[int, Within(1, 1024)] = 77
    """The learned text of the null conditions has so many rows."""

    placement: str = "stretch"
    """Frames come to latent rate by "time" (the frame shown at the centre of the latent step) or by "stretch" (nearest
    over the token axis, as MMAudio)."""
    local_semantics: bool = True
    """CLIP features at latent rate are part of the token condition e."""
    global_window_s: Annotated[float | None, Within(0.25, 36_000)] = 8.0
    """The mean over time in g slides with this window; None takes the whole film, as MMAudio."""
    state_window_s: Annotated[float | None, Within(LEAST_STATE_WINDOW_S, 36_000)] = None
    """The non-causal state is that of a window around the token; None takes the whole film, as the paper. Most of a
    film of many scenes is about other ones, whose sound is then heard in this one. See `stretches`."""
    attention_window_s: Annotated[float | None, Within(LEAST_STATE_WINDOW_S, 36_000)] = None
    """Tokens of audio and CLIP attend to those of a window of the film and to all words; the window lies around the
    token, and within the film. None takes the whole film, whose cost grows with its square. The paper is silent; S and
    L take the length of training, at which both are the same. See `windows`."""
    output_condition: str = "g"
    """The output block is modulated by "e", or by "g" as in MMAudio."""
    training_s: Annotated[float, Within(0.1, 36_000)] = 8.0
    training_text_tokens: Annotated[int, Within(0, 1024)] = 77
    shared_blocks: bool = True
    """The compressed and the original space use the same blocks."""
    preconditioned: bool = False
    """The blocks learn what the best linear guess of the velocity misses; see `preconditioning`."""
    word_guidance: bool = False
    """In every other step guidance leads away from the picture without its words, not from nothing at all, so that a
    prompt holds against a picture; see `flow.guidance.in_turn`. It is not in the paper."""
    degree_push: Annotated[float, Within(0, 100)] = 3.0
    """Where a text has words of degree, guidance leads so many times as far away from the opposite degrees as from
    nothing: at 1, what they move is lost among seeds; see `benchmarks.degrees`. It is not in the paper."""
    guidance: Annotated[float, Within(0, 100)] = 4.5
    """Classifier-free guidance has this scale where the user names none."""
    run_out: Annotated[int, Within(0, 1024)] = 0
    """So many latent steps are sampled after a film's end and thrown away: the last ones swell. Not in the paper."""
    classifier_width: Annotated[int, Within(0, 1024)] = 0
    """A small network of this width names the kinds of sound in noisy latents, and its gradient guides sampling towards
    what was asked or seen; see `noisy_classifier`. 0 leaves it out, as the paper does."""
    classifier_blocks: Annotated[int, Within(1, 64)] = 8
    """It has so many blocks."""
    classifier_kinds: Annotated[int, Within(1, 4096)] = 112
    """It names so many kinds: the first channels of the picture features are the roots of their shares."""
    classifier_scale: Annotated[float, Within(0, 100)] = 8.0
    """Classifier guidance has this scale: 1 is the gradient of the logarithm of probability as it is."""
    classifier_bound: Annotated[float, Within(0, 10)] = 1.5
    """Classifier guidance moves the velocity of a latent step at most so many times as far as that is long."""
    routing: RoutingConfig | None = RoutingConfig()
    """None leaves one space only, as in MMAudio."""

    def __post_init__(self) -> None:
        check_fields(self)
        _one_of("multimodal_mixer", self.multimodal_mixer, MIXER_NAMES)
        _one_of("single_modal_mixer", self.single_modal_mixer, MIXER_NAMES)
        _one_of("attention_scale", self.attention_scale, ("length", "none"))
        _one_of("input_activation", self.input_activation, ("silu", "selu"))
        _one_of("placement", self.placement, ("time", "stretch"))
        _one_of("output_condition", self.output_condition, ("g", "e"))
        if self.classifier_width and self.classifier_kinds > self.clip_dim:
            raise BadOption(
                "classifier_kinds", str(self.classifier_kinds), f"at most clip_dim, which is {self.clip_dim}"
            )
        if self.run_out and self.placement != "time":
            raise BadOption("run_out", str(self.run_out), "0 where conditions are stretched over all steps")
        for name, width in (("width", self.width), ("expand", self.inner_width)):
            if width % self.heads:
                raise BadOption(name, str(getattr(self, name)), f"channels that {self.heads} heads share evenly")
        if "attention_rope" in (self.multimodal_mixer, self.single_modal_mixer) and self.head_width % 2:
            raise BadOption("heads", str(self.heads), "heads of an even width")

    @property
    def head_width(self) -> int:
        """Return P of attention, the channels of one head."""
        return exact_ratio(self.width, self.heads)

    @property
    def inner_width(self) -> int:
        """Return the channels of x in the state-space mixers: heads times their head width."""
        return round(self.expand * self.width)

    @property
    def training_tokens(self) -> int:
        """Return how many audio, CLIP and text tokens one training clip has."""
        latents = round(self.training_s * float(self.sequence.latent_rate_hz))
        return latents + round(self.training_s * self.sequence.clip_fps) + self.training_text_tokens

    def latents_in(self, seconds: float) -> int:
        """Return the whole number of latent steps nearest to `seconds`."""
        return round(seconds * float(self.sequence.latent_rate_hz))

    def to_dict(self) -> dict[str, Any]:
        """Return plain values only, for JSON."""
        return asdict(self)
