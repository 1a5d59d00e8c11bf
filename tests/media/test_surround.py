"""Sound of any number of channels. A reader that frees memory twice ends its process: each is read in another one."""

import json
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from mmhnet_cli.media.audio_file import read_audio
from tests.conftest import MakeFilm, RunFfmpeg

ROOT = Path(__file__).parents[2]
RATE_HZ = 8000
READER = """
import json, sys
from pathlib import Path
from mmhnet_cli.errors import AudioUnreadable
from mmhnet_cli.media.audio_file import read_audio
from mmhnet_cli.media.ffmpeg import find_ffmpeg
from mmhnet_cli.media.original_sound import read_original
from mmhnet_cli.media.probe import probe
for name in sys.argv[1:]:
    path = Path(name)
    facts = {"name": path.name, "read": read_audio(path)[0].shape[0]}
    if path.suffix in (".mov", ".mkv"):
        film = probe(path)
        facts["told"] = film.audio[0].channels
        try:
            facts["mixed"] = read_original(film, 8000, 800, find_ffmpeg()).shape[0]
        except AudioUnreadable as error:
            facts["mixed"] = error.reason
    print(json.dumps(facts), flush=True)
"""


def read_in_another_process(paths: list[Path]) -> list[dict]:
    command = [sys.executable, "-c", READER, *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stdout[-300:] + done.stderr[-1000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


def with_layout_tag(mov: Path, tag: int) -> None:
    """Let the `chan` atom of a mov file say `tag` (Core Audio): what cannot be said by a mask becomes a list."""
    content = bytearray(mov.read_bytes())
    place = content.index(b"chan") + 8
    struct.pack_into(">II", content, place, tag, 0)
    mov.write_bytes(content)


TAGS = {"5_1_B": 122, "5_1_C": 123, "5_1_D": 124, "6_1_A": 125, "7_1_A": 126, "7_1_B": 127, "7_1_C": 128, "octa": 0x20}


@pytest.mark.processes
def test_quicktime_with_every_tag(make_film: MakeFilm, run_ffmpeg_program: RunFfmpeg, tmp_path: Path) -> None:
    paths, counts = [], []
    for name, tag in TAGS.items():
        channels = 8 if name == "octa" else sum(map(int, name.split("_")[:2]))
        layout = {6: "5.1", 7: "6.1", 8: "7.1"}[channels]
        path = tmp_path / f"{name}.mov"
        sound = f"aevalsrc={'|'.join(['0.1*sin(900*t)'] * channels)}:c={layout}:d=0.2:s={RATE_HZ}"
        run_ffmpeg_program("-i", make_film("short.mp4", count=5), "-f", "lavfi", "-i", sound, "-c:a", "pcm_s16le", path)
        with_layout_tag(path, tag << 16 | channels)
        paths.append(path)
        counts.append(channels)
    found = read_in_another_process(paths)
    assert [facts["told"] for facts in found] == counts
    assert [facts["read"] for facts in found] == counts
    assert {facts["mixed"] for facts in found} == {2}


@pytest.mark.processes
def test_caf(run_ffmpeg_program: RunFfmpeg, tmp_path: Path) -> None:
    """7.1 in CAF is listed in another order than in WAV, sides before back: read, it is in the order of WAV.

    The program that writes it here lists the sides first, but gives the samples in its own order.
    """
    levels = [(number + 1) / 16 for number in range(8)]
    sound = f"aevalsrc={'|'.join(map(str, levels))}:c=7.1:d=0.2:s={RATE_HZ}"
    run_ffmpeg_program("-f", "lavfi", "-i", sound, "-c:a", "pcm_s24le", tmp_path / "a.caf")
    [facts] = read_in_another_process([tmp_path / "a.caf"])
    assert facts["read"] == 8
    samples, _ = read_audio(tmp_path / "a.caf")
    np.testing.assert_allclose(samples[:, 100], [*levels[:4], *levels[6:], *levels[4:6]], atol=1e-6)


@pytest.mark.processes
def test_one_to_thirty_two_channels(make_film: MakeFilm, run_ffmpeg_program: RunFfmpeg, tmp_path: Path) -> None:
    expected: list[int] = []
    paths: list[Path] = []
    for channels in range(1, 33):
        wav = tmp_path / f"{channels}.wav"
        soundfile.write(wav, np.full((800, channels), 0.1), RATE_HZ)
        paths.append(wav)
        if channels <= 8:
            flac = tmp_path / f"{channels}.flac"
            soundfile.write(flac, np.full((800, channels), 0.1), RATE_HZ)
            paths.append(flac)
        if channels in (1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 16, 24, 32):
            film = tmp_path / f"{channels}.mkv"
            run_ffmpeg_program(
                "-i", make_film("short.mp4", count=5), "-i", wav, "-c:v", "copy", "-c:a", "pcm_s16le", film
            )
            paths.append(film)
    expected = [int(path.stem) for path in paths]
    found = read_in_another_process(paths)
    assert [facts["read"] for facts in found] == expected
    assert all(facts["told"] == facts["read"] for facts in found if "told" in facts)
    for facts in found:
        if "mixed" in facts:
            many = f"its {facts['read']} channels do not say where they belong"
            assert facts["mixed"] == (min(2, facts["read"]) if facts["read"] <= 8 else many)


@pytest.mark.parametrize("channels", [8])
def test_seven_one_is_weighted_by_its_places(channels: int) -> None:
    """The sides count 1.5 dB more than the back (BS.1770-4, table 4), the low-frequency channel nothing."""
    from mmhnet_cli.audio.loudness import measure

    tone = 0.1 * np.sin(2 * np.pi * 997 * np.arange(4 * 48000) / 48000)
    heard = []
    for channel in range(channels):
        samples = np.zeros((channels, tone.size))
        samples[channel] = tone
        heard.append(measure(samples, 48000).integrated_lufs)
    front, low, back, side = heard[0], heard[3], heard[4], heard[6]
    assert low is None
    assert front == back == heard[5]
    assert side == heard[7] == pytest.approx(front + 10 * np.log10(1.41), abs=1e-6)
