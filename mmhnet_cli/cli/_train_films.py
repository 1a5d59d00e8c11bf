"""The films of a training: found in a folder or read from a list, with what is said of them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from mmhnet_cli.errors import ManifestInvalid
from mmhnet_cli.options.choice import Choice, Option, option_of

if TYPE_CHECKING:
    from mmhnet_cli.training.films.making import Film

LICENCE_CHARACTERS = 200


def _column(option: str, help_text: str) -> Option:
    found = option_of(Annotated[str, Choice(option, None, help_text, setting=False)], "")
    assert found is not None
    return found


COLUMNS = {
    "prompt": _column("--prompt", "What is heard, in words; without it, the text beside the film."),
    "licence": _column("--licence", "Under which licence it may be trained on."),
}
"""A list has these besides `film`."""


def films_of(given: Path, licence: str, allow_outside: bool) -> "list[Film]":
    """Return the films of a folder, to its bottom, or of a list. licence: of those for which nothing is said.

    A sound beside a film of its name, in a folder, is taken for that film's, and not by itself.

    Raises an ExceptionGroup of all that is wrong, but for texts beside films.
    """
    from mmhnet_cli.pipeline.asking.texts import check_prompt
    from mmhnet_cli.pipeline.batch.inputs import find_entries
    from mmhnet_cli.pipeline.batch.search import FILM_SUFFIXES
    from mmhnet_cli.training.films.captions import caption
    from mmhnet_cli.training.films.making import Film
    from mmhnet_cli.training.films.sources import SOUND_SUFFIXES

    entries = find_entries(
        [given],
        columns=COLUMNS,
        recursive=True,
        pattern=None,
        allowed=None if allow_outside else (),
        suffixes=FILM_SUFFIXES | SOUND_SUFFIXES,
    )
    seen = {entry.film.with_suffix("") for entry in entries if entry.film.suffix.lower() not in SOUND_SUFFIXES}
    films, problems = [], []
    for entry in entries:
        said = {name: str(value) for name, value in entry.options.items()}
        blind = entry.film.suffix.lower() in SOUND_SUFFIXES
        if blind and not entry.origin and entry.film.with_suffix("") in seen:
            continue
        prompt = said.get("prompt", "") or entry.prompt
        if blind and not prompt:
            prompt = caption(entry.film)
        film = Film(entry.film, prompt, said.get("licence", licence), entry.problem, blind)
        try:
            check_prompt(film.prompt)
            check_licence(film.licence)
        except ValueError as error:
            problems.append(ManifestInvalid(entry.origin or str(entry.film), str(error)))
        films.append(film)
    if problems:
        raise ExceptionGroup("the list", problems)
    return films


def check_licence(licence: str) -> None:
    """Raise ValueError, with the reason, for what is no line of text."""
    if len(licence) > LICENCE_CHARACTERS or not licence.isprintable():
        raise ValueError(f"licence must be one line of at most {LICENCE_CHARACTERS} characters")
