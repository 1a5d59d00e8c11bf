"""Sound for an edited moviepy clip: python examples/moviepy_bridge.py FILM OUTPUT.mp4 [PROMPT]"""

import sys

from moviepy import VideoFileClip, vfx

from mmhnet_cli.bridges.moviepy import GenerateSound


def main(film: str, output: str, prompt: str = "") -> None:
    """Write a part of a film, edited, with its sound."""
    # The sound fits the picture after the edit: here the first two seconds, mirrored.
    with VideoFileClip(film, audio=False) as source:
        clip = source.subclipped(0, min(2, source.duration)).with_effects([vfx.MirrorX(), GenerateSound(prompt)])
        clip.write_videofile(output, audio_codec="aac", logger=None)


if __name__ == "__main__":
    main(*sys.argv[1:])
