"""Turns the options of a command, or of a row of a manifest, into what one film shall get."""

import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from mmhnet_cli.errors import BadOption, MMHNetError
from mmhnet_cli.options import Cue, GenerateRequest, Stem
from mmhnet_cli.options.delivery import LOCKED, NOW
from mmhnet_cli.options.sampling import LARGEST_SEED, RANDOM, WALKS
from mmhnet_cli.options.tree import filled, options_of
from mmhnet_cli.pipeline.asking.hits import read_hits
from mmhnet_cli.pipeline.asking.texts import PROMPT, read_prompt, reason_of
from mmhnet_cli.pipeline.session.cues import with_tracks

ALONE = {
    "keep": "latents or off; names of tracks that stay go with --from-report",
    "gain": f"target or a number of dB; {LOCKED} goes with --from-report",
}
"""What these must be where no report is made again."""


def request_for(film: Path, values: Mapping[str, Any], problems: list[Exception]) -> GenerateRequest:
    """Return the request; what cannot be used is added to `problems`, and left out. values: by the names of options."""
    said: dict[str, Any] = {"prompt": "", "stem": ()}
    for name, alone in (("keep", isinstance(values["keep"], bool)), ("gain", values["gain"] != LOCKED)):
        if not alone:
            problems.append(BadOption(f"--{name}", str(values[name]), ALONE[name]))
            said[name] = None
    try:
        said["prompt"] = prompt_of(values["prompt"], values["prompt_file"])
    except BadOption as problem:
        problems.append(problem)
    hits = None
    try:
        hits = None if values["hits"] is None else read_hits(values["hits"])
    except BadOption as problem:
        problems.append(problem)
    cues = cues_of(film, values, problems)
    try:
        said["stem"] = _stems(values)
    except BadOption as problem:
        problems.append(problem)
    steps, solver = WALKS[values["quality"]]
    said["steps"] = steps if values["steps"] is None else values["steps"]
    said["solver"] = solver if values["solver"] is None else values["solver"]
    is_drawn = values["seed"] == RANDOM
    said["seed"] = drawn(values["seed"])
    # By the clock on the wall, which is what bext means.
    said["date"] = datetime.now().replace(microsecond=0) if values["date"] == NOW else values["date"]
    request = filled(GenerateRequest, {**values, **said}, film=film, stems=said["stem"], hits=hits, cues=cues)
    request = replace(request, sampler=replace(request.sampler, seed_drawn=is_drawn))
    return request if cues is None else with_tracks(request)


def cues_of(film: Path, values: Mapping[str, Any], problems: list[Exception]) -> tuple[Cue, ...] | None:
    """Return the cues of the sheet that is named; None where there is none, or it cannot be used."""
    if values["cues"] is None:
        return None
    from mmhnet_cli.media.probe import probe
    from mmhnet_cli.pipeline.asking.chosen_part import clock_of
    from mmhnet_cli.pipeline.session.sheet_file import read_sheet

    try:
        if taken := [name for name in ("prompt", "prompt_file", "stem", "hits") if values[name]]:
            raise BadOption(f"--{taken[0].replace('_', '-')}", str(values[taken[0]]), "left out beside --cues")
        info = probe(film)
        return read_sheet(values["cues"], info, clock_of(values["timecode"], info)).cues
    except (MMHNetError, ExceptionGroup) as problem:
        problems.append(problem)
    return None


def drawn(seed: Any) -> Any:
    """Return a seed, drawn where none was chosen."""
    return secrets.randbelow(LARGEST_SEED + 1) if seed == RANDOM else seed


def _stems(values: Mapping[str, Any]) -> tuple[Stem, ...]:
    """Return a stem for each name that has a prompt, with what else is said of it. Raises BadOption."""
    names = [name for name, _ in values["stem"]]
    said: dict[str, dict[str, Any]] = {name: {} for name in names}
    for option in options_of(Stem, of_stem=True).values():
        for name, value in values[option.choice.name]:
            if name not in names:
                expected = "the name of a --stem" + (f": {', '.join(names)}" if names else "")
                raise BadOption(option.choice.option, name, expected)
            said[name][option.choice.name] = value
    return tuple(_stem(name, said[name]) for name in names)


def said_of_stems(values: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return by name those fields of stems that were chosen."""
    fields: dict[str, dict[str, Any]] = {}
    names = {"stem": "prompt", "stem_negative": "negative_prompt", "stem_seed": "seed", "stem_gain": "gain_db"}
    for option, field in names.items():
        for name, value in values[option]:
            said = fields.setdefault(name, {})
            said[field] = drawn(value) if field == "seed" else value
            if field == "seed":
                said["seed_drawn"] = value == RANDOM
    return fields


def _stem(name: str, said: Mapping[str, Any]) -> Stem:
    seed = said.get("stem_seed")
    stem = filled(Stem, {**said, "stem_seed": drawn(seed)}, name=name)
    return replace(stem, seed_drawn=seed == RANDOM)


def prompt_of(prompt: str, prompt_file: Path | None) -> str:
    """Return the prompt that was said or that a file has. Raises BadOption."""
    if prompt_file is None:
        return prompt
    if prompt:
        raise BadOption("--prompt-file", str(prompt_file), "left out when --prompt is given")
    try:
        return read_prompt(prompt_file)
    except (OSError, ValueError) as error:
        raise BadOption("--prompt-file", str(prompt_file), f"{PROMPT} ({reason_of(error)})") from error
