"""A public model at full size with weights by formula, from the servers to a film: `python -m tests.full_size`.

Writes every part of the model under the names, keys, shapes and dtypes of the public files and serves them on this
machine as the hub and the release server do. `mmhnet weights pull`, `generate` and `measure` then run on them, each in
a process of its own, with a cache of their own. Prints what each took and what the files are; the sound is noise.

The package runs from a copy whose table has the digests of these files, and a place for networks that nobody has
published. Works where the system counts the memory of processes: Linux and macOS.
"""

import argparse
import json
import math
import os
import re
import shutil
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from fractions import Fraction
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple
from urllib.parse import urlsplit

import av
import numpy as np
import soundfile
import torch
from torch import Tensor

from mmhnet_cli.codec.bigvgan import Filter
from mmhnet_cli.codec.public import PublicCodec
from mmhnet_cli.encoders.clip import ClipConfig, ClipImageTower, ClipTextTower, open_clip_entries
from mmhnet_cli.encoders.clip_tokenizer import MERGES
from mmhnet_cli.encoders.synchformer import PUBLIC_PREFIX, Synchformer, SynchformerConfig
from mmhnet_cli.model.network import Network
from mmhnet_cli.models.adapters import LEADING_AXES, Layout, key_map
from mmhnet_cli.models.checkpoint import save_tensors, shapes_of
from mmhnet_cli.models.digests import Digests, read_digests
from mmhnet_cli.models.registry import MODELS
from mmhnet_cli.models.table import HubFile, Part, ReleaseFile
from mmhnet_cli.pipeline.making.load import CODECS
from mmhnet_cli.training.world.script import make_scene
from mmhnet_cli.training.world.writer import write_film

ROOT = Path(__file__).parents[1]
PROGRAM = "import sys; from mmhnet_cli.cli.app import main; sys.exit(main(sys.argv[1:]))"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
RATE_HZ = 48000
FILM_S = 2.0

Shapes = dict[str, tuple[int, ...]]


class Published(NamedTuple):
    """A file on the servers. path: below their root."""

    path: str
    digests: Digests


def value(key: str, shape: tuple[int, ...]) -> Tensor:
    """Float32 by the name alone: a matrix of unit gain, the gain of a norm near 1, or a small vector."""
    noise = torch.empty(shape).uniform_(-1, 1, generator=torch.Generator().manual_seed(zlib.crc32(key.encode())))
    if len(shape) >= 2:
        return noise.mul_(math.sqrt(3 / math.prod(shape[1:])))
    return noise.mul_(0.1).add_(1.0 if key.endswith("weight") else 0.0)


def public_shapes(model: str) -> dict[str, Shapes]:
    """Keys and shapes of the published files with weights, by role."""
    config = MODELS[model].spec.network
    with torch.device("meta"):
        network = shapes_of(Network(config).state_dict())
        codec = PublicCodec(CODECS[MODELS[model].spec.codec.name])
        clip = shapes_of(open_clip_entries(ClipImageTower(ClipConfig()), ClipTextTower(ClipConfig())))
        visual = shapes_of(Synchformer(SynchformerConfig()).state_dict())
    if MODELS[model].kind == "mmaudio":
        layout = Layout(config.multimodal_blocks, config.single_modal_blocks, config.context_activation)
        network = {old: (1,) * LEADING_AXES.get(old, 0) + network[own] for old, own in key_map(layout).items()}
    # One entry stands for the audible branch, which is about as large.
    audible: Shapes = {"afeat_extractor": (sum(math.prod(shape) for shape in visual.values()),)}
    return {
        "network": network,
        # The published file holds this scalar as a vector.
        "clip": clip | {"logit_scale": (1,)},
        "synchformer": {PUBLIC_PREFIX + key: shape for key, shape in visual.items()} | audible,
        "vae": shapes_of(codec.vae.state_dict()),
        "vocoder": with_weight_norm(shapes_of(codec.vocoder.state_dict())),
    }


def with_weight_norm(shapes: Shapes) -> Shapes:
    """Norms and directions in the place of each weight, as vocoders are published."""
    normed: Shapes = {}
    for key, shape in shapes.items():
        place, last = key.rsplit(".", 1)
        if last == "weight":
            normed[f"{place}.parametrizations.weight.original0"] = (shape[0], 1, 1)
            normed[f"{place}.parametrizations.weight.original1"] = shape
        else:
            normed[key] = shape
    return normed


def write_files(model: str, root: Path) -> dict[str, Published]:
    """Write the published files of a model below `root`; by the name of the part."""
    shapes = public_shapes(model)
    files = {}
    for role, part in MODELS[model].parts.items():
        place = server_path(part)
        path = root / place
        path.parent.mkdir(parents=True, exist_ok=True)
        if part.format == "text":
            merges = (f"<{number} >" for number in range(MERGES))
            path.write_text("\n".join(["#version: 0.2", *merges, ""]), encoding="utf-8")
        else:
            write_weights(part, shapes[role], path)
        files[part.name] = Published(place, read_digests(path))
        print(f"{place}: {path.stat().st_size / 2**20:.0f} MiB", flush=True)
    return files


def write_weights(part: Part, shapes: Shapes, path: Path) -> None:
    # Without the low pass of its resamplers a vocoder makes noise of any mel.
    tensors = {key: Filter().filter if key.endswith(".filter") else value(key, shapes[key]) for key in shapes}
    if part.format == "safetensors":
        save_tensors(path, tensors)
    else:
        torch.save(tensors if part.inside is None else {part.inside: tensors}, path)


def hub_file(part: Part) -> HubFile | None:
    """Where the part lies on the hub; what nobody has published lies there too, for the length of this run."""
    if part.source is None:
        return HubFile("formula/mmhnet", f"{part.name}.{part.format}", "main")
    return part.source if isinstance(part.source, HubFile) else None


def server_path(part: Part) -> str:
    if (file := hub_file(part)) is not None:
        return str(file)
    assert isinstance(part.source, ReleaseFile)
    return urlsplit(part.source.url).path.removeprefix("/")


def copy_package(model: str, files: Mapping[str, Published], folder: Path) -> None:
    """The package as a checkout has it, beside a table that has the digests of `files`."""
    unneeded = shutil.ignore_patterns("_weights", "__pycache__")
    for name in ("mmhnet_cli", "weights"):
        shutil.copytree(ROOT / name, folder / name, ignore=unneeded)
    table = folder / "weights" / "registry.toml"
    text = table.read_text(encoding="utf-8")
    for part in MODELS[model].parts.values():
        digests = files[part.name].digests
        if part.md5 is not None:
            text = text.replace(part.md5, digests.md5)
        if part.source is None and (file := hub_file(part)) is not None:
            entry = f'hub = "{file.repository}"\npath = "{file.path}"\nsha256 = "{digests.sha256}"\n'
            text = text.replace(f"[parts.{part.name}]\n", f"[parts.{part.name}]\n{entry}")
    table.write_text(text, encoding="utf-8")


class Handler(SimpleHTTPRequestHandler):
    """Both servers in one: release files by their path, those of the hub with their commit and digest."""

    protocol_version = "HTTP/1.1"
    sha256: Mapping[str, str]

    def log_message(self, *arguments: object) -> None:
        pass

    def translate_path(self, path: str) -> str:
        return super().translate_path(self._place(path))

    def end_headers(self) -> None:
        place = self._place(self.path)
        if place != self.path and place.removeprefix("/") in self.sha256:
            self.send_header("X-Repo-Commit", COMMIT)
            self.send_header("ETag", f'"{self.sha256[place.removeprefix("/")]}"')
        super().end_headers()

    def _place(self, path: str) -> str:
        return re.sub(r"/resolve/[^/]+/", "/", path)


@contextmanager
def serving(root: Path, files: Mapping[str, Published]) -> Iterator[str]:
    """Answer on a free port until the block ends; the address."""
    sha256 = {file.path: file.digests.sha256 for file in files.values()}
    handler = partial(type("Handler", (Handler,), {"sha256": sha256}), directory=str(root))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def environment_for(folder: Path, url: str) -> dict[str, str]:
    """Variables with which the copy of the package and an empty cache are used, and no server but this one."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith(("HF_", "MMHNET_"))}
    return kept | {
        "PYTHONPATH": str(folder / "package"),
        "HF_HOME": str(folder / "cache"),
        "HF_ENDPOINT": url,
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "MMHNET_RELEASES_URL": url,
        "NO_PROXY": "127.0.0.1",
    }


def mmhnet(folder: Path, environment: Mapping[str, str], *arguments: object) -> str:
    """Run a command and say what it took; what it wrote to stdout. Raises CalledProcessError."""
    command = [sys.executable, "-c", PROGRAM, *map(str, arguments)]
    began = time.perf_counter()
    with subprocess.Popen(command, env=environment, cwd=folder, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = process.stdout.read()
        # Unlike the usual wait, this one tells the memory of the one process.
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command, said)
    peak_mib = usage.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
    seconds, busy_s = time.perf_counter() - began, usage.ru_utime + usage.ru_stime
    print(f"mmhnet {arguments[0]}: {seconds:.0f} s, {busy_s:.0f} s of processor, peak {peak_mib:.0f} MiB", flush=True)
    return said


def check_sound(path: Path, film: Path) -> None:
    """The right rate, width and length to the sample, and every sample a number."""
    with av.open(str(film)) as container:
        rate = container.streams.video[0].average_rate
    assert rate is not None
    film_s = len(packets(film)) / Fraction(rate)
    facts = soundfile.info(path)
    samples, _ = soundfile.read(path, dtype="float32")
    print(f"{path.name}: {facts.frames} samples, {facts.samplerate} Hz, {facts.subtype}, {facts.channels} channel")
    assert (facts.samplerate, facts.subtype, facts.channels) == (RATE_HZ, "PCM_24", 1)
    assert facts.frames == round(film_s * RATE_HZ), f"{float(film_s)} s of film"
    assert np.isfinite(samples).all()
    assert samples.std() > 1e-3


def check_film(path: Path, film: Path, model: str) -> None:
    """The picture of the film, packet by packet, beside one sound, and the words about its origin."""
    with av.open(str(path)) as container:
        [sound] = container.streams.audio
        comment = container.metadata["comment"]
        print(
            f"{path.name}: {container.format.name}, {(container.duration or 0) / 1e6:g} s, "
            f"{container.streams.video[0].codec_context.name} and {sound.codec_context.name} at {sound.rate} Hz, "
            f"comment: {comment}"
        )
        assert (sound.codec_context.name, sound.rate) == ("aac", RATE_HZ)
        assert model in comment
        assert "not for commercial use" in comment
    assert packets(path) == packets(film)


def packets(path: Path) -> list[bytes]:
    """The coded pictures of a film."""
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(video=0) if packet.size]


def run(model: str, film: Path | None, folder: Path) -> None:
    """Everything, in an empty folder. Raises AssertionError or CalledProcessError where something is not right."""
    if film is None:
        film = folder / "film.mp4"
        write_film(make_scene(8000005, FILM_S), None, film)
    served, sound, remuxed = folder / "served", folder / "sound.wav", folder / "film_with_sound.mp4"
    # The system counts the memory of a process from that of its parent on, so the parent must stay small.
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        files = pool.submit(write_files, model, served).result()
    copy_package(model, files, folder / "package")
    with serving(served, files) as url:
        environment = environment_for(folder, url)
        mmhnet(folder, environment, "weights", "pull", model, "--accept-license")
    # The servers are gone: whatever would still ask them fails.
    asked = (film, "--model", model, "--prompt", "rain", "-o", sound, "-o", remuxed)
    report_file = mmhnet(folder, environment, "generate", *asked).splitlines()[-1]
    report = json.loads(Path(report_file).read_text(encoding="utf-8"))
    print("; ".join(f"{stage} {taken:.0f} s" for stage, taken in report["timings_s"].items()))
    print(f"on {report['device']['name']} in {report['device']['dtype']}")
    check_sound(sound, film)
    check_film(remuxed, film, model)
    print(mmhnet(folder, environment, "measure", sound, remuxed, "--check", "ebu"), end="")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    public = [name for name, entry in MODELS.items() if not entry.embedded]
    parser.add_argument("--model", choices=public, default="mmaudio-small-16k")
    parser.add_argument("--film", type=Path, help="an MP4 film; without it one of 2 s is drawn")
    parser.add_argument("--folder", type=Path, help="keep everything in this new folder; without it nothing stays")
    options = parser.parse_args()
    film = None if options.film is None else options.film.resolve()
    if options.folder is None:
        with TemporaryDirectory() as folder:
            run(options.model, film, Path(folder))
    else:
        options.folder.mkdir(parents=True)
        run(options.model, film, options.folder.resolve())
    print("all as it should be")


if __name__ == "__main__":
    main()
