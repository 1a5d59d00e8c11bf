"""Films sampled side by side sound as each does alone."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import pytest
import torch

from mmhnet_cli.model.conditions import Features
from mmhnet_cli.options import LongForm, SamplerOptions
from mmhnet_cli.pipeline.making.guided import GuidedFeatures, side_by_side
from mmhnet_cli.pipeline.making.load import LoadedModel
from mmhnet_cli.pipeline.making.sampling import Part, sample
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
        null = model.network.null_features(real, away)
        parts.append(Part(GuidedFeatures(real, null, replace(real, text=null.text)), timeline.latents, seed))
    return parts


@pytest.mark.parametrize("sampler", [SamplerOptions(steps=4), SamplerOptions(steps=2, guidance=1.0, solver="heun")])
@torch.inference_mode()
def test_each_film_gets_what_it_gets_alone(tiny_model: LoadedModel, sampler: SamplerOptions) -> None:
    parts = parts_of(tiny_model)
    steps: list[int] = []
    together = sample(tiny_model, parts, sampler, steps.append)
    assert steps == list(range(1, sampler.steps + 1))
    for part, latents in zip(parts, together, strict=True):
        (alone,) = sample(tiny_model, [part], sampler, lambda done: None)
        assert latents.shape == (part.latents, tiny_model.network.config.latent_channels)
        torch.testing.assert_close(latents, alone, rtol=1e-3, atol=1e-4)


@torch.inference_mode()
def test_the_others_are_not_heard(tiny_model: LoadedModel) -> None:
    """What stands beside a film changes nothing but rounding, as long as it is no longer than the film."""
    first, second, _ = parts_of(tiny_model)
    sampler = SamplerOptions(steps=3)
    one = sample(tiny_model, [first, second], sampler, lambda done: None)[0]
    real = replace(second.features.real, clip=100 * second.features.real.clip)
    louder = replace(second, features=replace(second.features, real=real), seed=99)
    other = sample(tiny_model, [first, louder], sampler, lambda done: None)[0]
    torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)


@torch.inference_mode()
def test_long_films_in_windows_and_short_ones_go_together(tiny_model: LoadedModel) -> None:
    long, short, longer = parts_of(tiny_model, (Fraction(9), Fraction(2), Fraction(12)))
    windows = [replace(part, form=LongForm("windows", windows_at_once=1)) for part in (long, short, longer)]
    sampler = SamplerOptions(steps=1)
    for part, latents in zip(windows, sample(tiny_model, windows, sampler, lambda done: None), strict=True):
        (alone,) = sample(tiny_model, [part], sampler, lambda done: None)
        assert latents.shape == (part.latents, tiny_model.network.config.latent_channels)
        torch.testing.assert_close(latents, alone, rtol=1e-3, atol=1e-4)
    # In windows, which is heard: the whole film at once is another sound.
    (whole,) = sample(tiny_model, [replace(longer, form=LongForm("whole"))], sampler, lambda done: None)
    assert not torch.allclose(whole, alone, rtol=1e-3, atol=1e-4)


def test_the_seed_is_that_of_the_part(tiny_model: LoadedModel) -> None:
    part = parts_of(tiny_model)[0]
    one, same, other = (
        sample(tiny_model, [own], SamplerOptions(steps=1, seed=seed), lambda done: None)[0]
        for own, seed in ((part, 1), (part, 2), (replace(part, seed=5), 1))
    )
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


@pytest.mark.parametrize("name", ["real", "null", "apart"])
def test_padding_is_masked(tiny_model: LoadedModel, name: str) -> None:
    parts = [part.features for part in parts_of(tiny_model)]
    together = getattr(side_by_side(parts), name)
    for row, part in enumerate(parts):
        for stream in ("clip", "sync", "text"):
            own, all_of_them = getattr(getattr(part, name), stream)[0], getattr(together, stream)[row]
            mask = getattr(together, f"{stream}_mask")[row]
            assert torch.equal(all_of_them[mask], own)
            assert not all_of_them[~mask].any()


def test_one_alone_is_not_padded(tiny_model: LoadedModel) -> None:
    only = parts_of(tiny_model)[0].features
    assert side_by_side([only]) is only


def test_turns_are_taken_by_all_or_by_none(tiny_model: LoadedModel) -> None:
    first, second, _ = (part.features for part in parts_of(tiny_model))
    with pytest.raises(ValueError, match="by turns"):
        side_by_side([first, replace(second, apart=None)])
    with pytest.raises(ValueError, match="by turns"):
        side_by_side([first, replace(second, push=2.0)])
    plain = side_by_side([replace(first, apart=None), replace(second, apart=None)])
    assert plain.nulls == (plain.null,)
