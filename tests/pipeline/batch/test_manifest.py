"""Lists of films in every form: what they say comes out, what they may not say is refused with its line."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from mmhnet_cli.errors import ManifestInvalid
from mmhnet_cli.options.table import CHOICES
from mmhnet_cli.pipeline.asking.found import Bounds
from mmhnet_cli.pipeline.batch import manifest
from mmhnet_cli.pipeline.batch.manifest import Row, read_manifest

NAMES = {"prompt", "negative_prompt", "seed", "guidance", "stem", "output", "output_dir", "model", "start", "strict"}
COLUMNS = {name: option for name, option in CHOICES.items() if name in NAMES}


def read(folder: Path, name: str, content: str | bytes) -> tuple[list[Row], list[ManifestInvalid]]:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_manifest(path, columns=COLUMNS)


def rows(folder: Path, name: str, content: str | bytes) -> list[tuple[str, dict[str, Any]]]:
    found, problems = read(folder, name, content)
    assert problems == []
    return [(str(row.film), dict(row.options)) for row in found]


def problems(folder: Path, name: str, content: str | bytes) -> list[str]:
    """What is wrong, without the path of the folder."""
    return [
        f"{problem.origin}: {problem.reason}".removeprefix(f"{folder}/") for problem in read(folder, name, content)[1]
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_table(tmp_path: Path, delimiter: str, mark: str, end: str) -> None:
    lines = [
        ["Film", "Negative-Prompt", "seed", "stem", "STEM", ""],
        ["a b.mp4", ' "wind, or ""music""; loud"', "7", "fx=steps", "amb=rain"],
        [""] * 6,
        ["雨/-x.mov", "", "", "", "amb=hail", ""],
    ]
    text = mark + end.join(delimiter.join(cells) for cells in lines)
    assert rows(tmp_path, "films.csv", text) == [
        ("a b.mp4", {"negative_prompt": 'wind, or "music"; loud', "seed": "7", "stem": ["fx=steps", "amb=rain"]}),
        ("雨/-x.mov", {"stem": ["amb=hail"]}),
    ]


def test_a_row_that_says_what_to_hear_goes_without_what_the_defaults_say(tmp_path: Path) -> None:
    row = '[[film]]\nfilm = "a.mp4"\n'
    prompts = '[defaults]\nprompt = "rain"\nnegative-prompt = "hum"\nseed = 3\n'
    assert rows(tmp_path, "films.toml", prompts + row + 'stem = "fx=steps"\n' + row + 'prompt = "hail"\n' + row) == [
        ("a.mp4", {"seed": 3, "stem": ["fx=steps"]}),
        ("a.mp4", {"seed": 3, "prompt": "hail", "negative_prompt": "hum"}),
        ("a.mp4", {"seed": 3, "prompt": "rain", "negative_prompt": "hum"}),
    ]
    stems = '[defaults]\nstem = ["fx=steps", "air=wind"]\n'
    assert rows(tmp_path, "films.toml", stems + row + 'prompt = ""\n' + row + 'stem = "fx=drums"\n' + row) == [
        ("a.mp4", {"prompt": ""}),
        ("a.mp4", {"stem": ["fx=drums"]}),
        ("a.mp4", {"stem": ["fx=steps", "air=wind"]}),
    ]


def test_lines_of_a_table_are_those_of_the_file(tmp_path: Path) -> None:
    found, wrong = read(tmp_path, "films.csv", 'film,prompt\n\na.mp4,"rain\nand wind"\nb.mp4,hail\n,thunder\n')
    assert [row.origin for row in found] == [f"{tmp_path}/films.csv, line {line}" for line in (3, 5)]
    assert [problem.origin for problem in wrong] == [f"{tmp_path}/films.csv, line 6"]


def test_objects_line_by_line(tmp_path: Path) -> None:
    # The second has an end of line of Unicode in its text, which ends no line of JSON.
    content = (
        '{"film": "a.mp4", "seed": 7, "guidance": 4.5, "strict": true, "stem": ["fx=steps", "amb=rain"]}\r\n'
        "\n"
        '{"Film": "b.mp4", "negative-prompt": "wind\u2028music", "stem": "fx=steps", "prompt": null}\n'
        '{"film": "\\udcff.mp4", "prompt": ""}'
    )
    assert rows(tmp_path, "films.jsonl", content) == [
        ("a.mp4", {"seed": 7, "guidance": 4.5, "strict": True, "stem": ["fx=steps", "amb=rain"]}),
        ("b.mp4", {"negative_prompt": "wind\u2028music", "stem": ["fx=steps"]}),
        ("\udcff.mp4", {"prompt": ""}),
    ]


def test_toml_with_defaults(tmp_path: Path) -> None:
    content = """
    [defaults]
    prompt = "rain"
    stem = ["fx=steps", "amb=rain"]
    [[film]]
    film = "a.mp4"
    [[film]]
    film = "b.mp4"
    prompt = "hail"
    stem = "fx=hooves"
    seed = 3
    """
    assert rows(tmp_path, "films.toml", content) == [
        ("a.mp4", {"prompt": "rain", "stem": ["fx=steps", "amb=rain"]}),
        ("b.mp4", {"prompt": "hail", "stem": ["fx=hooves"], "seed": 3}),
    ]
    assert [row.origin for row in read(tmp_path, "films.toml", content)[0]] == [
        f"{tmp_path}/films.toml, film 1",
        f"{tmp_path}/films.toml, film 2",
    ]


def test_paths_are_relative_to_the_list(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "mini").mkdir()
    lines: list[dict[str, Any]] = [
        {"film": "x/a.mp4", "output": ["a.wav", "/out/a.mov"], "output_dir": "done", "model": "own"},
        {"film": "/films/a.mp4", "output": "\udcff.wav", "model": "mini"},
        {"film": "a.mp4", "model": "owner/name"},
    ]
    content = "\n".join(map(json.dumps, lines))
    assert rows(tmp_path, "films.jsonl", content) == [
        (
            "x/a.mp4",
            {
                "output": [f"{tmp_path}/a.wav", "/out/a.mov"],
                "output_dir": f"{tmp_path}/done",
                "model": f"{tmp_path}/own",
            },
        ),
        # A folder that happens to have the name of a model does not replace it.
        ("/films/a.mp4", {"output": [f"{tmp_path}/\udcff.wav"], "model": "mini"}),
        ("a.mp4", {"model": "owner/name"}),
    ]


def test_the_same_film_twice_is_two_rows(tmp_path: Path) -> None:
    assert rows(tmp_path, "films.csv", "film,prompt\na.mp4,rain\na.mp4,hail\n") == [
        ("a.mp4", {"prompt": "rain"}),
        ("a.mp4", {"prompt": "hail"}),
    ]


@pytest.mark.parametrize("name", ["films.csv", "films.jsonl", "films.toml"])
def test_an_empty_list_has_no_films(tmp_path: Path, name: str) -> None:
    assert rows(tmp_path, name, "\n\n") == []


THERE_ARE = "there are film, guidance, model, negative-prompt, output, output-dir, prompt, seed, start, stem, strict"


def test_all_problems_of_a_table(tmp_path: Path) -> None:
    content = "film,stpes,prompt,seed,Seed\n,25,rain,,\na.mp4,25,rain,1,2\nb.mp4,25,rain, on tin,1,2\nc.mp4,1,r,1,1\n"
    assert problems(tmp_path, "films.csv", content) == [
        f"films.csv, line 1: there is no 'stpes', perhaps stem is meant; {THERE_ARE}",
        "films.csv, line 1: seed stands twice",
        "films.csv, line 2: film is missing",
        "films.csv, line 4: it has 6 cells for 5 columns; text with ',' needs quotes",
    ]


def test_all_problems_of_objects(tmp_path: Path) -> None:
    lines = [
        '{"film": "a.mp4", "stpes": 1, "prompt": {"a": 1}, "output_dir": 3}',
        '{"film": "b.mp4", "seed": 1, "seed": 2, "stpes": 1}',
        '{"film": "c.mp4"',
        '["d.mp4"]',
        '{"film": 5}',
        '{"film": null, "prompt": "rain"}',
        '{"film": "."}',
        '{"film": "a\\u0000.mp4"}',
        '{"film": "\\ud800.mp4"}',
        '{"film": "e.mp4", "guidance": NaN}',
        '{"film": "e.mp4", "guidance": 1e999}',
        '{"film": "e.mp4", "stem": ["fx=steps", 3]}',
        '{"film": "e.mp4", "prompt": "\\udcff"}',
        '{"film": "e.mp4", "prompt": ["rain"]}',
        '{"film": "e.mp4", "ffmpeg": "/tmp/program", "config": "x.toml"}',
        "[" * 100_000,
        "9" * 5000,
        '{"film": "good.mp4"}',
    ]
    found = problems(tmp_path, "films.jsonl", "\n".join(lines))
    number = "must be a text in quotes, a number, true or false"
    assert found[:15] == [
        f"films.jsonl, line 1: there is no 'stpes', perhaps stem is meant; {THERE_ARE}",
        f"films.jsonl, line 1: prompt {number}",
        "films.jsonl, line 1: output_dir must be a text",
        "films.jsonl, line 2: seed stands twice",
        "films.jsonl, line 3: it is not JSON (Expecting ',' delimiter, column 17)",
        "films.jsonl, line 4: it must be an object",
        "films.jsonl, line 5: film must be a text",
        "films.jsonl, line 6: film is missing",
        "films.jsonl, line 7: film must name a file",
        "films.jsonl, line 8: film must be a text",
        "films.jsonl, line 9: film must be a text",
        f"films.jsonl, line 10: guidance {number}",
        f"films.jsonl, line 11: guidance {number}",
        "films.jsonl, line 12: stem must be a text",
        "films.jsonl, line 13: prompt must be a text",
    ]
    assert found[15:18] == [
        f"films.jsonl, line 14: prompt {number}",
        f"films.jsonl, line 15: there is no 'ffmpeg'; {THERE_ARE}",
        f"films.jsonl, line 15: there is no 'config'; {THERE_ARE}",
    ]
    assert [line.partition(" (")[0] for line in found[18:]] == [
        "films.jsonl, line 16: it is not JSON",
        "films.jsonl, line 17: it is not JSON",
    ]


def test_all_problems_of_toml(tmp_path: Path) -> None:
    content = """
    [defaults]
    film = "a.mp4"
    stpes = 3
    [[film]]
    prompt = "rain"
    [[film]]
    film = "b.mp4"
    start = 00:01:10
    guidance = inf
    """
    assert problems(tmp_path, "films.toml", content) == [
        f"films.toml, [defaults]: there is no 'stpes', perhaps stem is meant; {THERE_ARE}",
        "films.toml, [defaults]: film cannot be the same in all rows",
        "films.toml, film 1: film is missing",
        "films.toml, film 2: start must be a text in quotes, a number, true or false",
        "films.toml, film 2: guidance must be a text in quotes, a number, true or false",
    ]


@pytest.mark.parametrize(
    ("content", "more"),
    [
        ("[[films]]\nfilm = 'a.mp4'", ", but not films"),
        ("[film]\nfilm = 'a.mp4'", ""),
        ("film = ['a.mp4']", ""),
        ("defaults = 3", ""),
    ],
)
def test_tables_of_another_kind(tmp_path: Path, content: str, more: str) -> None:
    expected = [f"films.toml: it takes [[film]] tables and one [defaults] table{more}"]
    assert problems(tmp_path, "films.toml", content) == expected


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("films.csv", b"film\na.mp4\n\xff.mp4", "films.csv: line 3 is not UTF-8"),
        (
            "films.csv",
            "film\nstra\u00dfe.mp4".encode("cp1252"),
            "films.csv: line 2 is not UTF-8 near 'stra\u00dfe.mp4'; save it",
        ),
        ("films.csv", b"\xff\xfef", "films.csv: it begins as UTF-16, but is not"),
        ("films.csv", "film,,prompt\na.mp4,x,rain\n", "films.csv, line 1: column 2 has no name"),
        ("films.csv", "film\na.mp4".encode("utf-16-le"), "films.csv: it is not UTF-8"),
        ("films.csv", "file,prompt\na.mp4,rain\n", "films.csv, line 1: the first line must name the columns, one of"),
        ("films.csv", 'film,prompt\na.mp4,"rain\nb.mp4,hail\n', "films.csv, line 2: it is not CSV ("),
        ("films.csv", 'film,prompt\na.mp4,"tin" roof\n', "films.csv, line 2: it is not CSV ("),
        ("films.csv", "film,prompt\na.mp4," + "x" * 200_000, "films.csv, line 2: it is not CSV ("),
        ("films.toml", "[[film]]\nfilm = a.mp4\n", "films.toml: it is not TOML: "),
        ("films.toml", "[[film]]\nfilm = " + "[" * 100_000, "films.toml: it is not TOML: "),
    ],
)
def test_a_list_that_cannot_be_read(tmp_path: Path, name: str, content: str | bytes, expected: str) -> None:
    [found] = problems(tmp_path, name, content)
    assert found.startswith(expected)


def test_a_list_that_is_not_there(tmp_path: Path) -> None:
    [problem] = read_manifest(tmp_path / "films.csv", columns=COLUMNS)[1]
    assert (problem.origin, problem.reason) == (str(tmp_path / "films.csv"), "No such file or directory")


def test_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manifest, "MAX_ROWS", 2)
    monkeypatch.setattr(manifest, "MAX_BYTES", 30)
    assert problems(tmp_path, "films.csv", "film\na.mp4\nb.mp4\n") == []
    assert problems(tmp_path, "films.csv", "film\na.mp4\nb.mp4\nc.mp4\n") == ["films.csv: it has more than 2 films"]
    assert problems(tmp_path, "films.csv", "film\n" + "a" * 30) == ["films.csv: it is larger than 30 bytes"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("head", ["", "sep={}\r\n", "SEP={}\n"])
def test_tables_as_sheets_write_them(tmp_path: Path, encoding: str, delimiter: str, head: str) -> None:
    lines = [["film", "prompt"], ["stra\u00dfe.mp4", '"rain\nand, or; wind"'], ["\u96e8.mp4", '"3,5"']]
    text = head.format(delimiter) + "\r\n".join(map(delimiter.join, lines))
    found, wrong = read(tmp_path, "films.csv", text.encode(encoding))
    assert wrong == []
    assert [(str(row.film), dict(row.options)) for row in found] == [
        ("stra\u00dfe.mp4", {"prompt": "rain\nand, or; wind"}),
        ("\u96e8.mp4", {"prompt": "3,5"}),
    ]
    assert found[0].origin == f"{tmp_path}/films.csv, line {3 if head else 2}"


def test_a_mark_within_a_table_is_no_letter(tmp_path: Path) -> None:
    assert rows(tmp_path, "films.csv", "\ufeff\ufefffilm,\ufeffseed\na.mp4,3\n\ufeffb.mp4,4\n") == [
        ("a.mp4", {"seed": "3"}),
        ("b.mp4", {"seed": "4"}),
    ]


def test_decimal_commas(tmp_path: Path) -> None:
    table = "film;guidance;start;prompt;seed\na.mp4;4,5;-1,25;4,5;4,5\nb.mp4;4.5;01:00:10,12;;\n"
    assert rows(tmp_path, "films.csv", table) == [
        # A whole number stays as it is, and is refused as it is.
        ("a.mp4", {"guidance": "4.5", "start": "-1.25", "prompt": "4,5", "seed": "4,5"}),
        ("b.mp4", {"guidance": "4.5", "start": "01:00:10,12"}),
    ]


@pytest.mark.parametrize(
    ("written", "meant"), [("promt", "prompt"), ("Negative Prompt", "negative-prompt"), ("fillm", "film")]
)
def test_the_nearest_name_is_told(tmp_path: Path, written: str, meant: str) -> None:
    assert f"perhaps {meant} is meant" in problems(tmp_path, "films.csv", f"film,{written}\na.mp4,x\n")[0]


OUTSIDE = ["/etc/passwd", "../secret", "link", "below/../../secret", "linked/secret", "~x/../../secret"]


@pytest.mark.parametrize("path", OUTSIDE)
@pytest.mark.parametrize("name", ["film", "output", "output_dir"])
def test_a_list_stays_in_its_folder(tmp_path: Path, path: str, name: str) -> None:
    folder = tmp_path / "films"
    (folder / "below").mkdir(parents=True)
    (tmp_path / "secret").touch()
    (folder / "link").symlink_to(tmp_path / "secret")
    (folder / "linked").symlink_to(tmp_path)
    listed = folder / "films.jsonl"
    listed.write_text(json.dumps({"film": "a.mp4", name: path}))
    _, [problem] = read_manifest(listed, columns=COLUMNS, bounds=Bounds.of([folder]))
    assert f"{name} {path!r} is {(folder / path).resolve()}, outside of the folder" in problem.reason
    assert "--allow-outside" in problem.reason
    assert read_manifest(listed, columns=COLUMNS)[1] == []
    # What whoever runs it has named is allowed.
    assert read_manifest(listed, columns=COLUMNS, bounds=Bounds.of([folder, Path("/")]))[1] == []


def test_inside_its_folder_a_list_may_name_everything(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "a.wav").symlink_to(tmp_path / "below" / "a.wav")
    line = {"film": str(tmp_path / "x" / ".." / "a.mp4"), "output": "a.wav", "output_dir": "below/x", "model": "own"}
    (tmp_path / "films.jsonl").write_text(json.dumps(line))
    bounds = Bounds.of([tmp_path])
    assert read_manifest(tmp_path / "films.jsonl", columns=COLUMNS, bounds=bounds)[1] == []


def test_a_model_folder_outside_is_refused(tmp_path: Path) -> None:
    (tmp_path / "films").mkdir()
    (tmp_path / "model").mkdir()
    for model, count in (("../model", 1), (str(tmp_path / "model"), 1), ("mini", 0), ("owner/name", 0)):
        listed = tmp_path / "films" / "films.jsonl"
        listed.write_text(json.dumps({"film": "a.mp4", "model": model}))
        wrong = read_manifest(listed, columns=COLUMNS, bounds=Bounds.of([listed.parent]))[1]
        assert len(wrong) == count, model


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".toml"])
def test_what_is_no_file_is_refused_at_once(tmp_path: Path, suffix: str) -> None:
    os.mkfifo(tmp_path / f"pipe{suffix}")
    (tmp_path / f"zero{suffix}").symlink_to("/dev/zero")
    for name in ("pipe", "zero"):
        [problem] = read_manifest(tmp_path / f"{name}{suffix}", columns=COLUMNS)[1]
        assert problem.reason == "it is not a regular file"


@pytest.mark.parametrize(
    ("name", "line"),
    [("films.csv", "a,b\n"), ("films.jsonl", "x\n"), ("films.csv", "colour,"), ("films.jsonl", '{"film": 1}\n')],
)
def test_what_is_no_list_is_told_in_a_hundred_problems(tmp_path: Path, name: str, line: str) -> None:
    head = {"films.csv": "film\n" if line.endswith("\n") else "film,", "films.jsonl": ""}[name]
    columns = "".join(f"colour{n}," for n in range(200_000)) if line == "colour," else line * 200_000
    wrong = problems(tmp_path, name, head + columns)
    assert len(wrong) == manifest.MAX_PROBLEMS + 1
    assert wrong[-1] == f"{name}: so much is wrong that the rest of it was not read"
