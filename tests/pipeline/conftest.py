from pathlib import Path

import pytest

from mmhnet_cli.pipeline.load import LoadedModel, load_model
from mmhnet_cli.weights.registry import find_model
from tests.tiny_model import tiny_model_dir

__all__ = ["tiny_model_dir"]


@pytest.fixture(scope="session")
def tiny_model(tiny_model_dir: Path) -> LoadedModel:
    return load_model(find_model(str(tiny_model_dir)), "cpu")
