"""The JSON report beside the sound: everything needed to make the same files again, and what was measured."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from mmhnet_cli import __version__
from mmhnet_cli.encoders.protocol import Shot
from mmhnet_cli.errors import ReportUnreadable
from mmhnet_cli.models.digests import file_sha256
from mmhnet_cli.pipeline.asking.facts import film_facts, shot_facts
from mmhnet_cli.pipeline.asking.fingerprint import fingerprint
from mmhnet_cli.pipeline.asking.report_file import SCHEMA, files_of, read_report, relative, request_facts, to_json
from mmhnet_cli.pipeline.delivery.cue_files import cue_facts
from mmhnet_cli.pipeline.delivery.doubts import doubtful_words, understood_words, unseen_shots
from mmhnet_cli.pipeline.delivery.files import WrittenFile, marking
from mmhnet_cli.pipeline.delivery.latents import fit_in_a_file, latents_path, read_latents
from mmhnet_cli.pipeline.delivery.level import level_facts
from mmhnet_cli.pipeline.delivery.sounds import Sounds
from mmhnet_cli.pipeline.making.load import LoadedModel
from mmhnet_cli.pipeline.request import Job


class Report:
    """Grows take by take."""

    def __init__(self, job: Job, model: LoadedModel) -> None:
        self.job = job
        folder = job.report.parent
        output, request = job.request.output, request_facts(job.request, folder)
        self.head: dict[str, Any] = {
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
            "understood": understood_words(job),
            "range": {"start_s": str(job.start), "end_s": str(job.end)},
            "timecode": {
                "start": None if job.timecode is None else str(job.timecode),
                "rate": None if job.timecode is None else str(job.timecode.rate),
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
                "channels": job.channels,
                "samples": job.samples,
                "handle_samples": job.handle_samples,
            },
        }
        self.takes = _earlier_takes(job, self.head["fingerprint"])
        self.latents = _earlier_latents(job, self.takes)
        self.written: list[Path] = []
        self.warnings: dict[str, Any] = {
            "timecode": list(job.warnings),
            **doubtful_words(job),
            "unseen": [],
            "quiet": [],
        }
        self._lost_pictures = 0
        self._seen: list[dict[str, Any]] = []

    def see(self, shots: Sequence[Shot]) -> None:
        """Note what is seen in each shot of the film."""
        self._seen = shot_facts(shots)
        self.warnings["unseen"] = unseen_shots(self.job, shots)

    @property
    def seen_most(self) -> str | None:
        """Return the kind of sound that the picture shows most of, over all shots; None where it shows none."""
        shares: Counter[str] = Counter()
        for shot in self._seen:
            for kind, share in shot["kinds"].items():
                shares[kind] += share * (shot["end_s"] - shot["start_s"])
        return max(shares, key=lambda kind: shares[kind], default=None)

    @property
    def film_sha256(self) -> str:
        """Return the digest of the film."""
        return str(self.head["source"]["sha256"])

    def lost(self, second: Fraction, reason: str) -> None:
        """Note a picture that could not be decoded."""
        self._lost_pictures += 1

    def add(self, take: int, sounds: Sounds, files: Sequence[WrittenFile], quiet: Sequence[Mapping[str, Any]]) -> None:
        """Add a take whose files are there; files of it that an earlier run made stay in. quiet: of `quiet_voices`."""
        self.warnings["quiet"] += quiet
        request = self.job.request
        new = [self._file(file) for file in files if file.output.cue is None]
        alone = [file for file in files if file.output.cue is not None]
        cues = [{**self._file(file), **cue_facts(self.job, file.output, sounds.cues)} for file in alone]
        earlier = self.takes.get(take + 1, {"files": []})
        self.takes[take + 1] = {
            "take": take + 1,
            "seeds": {voice.name: request.seed(number, take) for number, voice in enumerate(request.voices)},
            "loudness": level_facts(sounds.level, request.output.loudness),
            "files": _joined(earlier["files"], new),
        }
        if cues or earlier.get("cues"):
            self.takes[take + 1]["cues"] = _joined(earlier.get("cues", []), cues)
        self.written += [file.output.path for file in files if file.output.path not in self.written]

    def _file(self, file: WrittenFile) -> dict[str, Any]:
        return {
            "file": relative(file.output.path, self.job.report.parent),
            "stem": file.output.stem,
            "bytes": file.bytes,
            "sha256": file.sha256,
            "digital_source_type": marking(self.job, file.output),
        }

    def keep(self, take: int, latents: Mapping[str, Tensor]) -> None:
        """Keep the latents (L, C) of a take, by the name of the voice or of the cue; none where the file would get too
        large to be read."""
        own = {(take + 1, name): found.to("cpu", torch.float16) for name, found in latents.items()}
        if fit_in_a_file({**self.latents, **own}):
            self.latents.update(own)

    def facts(self, seconds: Mapping[str, float]) -> dict[str, Any]:
        """Return the whole report. seconds: what each stage took."""
        timings = {stage: round(taken, 3) for stage, taken in seconds.items()}
        takes = [self.takes[number] for number in sorted(self.takes)]
        damage = self.job.film.damage.and_of_decoding(self._lost_pictures, self.job.film.frame_rate)
        lost = {"damage": {**damage.facts(), "words": damage.words()}} if damage else {}
        return {
            **self.head,
            **lost,
            "seen": self._seen,
            "warnings": self.warnings,
            "takes": takes,
            "timings_s": timings,
        }

    def content(self, seconds: Mapping[str, float]) -> bytes:
        """Return the report as the bytes of its file."""
        return to_json(self.facts(seconds))


def _joined(earlier: Sequence[dict[str, Any]], new: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return files that stay and new ones; a new one stands for an earlier one of its name."""
    names = {file["file"] for file in new}
    return [*(file for file in earlier if file["file"] not in names), *new]


def _earlier_takes(job: Job, fingerprint: str) -> dict[int, dict[str, Any]]:
    """Return, by number, what the report that is there says of files that stay; nothing where it is another's."""
    existing = {relative(path, job.report.parent) for path in job.existing}
    try:
        report = read_report(job.report)
        if not existing or report["fingerprint"] != fingerprint:
            return {}
        takes = {int(take["take"]): take for take in report["takes"]}
        for take in takes.values():
            for kind in ("files", "cues"):
                if kind in take:
                    take[kind] = [file for file in take[kind] if file["file"] in existing]
        return {number: take for number, take in takes.items() if files_of(take)}
    except (ReportUnreadable, KeyError, TypeError, ValueError):
        return {}


def _earlier_latents(job: Job, takes: Collection[int]) -> dict[tuple[int, str], Tensor]:
    """Return the latents that an earlier run has kept of the takes that stay."""
    kept = read_latents(latents_path(job.report)) if takes else {}
    return {(take, voice): latents for (take, voice), latents in kept.items() if take in takes}
