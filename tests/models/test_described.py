"""Networks as shapes alone: everything that a file is compared with, and no memory for it."""

import subprocess
import sys
from collections.abc import Callable

import pytest
import torch
from torch import nn

from mmhnet_cli.codec.mini import SHIPPED, MiniCodec
from mmhnet_cli.encoders.efficientnet import EfficientNetLite, LiteConfig
from mmhnet_cli.model.network import Network
from mmhnet_cli.model.variants import VARIANTS
from mmhnet_cli.models.checkpoint import shapes_of
from mmhnet_cli.models.described import Described, take_memory

LOADING = """
import sys
from mmhnet_cli.models.registry import find_model
from mmhnet_cli.pipeline.making.load import load_model

load_model(find_model("mini"), "cpu")
print(*{"torch._dynamo", "sympy"} & sys.modules.keys())
"""


def codec() -> MiniCodec:
    return MiniCodec(SHIPPED)


@pytest.mark.parametrize(
    "build",
    [lambda: Network(VARIANTS["mini"]), codec, lambda: EfficientNetLite(LiteConfig())],
    ids=["network", "codec", "eyes"],
)
def test_shapes_and_dtypes_without_memory(build: Callable[[], nn.Module]) -> None:
    real = build().state_dict()
    with Described():
        network = build()
    described = network.state_dict()
    assert shapes_of(described) == shapes_of(real)
    assert [entry.dtype for entry in described.values()] == [entry.dtype for entry in real.values()]
    held = sum(entry.nbytes for entry in described.values() if not entry.is_meta)
    assert held <= 0.02 * sum(entry.nbytes for entry in real.values())
    take_memory(network)
    assert not any(entry.is_meta for entry in (*network.state_dict().values(), *network.buffers()))


def test_filled_from_a_file_it_is_the_same() -> None:
    real = codec().eval()
    with Described():
        same = codec().eval()
    take_memory(same)
    same.load_state_dict(real.state_dict())
    latents = torch.randn(1, 6, SHIPPED.channels, generator=torch.Generator().manual_seed(3))
    with torch.inference_mode():
        assert torch.equal(same.decode(latents), real.decode(latents))


@pytest.mark.processes
def test_a_model_is_loaded_without_the_compiler() -> None:
    ran = subprocess.run([sys.executable, "-c", LOADING], capture_output=True, text=True, check=False)
    assert (ran.stdout.split(), ran.returncode) == ([], 0), ran.stderr
