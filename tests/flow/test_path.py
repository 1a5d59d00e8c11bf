"""The straight path."""

import torch

from mmhnet_cli.flow.path import point_on_path, sample_times, target_velocity


def test_ends_and_slope() -> None:
    noise, data = torch.randn(3, 4, 2, dtype=torch.float64), torch.randn(3, 4, 2, dtype=torch.float64)
    assert torch.equal(point_on_path(noise, data, torch.zeros(3)), noise)
    assert torch.equal(point_on_path(noise, data, torch.ones(3)), data)
    t = torch.tensor([0.1, 0.5, 0.8], dtype=torch.float64)
    slope = (point_on_path(noise, data, t + 0.01) - point_on_path(noise, data, t)) / 0.01
    torch.testing.assert_close(slope, target_velocity(noise, data))


def test_times_are_logit_normal() -> None:
    t = sample_times(20000, torch.Generator().manual_seed(0), mean=0.5, std=0.8)
    assert ((t > 0) & (t < 1)).all()
    assert abs(torch.logit(t).mean() - 0.5) < 0.03
    assert abs(torch.logit(t).std() - 0.8) < 0.03


def test_times_follow_their_generator() -> None:
    first, second = (sample_times(4, torch.Generator().manual_seed(5)) for _ in range(2))
    assert torch.equal(first, second)


def test_times_fall_into_parts_of_equal_probability() -> None:
    t = sample_times(8, torch.Generator().manual_seed(1), mean=-0.7, std=1.3)
    shares = torch.special.ndtr((torch.logit(t) + 0.7) / 1.3)
    assert (shares * 8).floor().tolist() == list(range(8))
