"""A film longer than the clips of training: its windows, and what each of them is told of the film."""

import math
from dataclasses import dataclass
from fractions import Fraction

import torch
from torch import Tensor

from mmhnet_cli.encoders.public import SEGMENT_STRIDE, sync_tokens
from mmhnet_cli.errors import BadOption
from mmhnet_cli.flow.windows import WindowPlan, plan_windows, regular_starts
from mmhnet_cli.model.conditions import Features
from mmhnet_cli.model.config import NetworkConfig
from mmhnet_cli.model.network import Network
from mmhnet_cli.options import LongForm
from mmhnet_cli.timeline import SequenceConfig, Timeline, round_half_up


@dataclass(frozen=True)
class FilmWindows:
    """Windows of a film."""

    strides: tuple[int, ...]
    """Each window begins here on the grid of sync segments, in strides."""
    plan: WindowPlan
    """It is the same on the latents. Where the last window reaches beyond the film, by less than a stride, so does
    `plan.latents`: that many are sampled, and what is too much is cut from the result."""


def plan_film(network: Network, latents: int, form: LongForm) -> FilmWindows:
    """Plan the windows of a film of L `latents`: one of the film's own length, or several of the training length.

    They begin on the grid of the film's sync segments, so that its segments are those of the windows too; the last is
    the first one that holds the film's end. Raises BadOption for an overlap that leaves no room between windows.
    """
    config = network.config
    clip = training_clip(config)
    stride_s = _stride_s(config.sequence)
    most_s = float(clip.duration - stride_s)
    if not 0 <= form.overlap_s <= most_s:
        raise BadOption("overlap", str(form.overlap_s), f"0 to {most_s} seconds")
    if form.windows_at_once < 1:
        raise BadOption("windows at once", str(form.windows_at_once), "1 or more")
    whole = form.mode == "whole" or (form.mode == "auto" and not network.uses_rotation)
    if whole or latents <= clip.latents:
        return FilmWindows((0,), plan_windows((0,), latents))
    stride_latents = stride_s * config.sequence.latent_rate_hz
    # By way of text, 3.2 is 16/5 and not a little more, which would cost a stride.
    hop = math.floor((clip.duration - Fraction(str(form.overlap_s))) / stride_s)
    # Starts are rounded to the nearest latent, so half a latent less is enough to reach the end.
    last = math.ceil((latents - clip.latents - Fraction(1, 2)) / stride_latents)
    strides = regular_starts(last, hop)
    starts = [round_half_up(stride * stride_latents) for stride in strides]
    return FilmWindows(strides, plan_windows(starts, clip.latents))


def training_clip(config: NetworkConfig) -> Timeline:
    """Return counts of the clips that the network was trained on."""
    return Timeline(Fraction(config.training_s), config.sequence)


def cut_features(features: Features, strides: tuple[int, ...], config: NetworkConfig) -> Features:
    """Cut features of a film (batch 1) to those of its windows (batch N), each as long as a clip of training.

    CLIP frames are cut at the frame nearest to the window's start; sync features are segments of
    `config.sync_segment_tokens` tokens, or single frames where that is 0. Past the end of the film its last frame and
    last segment stay. One window is the film as it is.
    """
    if len(strides) == 1:
        return features
    assert features.clip_mask is None and features.sync_mask is None, "a film is not padded"
    clip, stride_s = training_clip(config), _stride_s(config.sequence)
    frames = [round_half_up(stride * stride_s * config.sequence.clip_fps) for stride in strides]
    sync, tokens = features.sync, config.sync_segment_tokens
    if tokens:
        segments = sync_tokens(clip.sync_frames) // tokens
        sync = _cut(sync.unflatten(1, (-1, tokens)), list(strides), segments).flatten(1, 2)
    else:
        sync = _cut(sync, [SEGMENT_STRIDE * stride for stride in strides], clip.sync_frames)
    mask = features.text_mask
    return Features(
        clip=_cut(features.clip, frames, clip.clip_frames),
        sync=sync,
        text=features.text.expand(len(strides), -1, -1),
        text_mask=None if mask is None else mask.expand(len(strides), -1),
    )


def _stride_s(sequence: SequenceConfig) -> Fraction:
    return Fraction(SEGMENT_STRIDE, sequence.sync_fps)


def _cut(rows: Tensor, starts: list[int], count: int) -> Tensor:
    """Cut rows (1, M, ...) to (N, count, ...), from each start on; past the end the last row stays."""
    index = torch.tensor(starts).unsqueeze(1) + torch.arange(count)
    return rows[0, index.clamp_max(rows.shape[1] - 1).to(rows.device)]
