"""Films sampled side by side sound as each does alone."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import pytest
import torch

from mmhnet_cli.model.conditions import Features
from mmhnet_cli.options import LongForm, SamplerOptions
from mmhnet_cli.pipeline.making.load import LoadedModel
from mmhnet_cli.pipeline.making.sampling import sample_latents
from mmhnet_cli.pipeline.making.together import Part, sample_together, side_by_side
from mmhnet_cli.timeline import Timeline

SECONDS = (Fraction(2), Fraction(13, 10), Fraction(29, 10))


def parts_of(model: LoadedModel, seconds: Sequence[Fraction] = SECONDS) -> list[Part]:
    """Films of noise: prompts of different lengths, one without, one that is led away from another."""
    config = model.network.config
    parts = []
    for seed, duration in enumerate(seconds):
        timeline = Timeline(duration, config.sequence)
        generator = torch.Generator().manual_seed(seed)
        clip = torch.randn(1, timeline.clip_frames, config.clip_dim, generator=generator)
        sync = torch.randn(1, timeline.sync_frames, config.sync_dim, generator=generator)
        words = torch.randn(1, 1 + 2 * seed, config.text_dim, generator=generator)
        real = Features(clip, sync, words if seed else model.network.empty_text.unsqueeze(0))
        away = words.flip(1) if seed == 1 else None
        nothing = model.network.null_features(real, away)
        parts.append(Part(real, (replace(real, text=nothing.text), nothing), timeline.latents, seed))
    return parts


@pytest.mark.parametrize("sampler", [SamplerOptions(steps=4), SamplerOptions(steps=2, guidance=1.0, solver="heun")])
@torch.inference_mode()
def test_each_film_gets_what_it_gets_alone(tiny_model: LoadedModel, sampler: SamplerOptions) -> None:
    parts = parts_of(tiny_model)
    steps: list[int] = []
    together = sample_together(tiny_model, parts, sampler, steps.append)
    assert steps == list(range(1, sampler.steps + 1))
    for part, latents in zip(parts, together, strict=True):
        own = sampler.with_seed(part.seed)
        alone = sample_latents(tiny_model, part.real, part.nulls, part.latents, own, LongForm(), lambda done: None)
        assert latents.shape == (part.latents, tiny_model.network.config.latent_channels)
        torch.testing.assert_close(latents, alone, rtol=1e-3, atol=1e-4)


@torch.inference_mode()
def test_the_others_are_not_heard(tiny_model: LoadedModel) -> None:
    """What stands beside a film changes nothing but rounding, as long as it is no longer than the film."""
    first, second, _ = parts_of(tiny_model)
    sampler = SamplerOptions(steps=3)
    one = sample_together(tiny_model, [first, second], sampler, lambda done: None)[0]
    louder = replace(second, real=replace(second.real, clip=100 * second.real.clip), seed=99)
    other = sample_together(tiny_model, [first, louder], sampler, lambda done: None)[0]
    torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)


def test_padding_is_masked(tiny_model: LoadedModel) -> None:
    parts = parts_of(tiny_model)
    joined = side_by_side([part.real for part in parts])
    for row, part in enumerate(parts):
        for name in ("clip", "sync", "text"):
            own, all_of_them = getattr(part.real, name)[0], getattr(joined, name)[row]
            mask = getattr(joined, f"{name}_mask")[row]
            assert torch.equal(all_of_them[mask], own)
            assert not all_of_them[~mask].any()
