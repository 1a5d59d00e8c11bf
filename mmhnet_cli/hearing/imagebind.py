"""ImageBind (Girdhar et al. 2023), on which the field measures the IB-score: pictures and sounds in one space.

Of the public file `imagebind_huge.pth` (CC BY-NC-SA 4.0) the two towers that this takes, with the names of its entries:
a vision transformer over 2 s in two pictures, and one over the log-mel of 2 s.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmhnet_cli.encoders.resize import CLIP_MEAN, CLIP_STD
from mmhnet_cli.hearing.htk import htk_bands
from mmhnet_cli.products import Linear

PARTS = tuple(f"modality_{part}.{of}." for part in ("preprocessors", "trunks", "heads") for of in ("vision", "audio"))
"""Entries of the two towers begin so; the others are of text, depth, warmth and movement, and of training."""
WINDOW_S = 2
PICTURES = 2
"""A window has so many, one a second."""
SIZE_PX, PATCH_PX = 224, 14
WIDEST = 4
"""A film that is wider, or higher, than so many to one is squeezed to that."""
RATE_HZ = 16000
FRAME_SAMPLES, HOP_SAMPLES, FFT_SAMPLES = 400, 160, 512
BANDS, LOW_HZ = 128, 20.0
PREEMPHASIS = 0.97
LEAST = torch.finfo(torch.float32).eps
FRAMES = 204
"""Of the log-mel of a window; what is missing is 0."""
MEAN, DEVIATION = -4.268, 9.138
PATCH, STRIDE = 16, 10
PITCHES, TIMES = 12, 19
NORM_EPS = 1e-6


@dataclass(frozen=True)
class TowerConfig:
    """Sizes of a tower."""

    width: int
    depth: int
    heads: int


@dataclass(frozen=True)
class ImageBindConfig:
    """Sizes, those of the public file unless said otherwise."""

    vision: TowerConfig = TowerConfig(1280, 32, 16)
    audio: TowerConfig = TowerConfig(768, 12, 12)
    joint: int = 1024


class _Stem(nn.Module):
    def __init__(self, proj: nn.Module, norm: nn.Module | None) -> None:
        super().__init__()
        self.proj, self.norm_layer = proj, norm

    def forward(self, given: Tensor) -> Tensor:
        tokens = self.proj(given).flatten(2).transpose(1, 2)
        return tokens if self.norm_layer is None else self.norm_layer(tokens)


class _Places(nn.Module):
    def __init__(self, count: int, width: int) -> None:
        super().__init__()
        self.pos_embed = nn.Parameter(torch.zeros(1, count, width))


class _Tokens(nn.Module):
    """Patches as tokens at their places, behind one that the result is read from."""

    def __init__(self, stem: _Stem, patches: int, width: int) -> None:
        super().__init__()
        self.cls_token = nn.Parameter(torch.zeros(1, 1, width))
        self.rgbt_stem, self.pos_embedding_helper = stem, _Places(1 + patches, width)

    def forward(self, given: Tensor) -> Tensor:
        tokens = torch.cat([self.cls_token.expand(len(given), -1, -1), self.rgbt_stem(given)], 1)
        return tokens + self.pos_embedding_helper.pos_embed


class _Mlp(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.fc1, self.fc2 = Linear(width, 4 * width), Linear(4 * width, width)

    def forward(self, tokens: Tensor) -> Tensor:
        return self.fc2(F.gelu(self.fc1(tokens)))


class _Block(nn.Module):
    """Attention, then the MLP; each behind a norm of its own and added."""

    def __init__(self, config: TowerConfig, one_more_key: bool) -> None:
        super().__init__()
        self.attn = nn.MultiheadAttention(config.width, config.heads, add_bias_kv=one_more_key, batch_first=True)
        self.norm_1, self.norm_2 = (nn.LayerNorm(config.width, eps=NORM_EPS) for _ in range(2))
        self.mlp = _Mlp(config.width)

    def forward(self, tokens: Tensor) -> Tensor:
        inner = self.norm_1(tokens)
        tokens = tokens + self.attn(inner, inner, inner, need_weights=False)[0]
        return tokens + self.mlp(self.norm_2(tokens))


class _Trunk(nn.Module):
    def __init__(self, config: TowerConfig, first: nn.Module, one_more_key: bool) -> None:
        super().__init__()
        self.pre_transformer_layer = nn.Sequential(first)
        self.blocks = nn.Sequential(*(_Block(config, one_more_key) for _ in range(config.depth)))

    def forward(self, tokens: Tensor) -> Tensor:
        return self.blocks(self.pre_transformer_layer(tokens))


class _First(nn.Module):
    def forward(self, tokens: Tensor) -> Tensor:
        return tokens[:, 0]


class ImageBind(nn.Module):
    """It gives windows, as pictures (B, 3, 2, 224, 224) or log-mels (B, 1, 128, 204), unit vectors (B, D)."""

    def __init__(self, config: ImageBindConfig = ImageBindConfig()) -> None:
        super().__init__()
        vision, audio = config.vision, config.audio
        cubes = (PICTURES, PATCH_PX, PATCH_PX)
        # The public network repeats a single picture first, which has no weights.
        pictures = nn.Sequential(nn.Identity(), nn.Conv3d(3, vision.width, cubes, stride=cubes, bias=False))
        mels = nn.Conv2d(1, audio.width, PATCH, stride=STRIDE, bias=False)
        self.modality_preprocessors = nn.ModuleDict(
            {
                "vision": _Tokens(_Stem(pictures, None), (SIZE_PX // PATCH_PX) ** 2, vision.width),
                "audio": _Tokens(_Stem(mels, nn.LayerNorm(audio.width)), PITCHES * TIMES, audio.width),
            }
        )
        self.modality_trunks = nn.ModuleDict(
            {
                "vision": _Trunk(vision, nn.LayerNorm(vision.width, eps=NORM_EPS), one_more_key=False),
                "audio": _Trunk(audio, nn.Identity(), one_more_key=True),
            }
        )
        self.modality_heads = nn.ModuleDict(
            {
                of: nn.Sequential(
                    nn.LayerNorm(tower.width, eps=NORM_EPS), _First(), Linear(tower.width, config.joint, bias=False)
                )
                for of, tower in (("vision", vision), ("audio", audio))
            }
        )

    def seen(self, pictures: Tensor) -> Tensor:
        """Return the vectors of pictures."""
        return self._vectors("vision", pictures)

    def heard(self, mels: Tensor) -> Tensor:
        """Return the vectors of log-mels."""
        return self._vectors("audio", mels)

    def _vectors(self, of: str, given: Tensor) -> Tensor:
        towers: Any = (self.modality_preprocessors, self.modality_trunks, self.modality_heads)
        for part in towers:
            given = part[of](given)
        return F.normalize(given, dim=-1)


class WindowMel:
    """It maps windows of sound (B, 32000) to what the audible tower takes, (B, 1, 128, 204), as Kaldi would."""

    def __init__(self, device: torch.device) -> None:
        bands = htk_bands(BANDS, FFT_SAMPLES, RATE_HZ, LOW_HZ, RATE_HZ / 2)
        self._bands = torch.from_numpy(bands).float().to(device)
        self._window = torch.hann_window(FRAME_SAMPLES, periodic=False, device=device)

    def __call__(self, sound: Tensor) -> Tensor:
        """Return the log-mel."""
        frames = (sound - sound.mean(1, keepdim=True)).unfold(1, FRAME_SAMPLES, HOP_SAMPLES)
        frames = frames - frames.mean(2, keepdim=True)
        frames = frames - PREEMPHASIS * torch.cat([frames[..., :1], frames[..., :-1]], 2)
        spectrum = torch.fft.rfft(frames * self._window, FFT_SAMPLES)
        power = spectrum.real.square() + spectrum.imag.square()
        mel = torch.log((power @ self._bands.T).clamp(min=LEAST)).transpose(1, 2)
        return (F.pad(mel, (0, FRAMES - mel.shape[2])) - MEAN)[:, None] / DEVIATION


def crops_of(frame: np.ndarray) -> Tensor:
    """Return three squares of a frame (H, W, 3) uint8, left to right or top to bottom, (3, 3, 224, 224) normalised."""
    picture = torch.from_numpy(frame).permute(2, 0, 1)[None].float() / 255
    height, width = picture.shape[2:]
    shorter = min(height, width)
    height, width = (SIZE_PX * min(side, WIDEST * shorter) // shorter for side in (height, width))
    picture = F.interpolate(picture, (height, width), mode="bilinear", align_corners=False)[0]
    mean, deviation = (torch.tensor(of)[:, None, None] for of in (CLIP_MEAN, CLIP_STD))
    picture = (picture - mean) / deviation
    spare = max(height, width) - SIZE_PX
    starts = (0, -(-spare // 2), spare)
    along = 1 if height > width else 2
    return torch.stack([picture.narrow(along, start, SIZE_PX) for start in starts])


def windows_of(sound: np.ndarray, count: int) -> Iterator[Tensor]:
    """Yield the first windows of (samples,), (1, 32000) each; behind its end there is silence."""
    length = WINDOW_S * RATE_HZ
    for first in range(0, count * length, length):
        window = torch.from_numpy(np.ascontiguousarray(sound[first : first + length], np.float32))
        yield F.pad(window, (0, length - len(window)))[None]
