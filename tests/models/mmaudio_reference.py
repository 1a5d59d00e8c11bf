"""The public network as one function of a checkpoint's tensors, written from its equations; slow where that is plain.

The published outputs leave parts of the network nearly silent: with their weights the global condition moves the
velocity by less than the tolerance. With other weights this twin hears every part.
"""

from collections.abc import Mapping
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor

Tensors = Mapping[str, Tensor]


def apply(w: Tensors, name: str, x: Tensor) -> Tensor:
    """Linear map, or convolution over time where the weight has three axes. x (B, L, D)."""
    weight, bias = w[f"{name}.weight"], w.get(f"{name}.bias")
    if weight.dim() == 2:
        return F.linear(x, weight, bias)
    return F.conv1d(x.transpose(1, 2), weight, bias, padding=weight.shape[2] // 2).transpose(1, 2)


def gated(w: Tensors, name: str, x: Tensor) -> Tensor:
    return apply(w, f"{name}.w2", F.silu(apply(w, f"{name}.w1", x)) * apply(w, f"{name}.w3", x))


def rotated(heads: Tensor, stretch: float) -> Tensor:
    """heads (B, H, L, 64), adjacent channels as one complex number, turned by position times stretch."""
    frequency = 10000 ** (-torch.arange(0, 64, 2, dtype=torch.float64) / 64)
    angle = torch.arange(heads.shape[2], dtype=torch.float64).unsqueeze(1) * frequency * stretch
    turned = torch.view_as_complex(heads.unflatten(3, (32, 2))) * torch.polar(torch.ones_like(angle), angle)
    return torch.view_as_real(turned).flatten(3)


def heads_of(w: Tensors, name: str, x: Tensor, stretch: float | None) -> list[Tensor]:
    """Queries, keys and values (B, H, L, 64), which lie in the map's output as (H, 64, 3)."""
    qkv = apply(w, f"{name}.qkv", x)
    q, k, v = (qkv[..., kind::3].unflatten(2, (-1, 64)).transpose(1, 2) for kind in range(3))
    q, k = (
        part * (part.square().mean(-1, keepdim=True) + 2.0**-23).rsqrt() * w[f"{name}.{gain}.weight"]
        for part, gain in ((q, "q_norm"), (k, "k_norm"))
    )
    return [q, k, v] if stretch is None else [rotated(q, stretch), rotated(k, stretch), v]


def shifted(x: Tensor, shift: Tensor, scale: Tensor) -> Tensor:
    return F.layer_norm(x, x.shape[-1:]) * (1 + scale) + shift


def block(
    w: Tensors, names: list[str], streams: list[Tensor], by: list[Tensor], turns: list[float | None]
) -> list[Tensor]:
    """The branches `names` on their streams, modulated `by`; one whose modulation has two parts is only read."""
    parts = [
        apply(w, f"{name}.adaLN_modulation.1", F.silu(vector)).split(x.shape[2], -1)
        for name, x, vector in zip(names, streams, by, strict=True)
    ]
    heads = [
        heads_of(w, f"{name}.attn", shifted(x, *part[:2]), turn)
        for name, x, part, turn in zip(names, streams, parts, turns, strict=True)
    ]
    q, k, v = (torch.cat(kind, 2) for kind in zip(*heads, strict=True))
    mixed = ((q @ k.transpose(2, 3) / 8).softmax(-1) @ v).transpose(1, 2).flatten(2)
    out = []
    for name, x, part, own in zip(names, streams, parts, mixed.split([x.shape[1] for x in streams], 1), strict=True):
        if len(part) == 6:
            x = x + part[2] * apply(w, f"{name}.linear1", own)
            x = x + part[5] * gated(w, f"{name}.ffn", shifted(x, part[3], part[4]))
        out.append(x)
    return out


def velocity(w: Tensors, latents: Tensor, t: float, clip: Tensor, sync: Tensor, text: Tensor) -> Tensor:
    """w: a public checkpoint in float64. latents (B, L, Z), clip (B, V, F), sync (B, 8 S, F), text (B, W, F)."""
    second = "clip_input_proj.2.w1.weight" in w
    act = F.silu if second else F.selu
    inner = partial(F.silu) if second else torch.clone
    place = 2 if second else 1
    length, frames = latents.shape[1], clip.shape[1]

    sync = (sync.unflatten(1, (-1, 8)) + w["sync_pos_emb"]).flatten(1, 2)
    sync = gated(w, "sync_input_proj.2", act(apply(w, "sync_input_proj.0", sync)))
    sync = F.interpolate(sync.transpose(1, 2), size=length, mode="nearest-exact").transpose(1, 2)
    audio = gated(w, "audio_input_proj.2", act(apply(w, "audio_input_proj.0", latents)))
    clip, text = (
        gated(w, f"{name}.{place}", inner(apply(w, f"{name}.0", x)))
        for name, x in (("clip_input_proj", clip), ("text_input_proj", text))
    )

    count = w["t_embed.mlp.0.weight"].shape[1]
    fastest = 10000.0 if second else 1.0
    angle = t * fastest * 10000 ** (-torch.arange(0, count, 2, dtype=torch.float64) / count)
    time = apply(
        w, "t_embed.mlp.2", F.silu(apply(w, "t_embed.mlp.0", torch.cat((angle.cos(), angle.sin())).view(1, 1, -1)))
    )
    means = apply(w, "clip_cond_proj", clip.mean(1, keepdim=True)) + apply(
        w, "text_cond_proj", text.mean(1, keepdim=True)
    )
    g = time + gated(w, "global_cond_mlp", means)
    e = g + sync

    joint, fused = (
        1 + max(int(key.split(".")[1]) for key in w if key.startswith(kind))
        for kind in ("joint_blocks.", "fused_blocks.")
    )
    streams = [audio, clip, text]
    for index in range(joint):
        names = [f"joint_blocks.{index}.{stream}_block" for stream in ("latent", "clip", "text")]
        streams = block(w, names, streams, [e, g, g], [1.0, length / frames, None])
    for index in range(fused):
        streams = block(w, [f"fused_blocks.{index}"], streams[:1], [e], [1.0])
    shift, scale = apply(w, "final_layer.adaLN_modulation.1", F.silu(g)).chunk(2, -1)
    return apply(w, "final_layer.conv", shifted(streams[0], shift, scale))
