"""A table of models with parts of a few kilobytes by formula, and the servers' side of them."""

import hashlib
import io
import os
from functools import cache
from pathlib import Path

import torch
from safetensors.torch import save

from tests.models.server import World

LICENCES = """
[[licences]]
name = "free"
title = "anything"
url = "https://licences.example/free"
commercial = true

[[licences]]
name = "closed"
title = "research only"
url = "https://licences.example/closed"
commercial = false
"""

PUBLIC = """
[public.16000]
vae = "vae"
vocoder = "voc"
"""

# Model: (what it is, its parts by role)
MODELS = {
    "plain": ("release files, as they are used", {"network": "net", "vae": "vae"}),
    "other": ("shares a part with plain", {"network": "net-2", "vae": "vae"}),
    "old": ("release files that are converted", {"synchformer": "sync", "vocoder": "voc"}),
    "evil": ("one of its parts is a program", {"network": "program", "vae": "vae"}),
    "ghost": ("not published", {"network": "unseen", "vae": "vae"}),
    "hub": ("files of the hub and a release file", {"network": "hub-net", "tokenizer": "words", "vae": "vae"}),
    "hub-old": ("a file of the hub that is converted", {"clip": "clip"}),
}

# Part: (repository, file, format)
HUB = {
    "hub-net": ("some/net", "weights/net.safetensors", "safetensors"),
    "words": ("some/clip", "merges.txt", "text"),
    "clip": ("some/clip", "clip.bin", "torch"),
}

# Part: (file, licence, how it is read)
RELEASES = {
    "net": ("net.safetensors", "closed", 'format = "safetensors"'),
    "net-2": ("net_2.safetensors", "free", 'format = "safetensors"'),
    "vae": ("vae.safetensors", "free", 'format = "safetensors"'),
    "sync": ("sync.pth", "free", 'format = "torch"\nprefix = "vfeat_extractor."'),
    "voc": ("voc.pt", "free", 'format = "torch"\ninside = "generator"'),
    "program": ("program.pth", "free", 'format = "torch"'),
}


class Program:
    """Makes a folder when it is unpickled the ordinary way."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (os.mkdir, ("boom",))


def numbers(start: int, count: int = 20_000) -> torch.Tensor:
    """Float32 (count); no two starts have a value in common."""
    return start + torch.arange(count) / count


def saved(content: object) -> bytes:
    buffer = io.BytesIO()
    torch.save(content, buffer)
    return buffer.getvalue()


@cache
def release_files() -> dict[str, bytes]:
    return {
        "/mirror/v0/net.safetensors": save({"net": numbers(1)}),
        "/mirror/v0/net_2.safetensors": save({"net": numbers(2)}),
        "/mirror/v0/vae.safetensors": save({"vae": numbers(3)}),
        "/mirror/v0/sync.pth": saved({"vfeat_extractor.a": numbers(4), "afeat_extractor.a": numbers(5)}),
        "/mirror/v0/voc.pt": saved({"generator": {"a": numbers(6).half()}}),
        "/mirror/v0/program.pth": saved({"a": numbers(7), "b": Program()}),
    }


@cache
def hub_files() -> dict[str, dict[str, bytes]]:
    return {
        "some/net": {"weights/net.safetensors": save({"net": numbers(8)})},
        "some/clip": {"merges.txt": b"#version: 1\na b\nb c\n", "clip.bin": saved({"clip": numbers(9)})},
    }


def write_table(folder: Path) -> Path:
    """Write `registry.toml`; its path."""
    text = LICENCES + PUBLIC + '\n[parts.unseen]\nformat = "safetensors"\nlicence = "free"\n'
    for name, (summary, parts) in MODELS.items():
        text += f'\n[models.{name}]\nkind = "mmaudio"\nsummary = "{summary}"\n'
        text += 'variant = "mmaudio-small-16k"\n'
        text += "".join(f'parts.{role} = "{part}"\n' for role, part in parts.items())
    for name, (repository, path, form) in HUB.items():
        text += f'\n[parts.{name}]\nhub = "{repository}"\npath = "{path}"\nformat = "{form}"\n'
        text += 'licence = "closed"\nlisted_mib = 1\n'
    for name, (file, licence, how) in RELEASES.items():
        content = release_files()[f"/mirror/v0/{file}"]
        # Large old files have an MD5 alone.
        kind, digest = ("md5", hashlib.md5) if "torch" in how else ("sha256", hashlib.sha256)
        text += (
            f'\n[parts.{name}]\nurl = "https://releases.example/v0/{file}"\n{kind} = "{digest(content).hexdigest()}"\n'
        )
        text += f'licence = "{licence}"\nlisted_mib = 1\n{how}\n'
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "registry.toml").write_text(text)
    return folder / "registry.toml"


def small_world() -> World:
    """The servers' side of the table; releases lie under `/mirror`."""
    world = World(releases=dict(release_files()))
    for repository, files in hub_files().items():
        world.publish(repository, dict(files))
    return world
