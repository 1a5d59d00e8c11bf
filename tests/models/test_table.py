"""The table of the package, and what a table may say."""

from pathlib import Path

import pytest

from mmhnet_cli.errors import UnknownModel
from mmhnet_cli.model.variants import VARIANTS
from mmhnet_cli.models.registry import MODELS, TABLE
from mmhnet_cli.models.table import EmbeddedFile, HubFile, ReleaseFile, read_table

ROLES = {"network", "clip", "tokenizer", "synchformer", "vae", "vocoder"}

# From the specification of MMAudio, section 6.
MD5 = {
    "mmaudio-small-16k": "af93cde404179f58e3919ac085b8033b",
    "mmaudio-small-44k": "babd74c884783d13701ea2820a5f5b6d",
    "mmaudio-medium-44k": "5a56b6665e45a1e65ada534defa903d0",
    "mmaudio-large-44k": "fed96c325a6785b85ce75ae1aafd2673",
    "mmaudio-large-44k-v2": "01ad4464f049b2d7efdaa4c1a59b8dfe",
    "vae-16k": "69f56803f59a549a1a507c93859fd4d7",
    "vae-44k": "fab020275fa44c6589820ce025191600",
    "vocoder-16k": "eeaf372a38a9c31c362120aba2dde292",
    "synchformer": "5b2f5594b0730f70e41e549b7c94390c",
}


def test_every_network_has_a_configuration() -> None:
    assert set(MODELS) == set(VARIANTS)
    for entry in MODELS.values():
        assert (entry.config is not None) == (entry.name == "mini")
        assert entry.variant == (None if entry.name == "mini" else entry.name)


def test_parts_are_of_the_sample_rate_of_their_model() -> None:
    for entry in MODELS.values():
        if entry.name != "mini":
            assert set(entry.parts) == ROLES
            rate = {16000: "16k", 44100: "44k"}[VARIANTS[entry.name].sequence.sample_rate_hz]
            assert entry.parts["network"].name.removeprefix("mmhnet-") == entry.name
            assert (entry.parts["vae"].name, entry.parts["vocoder"].name) == (f"vae-{rate}", f"vocoder-{rate}")


def test_published_digests() -> None:
    parts = {part.name: part for entry in MODELS.values() for part in entry.parts.values()}
    assert {name: part.md5 for name, part in parts.items() if part.md5} == MD5
    assert not any(part.sha256 for part in parts.values())
    # Only what the hub names by commit goes without.
    for part in parts.values():
        assert part.has_digest or not isinstance(part.source, ReleaseFile)


def test_licences() -> None:
    assert MODELS["mini"].licence.name == "Apache-2.0"
    assert [name for name, entry in MODELS.items() if entry.commercial] == ["mini"]
    assert {entry.licence.name for name, entry in MODELS.items() if name != "mini"} == {"apple-amlr"}
    assert MODELS["mmaudio-large-44k-v2"].non_commercial_parts == (
        *("mmaudio-large-44k-v2", "clip", "tokenizer", "vae-44k"),
    )
    # From the freest on: none that forbids paid work is followed by one that allows it.
    commercial = [licence.commercial for licence in sorted(TABLE.licences.values(), key=lambda one: one.strictness)]
    assert commercial == [True, True, True, False, False, False]


def test_sources() -> None:
    assert MODELS["mini"].embedded
    for name in ("s-16k", "s-44k", "l-44k"):
        assert MODELS[name].unpublished == (f"mmhnet-{name}",)
    clip = MODELS["mmaudio-small-16k"].parts["clip"]
    assert clip.source == HubFile("apple/DFN5B-CLIP-ViT-H-14-378", "open_clip_pytorch_model.bin", "main")
    for entry in MODELS.values():
        for part in entry.parts.values():
            if isinstance(part.source, ReleaseFile):
                assert part.source.url.startswith("https://")
            if isinstance(part.source, EmbeddedFile):
                assert part.source.path.is_file()
            elif part.source is not None:
                assert part.listed_bytes


LICENCE = '[[licences]]\nname = "free"\ntitle = "free"\nurl = ""\ncommercial = true\n[models]\n'


@pytest.mark.parametrize(
    ("model", "kind"),
    [
        ("", ValueError),
        ('config = "c.json"\nvariant = "s-16k"', ValueError),
        ('variant = "s-44k"\npublic_hz = 16000', ValueError),
        ('variant = "s-44k"\npublic_hz = 48000', KeyError),
        ('variant = "xl-44k"\npublic_hz = 16000', UnknownModel),
    ],
    ids=["no configuration", "two", "another rate", "an unknown rate", "an unknown variant"],
)
def test_a_model_that_is_not_one(tmp_path: Path, model: str, kind: type[Exception]) -> None:
    text = f'licences = []\n[parts]\n[public.16000]\n[models.x]\nkind = "x"\nsummary = ""\nparts = {{}}\n{model}\n'
    (tmp_path / "registry.toml").write_text(text)
    with pytest.raises(kind):
        read_table(tmp_path / "registry.toml")


@pytest.mark.parametrize(
    ("part", "kind"),
    [
        ('url = "https://a/b"\nformat = "torch"\nlicence = "free"', ValueError),
        ('url = "https://a/b"\nmd5 = "0"\nformat = "torch"\nlicence = "other"', KeyError),
        ('hub = "a/b"\nformat = "torch"\nlicence = "free"', KeyError),
        ('hub = "a/b"\npath = "c"\nformat = "torch"\nlicence = "free"\nshape = 3', TypeError),
    ],
    ids=["an address without digest", "an unknown licence", "a hub without path", "an unknown key"],
)
def test_mistakes_in_a_table(tmp_path: Path, part: str, kind: type[Exception]) -> None:
    (tmp_path / "registry.toml").write_text(f"{LICENCE}[parts.x]\n{part}\n")
    with pytest.raises(kind):
        read_table(tmp_path / "registry.toml")
