"""Make all of mini from nothing: `python -m mmhnet_cli.training.make_mini --out runs/make`.

Words, codec, network and its classifier, one after the other, and the model folder in the end. What is done is not done
again, what was interrupted goes on, on a CPU or a CUDA device.
"""

import argparse
from pathlib import Path

import torch

from mmhnet_cli.models.model_files import WORDS_FILE
from mmhnet_cli.training import export, train_classifier, train_codec, train_mini, word_table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("runs/make"))
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--codec-steps", type=int, default=6000)
    parser.add_argument("--steps", type=int, default=12000, help="of the network")
    parser.add_argument("--classifier-steps", type=int, default=6000)
    parser.add_argument("--sounds", type=int, default=60, help="of each kind, for the network")
    parser.add_argument("--codec-sounds", type=int, default=2400, help="clips of 4 s, for the codec")
    options = parser.parse_args()
    words, codec, network = options.out / WORDS_FILE, options.out / "codec", options.out / "network"
    options.out.mkdir(parents=True, exist_ok=True)
    if not words.exists():
        word_table.main(["--out", str(words)])
    train_codec.main(
        [
            *("--out", str(codec), "--device", options.device),
            *("--steps", str(options.codec_steps), "--sounds", str(options.codec_sounds)),
        ]
    )
    train_mini.main(
        [
            *("--out", str(network), "--codec", str(codec), "--words", str(words), "--device", options.device),
            *("--steps", str(options.steps), "--sounds", str(options.sounds)),
        ]
    )
    train_classifier.main(
        [
            *("--network", str(network), "--codec", str(codec), "--words", str(words), "--device", options.device),
            *("--steps", str(options.classifier_steps), "--sounds", str(options.sounds)),
        ]
    )
    export.main(
        ["--codec", str(codec), "--network", str(network), "--words", str(words), "--out", str(options.out / "mini")]
    )


if __name__ == "__main__":
    main()
