"""What the public networks gave is part of the repository, whole, and explained."""

import re

import numpy as np

from tests.parity import GOLDEN, parity, public_keys


def test_every_file_is_in_the_readme() -> None:
    named = set(re.findall(r"`([a-z_]+\.(?:npz|json))`", (GOLDEN / "README.md").read_text(encoding="utf-8")))
    assert named == {path.name for path in GOLDEN.iterdir() if path.name != "README.md"}


def test_stored_outputs_are_numbers() -> None:
    for path in GOLDEN.glob("*.npz"):
        arrays = parity(path.stem)
        assert arrays, path.name
        for name, array in arrays.items():
            assert array.size and np.isfinite(array).all(), f"{path.name}: {name}"


def test_every_public_checkpoint_has_shapes() -> None:
    assert all(size > 0 for keys in public_keys().values() for shape in keys.values() for size in shape)
    assert {name: len(keys) for name, keys in public_keys().items()} == {
        **dict.fromkeys(("small_16k", "small_44k", "medium_44k"), 251),
        **dict.fromkeys(("large_44k", "large_44k_v2"), 416),
        **dict.fromkeys(("vae_16k", "vae_44k"), 57),
        "bigvgan_16k": 784,
        "bigvgan_v2_44khz_128band_512x": 783,
        "synchformer": 238,
    }
