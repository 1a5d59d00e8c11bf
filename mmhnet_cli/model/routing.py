"""Which tokens are kept for the compressed space (network.md section 3, H-Net)."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmhnet_cli.model.config import RoutingConfig
from mmhnet_cli.model.layers import sliding_mean
from mmhnet_cli.products import Linear

# After centring, a token with less than this share of its length left says nothing: it counts as equal to any other.
FAINT_SHARE = 1e-3
# A vector of words or of a frame that is shorter is like nothing, the more the shorter. A cosine has a gradient of
# 1 / length, and the learned empties of a fresh network have no length; those of trained ones are longer than 1.
FAINT_LENGTH = 0.01


@dataclass(frozen=True)
class StreamRouting:
    """The decision for one stream of L tokens of which at most K are kept."""

    probability: Tensor
    """A boundary has it: (B, L) float32."""
    kept: Tensor
    """It is (B, L) bool."""
    positions: Tensor
    """The kept tokens have these places (B, K), in order, 0 beyond `kept_mask`."""
    kept_mask: Tensor | None
    """It is (B, K), and None where every item keeps K."""
    source: Tensor
    """This kept token stands for each place: (B, L)."""
    mask: Tensor | None
    """Places are valid where it is True: (B, L), or None."""

    def repeated(self, times: int) -> "StreamRouting":
        """Return the same decision for `times` copies of the batch, one after the other."""
        return StreamRouting(
            torch.cat([self.probability] * times),
            torch.cat([self.kept] * times),
            torch.cat([self.positions] * times),
            None if self.kept_mask is None else torch.cat([self.kept_mask] * times),
            torch.cat([self.source] * times),
            None if self.mask is None else torch.cat([self.mask] * times),
        )

    def confidence(self) -> Tensor:
        """Return STE(c): the number 1, with the gradient of p where kept and of 1 - p where dropped. (B, L) float32."""
        chosen = torch.where(self.kept, self.probability, 1 - self.probability)
        return 1 + (chosen - chosen.detach())


@dataclass(frozen=True)
class RoutingDecision:
    """The decisions for the three streams."""

    audio: StreamRouting
    clip: StreamRouting
    text: StreamRouting


def decide(probability: Tensor, threshold: float, mask: Tensor | None, room_for_all: bool = False) -> StreamRouting:
    """Keep where probability > threshold, and the first token always. probability (B, L), mask (B, L).

    room_for_all: K is L, whatever is kept, so that no shape follows the data; what is not kept is padding.
    """
    first = torch.zeros_like(probability, dtype=torch.bool)
    first[:, 0] = True
    kept = (probability > threshold) | first
    kept = kept if mask is None else kept & (mask | first)
    counts = kept.sum(1)
    most = kept.shape[1] if room_for_all else int(counts.max())
    rank = kept.cumsum(1) - 1
    place = torch.arange(kept.shape[1], device=kept.device).expand_as(kept)
    # Every dropped token is written to one spare column, which is cut off.
    positions = place.new_zeros(kept.shape[0], most + 1).scatter(1, rank.masked_fill(~kept, most), place)[:, :most]
    kept_mask = torch.arange(most, device=kept.device) < counts.unsqueeze(1)
    complete = not room_for_all and bool((counts == most).all())
    return StreamRouting(probability, kept, positions, None if complete else kept_mask, rank, mask)


class TemporalRouter(nn.Module):
    """p_i = (1 - cos(W_q x_{i-1}, W_k x_i)) / 2, p_0 = 1: a boundary where neighbours differ."""

    def __init__(self, width: int, config: RoutingConfig, window: int | None) -> None:
        super().__init__()
        self.query = Linear(width, width, bias=False)
        self.key = Linear(width, width, bias=False)
        self.threshold, self.window, self.room_for_all = config.threshold, window, False
        nn.init.eye_(self.query.weight)
        nn.init.eye_(self.key.weight)

    def forward(self, tokens: Tensor, mask: Tensor | None) -> StreamRouting:
        """Map tokens (B, L, D), mask (B, L) to decision for L tokens."""
        faint = torch.full_like(tokens[..., :1], 1e-6)
        if self.window is not None:
            faint = FAINT_SHARE * tokens.norm(dim=-1, keepdim=True) + faint
            tokens = tokens - sliding_mean(tokens, self.window, mask)
        # One more coordinate, `faint`, makes two vectors of almost nothing parallel instead of random.
        query = torch.cat((self.query(tokens), faint), -1)[:, :-1].float()
        key = torch.cat((self.key(tokens), faint), -1)[:, 1:].float()
        similarity = F.cosine_similarity(query, key, dim=-1)
        return decide(F.pad((1 - similarity) / 2, (1, 0), value=1.0), self.threshold, mask, self.room_for_all)


class MultimodalRouter(nn.Module):
    """s_j = max over video tokens of cos(W_t text_j, W_v video_i); a word is kept where (1 + s_j) / 2 is high enough.

    The best of more tokens is higher, so the maximum is taken within windows of one training clip and averaged over the
    windows: for a training clip this is the paper's rule, for a long film it has the same spread.
    """

    def __init__(self, text_width: int, clip_width: int, config: RoutingConfig, window: int) -> None:
        super().__init__()
        shared = min(text_width, clip_width)
        self.text = Linear(text_width, shared, bias=False)
        self.video = Linear(clip_width, shared, bias=False)
        self.threshold, self.window, self.room_for_all = config.text_threshold, window, False
        nn.init.eye_(self.text.weight)
        nn.init.eye_(self.video.weight)

    def forward(
        self, text: Tensor, video: Tensor, text_mask: Tensor | None, video_mask: Tensor | None
    ) -> StreamRouting:
        """Map text (B, W, D), video (B, V, D), masks to decision for W tokens."""
        words, frames = (F.normalize(x.float(), dim=-1, eps=FAINT_LENGTH) for x in (self.text(text), self.video(video)))
        similarity = words @ frames.transpose(1, 2)  # (B, W, V)
        valid = torch.ones_like(frames[..., 0]) if video_mask is None else video_mask.float()
        missing = -similarity.shape[2] % self.window
        windows = F.pad(similarity, (0, missing)).unflatten(2, (-1, self.window))
        seen = F.pad(valid, (0, missing)).unflatten(1, (-1, self.window)).unsqueeze(1)  # (B, 1, N, window)
        best = windows.masked_fill(seen == 0, -1.0).amax(-1)
        weight = seen.sum(-1)
        mean = (best * weight).sum(-1) / weight.sum(-1).clamp_min(1)
        return decide((1 + mean) / 2, self.threshold, text_mask, self.room_for_all)


def stream_ratio_loss(routing: StreamRouting, ratio: float) -> Tensor:
    """Return H-Net's ratio loss of one stream: n / (n - 1) ((n - 1) F G + (1 - F)(1 - G)), the mean over the batch. ->
    ()

    F is the share kept, G the mean probability, by item; the least value with F = G is 1, at 1 / n.
    """
    valid = torch.ones_like(routing.probability) if routing.mask is None else routing.mask.float()
    count = valid.sum(1).clamp_min(1)
    kept = (routing.kept.float() * valid).sum(1) / count
    mean = (routing.probability * valid).sum(1) / count
    return (ratio / (ratio - 1) * ((ratio - 1) * kept * mean + (1 - kept) * (1 - mean))).mean()


def ratio_loss(decision: RoutingDecision, config: RoutingConfig) -> Tensor:
    """Return the mean of the ratio losses of the three streams. -> ()"""
    losses = [
        stream_ratio_loss(decision.audio, config.target_ratio),
        stream_ratio_loss(decision.clip, config.target_ratio),
        stream_ratio_loss(decision.text, config.text_target_ratio),
    ]
    return torch.stack(losses).mean()


def kept_share(routing: StreamRouting) -> Tensor:
    """Return the share (B,) of the valid tokens that is kept, by item, for logs."""
    valid = torch.ones_like(routing.kept) if routing.mask is None else routing.mask
    return (routing.kept & valid).sum(1) / valid.sum(1).clamp_min(1)
