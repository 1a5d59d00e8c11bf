"""What a prompt asks for, by the words of a model; they are read once for all films of a batch."""

from functools import cache
from pathlib import Path

from mmhnet_cli.encoders.understanding import WordSpace
from mmhnet_cli.encoders.words import load_words
from mmhnet_cli.errors import MMHNetError
from mmhnet_cli.models.model_files import WORDS, ModelFiles
from mmhnet_cli.models.registry import find_model

OURS = "mini"


def space_of(model: ModelFiles) -> WordSpace | None:
    """Return the space of a model's words; None for one that takes words as they come. Raises WeightsInvalid."""
    path = model.parts.get(WORDS)
    return None if path is None else _read_space(path, path.stat().st_mtime_ns)


def any_space(model: ModelFiles) -> WordSpace | None:
    """Return the space of a model's words, or of our own model's; None where neither can be read."""
    try:
        return space_of(model) or space_of(find_model(OURS))
    except MMHNetError:
        return None


@cache
def _read_space(path: Path, changed_ns: int) -> WordSpace:
    return WordSpace(load_words(path))
