"""Words as bags of hashed pieces: what is near, what is cut, what is left out."""

import zlib

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from mmhnet_cli.encoders.text import SubwordTextEncoder, TextConfig, word_pieces


@pytest.fixture(scope="module")
def encoder() -> SubwordTextEncoder:
    torch.manual_seed(0)
    return SubwordTextEncoder(TextConfig()).eval()


def word(encoder: SubwordTextEncoder, text: str) -> Tensor:
    """(width,) of the first word of a text."""
    with torch.no_grad():
        return encoder(encoder.tokenize([text]))[0][0, 1]


def similarity(encoder: SubwordTextEncoder, one: str, other: str) -> float:
    return float(F.cosine_similarity(word(encoder, one), word(encoder, other), dim=0))


def test_pieces_of_a_word_mark_its_borders() -> None:
    assert word_pieces("rain") == ["<rain>", "<ra", "rai", "ain", "in>", "<rai", "rain", "ain>"]
    assert word_pieces("a") == ["<a>", "<a>"]


def test_tokens_are_hashes_that_every_machine_agrees_on(encoder: SubwordTextEncoder) -> None:
    ids = encoder.tokenize(["Rain!"])
    assert ids.shape == (1, 32, 16)
    assert ids.dtype == torch.int64
    hashed = [1 + zlib.crc32(piece.encode()) % 4095 for piece in word_pieces("rain")]
    assert ids[0, 1].tolist() == hashed + [0] * 8
    assert ids[0, 0].tolist() == [1] + [0] * 15
    assert not ids[0, 2:].any()
    assert torch.equal(ids, SubwordTextEncoder(TextConfig()).tokenize(["Rain!"]))


@pytest.mark.parametrize(
    ("near", "name", "far"),
    [("raining", "rain", "hammer"), ("footstep", "footsteps", "engine"), ("thundr", "thunder", "siren")],
)
def test_forms_and_typos_of_a_word_are_near_it(encoder: SubwordTextEncoder, near: str, name: str, far: str) -> None:
    assert similarity(encoder, near, name) > similarity(encoder, near, far) + 0.2
    assert similarity(encoder, near, name) > 0.3


def test_a_word_never_met_has_pieces(encoder: SubwordTextEncoder) -> None:
    ids = encoder.tokenize(["Grzegżółka 雨"])
    assert (ids[0, 1] > 0).sum() > 8
    assert (ids[0, 2] > 0).sum() >= 1
    assert word(encoder, "Grzegżółka").norm() > 1


@pytest.mark.parametrize("text", ["", "  ", "...", "_ _"])
def test_a_text_without_words_is_the_start_token(encoder: SubwordTextEncoder, text: str) -> None:
    features, mask = encoder(encoder.tokenize([text]))
    assert mask.sum(1).tolist() == [1]
    assert mask[0, 0]
    assert features[0, 0].abs().sum() > 0


def test_padding_is_masked_and_zero(encoder: SubwordTextEncoder) -> None:
    features, mask = encoder(encoder.tokenize(["rain", "rain on a tin roof", ""]))
    assert features.shape == (3, 32, 128)
    assert mask.dtype == torch.bool
    assert mask.sum(1).tolist() == [2, 6, 1]
    assert not features[~mask].any()
    assert torch.equal(mask, mask.cummin(1).values)


def test_a_text_is_the_same_alone_and_beside_others(encoder: SubwordTextEncoder) -> None:
    together, _ = encoder(encoder.tokenize(["bell", "a long text about many other things"]))
    alone, _ = encoder(encoder.tokenize(["bell"]))
    assert torch.allclose(together[0], alone[0], atol=1e-6)


def test_words_beyond_the_last_place_are_left_out(encoder: SubwordTextEncoder) -> None:
    words = [f"word{number}" for number in range(40)]
    ids = encoder.tokenize([" ".join(words), " ".join(words[:31]), " ".join(words[:30])])
    assert torch.equal(ids[0], ids[1])
    assert not torch.equal(ids[0], ids[2])
    assert encoder(ids)[1].sum(1).tolist() == [32, 32, 31]


def test_a_long_word_keeps_its_first_pieces(encoder: SubwordTextEncoder) -> None:
    ids = encoder.tokenize(["incomprehensibilities"])[0, 1]
    first = word_pieces("incomprehensibilities")[:16]
    assert ids.tolist() == [1 + zlib.crc32(piece.encode()) % 4095 for piece in first]


def test_capitals_and_punctuation_say_nothing(encoder: SubwordTextEncoder) -> None:
    plain = encoder.tokenize(["rain on a tin roof"])
    for text in ("RAIN ON A TIN ROOF", "Rain, on a tin-roof.", "rain_on a  tin\nroof"):
        assert torch.equal(encoder.tokenize([text]), plain)


def test_order_of_words_moves_tokens_only(encoder: SubwordTextEncoder) -> None:
    features, _ = encoder(encoder.tokenize(["rain wind", "wind rain"]))
    assert torch.equal(features[0, 1], features[1, 2])
    assert torch.equal(features[0, 2], features[1, 1])


def test_only_pieces_that_occur_are_trained() -> None:
    encoder = SubwordTextEncoder(TextConfig(words=4, table=64, width=8))
    ids = encoder.tokenize(["rain"])
    encoder(ids)[0].square().sum().backward()
    ids_used = set(ids.unique().tolist()) - {0}
    encoder.zero_grad()
    features, _ = encoder(ids)
    (features * torch.arange(8)).sum().backward()
    gradient = encoder.embedding.weight.grad
    assert gradient is not None
    assert set(gradient.abs().sum(1).nonzero()[:, 0].tolist()) == ids_used


def test_half_precision_stays_half() -> None:
    encoder = SubwordTextEncoder(TextConfig(words=4, table=64, width=8))
    ids = encoder.tokenize(["rain wind"])
    exact, mask = encoder(ids)
    half, half_mask = encoder.to(torch.bfloat16)(ids)
    assert half.dtype == torch.bfloat16
    assert torch.equal(half_mask, mask)
    torch.testing.assert_close(half.float(), exact, rtol=0.05, atol=0.05)
