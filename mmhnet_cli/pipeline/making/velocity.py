"""The guided velocity of films, each in its windows: all windows are rows of one batch."""

from collections.abc import Sequence
from dataclasses import fields, replace

import torch
from torch import Tensor

from mmhnet_cli.flow.guidance import guided, in_turn
from mmhnet_cli.flow.solvers import Velocity
from mmhnet_cli.flow.windows import WindowPlan, groups, windowed
from mmhnet_cli.model.conditions import Features
from mmhnet_cli.model.network import Network
from mmhnet_cli.options import SamplerOptions
from mmhnet_cli.pipeline.making.classifier_guidance import classifier_guided_velocity
from mmhnet_cli.pipeline.making.guided import GuidedFeatures, side_by_side
from mmhnet_cli.pipeline.making.long_form import FilmWindows, cut_features


def velocity_of_films(
    network: Network,
    films: Sequence[GuidedFeatures],
    windows: Sequence[FilmWindows],
    sampler: SamplerOptions,
    times: Tensor,
    windows_at_once: int,
) -> Velocity:
    """Return the velocity of N whole films, (N, L, C), where L is the longest `plan.latents` of `windows`.

    films: features of each whole film (batch 1). times: the grid that the solver will walk. Conditions of every window
    are built here, once. At scale 1 the null features are not looked at. Raises ValueError as `side_by_side` does.
    """
    plans = [own.plan for own in windows]
    rows = side_by_side([_cut(film, own, network) for film, own in zip(films, windows, strict=True)])
    # A film by itself is not padded.
    mask = _latent_mask(plans).to(rows.real.clip.device) if len(plans) > 1 else None
    longest = max(plan.length for plan in plans)
    velocities = {
        group.start: guided_velocity(
            network, _some(rows, group), longest, sampler, times, None if mask is None else mask[group]
        )
        for group in groups(plans, windows_at_once)
    }

    def velocity_of_windows(latents: Tensor, t: Tensor, which: slice) -> Tensor:
        return velocities[which.start](latents, t)

    return windowed(velocity_of_windows, plans, windows_at_once)


def guided_velocity(
    network: Network,
    features: GuidedFeatures,
    latents: int,
    sampler: SamplerOptions,
    times: Tensor,
    latent_mask: Tensor | None,
) -> Velocity:
    """Return the guided velocity (B, L, C) of B windows of L `latents`, shorter ones masked by `latent_mask` (B, L)."""
    real = network.condition(features.real, latents, latent_mask)
    scale = sampler.guidance_for(network.config.guidance)

    def alone(x: Tensor, t: Tensor) -> Tensor:
        return network.velocity(x, t, real)

    def away_from(null_features: Features, push: float) -> Velocity:
        null = network.condition(null_features, latents, latent_mask)
        return guided(alone, lambda x, t: network.paired_velocity(x, t, real, null), 1 + push * (scale - 1))

    velocity = in_turn([away_from(*turn) for turn in zip(features.nulls, features.pushes, strict=True)], times)
    return velocity if scale == 1 else classifier_guided_velocity(network, velocity, features, latents, latent_mask)


def _cut(film: GuidedFeatures, windows: FilmWindows, network: Network) -> GuidedFeatures:
    return film.each(lambda features: cut_features(features, windows.strides, network.config))


def _latent_mask(plans: Sequence[WindowPlan]) -> Tensor:
    """Return True where a window has latents of its own: (windows of all plans, L of the longest window)."""
    lengths = torch.tensor([plan.length for plan in plans for _ in plan.starts])
    return torch.arange(int(lengths.max())) < lengths.unsqueeze(1)


def _some(features: GuidedFeatures, rows: slice) -> GuidedFeatures:
    def of(one: Features) -> Features:
        given = {field.name: getattr(one, field.name) for field in fields(one)}
        return replace(one, **{name: tensor[rows] for name, tensor in given.items() if tensor is not None})

    return features.each(of)
