"""The field's public files: which network a file holds is seen from its entries. Nothing in it is run."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor, nn

from mmhnet_cli.errors import BadOption, EmbeddingInvalid, WeightsInvalid
from mmhnet_cli.fields import shown
from mmhnet_cli.hearing.embedding import Embedding
from mmhnet_cli.hearing.imagebind import PARTS as IMAGEBIND_PARTS
from mmhnet_cli.hearing.imagebind import ImageBind
from mmhnet_cli.hearing.kinds import KindEmbedding, load_judge
from mmhnet_cli.hearing.panns import BANDS, FRONTS, Cnn14, Front, PannsEmbedding
from mmhnet_cli.hearing.passt import Passt, PasstEmbedding
from mmhnet_cli.hearing.synchformer import SyncNetwork
from mmhnet_cli.hearing.vggish import VGGish, VggishEmbedding
from mmhnet_cli.models.checkpoint import SUFFIX, Shape, copy_tensors, read_tensors, shape_words, shapes_of
from mmhnet_cli.models.convert import load_plain, standing_for, tensors_in
from mmhnet_cli.models.reading import check_regular

Network = TypeVar("Network", bound=nn.Module)

KINDS = KindEmbedding.name
LARGEST_BYTES = 1 << 30
"""A larger file is refused; the largest public one, Synchformer's, has 0.95 GB."""
IMAGEBIND_BYTES = 6 << 30
"""ImageBind's has 4.8 GB, of which 2.9 GB are read."""
ARRAYS = tuple(
    standing_for(name)
    for name in (
        *(f"numpy.{core}.multiarray.{what}" for core in ("core", "_core") for what in ("_reconstruct", "scalar")),
        "numpy.ndarray",
        "numpy.dtype",
    )
)
"""Beside its tensors, the public file of CNN14 at 16 kHz holds the state of a training, as arrays of NumPy."""
KNOWN = "the weights of VGGish, PANNs' CNN14 or PaSST"
INSIDE = "model"
"""Files of PANNs have their tensors under this key."""
TABLES = ("spectrogram_extractor.", "logmel_extractor.", "pproc.")
"""What a file may hold that no weight of the network is: tables of the transform, and the whitening of VGGish."""
SYNC_PARTS = ("vfeat_extractor.", "afeat_extractor.", "vproj.", "aproj.", "transformer.")
MEL_TABLE = "logmel_extractor.melW"


def load_embedding(given: str) -> Embedding:
    """Return the embedding that ships, or that of a file. Raises BadOption or EmbeddingInvalid."""
    if given == KINDS:
        return KindEmbedding(load_judge())
    path = Path(given)
    if not path.exists():
        raise BadOption("--embedding", given, f"{KINDS}, or a file with {KNOWN}")
    return load_file(path)


def load_file(path: Path) -> Embedding:
    """Return the embedding of a file. Raises EmbeddingInvalid."""
    try:
        tensors = _entries(path)
        if "features.0.weight" in tensors:
            return VggishEmbedding(_filled(path, VGGish, tensors))
        if "conv_block1.conv1.weight" in tensors:
            return _panns(path, tensors)
        if "patch_embed.proj.weight" in tensors:
            return PasstEmbedding(_filled(path, Passt, tensors))
    except WeightsInvalid as error:
        raise EmbeddingInvalid(error.path, error.key, error.expected, error.found) from error
    first = shown(min(tensors)).strip("'")
    raise EmbeddingInvalid(path, "its entries", KNOWN, f"{first} and others")


def load_sync(path: Path) -> SyncNetwork:
    """Return Synchformer whole from its public file. Raises EmbeddingInvalid."""
    try:
        tensors = _entries(path)
        own = {key: value for key, value in tensors.items() if key.startswith(SYNC_PARTS)}
        return _filled(path, SyncNetwork, own or tensors)
    except WeightsInvalid as error:
        raise EmbeddingInvalid(error.path, error.key, error.expected, error.found) from error


def load_imagebind(path: Path) -> ImageBind:
    """Return the two towers of ImageBind from its public file. Raises EmbeddingInvalid."""
    try:
        tensors = _entries(path, IMAGEBIND_BYTES)
        own = {key: value for key, value in tensors.items() if key.startswith(IMAGEBIND_PARTS)}
        return _filled(path, ImageBind, own or tensors)
    except WeightsInvalid as error:
        raise EmbeddingInvalid(error.path, error.key, error.expected, error.found) from error


def _panns(path: Path, tensors: Mapping[str, Tensor]) -> PannsEmbedding:
    """The files differ in what they hear alone: the shape of their table of frequencies says which it is."""
    fronts: dict[Shape, Front] = {(front.lines, BANDS): front for front in FRONTS}
    shapes = shapes_of(tensors)
    front = fronts.get(shapes.get(MEL_TABLE, ()))
    if front is None:
        expected = " or ".join(f"shape {shape}, for {front.rate_hz} Hz" for shape, front in fronts.items())
        raise WeightsInvalid(path, MEL_TABLE, expected, shape_words(shapes, MEL_TABLE))
    return PannsEmbedding(_filled(path, Cnn14, tensors), front)


def _entries(path: Path, most: int = LARGEST_BYTES) -> dict[str, Tensor]:
    try:
        found = path.stat()
    except OSError as error:
        raise WeightsInvalid(path, "the file", "readable", error.strerror or str(error)) from error
    check_regular(path, found)
    if found.st_size > most:
        raise WeightsInvalid(path, "the size of the file", f"at most {most} bytes", f"{found.st_size} bytes")
    if path.suffix == SUFFIX:
        return read_tensors(path)[0]
    content = load_plain(path, ARRAYS)
    inside = content.get(INSIDE) if isinstance(content, Mapping) else None
    return tensors_in(path, inside if isinstance(inside, Mapping) else content)


def _filled(path: Path, make: Callable[[], Network], tensors: Mapping[str, Tensor]) -> Network:
    """Return a network of the public size with the tensors of the file, but for what it does not count as its own."""
    with torch.device("meta"):
        made = make()
    made = made.to_empty(device="cpu").eval()
    counts = {key for key in made.state_dict() if key.endswith("num_batches_tracked")}
    targets = {key: target for key, target in made.state_dict().items() if key not in counts}
    kept = {key: value for key, value in tensors.items() if key not in counts and not key.startswith(TABLES)}
    copy_tensors(path, kept, targets)
    return made
