"""Every name that a script or a list may hold is in README or docs/, and nothing is there that does not exist."""

import dataclasses
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mmhnet_cli.cli import (
    audition,
    batch,
    doctor,
    evaluate,
    export,
    generate,
    measure,
    pick,
    probe,
    redo,
    spot,
    train,
    vary,
    weights,
)
from mmhnet_cli.cli._batch_options import COLUMNS
from mmhnet_cli.cli._options import COMMON, options_taken
from mmhnet_cli.cli._settings import SETTINGS
from mmhnet_cli.cli._words.table import TABLE
from mmhnet_cli.cli.app import main
from mmhnet_cli.options.choice import Option
from mmhnet_cli.pipeline.batch.journal import KINDS, Event
from mmhnet_cli.pipeline.session import table
from tests.conftest import MakeFilm
from tests.meta.test_command_line import commands
from tests.tiny_model import tiny_model_dir

__all__ = ["tiny_model_dir"]

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
# Keys that are names of files, stems, stages and kinds.
OPEN = {"model.sha256", "takes[].seeds", "timings_s", "seen[].kinds", "understood"}


def rows(text: str) -> list[list[str]]:
    """The cells of all table rows, without heads."""
    lines = [line for line in text.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def first_cells(text: str) -> list[str]:
    return [name for row in rows(text) for name in re.findall(r"`([^`]+)`", row[0])]


def section(name: str, heading: str) -> str:
    [text] = re.findall(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", (DOCS / name).read_text("utf-8"), re.M | re.S)
    return text


def test_options_with_their_names_in_the_environment_and_in_files() -> None:
    found = {
        (option, name, setting)
        for _, command in commands()
        for parameter in command.params
        if parameter.param_type_name == "option"
        for option in parameter.opts
        for name in (parameter.envvar or "",)
        for setting in (parameter.name.replace("_", "-") if parameter.name in SETTINGS and name else "",)
    }
    written = {
        (option, row[1].strip("`"), row[2].strip("`"))
        for row in rows((DOCS / "settings.md").read_text("utf-8"))
        for option in re.findall(r"`([^`]+)`", row[0])
    }
    assert written == found


# What stands under each heading of docs/settings.md.
TAKEN = {
    "`generate`": options_taken(generate.generate),
    "`batch`, besides those of `generate`": options_taken(batch.batch),
    "`redo`": options_taken(redo.redo),
    "`vary`": options_taken(vary.vary),
    "`pick`": options_taken(pick.pick),
    "`probe`": options_taken(probe.probe),
    "`spot`": options_taken(spot.spot),
    "`export`": options_taken(export.export),
    "`audition`": options_taken(audition.audition),
    "`measure`": options_taken(measure.measure),
    "`evaluate`": options_taken(evaluate.evaluate),
    "`doctor`": options_taken(doctor.doctor),
    "`train prepare`": options_taken(train.prepare),
    "`train run`": options_taken(train.run),
    "`train export`": options_taken(train.export),
    "`train push`": options_taken(train.push),
    "`weights pull`": options_taken(weights.pull),
    "`weights rm`": options_taken(weights.rm),
    "Every command": COMMON,
}


def default_of(option: Option) -> str:
    """As the table has it: a word, or where there is none, what stands in for it."""
    if option.is_switch:
        return "`true`" if option.default else ""
    text = "" if option.several and option.default == () else option.unchosen[1]
    return f"`{text}`" if text else option.choice.shown


@pytest.mark.parametrize("heading", TAKEN)
def test_defaults_and_ranges_of_options(heading: str) -> None:
    """Written by hand, so that a default or a range that changes without a word is noticed."""
    for cells in rows(section("settings.md", heading)):
        name = re.findall(r"`(--[^`]+)`", cells[0])[0]
        option = next(one for one in TAKEN[heading].values() if one.choice.option == name)
        assert cells[3] == default_of(option), name
        assert cells[4] == ("" if option.is_switch else option.expected), name
        assert cells[5] == option.choice.help


def test_columns_of_a_manifest() -> None:
    columns = first_cells(section("batch.md", "The manifest"))
    assert sorted(columns) == sorted(["film", *(option.key for option in COLUMNS.values())])


def test_columns_of_a_cue_sheet() -> None:
    assert first_cells(section("spotting.md", "The sheet")) == [*table.SAID, *table.INFORMS]


def test_journal() -> None:
    text = section("batch.md", "The journal")
    assert first_cells(text) == [field.name for field in dataclasses.fields(Event)]
    assert set(re.findall(r"`([^`]+)`", rows(text)[0][1])) == set(KINDS)


def test_exit_codes() -> None:
    text = (ROOT / "README.md").read_text("utf-8").partition("## Exit codes")[2].partition("\n## ")[0]
    written = {int(code) for cell in re.findall(r"^\| ([\d, ]+) \|", text, re.M) for code in cell.split(",")}
    codes = {row.exit_code for row in TABLE} - {128}
    assert written == codes | {0, 3, 129, 130, 143}


def paths(value: Any, path: str = "") -> Iterator[str]:
    if path in OPEN or not isinstance(value, dict | list) or value in ([], {}):
        yield path
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from paths(inner, f"{path}.{key}" if path else key)
    elif all(isinstance(inner, dict) for inner in value):
        for inner in value:
            yield from paths(inner, f"{path}[]")
    else:
        yield path


def test_report(make_film: MakeFilm, tiny_model_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    film = make_film("spoken.mp4", count=25, rate="25", audio="sine=d=1")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "hits.txt").write_text("0.2\n")
    words = ["--stem", "fx=rain, velociraptor", "--hits", "hits.txt", "--steps", "1", "--quiet"]
    assert main(["generate", str(film), "-m", str(tiny_model_dir), "-d", ".", *words]) == 0
    report = json.loads((tmp_path / "spoken_mmhnet.json").read_text("utf-8"))
    assert sorted(first_cells((DOCS / "report.md").read_text("utf-8"))) == sorted(set(paths(report)))


@pytest.mark.parametrize("name", ["README.md", *(f"docs/{path.name}" for path in DOCS.glob("*.md"))])
def test_links_lead_somewhere(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    for target in re.findall(r"\]\(([^)#\s]+)", text):
        assert target.startswith("https://") or ((ROOT / name).parent / target).exists(), target
