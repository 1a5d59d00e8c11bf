"""Put trained parts together as a model folder: `python -m mmhnet_cli.training.export --out weights/mini`."""

import argparse
import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from mmhnet_cli.encoders.mini import EyesConfig
from mmhnet_cli.models.checkpoint import read_tensors, save_model
from mmhnet_cli.models.model_files import CODEC_FILE, CONFIG_FILE, NETWORK_FILE, WORDS_FILE


def export(codec: Path, network: Path, words: Path, out: Path) -> None:
    """Write the model folder `out` from the run folders of `train_codec` and `train_mini`, and a table of words."""
    config = {
        "name": out.name,
        **json.loads((network / "network.json").read_text(encoding="utf-8")),
        "eyes": asdict(EyesConfig()),
        "codec": json.loads((codec / CONFIG_FILE).read_text(encoding="utf-8"))["codec"],
    }
    save_model(out, config, read_tensors(network / NETWORK_FILE)[0], read_tensors(codec / CODEC_FILE)[0])
    if words.resolve() != (out / WORDS_FILE).resolve():
        shutil.copyfile(words, out / WORDS_FILE)


def main(given: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--codec", type=Path, default=Path("runs/codec"))
    parser.add_argument("--network", type=Path, default=Path("runs/mini"))
    parser.add_argument("--words", type=Path, default=Path("weights/mini/words.safetensors"))
    parser.add_argument("--out", type=Path, default=Path("weights/mini"))
    options = parser.parse_args(given)
    export(options.codec, options.network, options.words, options.out)


if __name__ == "__main__":
    main()
