from pathlib import Path

import pytest

from mmhnet_cli.models.registry import find_model
from mmhnet_cli.pipeline.making.load import LoadedModel, load_model
from tests.tiny_model import tiny_model_dir

__all__ = ["tiny_model_dir"]


@pytest.fixture(scope="session")
def tiny_model(tiny_model_dir: Path) -> LoadedModel:
    return load_model(find_model(str(tiny_model_dir)), "cpu")
