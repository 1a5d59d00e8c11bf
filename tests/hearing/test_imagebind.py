"""ImageBind's two towers beside a slow reference in float64, and the IB-score over a whole film."""

from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch

from mmhnet_cli.errors import BadOption, EmbeddingInvalid
from mmhnet_cli.evaluation.bound import Binder, load_binder
from mmhnet_cli.evaluation.films import summary
from mmhnet_cli.evaluation.scoring import Recipe, Scorer
from mmhnet_cli.hearing import published
from mmhnet_cli.hearing.imagebind import (
    ImageBind,
    ImageBindConfig,
    TowerConfig,
    WindowMel,
    crops_of,
    windows_of,
)
from mmhnet_cli.media.audio_file import write_wav
from mmhnet_cli.media.ffmpeg import find_ffmpeg
from mmhnet_cli.media.probe import probe
from tests.conftest import MakeFilm
from tests.hearing.test_published import Arrays, by_formula, htk_mel, sweep, triangle, weights
from tests.hearing.test_synchformer import attention, gelu, linear, norm

CPU = torch.device("cpu")
SMALL = ImageBindConfig(vision=TowerConfig(16, 1, 2), audio=TowerConfig(24, 1, 3), joint=8)


@pytest.fixture(scope="module")
def network() -> ImageBind:
    return by_formula(ImageBind(SMALL))  # type: ignore[return-value]


def slow_mel(window: np.ndarray) -> np.ndarray:
    """Kaldi's filter bank: frames of 25 ms without a mean, sharpened, under Hann's window; (204, 128), time first."""
    sound = window.astype(np.float64) - window.astype(np.float64).mean()
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(400) / 399)
    rows = []
    edges = np.linspace(htk_mel(20), htk_mel(8000), 130)
    bands = np.array([[triangle(htk_mel(k * 31.25), *edges[b : b + 3]) for b in range(128)] for k in range(257)])
    for at in range(0, len(sound) - 399, 160):
        frame = sound[at : at + 400] - sound[at : at + 400].mean()
        sharper = np.array([frame[0] - 0.97 * frame[0], *(frame[1:] - 0.97 * frame[:-1])]) * hann
        rows.append(np.log(np.maximum(np.abs(np.fft.rfft(sharper, 512)) ** 2 @ bands, np.finfo(np.float32).eps)))
    return (np.pad(np.stack(rows), ((0, 204 - len(rows)), (0, 0))) + 4.268) / 9.138


def slow_vector(tokens: np.ndarray, w: Arrays, of: str, heads: int) -> np.ndarray:
    """A tower from its tokens on; where there is one more key, it stands behind the others, and so does its value."""
    x = np.concatenate([w[f"modality_preprocessors.{of}.cls_token"][0], tokens])
    x = x + w[f"modality_preprocessors.{of}.pos_embedding_helper.pos_embed"][0]
    trunk = f"modality_trunks.{of}"
    if of == "vision":
        x = norm(w, x, f"{trunk}.pre_transformer_layer.0", 1e-6)
    block = f"{trunk}.blocks.0"
    inner = norm(w, x, f"{block}.norm_1", 1e-6)
    packed = inner @ w[f"{block}.attn.in_proj_weight"].T + w[f"{block}.attn.in_proj_bias"]
    q, k, v = np.split(packed, 3, 1)
    if of == "audio":
        k, v = (np.concatenate([part, w[f"{block}.attn.bias_{name}"][0]]) for part, name in ((k, "k"), (v, "v")))
    x = x + linear(w, attention(q, k, v, heads), f"{block}.attn.out_proj")
    x = x + linear(w, gelu(linear(w, norm(w, x, f"{block}.norm_2", 1e-6), f"{block}.mlp.fc1")), f"{block}.mlp.fc2")
    vector = norm(w, x[0], f"modality_heads.{of}.0", 1e-6) @ w[f"modality_heads.{of}.2.weight"].T
    return np.asarray(vector / np.linalg.norm(vector))


@torch.no_grad()
def test_sounds_are_heard_by_definition(network: ImageBind) -> None:
    w, (window,) = weights(network), windows_of(sweep(2, 16000), 1)
    mel = WindowMel(CPU)(window)
    expected = slow_mel(window[0].numpy()).T
    assert mel[0, 0].numpy() == pytest.approx(expected, abs=1e-3)
    kernel = w["modality_preprocessors.audio.rgbt_stem.proj.weight"][:, 0]
    places = [(10 * pitch, 10 * time) for pitch in range(12) for time in range(19)]
    patches = np.stack([(kernel * expected[p : p + 16, t : t + 16]).sum((1, 2)) for p, t in places])
    tokens = norm(w, patches, "modality_preprocessors.audio.rgbt_stem.norm_layer", 1e-5)
    assert network.heard(mel)[0].numpy() == pytest.approx(slow_vector(tokens, w, "audio", 3), abs=1e-3)


@torch.no_grad()
def test_pictures_are_seen_by_definition(network: ImageBind) -> None:
    w = weights(network)
    pictures = torch.cos(torch.arange(3 * 2 * 224 * 224) * 0.0137).reshape(1, 3, 2, 224, 224)
    kernel, cubes = w["modality_preprocessors.vision.rgbt_stem.proj.1.weight"], pictures[0].double().numpy()
    places = [(14 * row, 14 * column) for row in range(16) for column in range(16)]
    patches = [(kernel * cubes[:, :, y : y + 14, x : x + 14]).sum((1, 2, 3, 4)) for y, x in places]
    expected = slow_vector(np.stack(patches), w, "vision", 2)
    assert network.seen(pictures)[0].numpy() == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(
    "size, starts", [((224, 320), (0, 48, 96)), ((301, 224), (0, 39, 77)), ((224, 224), (0, 0, 0))]
)
def test_three_squares_of_a_picture(size: tuple[int, int], starts: tuple[int, ...]) -> None:
    frame = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    mean, deviation = np.array([0.48145466, 0.4578275, 0.40821073]), np.array([0.26862954, 0.26130258, 0.27577711])
    whole = ((frame / 255 - mean) / deviation).transpose(2, 0, 1)
    for square, start in zip(crops_of(frame), starts, strict=True):
        cut = whole[:, start : start + 224] if size[0] > size[1] else whole[:, :, start : start + 224]
        assert square.numpy() == pytest.approx(cut, abs=1e-5)


def test_a_strip_of_a_film_stays_small() -> None:
    assert crops_of(np.zeros((2, 4000, 3), np.uint8)).shape == (3, 3, 224, 224)
    assert crops_of(np.zeros((4000, 1, 3), np.uint8)).shape == (3, 3, 224, 224)


@torch.no_grad()
def test_a_film_is_compared_by_stretches(network: ImageBind) -> None:
    binder, sound = Binder(network, CPU), sweep(12, 16000)
    seen = np.cos(np.arange(6 * 8, dtype=np.float32)).reshape(6, 8)
    heard = np.concatenate([network.heard(binder._mel(window)).numpy() for window in windows_of(sound, 6)])
    pairs = [(seen[:4].mean(0), heard[:4].mean(0), 4), (seen[4:].mean(0), heard[4:].mean(0), 2)]
    cosines = [(a @ b / np.sqrt((a @ a) * (b @ b)), count) for a, b, count in pairs]
    expected = sum(cosine * count for cosine, count in cosines) / 6
    assert binder.score(seen, sound, 16000) == pytest.approx(expected, abs=1e-5)


@pytest.mark.slow
def test_a_film_is_scored_by_it(network: ImageBind, make_film: MakeFilm, tmp_path: Path) -> None:
    film = make_film("bound.mov", count=125, audio="sine=440:d=5", output=("-c:a", "pcm_s16le"))
    write_wav(tmp_path / "made.wav", sweep(5, 16000)[None], 16000)
    scorer = Scorer(Recipe("kinds", picture=True, ffmpeg=find_ffmpeg(None)))
    assert scorer(film, tmp_path / "made.wav").made.ib_score is None
    scorer.binder = Binder(network, CPU)
    seen = scorer.binder.seen(probe(film))
    assert seen.shape == (2, 8)
    scored = scorer(film, tmp_path / "made.wav")
    assert scored.made.ib_score == pytest.approx(scorer.binder.score(seen, sweep(5, 16000), 16000), abs=1e-6)
    figures = summary([scored])
    assert figures["ib_score"] == scored.made.ib_score and figures["own_ib_score"] == scored.own.ib_score
    short = make_film("short.mov", count=10)
    assert scorer.binder.seen(probe(short)).shape == (1, 8)


def test_the_layout_is_that_of_the_public_file() -> None:
    with torch.device("meta"):
        entries = ImageBind().state_dict()
    for key, shape in {
        "modality_preprocessors.vision.cls_token": (1, 1, 1280),
        "modality_preprocessors.vision.pos_embedding_helper.pos_embed": (1, 257, 1280),
        "modality_preprocessors.vision.rgbt_stem.proj.1.weight": (1280, 3, 2, 14, 14),
        "modality_trunks.vision.pre_transformer_layer.0.bias": (1280,),
        "modality_trunks.vision.blocks.31.attn.in_proj_weight": (3840, 1280),
        "modality_trunks.vision.blocks.31.mlp.fc1.weight": (5120, 1280),
        "modality_heads.vision.0.weight": (1280,),
        "modality_heads.vision.2.weight": (1024, 1280),
        "modality_preprocessors.audio.pos_embedding_helper.pos_embed": (1, 229, 768),
        "modality_preprocessors.audio.rgbt_stem.proj.weight": (768, 1, 16, 16),
        "modality_preprocessors.audio.rgbt_stem.norm_layer.weight": (768,),
        "modality_trunks.audio.blocks.11.attn.bias_k": (1, 1, 768),
        "modality_trunks.audio.blocks.11.norm_2.bias": (768,),
        "modality_heads.audio.2.weight": (1024, 768),
    }.items():
        assert entries[key].shape == shape
    assert "modality_trunks.vision.blocks.0.attn.bias_k" not in entries
    assert sum(value.numel() for value in entries.values()) == pytest.approx(720e6, rel=0.02)


def test_a_file_with_the_other_towers(network: ImageBind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # At its public size it has 4.8 GB.
    monkeypatch.setattr(published, "ImageBind", partial(ImageBind, SMALL))
    others = {"modality_trunks.text.blocks.0.norm_1.weight": torch.ones(4), "modality_postprocessors.x": torch.ones(())}
    torch.save({**network.state_dict(), **others}, tmp_path / "imagebind.pth")
    read = published.load_imagebind(tmp_path / "imagebind.pth")
    for key, value in network.state_dict().items():
        assert torch.equal(read.state_dict()[key], value)


def test_files_that_are_none(network: ImageBind, tmp_path: Path) -> None:
    with pytest.raises(BadOption, match="--imagebind"):
        load_binder(tmp_path / "gone.pth", "cpu")
    torch.save({"weight": torch.zeros(1)}, tmp_path / "other.pth")
    with pytest.raises(EmbeddingInvalid, match="no such entry"):
        load_binder(tmp_path / "other.pth", "cpu")
    torch.save(network.state_dict(), tmp_path / "small.pth")
    with pytest.raises(EmbeddingInvalid, match="shape"):
        load_binder(tmp_path / "small.pth", "cpu")
    with (tmp_path / "huge.pth").open("wb") as file:
        file.truncate((6 << 30) + 1)
    with pytest.raises(EmbeddingInvalid, match="the size of the file"):
        load_binder(tmp_path / "huge.pth", "cpu")
