"""`mmhnet batch` with lists, folders, names and settings from everywhere: one film is one row, and nothing leaks."""

import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mmhnet_cli.cli._settings import FILE_NAME, template
from mmhnet_cli.pipeline.asking.names import FORBIDDEN
from tests.cli.conftest import Ran, RunCommand
from tests.cli.test_batch_command import put, start, statuses

pytestmark = pytest.mark.processes

__all__ = ["put"]

posix = pytest.mark.skipif(sys.platform == "win32", reason="pipes and names of bytes are those of POSIX")


def planned(ran: Ran) -> dict[str, str]:
    """What would become of each film."""
    return {record["film"]: record["status"] for record in ran.records if record["type"] in ("plan", "film")}


def message(ran: Ran, film: str) -> str:
    return next(record["message"] for record in ran.records if record.get("film") == film)


def test_a_list_reads_and_writes_in_its_folder_alone(
    mmhnet: RunCommand, put: Callable[..., Path], tiny_model_dir: Path
) -> None:
    put("from/a.mp4")
    Path("secret").write_text("the key")
    Path("from/link.txt").symlink_to(Path("secret").absolute())
    options = ("-m", tiny_model_dir, "--steps", "1", "--json", "-n")
    listed = Path("from/films.csv")
    for row in ("prompt-file\na.mp4,../secret", "prompt-file\na.mp4,link.txt", "output\na.mp4,../x.wav"):
        listed.write_text(f"film,{row}\n")
        ran = mmhnet("batch", listed, *options)
        assert (ran.code, ran.records[0]["error"]) == (2, "ManifestInvalid"), ran.err
        assert "outside of the folder of the list" in ran.err
        assert "the key" not in ran.out + ran.err
        assert mmhnet("batch", listed, *options, "--allow-outside").code == 0
    # The folder that the user names for outputs is one of theirs.
    listed.write_text("film,output\na.mp4,../sound/x.wav\n")
    Path("sound").mkdir()
    assert mmhnet("batch", listed, *options, "-d", "sound").code == 0


def test_a_text_that_cannot_be_used_is_one_row(
    mmhnet: RunCommand, put: Callable[..., Path], tiny_model_dir: Path
) -> None:
    for name in ("a", "b", "c"):
        put(f"season/{name}.mp4")
    Path("season/a.txt").symlink_to("/etc/hostname")
    os.mkfifo("season/b.txt")
    ran = mmhnet("batch", "season", "-m", tiny_model_dir, "--steps", "1", "--jobs", "1", "--json")
    assert ran.code == 3, ran.err
    assert statuses(ran.records) == {"a.mp4": "failed", "b.mp4": "failed", "c.mp4": "done"}
    assert "not a regular file" in message(ran, "b.mp4")


def test_cue_sheets_beside_films_and_in_lists(
    mmhnet: RunCommand, put: Callable[..., Path], tiny_model_dir: Path
) -> None:
    for name in ("a", "b", "c"):
        put(f"reel/{name}.mp4")
    Path("reel/a_cues.csv").write_text("start,end,track,prompt\n0,0.3,fx,knocking\n0.1,0.5,ambience,wind\n")
    Path("reel/a.txt").write_text("a text that the sheet stands above")
    Path("reel/b_cues.csv").write_text("start,end\n0,99\n0.1,0\n")
    asked = ("-m", tiny_model_dir, "--steps", "1", "--jobs", "1", "--json", "-p", "rain", "--keep", "off")
    ran = mmhnet("batch", "reel", *asked)
    assert statuses(ran.records) == {"a.mp4": "done", "b.mp4": "failed", "c.mp4": "done"}, ran.err
    assert "line 2" in message(ran, "b.mp4")
    assert "line 3" in message(ran, "b.mp4")
    assert {path.name for path in Path("reel").glob("*.wav")} == {
        *("a_mmhnet.wav", "a_fx.wav", "a_ambience.wav", "c_mmhnet.wav")
    }
    report = json.loads(Path("reel/a_mmhnet.json").read_text())["request"]
    assert [cue["prompt"] for cue in report["cues"]] == ["knocking", "wind"]
    # What is done is known again; a sheet that was changed makes it stale.
    assert planned(mmhnet("batch", "reel", *asked, "-n"))["a.mp4"] == "done"
    Path("reel/a_cues.csv").write_text("start,end,track,prompt\n0,0.4,fx,a bell\n")
    assert planned(mmhnet("batch", "reel", *asked, "-n"))["a.mp4"] == "stale"
    # A column names sheets, within the folder of the list.
    Path("reel/sheets").mkdir()
    Path("reel/b_cues.csv").rename("reel/sheets/x.csv")
    Path("reel/sheets/x.csv").write_text("start,end,prompt\n0,0.4,rain\n")
    Path("reel/list.csv").write_text("film,cues,prompt\nb.mp4,sheets/x.csv,\nc.mp4,,wind\n")
    assert planned(mmhnet("batch", "reel/list.csv", *asked, "-n")) == {"b.mp4": "new", "c.mp4": "stale"}
    Path("reel/list.csv").write_text("film,cues\nb.mp4,../x.csv\n")
    assert "outside of the folder" in mmhnet("batch", "reel/list.csv", *asked, "-n").err


@pytest.mark.parametrize("content", ["pipe", b"\x00\x01", b"rain\xff", b"x" * 70_000, "folder"])
def test_a_prompt_file_is_text_of_a_bounded_size(mmhnet: RunCommand, film: Path, content: str | bytes) -> None:
    path = Path("prompt.txt")
    if content == "pipe":
        os.mkfifo(path)
    elif content == "folder":
        path.mkdir()
    else:
        path.write_bytes(bytes(content, "ascii") if isinstance(content, str) else content)
    ran = mmhnet("generate", film, "--prompt-file", path, "-n")
    assert ran.code == 2
    assert "--prompt-file cannot be 'prompt.txt'" in ran.err


def test_films_with_the_longest_names(mmhnet: RunCommand, put: Callable[..., Path], tiny_model_dir: Path) -> None:
    names = [letter * (length // len(letter.encode()) - 5) for letter in "x雨" for length in (240, 251, 255)]
    films = [put(f"films/{name}.mp4").name for name in names]
    twin = put(f"films/{names[2][:-1]}y.mp4").name
    ran = mmhnet("batch", "films", "-m", tiny_model_dir, "--steps", "1", "--json", "--jobs", "1")
    assert ran.code == 0, ran.err
    assert statuses(ran.records) == dict.fromkeys([*films, twin], "done")
    outputs = [output for record in ran.records[:-1] for output in record["outputs"]]
    assert len(set(outputs)) == 2 * len(names) + 2
    again = mmhnet("batch", "films", "-m", tiny_model_dir, "--steps", "1", "--json", "--jobs", "1")
    assert set(statuses(again.records).values()) == {"skipped"}


def test_films_of_one_name(mmhnet: RunCommand, put: Callable[..., Path], tiny_model_dir: Path) -> None:
    put("films/a.mp4")
    command = ("batch", "films", "-m", tiny_model_dir, "--steps", "1", "--json", "--jobs", "1")
    assert mmhnet(*command).code == 0
    put("films/a.mov", 24)
    ran = mmhnet(*command)
    assert (ran.code, statuses(ran.records)) == (0, {"a.mov": "done", "a.mp4": "skipped"}), ran.err
    assert {path.name for path in Path("films").glob("*.wav")} == {"a_mmhnet.wav", "a.mov_mmhnet.wav"}
    assert set(statuses(mmhnet(*command).records).values()) == {"skipped"}
    ran = mmhnet("generate", "--from-report", "films/a.mov_mmhnet.json", "-d", "again", "-m", tiny_model_dir)
    assert ran.code == 0, ran.err
    assert {path.name for path in Path("again").iterdir()} == {
        *("a.mov_mmhnet.wav", "a.mov_mmhnet.json", "a.mov_mmhnet.latents")
    }


def test_settings_made_for_one_film_hold_for_many(
    mmhnet: RunCommand, put: Callable[..., Path], tiny_model_dir: Path, tmp_path: Path
) -> None:
    put("films/a.mp4")
    lines = [line.removeprefix("# ") for line in template().splitlines()[1:]]
    named = tmp_path / "all.toml"
    named.write_text("\n".join(line for line in lines if not line.startswith(("ffmpeg", "model", "output-dir"))))
    ran = mmhnet("batch", "films", "-m", tiny_model_dir, "--config", named, "-n", "--json")
    assert (ran.code, planned(ran)) == (0, {"a.mp4": "new"}), ran.err
    command = ("batch", "films", "-m", tiny_model_dir, "--steps", "1", "--json")
    assert mmhnet(*command).code == 0
    for word, code in (("error", 3), ("skip", 3), ("rename", 3), ("overwrite", 0)):
        Path(FILE_NAME).write_text(f'on-exists = "{word}"\n')
        ran = mmhnet(*command, "--seed", "7")
        assert (ran.code, statuses(ran.records)) == (code, {"a.mp4": "stale" if code else "done"}), ran.err
        assert ("rename" in ran.err) == (word == "rename")
    Path(FILE_NAME).unlink()
    ran = mmhnet(*command, "--on-exists", "rename")
    assert ran.code == 2
    assert "skip, error or overwrite" in ran.err


def test_the_quality_of_a_row_stands_over_the_steps_of_the_command(
    mmhnet: RunCommand, put: Callable[..., Path], tiny_model_dir: Path
) -> None:
    for name in ("a", "b", "c"):
        put(f"{name}.mp4")
    Path("films.csv").write_text("film,quality,steps\na.mp4,draft,\nb.mp4,high,2\nc.mp4,,\n")
    ran = mmhnet(
        "batch", "films.csv", "-m", tiny_model_dir, "--steps", "1", "--solver", "heun", "--jobs", "1", "--json"
    )
    assert ran.code == 0, ran.err
    samplers = [json.loads(Path(f"{name}_mmhnet.json").read_text())["request"]["sampler"] for name in ("a", "b", "c")]
    assert [(own["solver"], own["steps"]) for own in samplers] == [("euler", 12), ("midpoint", 2), ("heun", 1)]
    assert all("quality" not in own for own in samplers)


def test_what_nobody_foresaw_of_a_film_is_its_row(
    mmhnet: RunCommand, put: Callable[..., Path], tiny_model_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put("films/a.mp4")
    put("films/b.mp4")
    from mmhnet_cli.pipeline.batch import plan

    whole = plan.fingerprint

    def breaks(film: Path, *more: object) -> str:
        if film.name == "a.mp4":
            raise ZeroDivisionError("nobody foresaw this")
        return whole(film, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(plan, "fingerprint", breaks)
    ran = mmhnet("batch", "films", "-m", tiny_model_dir, "-n", "--json")
    assert (ran.code, planned(ran)) == (3, {"a.mp4": "failed", "b.mp4": "new"})
    assert "ZeroDivisionError: nobody foresaw this" in message(ran, "a.mp4")


def test_a_table_from_a_country_of_decimal_commas(
    mmhnet: RunCommand, put: Callable[..., Path], tiny_model_dir: Path
) -> None:
    put("straße.mp4", 48)
    table = "sep=;\r\nfilm;guidance;handles;loudness;true-peak;end\r\nstraße.mp4;2,5;0,25;-18,5;-1,5;1,5\r\n"
    Path("films.csv").write_bytes(table.encode("utf-16"))
    ran = mmhnet("batch", "films.csv", "-m", tiny_model_dir, "--steps", "1", "--json")
    assert ran.code == 0, ran.err
    request = json.loads(Path("straße_mmhnet.json").read_text(encoding="utf-8"))["request"]
    loudness = request["output"]["loudness"]
    assert (request["sampler"]["guidance"], request["output"]["handles_s"], request["end"]) == (2.5, "1/4", "3/2")
    assert (loudness["integrated_lufs"], loudness["true_peak_dbtp"]) == (-18.5, -1.5)
    Path("films.csv").write_bytes(table.encode("cp1252"))
    ran = mmhnet("batch", "films.csv", "-m", tiny_model_dir)
    assert ran.code == 2
    assert "line 3 is not UTF-8 near 'straße" in ran.err
    assert "CSV UTF-8" in ran.err


@posix
@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_pipes_of_every_encoding_carry_every_name(
    put: Callable[..., Path], tiny_model_dir: Path, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", encoding)
    names = ["雨.mp4", "é.mp4", os.fsdecode(b"\xff\xfe.mp4"), "😀 :smile: [bold].mp4"]
    for name in names:
        put(f"films/{name}")
    Path("films/\x1b]0;x\x07.mp4").write_text("no film")
    run = start("films", "-d", "sound", "-m", tiny_model_dir, "--steps", "1", "--jobs", "1", text=False)
    out, err = run.communicate(timeout=300)
    assert run.returncode == 3, err
    made = {os.fsdecode(line) for line in out.splitlines()}
    assert made == {
        f"sound/{Path(name).stem.translate(FORBIDDEN)}_mmhnet.{end}" for name in names for end in ("wav", "json")
    }
    assert all(Path(name).is_file() for name in made)
    assert b"\x1b" not in err
    assert b"Traceback" not in err
    again = start("films", "-d", "sound", "-m", tiny_model_dir, "--steps", "1", "--jobs", "1", "--json", text=False)
    out, _ = again.communicate(timeout=300)
    out.decode("ascii")
    assert {record["film"] for record in map(json.loads, out.splitlines()) if record["type"] == "film"} == {
        *names,
        "\x1b]0;x\x07.mp4",
    }


def test_models_that_alternate_are_loaded_once(
    mmhnet: RunCommand, put: Callable[..., Path], tiny_model_dir: Path
) -> None:
    shutil.copytree(tiny_model_dir, "other")
    for number in range(6):
        put(f"{number}.mp4")
    rows = [{"film": f"{number}.mp4", "model": str(("other", tiny_model_dir)[number % 2])} for number in range(6)]
    Path("films.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    options = ("--steps", "1", "--jobs", "1", "--json", "--allow-outside")
    ran = mmhnet("batch", "films.jsonl", *options)
    assert ran.code == 0, ran.err
    # Within a worker, films overtake one another; those of one model come before those of the other.
    assert set(list(statuses(ran.records))[:3]) == {"0.mp4", "2.mp4", "4.mp4"}
