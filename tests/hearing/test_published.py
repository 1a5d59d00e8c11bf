"""The field's networks beside a slow reference of their published definitions, in float64, and files of strangers."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from scipy.signal import correlate2d
from scipy.special import ndtr
from torch import Tensor, nn

from mmhnet_cli.errors import BadOption, EmbeddingInvalid
from mmhnet_cli.hearing.panns import FRONTS, Cnn14, Front, PannsEmbedding
from mmhnet_cli.hearing.passt import Passt, PasstConfig, PasstEmbedding
from mmhnet_cli.hearing.published import load_embedding
from mmhnet_cli.hearing.vggish import VGGish, VggishEmbedding
from tests.models.small_table import Program

Arrays = dict[str, np.ndarray]


def by_formula(network: nn.Module) -> nn.Module:
    """Weights that anybody can write down: cosines, as large as keeps what passes through at one size."""
    with torch.no_grad():
        for number, (key, target) in enumerate(network.state_dict().items()):
            if not target.is_floating_point():
                continue
            wave = torch.cos(torch.arange(target.numel(), dtype=torch.float64) * 1.7 + number).reshape(target.shape)
            is_gain = key.endswith("running_var") or (target.dim() == 1 and "bn" in key and key.endswith("weight"))
            fan = target[0].numel() if target.dim() > 1 else 100
            target.copy_(1 + 0.3 * wave if is_gain else wave * (3 / fan) ** 0.5)
    return network.eval()


def sweep(seconds: float, rate_hz: int) -> np.ndarray:
    """A tone that rises, in noise, without a mean."""
    time = np.arange(round(seconds * rate_hz)) / rate_hz
    sound = 0.3 * np.sin(2 * np.pi * (200 + 400 * time) * time)
    sound += 0.05 * np.random.default_rng(0).normal(size=len(time))
    return (sound - sound.mean()).astype(np.float32)


def conv(x: np.ndarray, weight: np.ndarray, bias: np.ndarray | None = None) -> np.ndarray:
    found = [sum(correlate2d(x[i], kernel[i], "same") for i in range(len(x))) for kernel in weight]
    return np.stack(found) + (0 if bias is None else bias[:, None, None])


def pooled(x: np.ndarray, how: Callable[..., Any]) -> np.ndarray:
    height, width = (size // 2 * 2 for size in x.shape[1:])
    squares = [x[:, top:height:2, left:width:2] for top in (0, 1) for left in (0, 1)]
    return np.asarray(how(np.stack(squares), axis=0))


def frames_of(sound: np.ndarray, length: int, hop: int) -> np.ndarray:
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length)
    return np.stack([sound[at : at + length] * window for at in range(0, len(sound) - length + 1, hop)])


def triangle(at: float, low: float, centre: float, high: float) -> float:
    return max(0.0, min((at - low) / (centre - low), (high - at) / (high - centre)))


def htk_mel(hz: float) -> float:
    return float(1127 * np.log(1 + hz / 700))


def slaney_mel(hz: float) -> float:
    return hz * 3 / 200 if hz < 1000 else 15 + 27 * float(np.log(hz / 1000) / np.log(6.4))


def slaney_hz(mel: float) -> float:
    return mel * 200 / 3 if mel < 15 else 1000 * 6.4 ** ((mel - 15) / 27)


def slow_vggish(sound: np.ndarray, w: Arrays) -> np.ndarray:
    """One example: Hershey et al. 2017, with the front end of the AudioSet models."""
    frames = frames_of(sound.astype(np.float64), 400, 160)[:96]
    lines = np.abs(np.fft.rfft(frames, 512))
    edges = np.linspace(htk_mel(125), htk_mel(7500), 66)
    bands = np.array(
        [[triangle(htk_mel(k * 16000 / 512), *edges[b : b + 3]) if k else 0.0 for k in range(257)] for b in range(64)]
    )
    x = np.log(lines @ bands.T + 0.01)[None]
    for place, pool in ((0, True), (3, True), (6, False), (8, True), (11, False), (13, True)):
        x = np.maximum(conv(x, w[f"features.{place}.weight"], w[f"features.{place}.bias"]), 0)
        x = pooled(x, np.max) if pool else x
    row = np.moveaxis(x, 0, -1).ravel()
    for place in (0, 2, 4):
        row = w[f"embeddings.{place}.weight"] @ (np.maximum(row, 0) if place else row) + w[f"embeddings.{place}.bias"]
    return row


def slow_cnn14(sound: np.ndarray, w: Arrays, front: Front) -> tuple[np.ndarray, np.ndarray]:
    """Kong et al. 2020, table 1, with the log-mel of librosa."""
    half = front.window_samples // 2
    padded = np.pad(sound.astype(np.float64), half, mode="reflect")
    power = np.abs(np.fft.rfft(frames_of(padded, front.window_samples, front.hop_samples))) ** 2
    edges = [slaney_hz(m) for m in np.linspace(slaney_mel(50), slaney_mel(front.high_hz), 66)]
    bands = np.zeros((half + 1, 64))
    for line in range(half + 1):
        for low, (first, centre, last) in enumerate(zip(edges, edges[1:], edges[2:], strict=False)):
            bands[line, low] = 2 / (last - first) * triangle(line * front.rate_hz / (2 * half), first, centre, last)

    def norm(x: np.ndarray, key: str) -> np.ndarray:
        mean, var, gain, bias = (w[f"{key}.{part}"] for part in ("running_mean", "running_var", "weight", "bias"))
        return (x - mean) / np.sqrt(var + 1e-5) * gain + bias

    x = norm(10 * np.log10(np.maximum(power @ bands, 1e-10)), "bn0")[None]
    for number in range(1, 7):
        for part in (1, 2):
            x = conv(x, w[f"conv_block{number}.conv{part}.weight"])
            x = np.maximum(norm(np.moveaxis(x, 0, -1), f"conv_block{number}.bn{part}"), 0)
            x = np.moveaxis(x, -1, 0)
        x = pooled(x, np.mean) if number < 6 else x
    x = x.mean(2)
    features = np.maximum(w["fc1.weight"] @ (x.max(1) + x.mean(1)) + w["fc1.bias"], 0)
    return features, w["fc_audioset.weight"] @ features + w["fc_audioset.bias"]


def slow_passt(sound: np.ndarray, w: Arrays, depth: int, heads: int) -> tuple[np.ndarray, np.ndarray]:
    """One part of 10 s: Koutini et al. 2022, section 2, without patchout."""
    padded = np.pad(sound.astype(np.float64), (0, 320000 - len(sound)))
    sharper = np.pad(padded[1:] - 0.97 * padded[:-1], 512, mode="reflect")
    window = np.pad(0.5 - 0.5 * np.cos(2 * np.pi * np.arange(800) / 799), 112)
    frames = np.stack([sharper[at : at + 1024] * window for at in range(0, len(sharper) - 1023, 320)])
    edges = np.linspace(htk_mel(0), htk_mel(15000), 130)
    bands = np.array([[triangle(htk_mel(k * 31.25), *edges[b : b + 3]) for b in range(128)] for k in range(513)])
    mel = (np.log(np.abs(np.fft.rfft(frames)) ** 2 @ bands + 1e-5) + 4.5).T / 5
    kernel = w["patch_embed.proj.weight"][:, 0]
    grid = np.zeros((len(kernel), 12, 99))
    for row in range(12):
        for column in range(99):
            patch = mel[10 * row : 10 * row + 16, 10 * column : 10 * column + 16]
            grid[:, row, column] = (kernel * patch).sum((1, 2)) + w["patch_embed.proj.bias"]
    grid += w["time_new_pos_embed"][0] + w["freq_new_pos_embed"][0]
    read = np.concatenate([w["cls_token"][0], w["dist_token"][0]]) + w["new_pos_embed"][0]
    x = np.concatenate([read, grid.reshape(len(kernel), -1).T])

    def norm(x: np.ndarray, key: str, eps: float = 1e-6) -> np.ndarray:
        centred = x - x.mean(-1, keepdims=True)
        return centred / np.sqrt((centred**2).mean(-1, keepdims=True) + eps) * w[f"{key}.weight"] + w[f"{key}.bias"]

    def linear(x: np.ndarray, key: str) -> np.ndarray:
        return x @ w[f"{key}.weight"].T + w[f"{key}.bias"]

    for block in (f"blocks.{number}" for number in range(depth)):
        q, k, v = np.split(linear(norm(x, f"{block}.norm1"), f"{block}.attn.qkv"), 3, 1)
        mixed = []
        for one, other, value in zip(*(np.split(part, heads, 1) for part in (q, k, v)), strict=True):
            share = np.exp(one @ other.T / np.sqrt(one.shape[1]))
            mixed.append(share / share.sum(1, keepdims=True) @ value)
        x = x + linear(np.concatenate(mixed, 1), f"{block}.attn.proj")
        inner = linear(norm(x, f"{block}.norm2"), f"{block}.mlp.fc1")
        x = x + linear(inner * ndtr(inner), f"{block}.mlp.fc2")
    features = norm(x, "norm")[:2].mean(0)
    return features, linear(norm(features, "head.0", 1e-5), "head.1")


def weights(network: nn.Module) -> Arrays:
    return {key: value.double().numpy() for key, value in network.state_dict().items()}


def test_vggish_is_its_definition() -> None:
    network = by_formula(VGGish(width=2, inner=8))
    sound = sweep(1.0, 16000)
    found = VggishEmbedding(network)(sound)  # type: ignore[arg-type]
    expected = slow_vggish(sound, weights(network))
    assert found.features.shape == (1, 128) and found.probabilities is None
    assert np.abs(expected).max() > 0.1
    assert found.features[0] == pytest.approx(expected, rel=1e-4, abs=1e-4 * np.abs(expected).max())


@pytest.mark.parametrize("front", FRONTS, ids=lambda front: str(front.rate_hz))
def test_cnn14_is_its_definition(front: Front) -> None:
    network = by_formula(Cnn14(width=2))
    sound = sweep(1.1, front.rate_hz)
    found = PannsEmbedding(network, front)(sound)  # type: ignore[arg-type]
    features, scores = slow_cnn14(sound, weights(network), front)
    assert np.abs(features).max() > 0.1
    assert found.features[0] == pytest.approx(features, rel=1e-4, abs=1e-4 * np.abs(features).max())
    sure = np.exp(scores - scores.max())
    assert found.probabilities is not None
    assert found.probabilities[0] == pytest.approx(sure / sure.sum(), rel=1e-3, abs=1e-6)


def test_passt_is_its_definition() -> None:
    config = PasstConfig(width=8, depth=2, heads=2)
    network = by_formula(Passt(config))
    sound = sweep(8, 32000)
    found = PasstEmbedding(network)(sound)  # type: ignore[arg-type]
    features, scores = slow_passt(sound, weights(network), config.depth, config.heads)
    assert found.features[0] == pytest.approx(features, rel=1e-3, abs=1e-4 * np.abs(features).max())
    sure = np.exp(scores - scores.max())
    assert found.probabilities is not None
    assert found.probabilities[0] == pytest.approx(sure / sure.sum(), rel=1e-3, abs=1e-6)
    assert len(PasstEmbedding(network)(sweep(21, 32000)).features) == 3  # type: ignore[arg-type]


def test_a_long_sound_is_heard_example_by_example() -> None:
    embedding = VggishEmbedding(by_formula(VGGish(width=1, inner=4)))  # type: ignore[arg-type]
    sound = sweep(40, 16000)
    found = embedding(sound).features
    assert len(found) == 41, "the 0.64 s at its end are no example"
    last = embedding.network(embedding.log_mel(torch.from_numpy(sound[40 * 15360 : 41 * 15360 + 240])))
    assert found[40] == pytest.approx(last[0].detach().numpy(), abs=1e-5)
    assert len(embedding(np.zeros(10, np.float32)).features) == 1


def test_cnn14_hears_equal_parts() -> None:
    embedding = PannsEmbedding(by_formula(Cnn14(width=1)), FRONTS[1])  # type: ignore[arg-type]
    half = sweep(9, 16000)
    both = embedding(np.concatenate([half, half[::-1]])).features
    assert both == pytest.approx(np.concatenate([embedding(one).features for one in (half, half[::-1])]), abs=1e-4)
    assert len(embedding(np.zeros(10, np.float32)).features) == 1


def test_layouts_are_those_of_the_public_files() -> None:
    with torch.device("meta"):
        vggish, cnn14 = VGGish().state_dict(), Cnn14().state_dict()
    assert len(vggish) == 18
    for key, shape in {
        "features.0.weight": (64, 1, 3, 3),
        "features.13.weight": (512, 512, 3, 3),
        "embeddings.0.weight": (4096, 12288),
        "embeddings.4.bias": (128,),
    }.items():
        assert vggish[key].shape == shape
    with torch.device("meta"):
        passt = Passt().state_dict()
    assert len(passt) == 5 + 2 + 12 * 12 + 2 + 4 + 2
    for key, shape in {
        "time_new_pos_embed": (1, 768, 1, 99),
        "patch_embed.proj.weight": (768, 1, 16, 16),
        "blocks.11.attn.qkv.weight": (2304, 768),
        "blocks.11.mlp.fc2.bias": (768,),
        "head.0.weight": (768,),
        "head.1.bias": (527,),
        "head_dist.weight": (527, 768),
    }.items():
        assert passt[key].shape == shape
    assert len(cnn14) == 5 + 6 * (2 + 2 * 5) + 4
    for key, shape in {
        "bn0.running_var": (64,),
        "conv_block1.conv1.weight": (64, 1, 3, 3),
        "conv_block6.bn2.num_batches_tracked": (),
        "conv_block6.conv2.weight": (2048, 2048, 3, 3),
        "fc1.weight": (2048, 2048),
        "fc_audioset.bias": (527,),
    }.items():
        assert cnn14[key].shape == shape


def public_cnn14(front: Front) -> dict[str, Any]:
    """What the file of PANNs holds: the network, tables of its front, and how the training stood."""
    table = torch.zeros(front.lines, 1, front.window_samples)
    tables = {
        "spectrogram_extractor.stft.conv_real.weight": table,
        "spectrogram_extractor.stft.conv_imag.weight": table.clone(),
        "logmel_extractor.melW": torch.zeros(front.lines, 64),
    }
    sampler = {"indexes": [np.arange(5), np.arange(3)], "pointer": np.int64(4), "rates": np.ones(2)}
    return {"iteration": 600000, "model": {**tables, **Cnn14().state_dict()}, "sampler": sampler}


@pytest.mark.slow
@pytest.mark.parametrize(("front", "archive"), [(FRONTS[0], False), (FRONTS[1], True)])
def test_files_of_the_public_size_are_read(front: Front, archive: bool, tmp_path: Path) -> None:
    content, path = public_cnn14(front), tmp_path / "Cnn14.pth"
    torch.save(content, path, _use_new_zipfile_serialization=archive)
    embedding = load_embedding(str(path))
    # 0.3 GB that pytest would keep.
    path.unlink()
    assert isinstance(embedding, PannsEmbedding)
    assert (embedding.rate_hz, embedding.name) == (front.rate_hz, f"panns-{front.rate_hz // 1000}k")
    weight = content["model"]["conv_block6.conv2.weight"]
    assert torch.equal(embedding.network.state_dict()["conv_block6.conv2.weight"], weight)
    assert embedding(sweep(1, front.rate_hz)).features.shape == (1, 2048)


def saved(path: Path, content: Any) -> None:
    torch.save(content, path)


def small(**changes: Tensor) -> dict[str, Tensor]:
    return {"conv_block1.conv1.weight": torch.zeros(64, 1, 3, 3), **changes}


HOSTILE: dict[str, tuple[Callable[[Path], object], str]] = {
    "nothing": (lambda path: path.write_bytes(b""), "a file of torch.save"),
    "noise": (lambda path: path.write_bytes(os.urandom(5000)), "tensors only|a file of torch.save"),
    "a folder": (lambda path: path.mkdir(), "a file"),
    "larger than any": (lambda path: (path.touch(), os.truncate(path, 1 << 31)), "at most"),
    "a program": (lambda path: saved(path, {"model": {"a": Program()}}), "tensors only"),
    "no table": (lambda path: saved(path, [1, 2]), "a table of tensors"),
    "no tensors": (lambda path: saved(path, {"model": {"features.0.weight": np.ones(3)}}), "a tensor"),
    "another network": (lambda path: saved(path, {"fc\x1b[2J": torch.zeros(2)}), "VGGish, PANNs"),
    "no front": (lambda path: saved(path, {"model": small()}), r"shape \(513, 64\), for 32000 Hz or"),
    "another front": (
        lambda path: saved(path, small(**{"logmel_extractor.melW": torch.zeros(129, 64)})),
        r"shape \(257, 64\), for 16000 Hz",
    ),
    "entries missing": (
        lambda path: saved(path, small(**{"logmel_extractor.melW": torch.zeros(257, 64)})),
        r"shape \(64,\)",
    ),
    "much out of little": (
        lambda path: saved(path, {"features.0.weight": torch.zeros(1).expand(10**9)}),
        "no larger than the file",
    ),
}


@pytest.mark.parametrize(("write", "expected"), HOSTILE.values(), ids=HOSTILE)
def test_what_is_no_embedding_is_told(write: Callable[[Path], object], expected: str, tmp_path: Path) -> None:
    path = tmp_path / "given.pth"
    write(path)
    with pytest.raises(EmbeddingInvalid) as caught:
        load_embedding(str(path))
    assert re.search(expected, caught.value.expected)
    assert "\x1b" not in caught.value.found


def test_what_is_not_there_is_told() -> None:
    with pytest.raises(BadOption, match="nowhere"):
        load_embedding("nowhere.pth")
