"""Put trained parts together as a model folder: `python -m mmhnet_cli.training.export --out weights/mini`."""

import argparse
import json
from pathlib import Path

from mmhnet_cli.models.checkpoint import read_tensors, save_model
from mmhnet_cli.training.world.captions import vocabulary


def export(codec: Path, network: Path, out: Path) -> None:
    """Write the model folder `out` from the run folders of `train_codec` and `train_network`."""
    config = {
        "name": out.name,
        **json.loads((network / "network.json").read_text(encoding="utf-8")),
        "vocabulary": vocabulary(),
        "codec": json.loads((codec / "codec.json").read_text(encoding="utf-8")),
    }
    save_model(
        out, config, read_tensors(network / "network.safetensors")[0], read_tensors(codec / "codec.safetensors")[0]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--codec", type=Path, default=Path("runs/codec"))
    parser.add_argument("--network", type=Path, default=Path("runs/mini"))
    parser.add_argument("--out", type=Path, default=Path("weights/mini"))
    options = parser.parse_args()
    export(options.codec, options.network, options.out)


if __name__ == "__main__":
    main()
