"""What the benchmarks share: unseen scenes as real films, generated sound, tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from mmhnet_cli.audio.resample import resample
from mmhnet_cli.media.audio_file import read_audio
from mmhnet_cli.options import LOUDNESS_TARGETS, Hit, OutputOptions, SamplerOptions
from mmhnet_cli.pipeline.asking.prepare import prepare
from mmhnet_cli.pipeline.generate import generate
from mmhnet_cli.pipeline.making.load import LoadedModel
from mmhnet_cli.pipeline.request import GenerateRequest
from mmhnet_cli.training.world.captions import caption
from mmhnet_cli.training.world.kinds import DRAWN, KINDS
from mmhnet_cli.training.world.scene import Scene
from mmhnet_cli.training.world.script import SceneConfig, make_scene
from mmhnet_cli.training.world.writer import write_film

FIRST_SEED = 9_000_000
"""Benchmarks draw scenes from here on; training draws from 1, 2 and 5 million."""

CODEC_RATE_HZ = 44100
UNTOUCHED = OutputOptions(loudness=LOUDNESS_TARGETS["off"])
"""No limiter: the network's own level is found again by taking the one gain back."""
IMPACTS = tuple(name for name in DRAWN if KINDS[name].family == "impact")


@dataclass(frozen=True)
class Generated:
    """sound (samples,) at 44.1 kHz and the level the network gave it; gain_db: what the loudness target added."""

    sound: np.ndarray
    gain_db: float


def one_shot_scene(seed: int, kind: str, duration_s: float = 8.0) -> Scene:
    """A scene of one kind, one source, one camera position."""
    config = SceneConfig(kinds=(kind,), shot_s=(duration_s, duration_s + 1), sources_per_shot=(1, 0, 0))
    return make_scene(FIRST_SEED + seed, duration_s, config)


def cut_scene(seed: int, kinds: Sequence[str], duration_s: float, shot_s: tuple[float, float]) -> Scene:
    """A scene that cuts between shots of one source each, of these kinds."""
    config = SceneConfig(kinds=tuple(kinds), shot_s=shot_s, sources_per_shot=(1, 0, 0))
    return make_scene(FIRST_SEED + seed, duration_s, config)


def prompt_of(scene: Scene) -> str:
    """A caption of the scene."""
    return caption(scene, np.random.default_rng((scene.seed, 0xCA97)))


def write_scene(scene: Scene, folder: Path, name: str = "film", size: tuple[int, int] = (320, 180)) -> Path:
    """The scene as a silent H.264 film."""
    path = folder / f"{name}.mp4"
    write_film(scene, None, path, fps=Fraction(25), width=size[0], height=size[1])
    return path


def generate_for(
    film: Path,
    prompt: str,
    model: LoadedModel,
    sampler: SamplerOptions = SamplerOptions(),
    hits_s: Sequence[float] | None = None,
) -> Generated:
    """Sound for a film by the whole pipeline, read back from the file that it wrote. hits_s: are given besides."""
    hits = None if hits_s is None else tuple(Hit(Fraction(float(time)).limit_denominator(10**6)) for time in hits_s)
    with TemporaryDirectory() as folder:
        output = Path(folder) / "sound.wav"
        request = GenerateRequest(film, prompt, sampler=sampler, outputs=(output,), output=UNTOUCHED, hits=hits)
        report = generate(prepare(request), model).report
        samples, rate_hz = read_audio(output)
    gain_db = float(report["takes"][0]["loudness"]["gain"]["db"])
    sound = resample(samples, rate_hz, CODEC_RATE_HZ)[0] * 10 ** (-gain_db / 20)
    return Generated(sound.astype(np.float32), gain_db)


def generate_scene(scene: Scene, model: LoadedModel, prompt: str | None = None) -> Generated:
    """Sound for a scene, drawn as a film first; its own caption is the prompt unless another is given."""
    with TemporaryDirectory() as folder:
        film = write_scene(scene, Path(folder))
        return generate_for(film, prompt_of(scene) if prompt is None else prompt, model)


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Rows as a Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)
