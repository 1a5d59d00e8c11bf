"""The classifier: which way its gradient goes, however long the film is and whatever lies beside it."""

import pytest
import torch
from torch import Tensor, nn

from mmhnet_cli.flow.guidance import CLASSIFIED_FROM, CLASSIFIED_TO, classifier_guided
from mmhnet_cli.model import noisy_classifier as module
from mmhnet_cli.model.conditions import Features
from mmhnet_cli.model.network import Network
from mmhnet_cli.model.noisy_classifier import NoisyClassifier
from mmhnet_cli.pipeline.making.classifier_guidance import classifier_guided_velocity, kinds_told
from mmhnet_cli.pipeline.making.guided import GuidedFeatures
from tests.model.small import features, latents, small_config
from tests.model.test_network import single

CONFIG = small_config(classifier_width=16, classifier_blocks=2, classifier_kinds=4)
T = torch.tensor([0.3, 0.6])


@pytest.fixture
def classifier() -> NoisyClassifier:
    torch.manual_seed(0)
    classifier = NoisyClassifier(CONFIG)
    for parameter in classifier.parameters():
        if not parameter.any():
            nn.init.normal_(parameter, std=0.3)
    classifier.preconditioning.spread.fill_(0.7)
    return classifier


def drawn(length: int) -> tuple[Tensor, Tensor]:
    torch.manual_seed(1)
    return torch.randn(2, length, CONFIG.latent_channels), torch.rand(2, length, CONFIG.classifier_kinds) / 8


def score(classifier: NoisyClassifier, latents: Tensor, shares: Tensor) -> float:
    """The logarithm of the probability that one of the kinds is heard, each step as far as it counts."""
    names = torch.softmax(classifier(latents, T), -1)
    heard = (names * shares / shares.sum(-1, keepdim=True)).sum(-1).log()
    return float((heard * shares.sum(-1)).sum())


def test_the_gradient_is_that_of_what_shall_be_heard(classifier: NoisyClassifier) -> None:
    latents, shares = drawn(40)
    gradient = classifier.gradient(latents, T, shares)
    torch.manual_seed(2)
    way = 1e-2 * torch.randn_like(latents)
    rise = score(classifier, latents + way, shares) - score(classifier, latents - way, shares)
    assert rise == pytest.approx(float(2 * (gradient * way).sum()), rel=1e-2)


def test_a_fresh_one_has_no_gradient() -> None:
    latents, shares = drawn(20)
    assert not NoisyClassifier(CONFIG).gradient(latents, T, shares).any()
    assert not NoisyClassifier(CONFIG).leave.weight.requires_grad


def test_stretches_are_the_whole(classifier: NoisyClassifier, monkeypatch: pytest.MonkeyPatch) -> None:
    latents, shares = drawn(90)
    whole = classifier.gradient(latents, T, shares)
    assert classifier.reach == 9
    monkeypatch.setattr(module, "STRETCH", 13)
    torch.testing.assert_close(classifier.gradient(latents, T, shares), whole, atol=1e-6, rtol=1e-5)


def test_padding_does_not_matter(classifier: NoisyClassifier) -> None:
    latents, shares = drawn(50)
    mask = torch.ones(2, 50, dtype=torch.bool)
    mask[1, 30:] = False
    padded = classifier.gradient(latents, T, shares, mask)
    alone = classifier.gradient(latents[1:, :30], T[1:], shares[1:, :30])
    torch.testing.assert_close(padded[1:, :30], alone, atol=1e-6, rtol=1e-5)


def test_it_guides_where_nothing_else_takes_gradients() -> None:
    with torch.inference_mode():
        classifier = NoisyClassifier(CONFIG)
        nn.init.normal_(classifier.leave.weight)
        latents, shares = drawn(20)
        assert classifier.gradient(latents, T, shares).any()
        half = classifier.to(torch.bfloat16).gradient(latents.bfloat16(), T, shares)
    assert half.dtype == torch.float32 and half.isfinite().all()


def test_guidance_is_bounded_and_has_its_time() -> None:
    straight, aside = torch.tensor([[[3.0, 4.0]]]), torch.tensor([[[-4.0, 3.0]]])
    for scale, expected in ((0.1, 0.1 * 5 * (1 - CLASSIFIED_FROM) / CLASSIFIED_FROM), (100.0, 1.5 * 5)):
        found = classifier_guided(lambda x, t: straight, lambda x, t: aside, scale, 1.5)(
            straight, torch.tensor([CLASSIFIED_FROM])
        )
        assert float((found - straight).norm()) == pytest.approx(expected)
        assert float(((found - straight) * aside).sum()) > 0
    for time in (0.0, CLASSIFIED_FROM - 0.01, CLASSIFIED_TO + 0.01, 1.0):
        assert (
            classifier_guided(lambda x, t: straight, lambda x, t: aside, 9.0, 1.5)(straight, torch.tensor([time]))
            is straight
        )


def test_what_shall_be_heard_is_what_is_shown_or_else_what_is_said() -> None:
    network = Network(CONFIG)
    nn.init.normal_(network.empty_clip)
    clip = torch.zeros(2, 3, CONFIG.clip_dim)
    clip[0, :, 1] = 0.5
    clip[1] = network.empty_clip
    text = torch.zeros(2, 4, CONFIG.text_dim)
    text[:, 0, 0] = 1
    text[:, 1, 2], text[:, 2, 3], text[:, 3, 0] = 1.0, 0.6, 1.0
    mask = torch.tensor([[True, True, True, False]]).expand(2, -1)
    with torch.no_grad():
        shares = kinds_told(network, Features(clip, torch.zeros(2, 9, CONFIG.sync_dim), text, text_mask=mask))
    assert shares.shape == (2, 3, CONFIG.classifier_kinds)
    torch.testing.assert_close(shares[0], torch.tensor([0.0, 0.25, 0.0, 0.0]).expand(3, -1))
    torch.testing.assert_close(shares[1], torch.tensor([0.0, 0.0, 0.5, 0.18]).expand(3, -1))


def test_words_of_degree_are_guided_less_far() -> None:
    network = Network(
        small_config(classifier_width=16, classifier_blocks=2, classifier_kinds=4, classifier_scale=100.0)
    ).eval()
    assert network.classifier is not None
    nn.init.normal_(network.classifier.leave.weight)
    given = single(features(network.config, 1, 2, 3))
    x = latents(network.config, 1, 43).float()
    moved = []
    for push in (1.0, 3.0):
        guided = GuidedFeatures(given, given, given, push)
        guide = classifier_guided_velocity(network, lambda x, t: torch.ones_like(x), guided, 43, None)
        moved.append((guide(x, torch.tensor([0.2])) - 1).norm(dim=-1).max())
    longest = 1.5 * network.config.latent_channels**0.5
    assert [float(one) for one in moved] == pytest.approx([longest, longest * 2 / 3])
