"""EfficientNet-Lite against another implementation of it, with the published weights."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
import torch.nn.functional as F
from efficientnet_lite_pytorch import EfficientNet

import mmhnet_cli.encoders.published_eyes as published
from mmhnet_cli.encoders.efficientnet import EfficientNetLite, LiteConfig, SameConv
from mmhnet_cli.encoders.published_eyes import LITE0, LITE2, PublishedEyes, load_eyes, weights_path
from mmhnet_cli.errors import BadOption, PackageMissing, WeightsInvalid
from tests.parity import relative_error


def pictures(count: int, size: int) -> torch.Tensor:
    """Bytes that follow from their place, smooth enough to look like something."""
    place = torch.arange(size)
    waves = torch.stack([(place[:, None] * (n + 2) + place[None] * (3 * n + 1)) % 256 for n in range(3 * count)])
    return waves.view(count, 3, size, size).to(torch.uint8)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "eyes"), [("efficientnet-lite0", LITE0), ("efficientnet-lite2", LITE2)])
def test_classes_are_those_of_the_other_implementation(name: str, eyes: PublishedEyes) -> None:
    other = EfficientNet.from_pretrained(name, weights_path=str(weights_path(eyes))).eval()
    shown = pictures(2, eyes.config.size)
    with torch.inference_mode():
        expected = other((shown.float() - 127) / 128)
        found = load_eyes(eyes)(shown)
    assert relative_error(found, expected) < 1e-4


def test_sizes_are_the_published_ones() -> None:
    def millions(config: LiteConfig) -> float:
        # The published count has a shift and a gain for each channel, the folded one a bias.
        return sum(parameter.numel() for parameter in EfficientNetLite(config).parameters()) / 1e6

    assert millions(LITE0.config) == pytest.approx(4.63, abs=0.03)
    assert millions(LITE2.config) == pytest.approx(6.06, abs=0.03)


def test_maps_have_a_cell_for_each_32_pixels() -> None:
    with torch.inference_mode():
        assert EfficientNetLite(LiteConfig()).late_maps(pictures(1, 161)).shape == (1, 192, 6, 6)


def test_maps_do_not_depend_on_how_many_come_at_once() -> None:
    """The early blocks take a few pictures at a time: what comes out is what all at once give."""
    eyes, shown = load_eyes(LITE0), pictures(5, 96)
    with torch.inference_mode():
        x = F.relu6(eyes.stem((shown.float() - 127) / 128))
        for block in eyes.blocks[:-1]:
            x = block(x)
        assert relative_error(eyes.late_maps(shown), x) < 1e-5


@pytest.mark.parametrize(("size", "kernel"), [(5, 3), (6, 3), (7, 5), (8, 5)])
def test_an_odd_zero_stands_right_and_below(size: int, kernel: int) -> None:
    convolution = SameConv(1, 1, kernel, 2)
    torch.nn.init.ones_(convolution.weight)
    torch.nn.init.zeros_(convolution.bias)
    rows = convolution(torch.ones(1, 1, size, size))[0, 0]
    starts = [2 * n - max((-(-size // 2) - 1) * 2 + kernel - size, 0) // 2 for n in range(-(-size // 2))]
    covered = [min(start + kernel, size) - max(start, 0) for start in starts]
    assert rows.tolist() == [[float(a * b) for b in covered] for a in covered]


def test_a_package_that_is_not_there() -> None:
    with pytest.raises(PackageMissing) as missing:
        weights_path(replace(LITE0, package="eyes_of_nobody"))
    assert missing.value.package == "eyes-of-nobody"


def test_another_file_is_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "eyes.pth").write_bytes(b"something else")
    here = SimpleNamespace(submodule_search_locations=[str(tmp_path)])
    monkeypatch.setattr(published.importlib.util, "find_spec", lambda name: here)
    with pytest.raises(WeightsInvalid, match="SHA-256"):
        load_eyes(replace(LITE0, file="eyes.pth"))


def test_a_size_out_of_range_is_refused() -> None:
    with pytest.raises(BadOption):
        LiteConfig(width=0)
