"""Sound for a film from Python: python examples/python_api.py FILM OUTPUT.wav [PROMPT]"""

import sys

import soundfile

from mmhnet_cli import api


def main(film: str, output: str, prompt: str = "") -> None:
    """Make the sound of a film, write it, and print its loudness."""
    # One loaded model serves any number of films.
    model = api.load_model("mini")
    sound = api.generate(film, prompt, model=model, loudness="web")
    soundfile.write(output, sound.samples.T, sound.rate_hz, subtype="PCM_24")
    print(api.measure(sound.samples, sound.rate_hz).integrated_lufs, "LUFS")
    print(output)


if __name__ == "__main__":
    main(*sys.argv[1:])
