"""From the options of a command, or of a row of a manifest, to what one film shall get."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from mmhnet_cli.cli._options import LARGEST_SEED, Seed
from mmhnet_cli.errors import BadOption
from mmhnet_cli.pipeline.asking.texts import PROMPT, read_prompt, reason_of

if TYPE_CHECKING:
    from mmhnet_cli.options import OutputOptions, Stem
    from mmhnet_cli.pipeline.request import GenerateRequest

BITS: dict[str, Literal[16, 24, 32]] = {"16": 16, "24": 24, "32f": 32}


def request_for(film: Path, values: Mapping[str, Any], problems: list[Exception]) -> "GenerateRequest":
    """The request; what cannot be used is added to `problems`, and left out. values: by parameter name."""
    from mmhnet_cli.options import LongForm, OutputOptions, SamplerOptions
    from mmhnet_cli.pipeline.request import GenerateRequest

    prompt, delivery = "", OutputOptions()
    stems: tuple[Stem, ...] = ()
    seed: Seed = values["seed"]
    try:
        prompt = _prompt(values["prompt"], values["prompt_file"])
    except BadOption as problem:
        problems.append(problem)
    try:
        stems = _stems(values["stem"], values["stem_negative"], values["stem_seed"], values["stem_gain"])
    except BadOption as problem:
        problems.append(problem)
    try:
        delivery = _delivery(values)
    except BadOption as problem:
        problems.append(problem)
    return GenerateRequest(
        film=film,
        prompt=prompt,
        negative_prompt=values["negative_prompt"],
        stems=stems,
        takes=values["takes"],
        start=values["start"],
        end=values["end"],
        model=values["model"],
        device=values["device"],
        precision=values["dtype"],
        long_form=LongForm(values["long_form"]),
        sampler=SamplerOptions(
            steps=values["steps"],
            guidance=values["guidance"],
            solver=values["solver"],
            seed=_drawn(seed),
            seed_drawn=seed == "random",
        ),
        output=delivery,
        outputs=tuple(values["output"]),
        output_dir=values["output_dir"],
        name=values["name"],
        ffmpeg=values["ffmpeg"],
        strict=values["strict"],
    )


def _drawn(seed: Seed) -> int:
    return secrets.randbelow(LARGEST_SEED + 1) if seed == "random" else seed


def _delivery(values: Mapping[str, Any]) -> "OutputOptions":
    from mmhnet_cli.options import FilmOptions, OutputOptions, loudness_target

    return OutputOptions(
        sample_rate_hz=values["rate"],
        bits=BITS[values["bits"]],
        channels=1 if values["channels"] == "mono" else 2,
        loudness=loudness_target(values["loudness"], values["true_peak"]),
        handles_s=values["handles"],
        timecode=values["timecode"],
        originated=_originated(values["date"]),
        film=FilmOptions(values["original_audio"], values["original_gain"], values["duck"], values["audio_codec"]),
        marked=values["marking"] == "metadata",
        on_exists=values["on_exists"],
    )


def _originated(date: str | datetime) -> datetime | None:
    """By the clock on the wall, which is what bext means."""
    if isinstance(date, datetime):
        return date
    return None if date == "none" else datetime.now().replace(microsecond=0)


def _stems(
    stems: list[tuple[str, str]],
    negative: list[tuple[str, str]],
    seeds: list[tuple[str, Seed]],
    gains: list[tuple[str, float]],
) -> "tuple[Stem, ...]":
    from mmhnet_cli.options import Stem

    names = [name for name, _ in stems]
    for option, pairs in (("--stem-negative", negative), ("--stem-seed", seeds), ("--stem-gain", gains)):
        for name, _ in pairs:
            if name not in names:
                raise BadOption(option, name, "the name of a --stem" + (f": {', '.join(names)}" if names else ""))
    numbers = {name: _drawn(seed) for name, seed in seeds}
    return tuple(
        Stem(
            name,
            prompt,
            dict(negative).get(name, ""),
            numbers.get(name),
            dict(gains).get(name, 0.0),
            dict(seeds).get(name) == "random",
        )
        for name, prompt in stems
    )


def _prompt(prompt: str, prompt_file: Path | None) -> str:
    if prompt_file is None:
        return prompt
    if prompt:
        raise BadOption("--prompt-file", str(prompt_file), "left out when --prompt is given")
    try:
        return read_prompt(prompt_file)
    except (OSError, ValueError) as error:
        raise BadOption("--prompt-file", str(prompt_file), f"{PROMPT} ({reason_of(error)})") from error
