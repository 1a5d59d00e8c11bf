"""Synchformer whole: by how much sound and picture are apart in time (Iashin et al. 2024), the DeSync of the field.

The visual branch is `encoders.synchformer`. The audible one is an audio spectrogram transformer over segments of
0.64 s, whose patches of one moment become one token; a small transformer over 14 segments of both says which of 21
shifts it is. The names of the entries are those of the public file `synchformer_state_dict.pth`.
"""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmhnet_cli.encoders.synchformer import SpatialSummary, Synchformer, SynchformerConfig
from mmhnet_cli.hearing.htk import hz_bands
from mmhnet_cli.products import Linear

RATE_HZ = 16000
SEGMENT_SAMPLES, STRIDE_SAMPLES = 10240, 5120
"""Of a segment, 0.64 s, and from one to the next."""
WINDOW_SAMPLES, HOP_SAMPLES, FFT_SAMPLES, BANDS = 400, 160, 1024, 128
OFFSET = 1e-6
"""It is added before the logarithm."""
FRAMES = 66
"""Of the log-mel of a segment; what is missing is 0."""
MEAN, DEVIATION = -4.2677393, 4.5689974
PATCH, STRIDE = 16, 10
PITCHES, TIMES = 12, 6
"""So many patches lie above each other, and beside each other in a segment: as many tokens come of it."""
SEGMENTS = 14
"""The network compares so many, 4.8 s."""
SHIFTS = 21
FARTHEST_S = 2.0
AST_EPS = 1e-12


class _Dense(nn.Module):
    """A linear map, under the name that the public file has for it."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.dense = Linear(before, after)


class _Heads(nn.Module):
    """Queries, keys and values; every token attends to all."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value = (Linear(width, width) for _ in range(3))

    def forward(self, tokens: Tensor) -> Tensor:
        """Map (B, N, D) to the same."""
        parts = (
            one(tokens).unflatten(2, (self.heads, -1)).transpose(1, 2) for one in (self.query, self.key, self.value)
        )
        return F.scaled_dot_product_attention(*parts).transpose(1, 2).flatten(2)


class _SoundAttention(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.attention, self.output = _Heads(width, heads), _Dense(width, width)

    def forward(self, tokens: Tensor) -> Tensor:
        return self.output.dense(self.attention(tokens))


class _SoundBlock(nn.Module):
    """Attention, then the MLP; each behind a norm of its own and added."""

    def __init__(self, config: SynchformerConfig) -> None:
        super().__init__()
        width = config.width
        self.attention = _SoundAttention(width, config.heads)
        self.intermediate, self.output = _Dense(width, 4 * width), _Dense(4 * width, width)
        self.layernorm_before, self.layernorm_after = (nn.LayerNorm(width, eps=AST_EPS) for _ in range(2))

    def forward(self, tokens: Tensor) -> Tensor:
        tokens = tokens + self.attention(self.layernorm_before(tokens))
        return tokens + self.output.dense(F.gelu(self.intermediate.dense(self.layernorm_after(tokens))))


class _Patches(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.projection = nn.Conv2d(1, width, PATCH, stride=STRIDE)


class _Embeddings(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.cls_token, self.distillation_token = (nn.Parameter(torch.zeros(1, 1, width)) for _ in range(2))
        self.patch_embeddings = _Patches(width)
        self.position_embeddings = nn.Parameter(torch.zeros(1, 2 + PITCHES * TIMES, width))

    def forward(self, mel: Tensor) -> Tensor:
        patches = self.patch_embeddings.projection(mel[:, None]).flatten(2).transpose(1, 2)
        first = torch.cat([self.cls_token, self.distillation_token], 1).expand(len(mel), -1, -1)
        return torch.cat([first, patches], 1) + self.position_embeddings


class _Encoder(nn.Module):
    def __init__(self, config: SynchformerConfig) -> None:
        super().__init__()
        self.layer = nn.ModuleList(_SoundBlock(config) for _ in range(config.depth))


class SpectrogramTransformer(nn.Module):
    """It maps log-mels (B, 128, 66) to the tokens of their patches (B, 12, 6, D), pitch first."""

    def __init__(self, config: SynchformerConfig) -> None:
        super().__init__()
        self.embeddings, self.encoder = _Embeddings(config.width), _Encoder(config)
        self.layernorm = nn.LayerNorm(config.width, eps=AST_EPS)

    def forward(self, mel: Tensor) -> Tensor:
        """Return the tokens."""
        tokens = self.embeddings(mel)
        for block in self.encoder.layer:
            tokens = block(tokens)
        return self.layernorm(tokens)[:, 2:].unflatten(1, (PITCHES, TIMES))


class SoundBranch(nn.Module):
    """Segments of sound to 6 tokens each."""

    def __init__(self, config: SynchformerConfig) -> None:
        super().__init__()
        self.ast = SpectrogramTransformer(config)
        self.freq_attn_agg = SpatialSummary(config)

    def forward(self, mel: Tensor) -> Tensor:
        """Map log-mels (B, 128, 66) to (B, 6, D)."""
        tokens = self.ast(mel).transpose(1, 2)
        return self.freq_attn_agg(tokens.flatten(0, 1)).unflatten(0, (len(mel), TIMES))


class _ShiftAttention(_Heads):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__(width, heads)
        self.proj = Linear(width, width)

    def forward(self, tokens: Tensor) -> Tensor:
        return self.proj(super().forward(tokens))


class _ShiftBlock(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.ln1, self.ln2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attn = _ShiftAttention(width, heads)
        self.mlp = nn.Sequential(Linear(width, 4 * width), nn.GELU(), Linear(4 * width, width))

    def forward(self, tokens: Tensor) -> Tensor:
        tokens = tokens + self.attn(self.ln1(tokens))
        return tokens + self.mlp(self.ln2(tokens))


class _Places(nn.Module):
    def __init__(self, count: int, width: int) -> None:
        super().__init__()
        self.pos_emb = nn.Parameter(torch.zeros(1, count, width))


class ShiftTransformer(nn.Module):
    """It maps tokens of picture (B, V, D) and sound (B, A, D) to scores of shifts (B, 21)."""

    def __init__(self, width: int, tokens: int, depth: int = 3, heads: int = 8) -> None:
        super().__init__()
        self.vis_in_lnorm, self.aud_in_lnorm, self.ln_f = (nn.LayerNorm(width) for _ in range(3))
        self.OFF_tok, self.MOD_tok = (nn.Parameter(torch.zeros(1, 1, width)) for _ in range(2))
        self.pos_emb_cfg = _Places(2 + tokens, width)
        self.blocks = nn.Sequential(*(_ShiftBlock(width, heads) for _ in range(depth)))
        self.off_head = Linear(width, SHIFTS)

    def forward(self, picture: Tensor, sound: Tensor) -> Tensor:
        """Return the scores."""
        off, between = (token.expand(len(picture), -1, -1) for token in (self.OFF_tok, self.MOD_tok))
        tokens = torch.cat([off, self.vis_in_lnorm(picture), between, self.aud_in_lnorm(sound)], 1)
        return self.off_head(self.ln_f(self.blocks(tokens + self.pos_emb_cfg.pos_emb))[:, 0])


class SyncNetwork(nn.Module):
    """Both branches, and what compares them."""

    def __init__(self, config: SynchformerConfig = SynchformerConfig()) -> None:
        super().__init__()
        self.vfeat_extractor, self.afeat_extractor = Synchformer(config), SoundBranch(config)
        self.vproj, self.aproj = (Linear(config.width, config.width) for _ in range(2))
        self.transformer = ShiftTransformer(config.width, SEGMENTS * (config.steps + TIMES))

    def scores(self, picture: Tensor, sound: Tensor) -> Tensor:
        """Map tokens of windows, (B, 14, 8, D) of the picture and (B, 14, 6, D) of the sound, to scores of shifts
        (B, 21)."""
        return self.transformer(self.vproj(picture.flatten(1, 2)), self.aproj(sound.flatten(1, 2)))

    def shift_s(self, picture: Tensor, sound: Tensor) -> Tensor:
        """Return the likeliest shift (B,) of windows, in seconds from -2 to 2."""
        scores = self.scores(picture, sound)
        return torch.linspace(-FARTHEST_S, FARTHEST_S, SHIFTS, device=scores.device)[scores.argmax(1)]


class SegmentMel:
    """It maps segments of sound (B, 10240) to what the audible branch takes, (B, 128, 66), on its device."""

    def __init__(self, device: torch.device) -> None:
        bands = hz_bands(BANDS, FFT_SAMPLES, RATE_HZ, 0.0, RATE_HZ / 2)
        self._bands = torch.from_numpy(bands).float().to(device)
        self._window = torch.hann_window(WINDOW_SAMPLES).to(device)

    def __call__(self, sound: Tensor) -> Tensor:
        """Return the log-mel."""
        spectrum = torch.stft(
            sound, FFT_SAMPLES, HOP_SAMPLES, WINDOW_SAMPLES, self._window, pad_mode="reflect", return_complex=True
        )
        power = spectrum.real.square() + spectrum.imag.square()
        mel = torch.log(self._bands @ power + OFFSET)
        return (F.pad(mel, (0, FRAMES - mel.shape[2])) - MEAN) / (2 * DEVIATION)


def segments_of(sound: np.ndarray, count: int) -> Tensor:
    """Return the first segments of (samples,) as (count, 10240); behind its end there is silence."""
    whole = torch.from_numpy(np.ascontiguousarray(sound, np.float32))
    reach = (count - 1) * STRIDE_SAMPLES + SEGMENT_SAMPLES
    return F.pad(whole, (0, max(0, reach - len(whole))))[:reach].unfold(0, SEGMENT_SAMPLES, STRIDE_SAMPLES)
