"""CLIP's image and text towers (MMAudio specification, 3.1), for the public networks' picture and text features.

Parameters are named as in the published open_clip file, so that a state dict can be read beside it. Building the full
size with random weights takes time and memory: build under `Described`, then `take_memory`, then `load_clip`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmhnet_cli.encoders.clip_tokenizer import LENGTH, VOCABULARY
from mmhnet_cli.errors import BadOption
from mmhnet_cli.fields import Within, check_fields
from mmhnet_cli.models.checkpoint import compare_entries, copy_tensors
from mmhnet_cli.products import Linear, linear


@dataclass(frozen=True)
class ClipConfig:
    """Sizes of both towers. The default is DFN5B ViT-H/14 at 378 pixels."""

    patch: Annotated[int, Within(4, 384)] = 14
    """A patch has a side of so many pixels."""
    grid: Annotated[int, Within(1, 96)] = 27
    """G is how many patches lie along a side of the picture."""
    image_width: Annotated[int, Within(1, 8192)] = 1280
    image_layers: Annotated[int, Within(0, 64)] = 32
    image_heads: Annotated[int, Within(1, 256)] = 16
    vocabulary: Annotated[int, Within(1, 1 << 20)] = VOCABULARY
    context: Annotated[int, Within(1, 1024)] = LENGTH
    """W is how many tokens a text has."""
    text_width: Annotated[int, Within(1, 8192)] = 1024
    text_layers: Annotated[int, Within(0, 64)] = 24
    text_heads: Annotated[int, Within(1, 256)] = 16
    features: Annotated[int, Within(1, 8192)] = 1024
    """E is the width of the space in which picture and text meet."""

    def __post_init__(self) -> None:
        check_fields(self)
        for width, heads in (("image_width", self.image_heads), ("text_width", self.text_heads)):
            if getattr(self, width) % heads:
                raise BadOption(width, str(getattr(self, width)), f"channels that {heads} heads share evenly")


class ClipAttention(nn.Module):
    """Self-attention; queries, keys and values are three contiguous blocks of one map."""

    def __init__(self, width: int, heads: int, causal: bool) -> None:
        super().__init__()
        self.heads = heads
        self.causal = causal
        self.in_proj_weight = nn.Parameter(torch.zeros(3 * width, width))
        self.in_proj_bias = nn.Parameter(torch.zeros(3 * width))
        self.out_proj = Linear(width, width)

    def forward(self, tokens: Tensor) -> Tensor:
        """Map tokens (B, L, D) to (B, L, D)."""
        qkv = linear(tokens, self.in_proj_weight, self.in_proj_bias)
        # (B, L, 3 H P) to three of (B, H, L, P)
        q, k, v = qkv.unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=self.causal)
        return self.out_proj(mixed.transpose(1, 2).flatten(2))


class ClipMlp(nn.Module):
    """Two maps with x sigmoid(1.702 x) between: the quick approximation of GELU that CLIP was trained with."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.c_fc = Linear(width, 4 * width)
        self.c_proj = Linear(4 * width, width)

    def forward(self, tokens: Tensor) -> Tensor:
        """Map tokens (B, L, D) to (B, L, D)."""
        inner = self.c_fc(tokens)
        return self.c_proj(inner * torch.sigmoid(1.702 * inner))


class ClipBlock(nn.Module):
    """Attention, then the map of each token, both on normalised tokens and added to what came in."""

    def __init__(self, width: int, heads: int, causal: bool) -> None:
        super().__init__()
        self.ln_1 = nn.LayerNorm(width)
        self.attn = ClipAttention(width, heads, causal)
        self.ln_2 = nn.LayerNorm(width)
        self.mlp = ClipMlp(width)

    def forward(self, tokens: Tensor) -> Tensor:
        """Map tokens (B, L, D) to (B, L, D)."""
        tokens = tokens + self.attn(self.ln_1(tokens))
        return tokens + self.mlp(self.ln_2(tokens))


class ClipTransformer(nn.Module):
    """The blocks of a tower; causal: no token sees those after it."""

    def __init__(self, width: int, layers: int, heads: int, causal: bool) -> None:
        super().__init__()
        self.resblocks = nn.ModuleList(ClipBlock(width, heads, causal) for _ in range(layers))

    def forward(self, tokens: Tensor) -> Tensor:
        """Map tokens (B, L, D) to (B, L, D)."""
        for block in self.resblocks:
            tokens = block(tokens)
        return tokens


class ClipImageTower(nn.Module):
    """One vector of length 1 per picture; each picture for itself, so films can be taken in pieces of any size."""

    def __init__(self, config: ClipConfig) -> None:
        super().__init__()
        self.config = config
        width = config.image_width
        self.conv1 = nn.Conv2d(3, width, config.patch, config.patch, bias=False)
        self.class_embedding = nn.Parameter(torch.zeros(width))
        self.positional_embedding = nn.Parameter(torch.zeros(1 + config.grid**2, width))
        self.ln_pre = nn.LayerNorm(width)
        self.transformer = ClipTransformer(width, config.image_layers, config.image_heads, causal=False)
        self.ln_post = nn.LayerNorm(width)
        self.proj = nn.Parameter(torch.zeros(width, config.features))

    def forward(self, pixels: Tensor) -> Tensor:
        """Map pixels (N, 3, 384, 384) from `normalise_for_clip` to (N, E).

        The stride of the patches leaves the last 6 of 384 rows and columns unseen, as it did when the public networks
        were trained; any side from G * patch to G * patch + patch - 1 gives the same.
        """
        patches = self.conv1(pixels.to(self.conv1.weight.dtype)).flatten(2).transpose(1, 2)
        first = self.class_embedding.expand(len(patches), 1, -1)
        tokens = torch.cat([first, patches], 1) + self.positional_embedding
        tokens = self.transformer(self.ln_pre(tokens))
        return F.normalize(self.ln_post(tokens[:, 0]) @ self.proj, dim=-1)


class ClipTextTower(nn.Module):
    """One vector of length 1 per token, before the projection into the space of pictures; padding is a token too."""

    def __init__(self, config: ClipConfig) -> None:
        super().__init__()
        self.config = config
        width = config.text_width
        self.token_embedding = nn.Embedding(config.vocabulary, width)
        self.positional_embedding = nn.Parameter(torch.zeros(config.context, width))
        self.transformer = ClipTransformer(width, config.text_layers, config.text_heads, causal=True)
        self.ln_final = nn.LayerNorm(width)

    def forward(self, ids: Tensor) -> Tensor:
        """Map ids (B, W) int64 from `ClipTokenizer.tokenize` to (B, W, D)."""
        tokens = self.token_embedding(ids) + self.positional_embedding
        return F.normalize(self.ln_final(self.transformer(tokens)), dim=-1)


def load_clip(path: Path, entries: Mapping[str, Tensor], image: ClipImageTower, text: ClipTextTower) -> None:
    """Copy a published state dict into both towers, in either layout.

    path: where the entries come from. Strict: raises WeightsInvalid when a name is missing, unknown or of another
    shape, before anything is copied.
    """
    found, targets = _clip_entries(entries, image, text)
    copy_tensors(path, found, targets)


def check_clip(path: Path, entries: Mapping[str, Tensor], image: ClipImageTower, text: ClipTextTower) -> None:
    """Do as `load_clip` does, with entries and towers that are only described, without memory: nothing is copied."""
    compare_entries(path, *_clip_entries(entries, image, text))


def _clip_entries(
    entries: Mapping[str, Tensor], image: ClipImageTower, text: ClipTextTower
) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Return the entries that count, and what they must be."""
    targets = (open_clip_entries if "visual.proj" in entries else transformers_entries)(image, text)
    # Older versions of transformers store the numbers 0, 1, 2 ... of the positions with the weights.
    found = {key: entry for key, entry in entries.items() if not key.endswith(".position_ids")}
    if "logit_scale" in found and found["logit_scale"].shape == (1,):
        # A scalar that the published file holds as a vector of one.
        found["logit_scale"] = found["logit_scale"][0]
    return found, targets


def open_clip_entries(image: ClipImageTower, text: ClipTextTower) -> dict[str, Tensor]:
    """Return the towers' parameters, not copied, under the names of open_clip.

    The two that no tower has stand as tensors on the meta device: a shape without memory, where a copy goes nowhere.
    """
    return {
        **{f"visual.{key}": value for key, value in image.state_dict().items()},
        **text.state_dict(),
        "text_projection": torch.empty(text.config.text_width, text.config.features, device="meta"),
        "logit_scale": torch.empty((), device="meta"),
    }


def transformers_entries(image: ClipImageTower, text: ClipTextTower) -> dict[str, Tensor]:
    """Do as `open_clip_entries` does, under the names of `CLIPModel` of transformers.

    There queries, keys and values are entries of their own and projections are transposed: views of the same memory.
    """
    return {
        "vision_model.embeddings.class_embedding": image.class_embedding.detach(),
        "vision_model.embeddings.patch_embedding.weight": image.conv1.weight.detach(),
        "vision_model.embeddings.position_embedding.weight": image.positional_embedding.detach(),
        # The misspelling is theirs.
        **_parameters("vision_model.pre_layrnorm", image.ln_pre),
        **_transformers_blocks("vision_model", image.transformer),
        **_parameters("vision_model.post_layernorm", image.ln_post),
        "visual_projection.weight": image.proj.detach().T,
        "text_model.embeddings.token_embedding.weight": text.token_embedding.weight.detach(),
        "text_model.embeddings.position_embedding.weight": text.positional_embedding.detach(),
        **_transformers_blocks("text_model", text.transformer),
        **_parameters("text_model.final_layer_norm", text.ln_final),
        "text_projection.weight": torch.empty(text.config.features, text.config.text_width, device="meta"),
        "logit_scale": torch.empty((), device="meta"),
    }


def _transformers_blocks(model: str, transformer: ClipTransformer) -> dict[str, Tensor]:
    entries: dict[str, Tensor] = {}
    for number, block in enumerate(transformer.resblocks):
        assert isinstance(block, ClipBlock)
        name = f"{model}.encoder.layers.{number}"
        weights, biases = (
            parameter.detach().chunk(3) for parameter in (block.attn.in_proj_weight, block.attn.in_proj_bias)
        )
        for part, weight, bias in zip("qkv", weights, biases, strict=True):
            entries |= {f"{name}.self_attn.{part}_proj.weight": weight, f"{name}.self_attn.{part}_proj.bias": bias}
        entries |= _parameters(f"{name}.self_attn.out_proj", block.attn.out_proj)
        entries |= _parameters(f"{name}.layer_norm1", block.ln_1)
        entries |= _parameters(f"{name}.layer_norm2", block.ln_2)
        entries |= _parameters(f"{name}.mlp.fc1", block.mlp.c_fc)
        entries |= _parameters(f"{name}.mlp.fc2", block.mlp.c_proj)
    return entries


def _parameters(name: str, part: nn.Linear | nn.LayerNorm) -> dict[str, Tensor]:
    return {f"{name}.{key}": value for key, value in part.state_dict().items()}
