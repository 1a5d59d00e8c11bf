"""Every mistake of a user gives one sentence, one next step, the right exit code and no traceback."""

import os
import shutil
from pathlib import Path

import pytest

from mmhnet_cli.models.checkpoint import read_tensors, save_tensors
from mmhnet_cli.models.model_files import NETWORK_FILE
from tests.cli.conftest import Ran, RunCommand
from tests.conftest import MakeFilm, RunFfmpeg


def assert_one_error(ran: Ran, code: int, *words: str) -> None:
    """One problem was reported, on stderr alone."""
    assert ran.code == code, ran.err
    lines = ran.err.splitlines()
    assert [line.startswith("error: ") for line in lines] == [True, False], ran.err
    for word in words:
        assert word in lines[0]
    assert lines[1].strip()
    assert "Traceback" not in ran.err
    assert ran.out == ""


def test_missing_film(mmhnet: RunCommand, tmp_path: Path) -> None:
    assert_one_error(mmhnet("probe", tmp_path / "no.mp4"), 4, "no film", "no.mp4")


def test_folder_instead_of_film(mmhnet: RunCommand, tmp_path: Path) -> None:
    assert_one_error(mmhnet("probe", tmp_path), 4, "not a regular file")


def test_not_a_film(mmhnet: RunCommand, tmp_path: Path) -> None:
    (tmp_path / "notes.mp4").write_text("these are words\n" * 100)
    assert_one_error(mmhnet("probe", tmp_path / "notes.mp4"), 4, "notes.mp4")


def test_truncated_film(mmhnet: RunCommand, film: Path, tmp_path: Path) -> None:
    # The index of an mp4 stands at its end.
    (tmp_path / "cut.mp4").write_bytes(film.read_bytes()[: film.stat().st_size // 2])
    assert_one_error(mmhnet("probe", tmp_path / "cut.mp4"), 4, "cannot be read")


def test_sound_without_picture(mmhnet: RunCommand, run_ffmpeg_program: RunFfmpeg, tmp_path: Path) -> None:
    run_ffmpeg_program("-f", "lavfi", "-i", "sine=duration=1", tmp_path / "song.m4a")
    assert_one_error(mmhnet("probe", tmp_path / "song.m4a"), 4, "no moving picture", "audio")


def test_film_without_frames(mmhnet: RunCommand, film: Path, run_ffmpeg_program: RunFfmpeg, tmp_path: Path) -> None:
    run_ffmpeg_program("-i", film, "-c", "copy", "-t", "0", tmp_path / "empty.mkv")
    assert_one_error(mmhnet("probe", tmp_path / "empty.mkv"), 4, "empty.mkv")


def test_picture_without_sound_cannot_be_measured(mmhnet: RunCommand, film: Path) -> None:
    ran = mmhnet("measure", film)
    assert ran.code == 4
    assert "no sound" in ran.err


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read and write everything")
def test_closed_film_and_folder(mmhnet: RunCommand, film: Path, tiny_model_dir: Path, tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    ran = mmhnet("generate", film, "--model", tiny_model_dir, "-o", closed / "x.wav")
    assert_one_error(ran, 7, "may not be written")
    (tmp_path / "secret.mp4").write_bytes(film.read_bytes())
    (tmp_path / "secret.mp4").chmod(0)
    assert_one_error(mmhnet("probe", tmp_path / "secret.mp4"), 4, "secret.mp4")


def test_output_folder_that_is_missing(mmhnet: RunCommand, film: Path, tiny_model_dir: Path, tmp_path: Path) -> None:
    ran = mmhnet("generate", film, "--model", tiny_model_dir, "-o", tmp_path / "none" / "x.wav")
    assert_one_error(ran, 7, "cannot be written", "none")


def test_output_folder_that_is_a_file(mmhnet: RunCommand, film: Path, tiny_model_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert_one_error(mmhnet("generate", film, "--model", tiny_model_dir, "-d", tmp_path / "file"), 7, "not a folder")


def test_output_that_exists(mmhnet: RunCommand, film: Path, tiny_model_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "x.wav").write_text("precious")
    assert_one_error(mmhnet("generate", film, "--model", tiny_model_dir, "-o", tmp_path / "x.wav"), 7, "already there")
    assert (tmp_path / "x.wav").read_text() == "precious"


def test_film_is_never_its_own_output(mmhnet: RunCommand, film: Path, tiny_model_dir: Path) -> None:
    ran = mmhnet("generate", film, "--model", tiny_model_dir, "-o", film, "--force")
    assert_one_error(ran, 2, "another file than the film")


@pytest.mark.parametrize("given", [("--start", "5"), ("--end", "3"), ("--start", "1", "--end", "0:00:01.000")])
def test_bad_range(mmhnet: RunCommand, film: Path, tiny_model_dir: Path, given: tuple[str, ...]) -> None:
    ran = mmhnet("generate", film, "--model", tiny_model_dir, "-n", *given)
    assert_one_error(ran, 2, "not a part of the film", "0:00:02.002")


def test_part_of_a_film_cannot_be_webm(mmhnet: RunCommand, film: Path, tiny_model_dir: Path, tmp_path: Path) -> None:
    ran = mmhnet("generate", film, "--model", tiny_model_dir, "--end", "1", "-o", tmp_path / "part.webm")
    assert_one_error(ran, 7, "a part of a film, which is coded anew")


def test_files_of_cues_need_cues(mmhnet: RunCommand, film: Path, tiny_model_dir: Path) -> None:
    ran = mmhnet("generate", film, "--model", tiny_model_dir, "-n", "--cue-files")
    assert_one_error(ran, 2, "--cue-files", "chosen beside --cues")


@pytest.mark.parametrize(
    "given",
    [
        ("--stpes", "3"),
        ("--steps", "0"),
        ("--steps", "many"),
        ("--start", "soon"),
        ("--seed", "-1"),
        ("--seed", "1.5"),
        ("--solver", "dopri"),
        ("--device", "tpu"),
        ("--bits", "8"),
        ("--guidance", "-1"),
        ("--loudness", "loud"),
        ("--loudness", "nan"),
        ("-o", "sound.mp3"),
        ("-o", "a.wav", "-o", "./a.wav"),
        ("--prompt", "rain", "--prompt-file", "words.txt"),
        ("--prompt-file", "missing.txt"),
    ],
)
def test_bad_option(mmhnet: RunCommand, film: Path, tiny_model_dir: Path, given: tuple[str, ...]) -> None:
    assert_one_error(mmhnet("generate", film, "--model", tiny_model_dir, "-n", *given), 2)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--steps", "0"), "--steps cannot be '0'; it must be a whole number from 1 to 1000."),
        (("--solver", "dopri"), "--solver cannot be 'dopri'; it must be one of euler, midpoint, heun."),
        (("--guidance", "much"), "--guidance cannot be 'much'; it must be a number from 0 to 100."),
    ],
)
def test_a_refusal_says_what_was_found_and_what_is_expected(
    mmhnet: RunCommand, film: Path, tiny_model_dir: Path, given: tuple[str, ...], said: str
) -> None:
    assert f"error: {said}" in mmhnet("generate", film, "--model", tiny_model_dir, "-n", *given).err


def test_options_of_every_command_are_refused_alike(mmhnet: RunCommand, film: Path) -> None:
    ran = mmhnet("batch", film, "--jobs", "0", "--max-failures", "0", "--executor", "cloud", "--progress", "x")
    assert ran.code == 2
    assert "--jobs cannot be '0'; it must be a whole number from 1 to 256." in ran.err
    assert "--max-failures cannot be '0'; it must be a whole number of at least 1." in ran.err
    assert "--executor cannot be 'cloud'; it must be one of local, ray." in ran.err
    assert "--progress cannot be 'x'; it must be one of auto, bar, plain, json, off." in ran.err
    ran = mmhnet("measure", film, "--tolerance", "11")
    assert "--tolerance cannot be '11'; it must be a number from 0 to 10." in ran.err


def test_a_switch_in_the_environment(mmhnet: RunCommand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MMHNET_STRICT", "maybe")
    assert "environment MMHNET_STRICT cannot be 'maybe'; it must be true or false." in mmhnet("config", "show").err


def test_unknown_command(mmhnet: RunCommand) -> None:
    assert_one_error(mmhnet("genrate", "x.mp4"), 2, "genrate", "generate")


def test_unknown_model(mmhnet: RunCommand, film: Path) -> None:
    ran = mmhnet("generate", film, "-n", "--model", "maxi")
    assert_one_error(ran, 5, "'maxi'")
    assert "mini, s-16k, s-44k, l-44k" in ran.err


def test_model_that_is_not_here(mmhnet: RunCommand, film: Path) -> None:
    assert_one_error(mmhnet("generate", film, "-n", "--model", "l-44k"), 5, "not on this machine")


def test_pickled_weights_are_refused(mmhnet: RunCommand, film: Path, tmp_path: Path) -> None:
    (tmp_path / "model.pth").write_bytes(b"")
    ran = mmhnet("generate", film, "-n", "--model", tmp_path / "model.pth")
    assert_one_error(ran, 5, ".pth")
    assert "safetensors" in ran.err


def test_device_that_is_not_here(mmhnet: RunCommand, film: Path, tiny_model_dir: Path, tmp_path: Path) -> None:
    ran = mmhnet("-q", "generate", film, "--model", tiny_model_dir, "--device", "cuda:31", "-d", tmp_path)
    assert_one_error(ran, 6, "cuda:31")
    assert list(tmp_path.glob("*.wav*")) == []


def test_all_problems_at_once(mmhnet: RunCommand, tmp_path: Path) -> None:
    ran = mmhnet("generate", tmp_path / "no.mp4", "-m", "maxi", "-o", tmp_path / "x.mp3", "--loudness", "loud")
    errors = [line for line in ran.err.splitlines() if line.startswith("error: ")]
    assert len(errors) == 4
    for word, error in zip(("--loudness", "no.mp4", "maxi", "x.mp3"), errors, strict=True):
        assert word in error
    assert ran.code == 2


def test_errors_in_json(mmhnet: RunCommand, tmp_path: Path) -> None:
    ran = mmhnet("probe", tmp_path / "no.mp4", "--json")
    [record] = ran.records
    assert (record["type"], record["error"], record["exit_code"]) == ("error", "FilmNotFound", 4)
    assert ran.code == 4


def test_unforeseen_error(mmhnet: RunCommand, film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(path: Path) -> None:
        raise ZeroDivisionError("one [red] line\nand a second")

    monkeypatch.setattr("mmhnet_cli.media.probe.probe", fail)
    ran = mmhnet("probe", film)
    assert_one_error(ran, 1, "ZeroDivisionError: one [red] line")
    assert "--debug" in ran.err
    assert "Traceback" in mmhnet("probe", film, "--debug").err


def test_names_cannot_command_the_terminal(mmhnet: RunCommand, tmp_path: Path) -> None:
    ran = mmhnet("probe", tmp_path / "a [bold]b\x1b[2J.mp4")
    assert "a [bold]b�[2J.mp4" in ran.err
    assert "\x1b" not in ran.err


def test_every_container_error_has_its_code(mmhnet: RunCommand, make_film: MakeFilm, tiny_model_dir: Path) -> None:
    vp8 = make_film("old.webm", count=10, video=["-c:v", "libvpx", "-cpu-used", "8", "-deadline", "realtime"])
    ran = mmhnet("generate", vp8, "-m", tiny_model_dir, "-n", "-o", "out.mp4")
    assert_one_error(ran, 7, "cannot hold", "vp8")


def test_weights_that_lead_beyond_all_numbers(
    mmhnet: RunCommand, film: Path, tiny_model_dir: Path, tmp_path: Path
) -> None:
    model = Path(shutil.copytree(tiny_model_dir, tmp_path / "wild"))
    tensors, metadata = read_tensors(model / NETWORK_FILE)
    save_tensors(model / NETWORK_FILE, {key: tensor * 1e20 for key, tensor in tensors.items()}, metadata)
    ran = mmhnet("generate", film, "--model", model, "--steps", 1, "--progress", "off", "-o", tmp_path / "a.wav")
    assert_one_error(ran, 5, "wild", "no sound")
    assert not list(tmp_path.glob("a*"))


def test_what_to_do_about_many_is_said_once(mmhnet: RunCommand, film: Path, tmp_path: Path) -> None:
    (tmp_path / "sheet.csv").write_text("start,end,gain\n0,0.5,loud\n0,99,\n", encoding="utf-8")
    ran = mmhnet("generate", film, "--cues", tmp_path / "sheet.csv")
    told = " ".join(ran.err.split())
    assert ran.code == 2 and told.count("error: ") == 2 and told.count("Change the sheet") == 1
    assert told.index("Change the sheet") > told.rindex("error: ")
