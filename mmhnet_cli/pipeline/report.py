"""The JSON report beside the sound: everything needed to make the same files again, and what was measured."""

from collections.abc import Mapping
from typing import Any

import torch

from mmhnet_cli import __version__
from mmhnet_cli.pipeline.batch.fingerprint import fingerprint
from mmhnet_cli.pipeline.delivery import Sounds, Written, marking
from mmhnet_cli.pipeline.doubts import unknown_words
from mmhnet_cli.pipeline.facts import film_facts, level_facts
from mmhnet_cli.pipeline.load import LoadedModel
from mmhnet_cli.pipeline.prepare import Job
from mmhnet_cli.pipeline.report_file import SCHEMA, relative, request_facts, to_json
from mmhnet_cli.weights.digests import file_sha256


class Report:
    """Grows take by take."""

    def __init__(self, job: Job, model: LoadedModel) -> None:
        self.job = job
        folder = job.report.parent
        output, request = job.request.output, request_facts(job.request, folder)
        self.head = {
            "schema": SCHEMA,
            "tool": {"name": "mmhnet", "version": __version__},
            "model": {
                "name": model.name,
                "licence": model.licence,
                "commercial_use": model.commercial,
                "sha256": dict(model.sha256),
            },
            "fingerprint": fingerprint(job.film.path, request, model.sha256, __version__),
            "source": {"file": relative(job.film.path, folder), "sha256": file_sha256(job.film.path)},
            "film": film_facts(job.film),
            "request": request,
            "range": {"start_s": str(job.start), "end_s": str(job.end)},
            "timecode": {
                "start": None if job.timecode is None else str(job.timecode),
                "time_reference_samples": job.time_reference,
            },
            "device": {
                "name": str(model.device),
                "dtype": str(model.dtype).removeprefix("torch."),
                "torch": str(torch.__version__),
            },
            "sound": {
                "sample_rate_hz": output.sample_rate_hz,
                "bits": output.bits,
                "channels": output.channels,
                "samples": job.samples,
                "handle_samples": job.handle_samples,
            },
        }
        self.takes: list[dict[str, Any]] = []
        self.warnings: dict[str, Any] = {**unknown_words(job), "quiet": []}

    def add(self, take: int, sounds: Sounds, written: Written, quiet: list[dict[str, Any]]) -> None:
        """A take whose files are written, though not under their names yet. quiet: as `quiet_voices` finds them."""
        self.warnings["quiet"] += quiet
        request, folder = self.job.request, self.job.report.parent
        self.takes.append(
            {
                "take": take + 1,
                "seeds": {voice.name: request.seed(number, take) for number, voice in enumerate(request.voices)},
                "loudness": level_facts(sounds.level, request.output.loudness),
                "files": [
                    {
                        "file": relative(output.path, folder),
                        "stem": output.stem,
                        "bytes": part.stat().st_size,
                        "sha256": file_sha256(part),
                        "digital_source_type": marking(self.job, output),
                    }
                    for output, part in written.parts.items()
                ],
            }
        )

    def facts(self, seconds: Mapping[str, float]) -> dict[str, Any]:
        """All of it. seconds: what each stage took."""
        timings = {stage: round(taken, 3) for stage, taken in seconds.items()}
        return {**self.head, "warnings": self.warnings, "takes": self.takes, "timings_s": timings}

    def content(self, seconds: Mapping[str, float]) -> bytes:
        return to_json(self.facts(seconds))
