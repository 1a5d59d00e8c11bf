"""The listener: which way it leads, however long the film is and whatever lies beside it."""

import pytest
import torch
from torch import Tensor, nn

from mmhnet_cli.flow.guidance import LED_FROM, LED_TO, led
from mmhnet_cli.model import listener as module
from mmhnet_cli.model.conditions import Features
from mmhnet_cli.model.listener import Listener
from mmhnet_cli.model.network import Network
from mmhnet_cli.pipeline.making.guided import GuidedFeatures
from mmhnet_cli.pipeline.making.led import kinds_told, led_velocity
from tests.model.small import features, latents, small_config
from tests.model.test_network import single

CONFIG = small_config(listener_width=16, listener_blocks=2, listener_kinds=4)
T = torch.tensor([0.3, 0.6])


@pytest.fixture
def listener() -> Listener:
    torch.manual_seed(0)
    listener = Listener(CONFIG)
    for parameter in listener.parameters():
        if not parameter.any():
            nn.init.normal_(parameter, std=0.3)
    listener.preconditioning.spread.fill_(0.7)
    return listener


def drawn(length: int) -> tuple[Tensor, Tensor]:
    torch.manual_seed(1)
    return torch.randn(2, length, CONFIG.latent_channels), torch.rand(2, length, CONFIG.listener_kinds) / 8


def score(listener: Listener, latents: Tensor, shares: Tensor) -> float:
    """The logarithm of the probability that one of the kinds is heard, each step as far as it counts."""
    names = torch.softmax(listener(latents, T), -1)
    heard = (names * shares / shares.sum(-1, keepdim=True)).sum(-1).log()
    return float((heard * shares.sum(-1)).sum())


def test_the_gradient_is_that_of_what_shall_be_heard(listener: Listener) -> None:
    latents, shares = drawn(40)
    gradient = listener.gradient(latents, T, shares)
    torch.manual_seed(2)
    way = 1e-2 * torch.randn_like(latents)
    rise = score(listener, latents + way, shares) - score(listener, latents - way, shares)
    assert rise == pytest.approx(float(2 * (gradient * way).sum()), rel=1e-2)


def test_a_fresh_one_leads_nowhere() -> None:
    latents, shares = drawn(20)
    assert not Listener(CONFIG).gradient(latents, T, shares).any()
    assert not Listener(CONFIG).leave.weight.requires_grad


def test_stretches_are_the_whole(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    latents, shares = drawn(90)
    whole = listener.gradient(latents, T, shares)
    assert listener.reach == 9
    monkeypatch.setattr(module, "STRETCH", 13)
    torch.testing.assert_close(listener.gradient(latents, T, shares), whole, atol=1e-6, rtol=1e-5)


def test_padding_does_not_matter(listener: Listener) -> None:
    latents, shares = drawn(50)
    mask = torch.ones(2, 50, dtype=torch.bool)
    mask[1, 30:] = False
    padded = listener.gradient(latents, T, shares, mask)
    alone = listener.gradient(latents[1:, :30], T[1:], shares[1:, :30])
    torch.testing.assert_close(padded[1:, :30], alone, atol=1e-6, rtol=1e-5)


def test_it_leads_where_nothing_else_takes_gradients() -> None:
    with torch.inference_mode():
        listener = Listener(CONFIG)
        nn.init.normal_(listener.leave.weight)
        latents, shares = drawn(20)
        assert listener.gradient(latents, T, shares).any()
        half = listener.to(torch.bfloat16).gradient(latents.bfloat16(), T, shares)
    assert half.dtype == torch.float32 and half.isfinite().all()


def test_a_lead_is_bounded_and_has_its_time() -> None:
    straight, aside = torch.tensor([[[3.0, 4.0]]]), torch.tensor([[[-4.0, 3.0]]])
    for lead, expected in ((0.1, 0.1 * 5 * (1 - LED_FROM) / LED_FROM), (100.0, 1.5 * 5)):
        found = led(lambda x, t: straight, lambda x, t: aside, lead, 1.5)(straight, torch.tensor([LED_FROM]))
        assert float((found - straight).norm()) == pytest.approx(expected)
        assert float(((found - straight) * aside).sum()) > 0
    for time in (0.0, LED_FROM - 0.01, LED_TO + 0.01, 1.0):
        assert led(lambda x, t: straight, lambda x, t: aside, 9.0, 1.5)(straight, torch.tensor([time])) is straight


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
    assert shares.shape == (2, 3, CONFIG.listener_kinds)
    torch.testing.assert_close(shares[0], torch.tensor([0.0, 0.25, 0.0, 0.0]).expand(3, -1))
    torch.testing.assert_close(shares[1], torch.tensor([0.0, 0.0, 0.5, 0.18]).expand(3, -1))


def test_words_of_degree_are_led_less_far() -> None:
    network = Network(small_config(listener_width=16, listener_blocks=2, listener_kinds=4, lead=100.0)).eval()
    assert network.listener is not None
    nn.init.normal_(network.listener.leave.weight)
    given = single(features(network.config, 1, 2, 3))
    x = latents(network.config, 1, 43).float()
    moved = []
    for push in (1.0, 3.0):
        guided = GuidedFeatures(given, given, given, push)
        led_on = led_velocity(network, lambda x, t: torch.ones_like(x), guided, 43, None)
        moved.append((led_on(x, torch.tensor([0.2])) - 1).norm(dim=-1).max())
    longest = 1.5 * network.config.latent_channels**0.5
    assert [float(one) for one in moved] == pytest.approx([longest, longest * 2 / 3])
