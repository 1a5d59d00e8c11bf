from pathlib import Path

import pytest

from mmhnet_cli.errors import BadOption, ContainerCannotHold
from mmhnet_cli.media.containers import CONTAINERS, check_audio_codec, container_for
from mmhnet_cli.media.probe import probe
from tests.conftest import MakeFilm, RunFfmpeg

VP8 = ["-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8"]


@pytest.mark.parametrize(
    ("name", "usual"),
    [("a.mp4", "aac"), ("a.m4v", "aac"), ("a.MOV", "pcm"), ("a.mkv", "flac"), ("a.webm", "opus")],
)
def test_usual_codec(name: str, usual: str) -> None:
    assert check_audio_codec(Path(name), "auto") == usual


def test_codec_as_asked() -> None:
    assert check_audio_codec(Path("a.mkv"), "opus") == "opus"
    for suffix, container in CONTAINERS.items():
        for codec in ("aac", "pcm", "flac", "alac", "opus"):
            if codec not in container.new_sound:
                with pytest.raises(BadOption, match=f"auto, {container.new_sound[0]}.*{suffix}"):
                    check_audio_codec(Path(f"a{suffix}"), codec)


@pytest.mark.parametrize("name", ["out.avi", "out", "out.mxf", "out.wav"])
def test_other_containers_are_refused_by_name(b_frame_film: Path, name: str) -> None:
    with pytest.raises(ContainerCannotHold, match="mkv"):
        container_for(probe(b_frame_film), Path(name))
    with pytest.raises(ContainerCannotHold, match="mkv"):
        check_audio_codec(Path(name), "auto")


@pytest.mark.parametrize(
    ("name", "video", "fits"),
    [
        ("vp8.webm", VP8, {".mkv", ".webm"}),
        ("prores.mov", ["-c:v", "prores_ks"], {".mov", ".mkv"}),
        ("plain.mp4", ["-c:v", "libx264", "-preset", "ultrafast", "-g", "12"], {".mp4", ".m4v", ".mov", ".mkv"}),
    ],
)
def test_picture_that_the_container_cannot_hold(
    make_film: MakeFilm, name: str, video: list[str], fits: set[str]
) -> None:
    film = probe(make_film(name, video=video))
    for suffix in CONTAINERS:
        if suffix in fits:
            assert container_for(film, Path(f"out{suffix}")) is CONTAINERS[suffix]
        else:
            with pytest.raises(ContainerCannotHold, match=film.codec) as refused:
                container_for(film, Path(f"out{suffix}"))
            assert all(fitting in refused.value.suggestion for fitting in fits)


def test_hidden_pictures_need_an_edit_list(b_frame_film: Path, run_ffmpeg_program: RunFfmpeg, tmp_path: Path) -> None:
    cut = tmp_path / "cut.mp4"
    run_ffmpeg_program("-ss", "0.5", "-i", b_frame_film, "-c", "copy", cut)
    film = probe(cut)
    assert film.hidden_pictures == 12
    container_for(film, Path("out.mov"))
    with pytest.raises(ContainerCannotHold, match="edit list"):
        container_for(film, Path("out.mkv"))


@pytest.mark.parametrize(
    ("name", "video", "copied"),
    [
        ("in_order.avi", ["-c:v", "mpeg4", "-bf", "2"], True),
        ("h264.avi", ["-c:v", "libx264", "-bf", "0"], True),
        ("h264_b.avi", ["-c:v", "libx264", "-bf", "2"], False),
        ("packed.avi", ["-c:v", "libxvid", "-bf", "2"], False),  # two pictures in one packet
    ],
)
def test_avi_that_does_not_say_the_order_of_its_pictures(
    make_film: MakeFilm, name: str, video: list[str], copied: bool
) -> None:
    film = probe(make_film(name, video=video))
    if copied:
        container_for(film, Path("out.mkv"))
    else:
        with pytest.raises(ContainerCannotHold, match="order"):
            container_for(film, Path("out.mkv"))
