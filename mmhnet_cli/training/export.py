"""Put trained parts together as a model folder: `python -m mmhnet_cli.training.export --out weights/mini`."""

import argparse
import json
import shutil
from dataclasses import asdict
from pathlib import Path

from mmhnet_cli.encoders.sighted import EyesConfig
from mmhnet_cli.models.checkpoint import read_tensors, save_model
from mmhnet_cli.models.model_files import WORDS_FILE
from mmhnet_cli.models.spec import EYES


def export(codec: Path, network: Path, words: Path, out: Path) -> None:
    """Write the model folder `out` from the run folders of `train_codec` and `train_mini`, and a table of words."""
    config = {
        "name": out.name,
        **json.loads((network / "network.json").read_text(encoding="utf-8")),
        EYES: asdict(EyesConfig()),
        "codec": json.loads((codec / "codec.json").read_text(encoding="utf-8")),
    }
    save_model(
        out, config, read_tensors(network / "network.safetensors")[0], read_tensors(codec / "codec.safetensors")[0]
    )
    if words.resolve() != (out / WORDS_FILE).resolve():
        shutil.copyfile(words, out / WORDS_FILE)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--codec", type=Path, default=Path("runs/codec"))
    parser.add_argument("--network", type=Path, default=Path("runs/mini"))
    parser.add_argument("--words", type=Path, default=Path("runs/words.safetensors"))
    parser.add_argument("--out", type=Path, default=Path("weights/mini"))
    options = parser.parse_args()
    export(options.codec, options.network, options.words, options.out)


if __name__ == "__main__":
    main()
