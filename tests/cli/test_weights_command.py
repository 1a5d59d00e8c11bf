"""`mmhnet weights` with the table of the package and an empty cache; servers are in `tests/models/test_hub.py`."""

from pathlib import Path

import pytest

from mmhnet_cli.models.registry import MODELS
from tests.cli.conftest import RunCommand


@pytest.fixture(autouse=True)
def empty_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The hub's cache of somebody who has pulled nothing."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


def test_list(mmhnet: RunCommand, empty_cache: Path) -> None:
    ran = mmhnet("weights", "list")
    assert ran.code == 0, ran.err
    header, *rows = [line.split() for line in ran.out.splitlines()]
    assert header == ["model", "here", "size", "licence", "commercial", "summary"]
    assert [row[0] for row in rows] == list(MODELS)
    table = {row[0]: row for row in rows}
    assert table["mini"][1] == "package"
    assert table["mini"][4:6] == ["Apache-2.0", "yes"]
    assert table["s-16k"][1:5] == ["unpublished", "-", "apple-amlr", "NO"]
    assert table["mmaudio-large-44k-v2"][1:6] == ["no", "10.9", "GB", "apple-amlr", "NO"]
    assert "Nobody publishes a digest of clip, tokenizer, vocoder-44k" in ran.err
    # Looking leaves no traces.
    assert not empty_cache.exists()


def test_list_in_json(mmhnet: RunCommand) -> None:
    ran = mmhnet("weights", "list", "--json")
    assert ran.err == ""
    models = {record["name"]: record for record in ran.records}
    assert list(models) == list(MODELS)
    assert models["mini"]["commercial"] is True
    assert models["l-44k"]["size_bytes"] is None
    digests = {part["role"]: part["digest"] for part in models["mmaudio-small-44k"]["parts"]}
    assert digests == {
        "network": "published",
        "clip": "none",
        "tokenizer": "none",
        "synchformer": "published",
        "vae": "published",
        "vocoder": "none",
    }
    assert models["mmaudio-small-44k"]["non_commercial_parts"] == [
        *("mmaudio-small-44k", "clip", "tokenizer", "vae-44k"),
    ]


def test_the_model_of_the_package(mmhnet: RunCommand) -> None:
    folder = Path(mmhnet("weights", "path", "mini").out.strip())
    assert (folder / "config.json").is_file()
    [record] = mmhnet("weights", "path", "mini", "--json").records
    assert record["parts"]["codec"] == str(folder / "codec.safetensors")
    assert mmhnet("weights", "pull", "mini").out == "mini\n"
    assert mmhnet("weights", "rm", "mini", "--yes").code == 2
    assert (folder / "config.json").is_file()
    ran = mmhnet("weights", "verify")
    assert (ran.code, ran.out) == (0, "")
    assert "Nothing was pulled" in ran.err


def test_pull_shows_what_it_wants(mmhnet: RunCommand, empty_cache: Path) -> None:
    ran = mmhnet("weights", "pull", "mmaudio-small-16k")
    assert ran.code == 5
    for words in (
        "mmaudio-small-16k: about 6.7 GB to download",
        "hkchengrex/MMAudio/weights/mmaudio_small_16k.pth",
        "CC-BY-NC-4.0: Creative Commons Attribution-NonCommercial 4.0, NOT for paid work",
        "apple-amlr: ",
        "error: mmaudio-small-16k comes under CC-BY-NC-4.0, apple-amlr, MIT, unstated, not accepted so far.",
    ):
        assert words in ran.err
    assert not empty_cache.exists()


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("path", "mmaudio-large-44k"), 5, "mmhnet weights pull mmaudio-large-44k"),
        (("path", "s-44k"), 5, "nobody has published mmhnet-s-44k"),
        (("pull", "s-44k", "--accept-license"), 5, "nobody has published mmhnet-s-44k"),
        (
            ("pull", "mmaudio-small-16k", "--offline", "--accept-license"),
            5,
            "the network is off: mmaudio-small-16k, clip",
        ),
        (("pull", "nobody"), 5, "neither a known model nor a folder"),
        (("pull", "owner/name", "--offline"), 5, "the network is off"),
        (("pull", "mini", "--releases-url", "ftp://a"), 2, "https://"),
        (("pull", "best.pth"), 5, "Only safetensors files are opened"),
        (("verify", "mmaudio-small-16k"), 5, "not on this machine"),
        (("verify", "nobody"), 5, "neither a known model"),
        (("rm", "mmaudio-small-16k"), 5, "not on this machine"),
        (("rm", "owner/name"), 5, "not on this machine"),
        (("rm", "nobody"), 5, "neither a known model"),
    ],
)
def test_mistakes(mmhnet: RunCommand, arguments: tuple[str, ...], code: int, words: str) -> None:
    ran = mmhnet("weights", *arguments)
    assert ran.code == code
    assert words in ran.err
    assert ran.err.count("error: ") == 1
    assert "Traceback" not in ran.err
    assert ran.out == ""


def test_generate_says_how_to_get_a_model(mmhnet: RunCommand, film: Path) -> None:
    ran = mmhnet("generate", film, "-n", "--model", "mmaudio-small-44k")
    assert ran.code == 5
    assert "mmhnet weights pull mmaudio-small-44k" in ran.err
