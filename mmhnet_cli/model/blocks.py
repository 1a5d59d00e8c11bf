"""The blocks of the figure: multimodal, single-modal, output."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from mmhnet_cli.model.config import FFN_KERNEL, INPUT_KERNEL, NetworkConfig
from mmhnet_cli.model.layers import GatedUnit, TokenConv, modulate, token_map
from mmhnet_cli.model.mixers import Mix, Mixer, build_mixer
from mmhnet_cli.model.stretches import Places
from mmhnet_cli.products import Linear, linear


@dataclass(frozen=True)
class Stream:
    """Tokens of one modality and what goes with them.

    tokens (B, L, D); condition (B, L or 1, E), the modulating vector after its SiLU; mask (B, L) or None;
    rotation (2, B or 1, L, P / 2) or None. stretches: where the tokens lie, for mixers that reach a window only.
    """

    tokens: Tensor
    condition: Tensor
    mask: Tensor | None = None
    rotation: Tensor | None = None
    stretches: Places = field(default_factory=dict)


class Branch(nn.Module):
    """One stream of a block: x + gate1 map(mix(LN(x))), then x + gate2 ffn(LN(x)), with adaptive LayerNorm."""

    def __init__(
        self, width: int, condition_width: int, ffn_width: int, kernels: tuple[int, int], mixer: Mixer
    ) -> None:
        super().__init__()
        mix_kernel, ffn_kernel = kernels
        self.modulation = Linear(condition_width, 6 * width)
        self.project = mixer.project(width)
        self.output = mixer.output(width)
        self.mix_map = token_map(width, width, mix_kernel)
        self.ffn = GatedUnit(width, ffn_width, ffn_kernel)

    def open(self, stream: Stream) -> object:
        """Return what the mixer needs of this stream."""
        return self.project(self._modulated(stream.tokens, stream, 0), stream.mask, stream.rotation)

    def settle(self, stream: Stream, parts: object, mixed: Tensor) -> Tensor:
        """Return the tokens (B, L, D) with what was mixed; of the parts nothing is needed after that."""
        mapped = self.mix_map(self.output(mixed, parts), stream.mask)
        return torch.addcmul(stream.tokens, modulation(self.modulation, stream.condition, 2), mapped)

    def feed(self, stream: Stream, tokens: Tensor) -> Tensor:
        """Return settled tokens (B, L, D) after the gated unit."""
        fed = self.ffn(self._modulated(tokens, stream, 3), stream.mask)
        return torch.addcmul(tokens, modulation(self.modulation, stream.condition, 5), fed)

    def _modulated(self, tokens: Tensor, stream: Stream, first: int) -> Tensor:
        shift, scale = (modulation(self.modulation, stream.condition, first + i) for i in range(2))
        return modulate(tokens, shift, scale)


class ReadBranch(nn.Module):
    """A stream that is only read: its tokens enter the mixer and end there."""

    def __init__(self, width: int, condition_width: int, mixer: Mixer) -> None:
        super().__init__()
        self.modulation = Linear(condition_width, 2 * width)
        self.project = mixer.project(width)

    def open(self, stream: Stream) -> object:
        """Return what the mixer needs of this stream."""
        shift, scale = self.modulation(stream.condition).chunk(2, -1)
        return self.project(modulate(stream.tokens, shift, scale), stream.mask, stream.rotation)

    def settle(self, stream: Stream, parts: object, mixed: Tensor) -> Tensor:
        """Return the tokens as they came."""
        return stream.tokens

    def feed(self, stream: Stream, tokens: Tensor) -> Tensor:
        """Return the tokens as they came."""
        return tokens


def modulation(layer: nn.Linear, condition: Tensor, index: int) -> Tensor:
    """Return one of the six modulation tensors (B, L or 1, D): shift, scale, gate of the mixer, then of the unit.

    It is taken when it is needed: of a long film all six together would weigh more than everything else in the block.
    """
    rows = slice(index * layer.out_features // 6, (index + 1) * layer.out_features // 6)
    return linear(condition, layer.weight[rows], layer.bias[rows])


def audio_branch(config: NetworkConfig, mixer: Mixer) -> Branch:
    """Build a branch on audio tokens."""
    kernels = (config.mix_kernel, FFN_KERNEL)
    return Branch(config.width, config.condition_width, config.ffn_width, kernels, mixer)


class MultimodalBlock(nn.Module):
    """Audio, CLIP and text, each with its own parameters, meet in one mixer.

    last: CLIP and text are read for the last time, so they need no update.
    """

    def __init__(self, config: NetworkConfig, last: bool) -> None:
        super().__init__()
        mixer = build_mixer(config.multimodal_mixer, config)
        self.mix = mixer.mix
        self.audio = audio_branch(config, mixer)
        if last:
            self.clip: Branch | ReadBranch = ReadBranch(config.clip_width, config.condition_width, mixer)
            self.text: Branch | ReadBranch = ReadBranch(config.text_width, config.condition_width, mixer)
        else:
            kernels = (config.mix_kernel, FFN_KERNEL)
            self.clip = Branch(config.clip_width, config.condition_width, config.clip_ffn_width, kernels, mixer)
            # Neighbouring words are not neighbours in time: no convolution over them here.
            self.text = Branch(config.text_width, config.condition_width, config.text_ffn_width, (1, 1), mixer)

    def forward(self, audio: Stream, clip: Stream, text: Stream, last: bool) -> list[Tensor]:
        """Map streams of L, V and W tokens to their tokens after the block; last: nothing reads CLIP and text again, so
        theirs stay as they came."""
        branches = (self.audio, self.clip, self.text)
        return _run(branches, (audio, clip, text), self.mix, updated=1 if last else 3)


class SingleModalBlock(nn.Module):
    """Audio alone."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        mixer = build_mixer(config.single_modal_mixer, config)
        self.mix = mixer.mix
        self.audio = audio_branch(config, mixer)

    def forward(self, audio: Stream) -> Tensor:
        """Map stream of L tokens to its tokens after the block (B, L, D)."""
        return _run((self.audio,), (audio,), self.mix, updated=1)[0]


def _run(branches: Sequence[Branch | ReadBranch], streams: Sequence[Stream], mix: Mix, updated: int) -> list[Tensor]:
    """Let streams meet; so many of them, the first, are updated."""
    parts = [branch.open(stream) for branch, stream in zip(branches, streams, strict=True)]
    mixed = mix(parts, [stream.stretches for stream in streams])
    closed = []
    for branch, stream in zip(branches[:updated], streams, strict=False):
        # Of a long film the parts weigh more than what the gated unit works with: they go before it begins.
        tokens = branch.settle(stream, parts.pop(0), mixed.pop(0))
        closed.append(branch.feed(stream, tokens))
    return [*closed, *(stream.tokens for stream in streams[updated:])]


class OutputBlock(nn.Module):
    """Adaptive LayerNorm and a convolution to latent channels."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.modulation = Linear(config.condition_width, 2 * config.width)
        self.conv = TokenConv(config.width, config.latent_channels, INPUT_KERNEL)

    def forward(self, audio: Stream) -> Tensor:
        """Map stream of L tokens to velocity (B, L, C)."""
        shift, scale = self.modulation(audio.condition).chunk(2, -1)
        return self.conv(modulate(audio.tokens, shift, scale), audio.mask)
