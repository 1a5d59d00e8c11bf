"""The JSON report beside the sound: everything needed to make the same file again, and what was measured."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from mmhnet_cli import __version__
from mmhnet_cli.audio.loudness import GainDecision, Loudness
from mmhnet_cli.pipeline.facts import film_facts, loudness_facts
from mmhnet_cli.pipeline.load import LoadedModel
from mmhnet_cli.pipeline.prepare import Job
from mmhnet_cli.weights.checkpoint import sha256

SCHEMA = 1
# IPTC's terms: wholly made by a trained model, and a film's own picture with such a sound.
GENERATED = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
COMPOSITE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"


def request_facts(job: Job) -> dict[str, Any]:
    """What was asked for: the film, its part, the words and the sampler."""
    request = job.request
    return {
        "film": film_facts(job.film),
        "range": {"start_s": str(job.start), "end_s": str(job.end)},
        "prompt": request.prompt,
        "negative_prompt": request.negative_prompt,
        "sampler": {
            "solver": request.sampler.solver,
            "steps": request.sampler.steps,
            "guidance": request.sampler.guidance,
            "seed": request.sampler.seed,
            "long_form": request.long_form.mode,
        },
    }


def marking(output: Path) -> str:
    """How the file is marked as made by a model, as an IPTC digital source type."""
    return GENERATED if output.suffix.lower() == ".wav" else COMPOSITE


def relative(path: Path, folder: Path) -> str:
    """`path` as the report in `folder` names it: below the folder or by its bare name, never with a home folder."""
    path, folder = path.absolute(), folder.absolute()
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.name


def to_json(report: Mapping[str, Any]) -> bytes:
    """UTF-8 JSON. A loudness that does not exist is null; NaN is refused."""
    text = json.dumps(report, indent=2, ensure_ascii=False, allow_nan=False)
    # A file name that is not valid text holds lone surrogates; their JSON escapes are valid.
    return (text + "\n").encode("utf-8", errors="backslashreplace")


def build_report(
    job: Job,
    model: LoadedModel,
    parts: Mapping[Path, Path],
    seconds: Mapping[str, float],
    shape: tuple[int, ...],
    before: Loudness,
    after: Loudness,
    gain: GainDecision,
) -> dict[str, Any]:
    """The whole report. parts: final name of each output -> where it lies now; shape: (channels, samples)."""
    folder = job.report.parent
    target = job.request.output.loudness
    return {
        "schema": SCHEMA,
        "tool": {"name": "mmhnet", "version": __version__},
        "model": {
            "name": model.name,
            "licence": model.licence,
            "commercial_use": model.commercial,
            "sha256": dict(model.sha256),
        },
        "source": {"file": relative(job.film.path, folder), "sha256": sha256(job.film.path)},
        **request_facts(job),
        "device": {
            "name": str(model.device),
            "dtype": str(model.dtype).removeprefix("torch."),
            "torch": str(torch.__version__),
        },
        "timings_s": {stage: round(taken, 3) for stage, taken in seconds.items()},
        "sound": {
            "sample_rate_hz": job.request.output.sample_rate_hz,
            "bits": job.request.output.bits,
            "channels": shape[0],
            "samples": shape[1],
        },
        "loudness": {
            "target": {"integrated_lufs": target.integrated_lufs, "true_peak_dbtp": target.true_peak_dbtp},
            "before": loudness_facts(before),
            "after": loudness_facts(after),
            "gain": {"db": gain.gain_db, "limited_by": gain.limited_by, "short_db": gain.short_db},
        },
        "files": [
            {"file": relative(path, folder), "sha256": sha256(part), "digital_source_type": marking(path)}
            for path, part in parts.items()
        ],
    }
