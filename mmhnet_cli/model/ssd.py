"""State-space mixing (network.md section 5; Mamba-2 for the causal form). All sums run in float32.

Shapes: x (B, L, H, P), rate and weight (B, L, H), b and c (B, L, R), state (B, R, H, P).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import torch
import torch.nn.functional as F
from torch import Tensor

from mmhnet_cli.model.stretches import Stretches, sum_of_window

CHUNK_TOKENS = 64


def nc_ssd_reference(x: Tensor, rate: Tensor, b: Tensor, c: Tensor, normalise: bool) -> Tensor:
    """Mix non-causally as a loop: S = sum_j m_j b_j x_j^T, over sum_j m_j if asked; y_i = S^T c_i. -> (B, L, H, P)."""
    state = x.new_zeros(x.shape[0], b.shape[2], *x.shape[2:])
    total = x.new_zeros(x.shape[0], x.shape[2])
    for j in range(x.shape[1]):
        state = state + b[:, j, :, None, None] * (rate[:, j, :, None] * x[:, j])[:, None]
        total = total + rate[:, j]
    if normalise:
        state = state / total[:, None, :, None]
    return torch.stack([(state * c[:, i, :, None, None]).sum(1) for i in range(x.shape[1])], 1)


def sequence_state(x: Tensor, rate: Tensor, b: Tensor, normalise: bool) -> Tensor:
    """Return the state of a whole sequence in one matrix product: sum_j m_j b_j x_j^T. -> (B, R, H, P) float32.

    Normalised, it is a weighted mean: the same size at 8 s and at an hour.
    """
    with torch.autocast(x.device.type, enabled=False):
        weight = rate.float()
        if normalise:
            weight = weight / weight.sum(1, keepdim=True).clamp_min(torch.finfo(torch.float32).tiny)
        weighted = (x.float() * weight.unsqueeze(-1)).flatten(2)
        return torch.matmul(b.float().transpose(1, 2), weighted).unflatten(2, x.shape[2:])


def read_state(state: Tensor, c: Tensor) -> Tensor:
    """Read y_i = S^T c_i for every token: state (B, R, H, P), c (B, L, R) -> (B, L, H, P) in the type of c."""
    with torch.autocast(c.device.type, enabled=False):
        return torch.matmul(c.float(), state.flatten(2)).unflatten(2, state.shape[2:]).to(c.dtype)


def local_nc_ssd_reference(
    x: Tensor, rate: Tensor, b: Tensor, c: Tensor, stretch: Tensor, side: int, normalise: bool
) -> Tensor:
    """Mix non-causally as a loop, where token i reads only tokens at most `side` stretches away. stretch (L,)."""
    out = []
    for i in range(x.shape[1]):
        near = (stretch - stretch[i]).abs() <= side
        around = nc_ssd_reference(x[:, near], rate[:, near], b[:, near], c[:, near], normalise)
        out.append(around[:, int(near[:i].sum())])
    return torch.stack(out, 1)


def local_states(x: Tensor, rate: Tensor, b: Tensor, stretches: Stretches, normalise: bool) -> tuple[Tensor, Tensor]:
    """Return the states of all windows, and that of the whole sequence. -> (B, N, R, H, P), (B, R, H, P), float32.

    Every token is taken into one matrix product once; what neighbouring windows share is added up from their stretches.
    """
    with torch.autocast(x.device.type, enabled=False):
        weight = stretches.spread(rate.float())
        weighted = (stretches.spread(x.float()) * weight.unsqueeze(-1)).flatten(3)
        sums = torch.matmul(stretches.spread(b.float()).transpose(2, 3), weighted).unflatten(3, x.shape[2:])
        near, whole = sum_of_window(sums), sums.sum(1)
        if normalise:
            least, totals = torch.finfo(torch.float32).tiny, weight.sum(2)
            near = near / sum_of_window(totals).clamp_min(least)[:, :, None, :, None]
            whole = whole / totals.sum(1).clamp_min(least)[:, None, :, None]
        return near, whole


def read_local_states(states: Tensor, c: Tensor, stretches: Stretches) -> Tensor:
    """Read y_i = S^T c_i, S of the window around i: states (B, N, R, H, P), c (B, L, R) -> (B, L, H, P) in c's type."""
    with torch.autocast(c.device.type, enabled=False):
        read = torch.matmul(stretches.spread(c.float()), states.flatten(3))
        return stretches.gather(read).unflatten(2, states.shape[3:]).to(c.dtype)


def causal_reference(x: Tensor, rate: Tensor, weight: Tensor, b: Tensor, c: Tensor) -> Tensor:
    """Mix causally as a loop: S_i = exp(-m_i) S_{i-1} + w_i b_i x_i^T, y_i = S_i^T c_i. -> (B, L, H, P)."""
    state = x.new_zeros(x.shape[0], b.shape[2], *x.shape[2:])
    out = []
    for i in range(x.shape[1]):
        update = b[:, i, :, None, None] * (weight[:, i, :, None] * x[:, i])[:, None]
        state = state * torch.exp(-rate[:, i])[:, None, :, None] + update
        out.append((state * c[:, i, :, None, None]).sum(1))
    return torch.stack(out, 1)


def causal_chunked(x: Tensor, rate: Tensor, weight: Tensor, b: Tensor, c: Tensor, chunk: int = CHUNK_TOKENS) -> Tensor:
    """Run the recurrence of `causal_reference` chunk by chunk. -> (B, L, H, P) in the type of x.

    Within a chunk the decay from j to i is exp(s_j - s_i), s the running sum of m, and all tokens meet in one matrix
    product; between chunks one state is carried. Differences are taken before the exponential, so nothing overflows.
    """
    length = x.shape[1]
    with torch.autocast(x.device.type, enabled=False):
        pieces = [_chunks(part.float(), chunk) for part in (x.float() * weight.unsqueeze(-1), rate, b, c)]
        values, decay, inputs, outputs = pieces
        run = decay.cumsum(2)  # (B, N, Q, H)
        later = torch.ones(chunk, chunk, dtype=torch.bool, device=x.device).triu(1)
        gap = (run.unsqueeze(2) - run.unsqueeze(3)).masked_fill(later[:, :, None], float("-inf"))
        # gap[i, j] = s_j - s_i is at most 0 for j at or before i
        pair = torch.matmul(outputs, inputs.transpose(2, 3)).unsqueeze(-1) * torch.exp(gap)
        within = torch.einsum("bnijh,bnjhp->bnihp", pair, values)
        to_end = torch.exp(run - run[:, :, -1:])
        added = torch.einsum("bnjr,bnjhp->bnrhp", inputs, values * to_end.unsqueeze(-1))
        kept = torch.exp(-run[:, :, -1])  # (B, N, H)
        state = torch.zeros_like(added[:, 0])
        entering = []
        for n in range(added.shape[1]):
            entering.append(state)
            state = state * kept[:, n, None, :, None] + added[:, n]
        before = torch.einsum("bnir,bnrhp->bnihp", outputs, torch.stack(entering, 1))
        y = within + before * torch.exp(-run).unsqueeze(-1)
        return y.flatten(1, 2)[:, :length].to(x.dtype)


def _chunks(part: Tensor, chunk: int) -> Tensor:
    """Cut (B, L, ...) into (B, N, Q, ...), zero beyond L: no weight and no decay there."""
    missing = -part.shape[1] % chunk
    padded = F.pad(part, (0, 0) * (part.dim() - 2) + (0, missing))
    return padded.unflatten(1, (-1, chunk))


@dataclass(frozen=True)
class ScanChoice:
    """The kernel of the causal scan on one device: `name` "mamba-ssm" or "torch", and why."""

    name: str
    reason: str
    scan: Callable[[Tensor, Tensor, Tensor, Tensor, Tensor], Tensor]


@cache
def choose_scan(device_type: str) -> ScanChoice:
    """Choose mamba-ssm's kernel on CUDA where it can be imported, plain torch everywhere else."""
    if device_type != "cuda":
        return ScanChoice("torch", f"device is {device_type}", causal_chunked)
    try:
        # Importing it without a CUDA build of Triton fails in several ways, so the import waits until it is needed.
        from mamba_ssm.ops.triton.ssd_combined import mamba_chunk_scan_combined
    except (ImportError, RuntimeError, OSError) as problem:
        return ScanChoice("torch", f"mamba-ssm: {problem}", causal_chunked)

    def scan(x: Tensor, rate: Tensor, weight: Tensor, b: Tensor, c: Tensor) -> Tensor:
        # The kernel's step is both decay and weight; with A = -1 its step is our rate, and x carries weight / rate.
        share = torch.where(rate > 0, weight / rate.clamp_min(torch.finfo(torch.float32).tiny), 0.0)
        unit = -torch.ones(rate.shape[2], device=x.device)
        values = x.float() * share.unsqueeze(-1)
        y = mamba_chunk_scan_combined(
            values, rate.float(), unit, b.float().unsqueeze(2), c.float().unsqueeze(2), CHUNK_TOKENS
        )
        return y.to(x.dtype)

    return ScanChoice("mamba-ssm", "importable", scan)


def causal_scan(x: Tensor, rate: Tensor, weight: Tensor, b: Tensor, c: Tensor) -> Tensor:
    """Mix causally by the kernel chosen for the device of x. -> (B, L, H, P)."""
    return choose_scan(x.device.type).scan(x, rate, weight, b, c)
