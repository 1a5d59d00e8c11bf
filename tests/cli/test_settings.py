import json
import shutil
from pathlib import Path

import pytest

from mmhnet_cli.cli._settings import FILE_NAME, SETTINGS, template
from mmhnet_cli.model.variants import VARIANTS
from tests.cli.conftest import RunCommand


def origins(mmhnet: RunCommand, *arguments: object) -> dict[str, tuple[object, str]]:
    ran = mmhnet("config", "show", "--json", *arguments)
    assert ran.code == 0, ran.err
    return {record["name"]: (record["value"], record["origin"]) for record in ran.records}


def test_defaults(mmhnet: RunCommand) -> None:
    shown = origins(mmhnet)
    assert set(shown) == {name.replace("_", "-") for name in SETTINGS}
    assert shown.pop("guidance") == (VARIANTS["mini"].guidance, "of the model mini")
    assert shown.pop("steps") == (25, "of the quality standard")
    assert shown.pop("solver") == ("euler", "of the quality standard")
    assert all(origin == "default" for _, origin in shown.values())
    assert shown["quality"] == ("standard", "default")


def test_the_nearer_origin_wins(mmhnet: RunCommand, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    user, project, named = tmp_path / "user" / "mmhnet" / FILE_NAME, tmp_path / FILE_NAME, tmp_path / "named.toml"
    user.parent.mkdir(parents=True)
    # 25 is the default of steps: where a value comes from counts, not whether it differs from the default.
    user.write_text("steps = 11\nguidance = 1.5\nseed = 1\nrate = 44100\n")
    project.write_text("steps = 12\nguidance = 2.5\nseed = 2\n")
    named.write_text("steps = 25\nguidance = 3.5\n")
    monkeypatch.setenv("MMHNET_STEPS", "14")
    shown = origins(mmhnet, "--config", named)
    assert shown["steps"] == (14, "environment MMHNET_STEPS")
    assert shown["guidance"] == (3.5, str(named))
    assert shown["seed"] == (2, str(project))
    assert shown["rate"] == (44100, str(user))
    assert shown["solver"] == ("euler", "of the quality standard")
    monkeypatch.delenv("MMHNET_STEPS")
    assert origins(mmhnet, "--config", named)["steps"] == (25, str(named))


def test_a_flag_wins(mmhnet: RunCommand, film: Path, tiny_model_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path(FILE_NAME).write_text("steps = 12\nguidance = 2.5\n")
    monkeypatch.setenv("MMHNET_STEPS", "14")
    # The value of the flag is the default: it still wins.
    ran = mmhnet("generate", film, "-m", tiny_model_dir, "-n", "--steps", "25", "--json")
    assert ran.records[0]["sampling"] == "euler, 25 steps, guidance 2.5"


def test_a_quality_says_what_no_stronger_place_says(
    mmhnet: RunCommand, film: Path, tiny_model_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sampling(*arguments: object) -> str:
        ran = mmhnet("generate", film, "-m", tiny_model_dir, "-n", "--json", "--guidance", "2", *arguments)
        assert ran.code == 0, ran.err
        return ran.records[0]["sampling"].removesuffix(", guidance 2")

    assert sampling() == "euler, 25 steps"
    assert sampling("--quality", "draft") == "euler, 12 steps"
    assert sampling("--quality", "high") == "midpoint, 50 steps"
    # Beside each other, what is said of one of them stands.
    assert sampling("--quality", "high", "--steps", "7") == "midpoint, 7 steps"
    assert sampling("--quality", "draft", "--solver", "heun") == "heun, 12 steps"
    Path(FILE_NAME).write_text('steps = 13\nsolver = "heun"\n')
    assert sampling() == "heun, 13 steps"
    assert sampling("--quality", "standard") == "euler, 25 steps"
    assert sampling("--quality", "high", "--steps", "7") == "midpoint, 7 steps"
    monkeypatch.setenv("MMHNET_STEPS", "14")
    assert sampling() == "heun, 14 steps"
    assert sampling("--quality", "draft") == "euler, 12 steps"
    monkeypatch.setenv("MMHNET_QUALITY", "high")
    assert sampling() == "midpoint, 14 steps"
    assert sampling("--steps", "9") == "midpoint, 9 steps"
    monkeypatch.delenv("MMHNET_STEPS")
    monkeypatch.delenv("MMHNET_QUALITY")
    Path("named.toml").write_text('quality = "high"\n')
    assert sampling("--config", "named.toml") == "midpoint, 50 steps"
    Path("named.toml").write_text('quality = "high"\nsteps = 8\n')
    assert sampling("--config", "named.toml") == "midpoint, 8 steps"
    assert origins(mmhnet, "--config", "named.toml")["solver"] == ("midpoint", "of the quality high")


@pytest.mark.slow
def test_guidance_is_the_models_own_until_someone_chooses(
    mmhnet: RunCommand, film: Path, tiny_model_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = with_guidance(tiny_model_dir, tmp_path / "own", 3.25)
    plain = with_guidance(tiny_model_dir, tmp_path / "plain", None)

    def sampling(*arguments: object) -> str:
        ran = mmhnet("generate", film, "-n", "--json", *arguments)
        assert ran.code == 0, ran.err
        return ran.records[0]["sampling"].removeprefix("euler, 25 steps, guidance ")

    assert sampling("-m", model) == "3.25 (of the model)"
    assert sampling("-m", plain) == "4.5 (of the model)"  # the paper's
    assert sampling("-m", model, "--guidance", "3.25") == "3.25"
    monkeypatch.setenv("MMHNET_GUIDANCE", "2")
    assert sampling("-m", model) == "2"
    monkeypatch.delenv("MMHNET_GUIDANCE")
    Path("named.toml").write_text(f'model = "{model}"\nguidance = 1.5\n')
    assert sampling("--config", "named.toml") == "1.5"
    assert origins(mmhnet, "--config", "named.toml")["guidance"] == (1.5, "named.toml")
    Path("named.toml").write_text(f'model = "{model}"\n')
    assert origins(mmhnet, "--config", "named.toml")["guidance"] == (3.25, "of the model own")
    Path("named.toml").write_text('model = "nobody/nothing"\n')
    assert origins(mmhnet, "--config", "named.toml")["guidance"] == (None, "of the model nobody/nothing")


def with_guidance(model: Path, folder: Path, guidance: float | None) -> Path:
    """A copy of a model with this guidance of its own, or without one."""
    shutil.copytree(model, folder)
    config = json.loads((folder / "config.json").read_text())
    del config["network"]["guidance"]
    config["network"] |= {} if guidance is None else {"guidance": guidance}
    (folder / "config.json").write_text(json.dumps(config))
    return folder


def test_a_guidance_that_is_none_is_refused(
    mmhnet: RunCommand, film: Path, tiny_model_dir: Path, tmp_path: Path
) -> None:
    for number, guidance in enumerate((-1, 101, float("nan"), "much", [3])):
        model = with_guidance(tiny_model_dir, tmp_path / f"model{number}", guidance)
        ran = mmhnet("generate", film, "-n", "-m", model)
        assert ran.code != 0
        assert "guidance" in ran.err or "what this version of mmhnet knows" in ran.err
        assert "unforeseen" not in ran.err


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ('ffmpeg = "./evil.sh"', "programs"),
        ('model = "../weights"', "--model"),
        ('model = "weights"', "--model"),
        ('output-dir = "../elsewhere"', "--output-dir"),
        ('output-dir = "/elsewhere"', "--output-dir"),
    ],
)
def test_a_file_beside_the_films_is_not_trusted(mmhnet: RunCommand, tmp_path: Path, line: str, word: str) -> None:
    Path(FILE_NAME).write_text(line)
    ran = mmhnet("config", "show")
    assert ran.code == 2
    assert word in ran.err
    # The same line in a file that the user names is taken at its word, relative to that file.
    (tmp_path / "mine.toml").write_text(line)
    Path(FILE_NAME).unlink()
    assert mmhnet("config", "show", "--config", tmp_path / "mine.toml").code == 0


def test_a_file_beside_the_films_may_choose_inside(mmhnet: RunCommand, tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text('output-dir = "sound"\nmodel = "mini"\n')
    assert origins(mmhnet)["output-dir"] == (str(tmp_path / "sound"), str(tmp_path / FILE_NAME))


@pytest.mark.parametrize(
    "text", ["stpes = 3", "steps = 0", "steps = true", "[steps]\nx = 1", "steps = ", 'solver = "dopri"', "bits = 8"]
)
def test_bad_files_are_named(mmhnet: RunCommand, tmp_path: Path, text: str) -> None:
    Path("bad.toml").write_text(text)
    ran = mmhnet("config", "show", "--config", "bad.toml")
    assert ran.code == 2
    assert "bad.toml" in ran.err
    assert "Traceback" not in ran.err


def test_missing_file_is_named(mmhnet: RunCommand) -> None:
    ran = mmhnet("config", "show", "--config", "none.toml")
    assert ran.code == 2
    assert "none.toml" in ran.err


def test_all_problems_of_the_files_at_once(mmhnet: RunCommand) -> None:
    Path("bad.toml").write_text("steps = 0\nbits = 8\n")
    assert mmhnet("config", "show", "--config", "bad.toml").err.count("error: ") == 2


def test_init_writes_a_file_that_is_read(mmhnet: RunCommand) -> None:
    path = Path(mmhnet("config", "init").out.strip())
    assert path == Path(mmhnet("config", "path").out.strip())
    assert mmhnet("config", "init").code == 7
    # Every line works once its # is removed.
    path.write_text("\n".join(line.removeprefix("# ") for line in template().splitlines()[1:]))
    assert all(origin == str(path) for _, origin in origins(mmhnet).values())


def test_global_options_stand_before_or_after(mmhnet: RunCommand) -> None:
    assert mmhnet("--json", "config", "path").records == mmhnet("config", "path", "--json").records
    assert origins(mmhnet, "--progress", "plain")["progress"] == ("plain", "option --progress")
    ran = mmhnet("--progress", "off", "config", "show", "--json")
    assert {r["name"]: r["value"] for r in ran.records}["progress"] == "off"
