"""Synchformer's audible branch and its comparison beside a slow reference in float64, and DeSync over a whole film."""

from pathlib import Path

import numpy as np
import pytest
import torch

from mmhnet_cli.encoders.synchformer import SynchformerConfig
from mmhnet_cli.errors import BadOption, EmbeddingInvalid
from mmhnet_cli.evaluation.scoring import Recipe, Scorer
from mmhnet_cli.evaluation.synchronised import Synchroniser, load_synchroniser
from mmhnet_cli.hearing.synchformer import SegmentMel, SyncNetwork, segments_of
from mmhnet_cli.media.audio_file import write_wav
from mmhnet_cli.media.ffmpeg import find_ffmpeg
from mmhnet_cli.media.probe import probe
from tests.conftest import MakeFilm
from tests.hearing.test_published import Arrays, by_formula, htk_mel, sweep, triangle, weights

CPU = torch.device("cpu")
SMALL = SynchformerConfig(width=16, heads=2, depth=1, patch_px=56)
"""Of pictures and segments of the public size."""


@pytest.fixture(scope="module")
def network() -> SyncNetwork:
    return by_formula(SyncNetwork(SMALL))  # type: ignore[return-value]


def slow_mel(segment: np.ndarray) -> np.ndarray:
    """As torchaudio makes it: HTK's scale, sides of the bands straight over Hz, no norm; (66, 128), time first."""
    padded = np.pad(segment.astype(np.float64), 512, mode="reflect")
    window = np.pad(0.5 - 0.5 * np.cos(2 * np.pi * np.arange(400) / 400), 312)
    frames = np.stack([padded[at : at + 1024] * window for at in range(0, len(padded) - 1023, 160)])
    corners = [700 * (np.exp(mel / 1127) - 1) for mel in np.linspace(0, htk_mel(8000), 130)]
    bands = np.array([[triangle(k * 15.625, *corners[b : b + 3]) for b in range(128)] for k in range(513)])
    mel = np.log(np.abs(np.fft.rfft(frames)) ** 2 @ bands + 1e-6)
    return (np.pad(mel, ((0, 66 - len(mel)), (0, 0))) + 4.2677393) / (2 * 4.5689974)


def linear(w: Arrays, x: np.ndarray, key: str) -> np.ndarray:
    return x @ w[f"{key}.weight"].T + w[f"{key}.bias"]


def norm(w: Arrays, x: np.ndarray, key: str, eps: float) -> np.ndarray:
    centred = x - x.mean(-1, keepdims=True)
    return centred / np.sqrt((centred**2).mean(-1, keepdims=True) + eps) * w[f"{key}.weight"] + w[f"{key}.bias"]


def gelu(x: np.ndarray) -> np.ndarray:
    return x * torch.special.ndtr(torch.from_numpy(x)).numpy()


def attention(q: np.ndarray, k: np.ndarray, v: np.ndarray, heads: int) -> np.ndarray:
    mixed = []
    for one, other, value in zip(*(np.split(part, heads, 1) for part in (q, k, v)), strict=True):
        share = np.exp(one @ other.T / np.sqrt(one.shape[1]))
        mixed.append(share / share.sum(1, keepdims=True) @ value)
    return np.concatenate(mixed, 1)


def slow_heard(segment: np.ndarray, w: Arrays) -> np.ndarray:
    """The audible branch: an audio spectrogram transformer, then one token from the twelve of each moment."""
    mel, ast = slow_mel(segment), "afeat_extractor.ast"
    kernel, bias = (w[f"{ast}.embeddings.patch_embeddings.projection.{part}"] for part in ("weight", "bias"))
    places = [(10 * pitch, 10 * time) for pitch in range(12) for time in range(6)]
    patches = [(kernel[:, 0] * mel[t : t + 16, f : f + 16].T).sum((1, 2)) + bias for f, t in places]
    first = [w[f"{ast}.embeddings.{name}"][0, 0] for name in ("cls_token", "distillation_token")]
    x = np.stack([*first, *patches]) + w[f"{ast}.embeddings.position_embeddings"][0]
    block = f"{ast}.encoder.layer.0"
    inner = norm(w, x, f"{block}.layernorm_before", 1e-12)
    parts = (linear(w, inner, f"{block}.attention.attention.{name}") for name in ("query", "key", "value"))
    x = x + linear(w, attention(*parts, SMALL.heads), f"{block}.attention.output.dense")
    inner = gelu(linear(w, norm(w, x, f"{block}.layernorm_after", 1e-12), f"{block}.intermediate.dense"))
    x = norm(w, x + linear(w, inner, f"{block}.output.dense"), f"{ast}.layernorm", 1e-12)[2:]
    return np.stack([slow_summary(x[moment::6], w) for moment in range(6)])


def slow_summary(tokens: np.ndarray, w: Arrays) -> np.ndarray:
    name = "afeat_extractor.freq_attn_agg"
    x = np.concatenate([w[f"{name}.cls_token"][0], tokens])
    inner = norm(w, x, f"{name}.norm1", 1e-6)
    packed = inner @ w[f"{name}.self_attn.in_proj_weight"].T + w[f"{name}.self_attn.in_proj_bias"]
    x = x + linear(w, attention(*np.split(packed, 3, 1), SMALL.heads), f"{name}.self_attn.out_proj")
    inner = gelu(linear(w, norm(w, x, f"{name}.norm2", 1e-6), f"{name}.linear1"))
    return np.asarray((x + linear(w, inner, f"{name}.linear2"))[0])


def slow_scores(picture: np.ndarray, sound: np.ndarray, w: Arrays) -> np.ndarray:
    name = "transformer"
    seen = norm(w, linear(w, picture.reshape(-1, SMALL.width), "vproj"), f"{name}.vis_in_lnorm", 1e-5)
    heard = norm(w, linear(w, sound.reshape(-1, SMALL.width), "aproj"), f"{name}.aud_in_lnorm", 1e-5)
    off, between = w[f"{name}.OFF_tok"][0], w[f"{name}.MOD_tok"][0]
    x = np.concatenate([off, seen, between, heard]) + w[f"{name}.pos_emb_cfg.pos_emb"][0]
    for block in (f"{name}.blocks.{number}" for number in range(3)):
        inner = norm(w, x, f"{block}.ln1", 1e-5)
        parts = (linear(w, inner, f"{block}.attn.{part}") for part in ("query", "key", "value"))
        x = x + linear(w, attention(*parts, 8), f"{block}.attn.proj")
        x = x + linear(w, gelu(linear(w, norm(w, x, f"{block}.ln2", 1e-5), f"{block}.mlp.0")), f"{block}.mlp.2")
    return linear(w, norm(w, x, f"{name}.ln_f", 1e-5)[0], f"{name}.off_head")


@pytest.mark.slow
@torch.no_grad()
def test_it_is_its_definition(network: SyncNetwork) -> None:
    w, segments = weights(network), segments_of(sweep(4.8, 16000), 14)
    mels = SegmentMel(CPU)(segments)
    assert mels[3].numpy() == pytest.approx(slow_mel(segments[3].numpy()).T, abs=1e-3)
    heard = network.afeat_extractor(mels)
    expected = np.stack([slow_heard(segment.numpy(), w) for segment in segments])
    assert heard.numpy() == pytest.approx(expected, rel=1e-3, abs=1e-3 * np.abs(expected).max())
    picture = torch.cos(torch.arange(14 * 8 * SMALL.width) * 0.37).reshape(1, 14, 8, SMALL.width)
    scores = slow_scores(picture[0].double().numpy(), heard.double().numpy(), w)
    assert network.scores(picture, heard[None])[0].numpy() == pytest.approx(scores, rel=1e-3, abs=1e-4)
    assert float(network.shift_s(picture, heard[None])) == pytest.approx(-2 + 0.2 * scores.argmax(), abs=1e-6)


@torch.no_grad()
def test_a_long_film_is_heard_in_windows(network: SyncNetwork) -> None:
    synchroniser, count = Synchroniser(network, CPU), 24
    sound = sweep(8, 16000) * np.linspace(0.1, 1, 128000, dtype=np.float32)
    seen = np.cos(np.arange(count * 8 * SMALL.width, dtype=np.float32) * 0.37).reshape(count, 8, SMALL.width)
    heard = network.afeat_extractor(SegmentMel(CPU)(segments_of(sound, count)))
    shifts = [
        float(network.shift_s(torch.from_numpy(seen[at : at + 14])[None], heard[None, at : at + 14]).abs())
        for at in (0, 7, 10)
    ]
    assert synchroniser.desync_s(seen, sound, 16000) == pytest.approx(np.mean(shifts), abs=1e-6)
    assert synchroniser.desync_s(seen[:13], sound, 16000) is None


@pytest.mark.slow
def test_a_film_is_scored_by_it(network: SyncNetwork, make_film: MakeFilm, tmp_path: Path) -> None:
    film = make_film("sync.mov", count=150, audio="sine=440:d=6", output=("-c:a", "pcm_s16le"))
    write_wav(tmp_path / "made.wav", sweep(6, 16000)[None], 16000)
    scorer = Scorer(Recipe("kinds", picture=True, ffmpeg=find_ffmpeg(None)))
    scorer.synchroniser = Synchroniser(network, CPU)
    tokens = scorer.synchroniser.seen(probe(film))
    assert tokens.shape == (len(tokens), 8, SMALL.width) and len(tokens) >= 18
    scored, sound = scorer(film, tmp_path / "made.wav"), sweep(6, 16000)
    assert scored.made.desync_s == pytest.approx(scorer.synchroniser.desync_s(tokens, sound, 16000), abs=1e-6)
    assert scored.own.desync_s is not None and scored.made.agreement is not None


def test_the_layout_is_that_of_the_public_file() -> None:
    with torch.device("meta"):
        entries = SyncNetwork().state_dict()
    for key, shape in {
        "vfeat_extractor.blocks.11.timeattn.qkv.weight": (2304, 768),
        "afeat_extractor.ast.embeddings.position_embeddings": (1, 74, 768),
        "afeat_extractor.ast.embeddings.patch_embeddings.projection.weight": (768, 1, 16, 16),
        "afeat_extractor.ast.encoder.layer.11.attention.attention.query.weight": (768, 768),
        "afeat_extractor.ast.encoder.layer.11.intermediate.dense.weight": (3072, 768),
        "afeat_extractor.ast.encoder.layer.11.output.dense.bias": (768,),
        "afeat_extractor.freq_attn_agg.self_attn.in_proj_weight": (2304, 768),
        "aproj.bias": (768,),
        "transformer.pos_emb_cfg.pos_emb": (1, 198, 768),
        "transformer.blocks.2.mlp.2.weight": (768, 3072),
        "transformer.off_head.weight": (21, 768),
    }.items():
        assert entries[key].shape == shape


def test_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(BadOption, match="--synchformer"):
        load_synchroniser(tmp_path / "gone.pth", "cpu")
    torch.save({"vfeat_extractor.cls_token": torch.zeros(1, 1, 768)}, tmp_path / "half.pth")
    with pytest.raises(EmbeddingInvalid, match="no such entry"):
        load_synchroniser(tmp_path / "half.pth", "cpu")
