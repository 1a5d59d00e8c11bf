"""Names by the Universal Category System, which libraries of sounds sort by: CatID_FXName_CreatorID_SourceID."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mmhnet_cli.encoders.sounding import kind_words
from mmhnet_cli.options import Cue
from mmhnet_cli.options.request import MIX, GenerateRequest
from mmhnet_cli.pipeline.asking.templates import shortened

if TYPE_CHECKING:
    from mmhnet_cli.models.model_files import ModelFiles

FIELD = "{ucs}"
MISCELLANEOUS = "DSGNMisc"
"""The category of a name that has to be given before anything is known of the sound."""
FX_LETTERS, SOURCE_BYTES = 40, 60
WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


@dataclass(frozen=True)
class UcsName:
    """The four parts of a name; none has a line in it, for lines stand between them."""

    category: str
    fx_name: str
    creator: str
    source: str

    def __str__(self) -> str:
        return "_".join((self.category, self.fx_name, self.creator, self.source))


def ucs_name(request: GenerateRequest, model: "ModelFiles", stem: str | None, seen: str | None = None) -> UcsName:
    """Return the name of a stem's sound, or of the mix.

    Its kind is the first that the words ask for, else `seen`, the kind that the picture shows; where neither is known,
    it is MISCELLANEOUS.
    """
    prompts = [voice.prompt for voice in request.voices if stem in (None, voice.name)]
    return _name(request, prompts, stem or "mix", asked_kind(model, prompts) or seen)


def cue_ucs_name(request: GenerateRequest, model: "ModelFiles", cue: Cue, seen: str | None = None) -> UcsName:
    """Return the name of a cue's own sound, as `ucs_name` does, by its own words."""
    return _name(request, [cue.prompt], cue.name or cue.track, asked_kind(model, [cue.prompt]) or seen)


def _name(request: GenerateRequest, prompts: list[str], called: str, kind: str | None) -> UcsName:
    """Return the name of a sound with these words. called: what stands for it where there are none."""
    named = next((one for one in kind_words() if one.name == kind), None)
    words = words_of(prompts) or ([named.nouns[0]] if named else [called])
    return UcsName(
        MISCELLANEOUS if named is None else named.category,
        _part(cut_words(words)),
        _part(request.output.creator),
        _part(shortened(request.output.project or request.film.stem, SOURCE_BYTES)),
    )


def ucs_names(request: GenerateRequest, model: "ModelFiles") -> dict[str, str]:
    """Return the names of the mix and all stems, where the template of the request asks for them."""
    if FIELD not in request.name:
        return {}
    return {stem or MIX: str(ucs_name(request, model, stem)) for stem in (None, *(one.name for one in request.stems))}


def asked_kind(model: "ModelFiles", prompts: Iterable[str]) -> str | None:
    """Return the first kind that the words ask for; None where they ask for none."""
    from mmhnet_cli.pipeline.asking.word_space import any_space

    said = [prompt for prompt in prompts if prompt.strip()]
    space = any_space(model) if said else None
    kinds = [kind for prompt in said if space for kind in space.understand(prompt).kinds]
    return kinds[0] if kinds else None


def words_of(prompts: Iterable[str]) -> list[str]:
    """Return the words of prompts without what stands between them."""
    return [word for prompt in prompts for word in WORD.findall(prompt)]


def cut_words(words: list[str]) -> str:
    """Return so many whole words as a name may have, or the beginning of the first."""
    text = ""
    for word in words:
        longer = f"{text} {word}".strip()
        if len(longer) > FX_LETTERS:
            break
        text = longer
    return text or words[0][:FX_LETTERS]


def _part(text: str) -> str:
    return text.replace("_", "-").strip() or "-"
