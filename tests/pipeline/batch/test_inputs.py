"""Films are found where they are, once each, in a fixed order, and all that is wrong is said at once."""

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

from mmhnet_cli.errors import BadOption, FilmNotFound, FolderUnreadable, ManifestInvalid, MMHNetError, NothingFound
from mmhnet_cli.options.table import CHOICES
from mmhnet_cli.pipeline.asking.report_file import to_json
from mmhnet_cli.pipeline.asking.texts import PROMPT_BYTES, PROMPT_CHARACTERS
from mmhnet_cli.pipeline.batch.inputs import Entry, find_entries
from mmhnet_cli.pipeline.batch.search import FILM_SUFFIXES

COLUMNS = {name: CHOICES[name] for name in ("prompt", "prompt_file", "stem", "seed")}


def find(*inputs: Path, recursive: bool = False, pattern: str | None = None) -> list[Entry]:
    return find_entries(inputs, columns=COLUMNS, recursive=recursive, pattern=pattern)


def problems(*inputs: Path, recursive: bool = False) -> list[MMHNetError]:
    with pytest.raises(ExceptionGroup) as found:
        find(*inputs, recursive=recursive)
    return list(found.value.exceptions)  # type: ignore[arg-type]


def put(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def places(entries: list[Entry]) -> list[tuple[str, str]]:
    return [(entry.folder.as_posix(), entry.film.name) for entry in entries]


def write_report(path: Path, source: str, *files: str) -> None:
    takes = [{"files": [{"file": file}]} for file in files]
    path.write_bytes(to_json({"tool": {"name": "mmhnet"}, "source": {"file": source}, "takes": takes}))


def test_films_of_a_folder(tmp_path: Path) -> None:
    names = ["A.MOV", *(f"b{suffix}" for suffix in sorted(FILM_SUFFIXES))]
    put(tmp_path, *names, "notes.txt", "sound.wav", "x.json", "mp4", ".hidden.mp4", "part.part.mov", "sub/c.mp4")
    (tmp_path / "folder.mp4").mkdir()
    assert places(find(tmp_path)) == [(".", name) for name in (*names, "part.part.mov")]


def test_folders_below_and_their_place(tmp_path: Path) -> None:
    put(tmp_path, "z.mp4", "ep2/a.mp4", "ep10/deep/b.mp4", ".trash/c.mp4")
    assert places(find(tmp_path, recursive=True)) == [("ep2", "a.mp4"), ("ep10/deep", "b.mp4"), (".", "z.mp4")]


def test_numbers_count_as_numbers(tmp_path: Path) -> None:
    put(tmp_path, "Shot10.mp4", "shot2.mp4", "shot01.mp4", "shot1.mp4", "9.mp4", "SHOT1.mp4")
    names = ["9.mp4", "SHOT1.mp4", "shot01.mp4", "shot1.mp4", "shot2.mp4", "Shot10.mp4"]
    assert places(find(tmp_path)) == [(".", name) for name in names]


def test_names_of_all_kinds(tmp_path: Path) -> None:
    put(tmp_path, "-rf.mp4", "a b [c].mp4", "雨.mp4", "\udcff.mp4", "line\nbreak.mp4")
    assert {film for _, film in places(find(tmp_path))} == {
        *("-rf.mp4", "a b [c].mp4", "雨.mp4", "\udcff.mp4", "line\nbreak.mp4")
    }
    assert places(find(tmp_path / "a b [c].mp4")) == [(".", "a b [c].mp4")]


def test_names_of_films_may_be_narrowed(tmp_path: Path) -> None:
    put(tmp_path, "a.mov", "b.MOV", "c.mp4", "d.txt", "named.mp4")
    found = find(tmp_path, tmp_path / "named.mp4", pattern="*.mov")
    assert [film for _, film in places(found)] == ["a.mov", "b.MOV", "named.mp4"]


def test_a_named_film_may_have_any_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "film", ".x.mp4", "tape.vob")
    monkeypatch.chdir(tmp_path)
    assert [entry.film for entry in find(Path("tape.vob"), Path("film"), Path(".x.mp4"))] == [
        *(Path(".x.mp4"), Path("film"), Path("tape.vob"))
    ]


def test_patterns_that_the_shell_left(tmp_path: Path) -> None:
    # The first folder looks like a pattern itself.
    top = tmp_path / "Show [2024]"
    put(top, "ep1/a.mp4", "ep1/b.mov", "ep1/a.txt", "ep1/.a.mp4", "ep2/a.mp4", "ep2/deep/c.mp4", "x.mp4")
    assert places(find(top / "*.mp4")) == [(".", "x.mp4")]
    assert places(find(top / "ep?" / "a*")) == [("ep1", "a.mp4"), ("ep2", "a.mp4")]
    assert places(find(top / "ep*")) == [("ep1", "a.mp4"), ("ep1", "b.mov"), ("ep2", "a.mp4")]
    assert places(find(top / "**" / "*.mp4")) == [
        *(("ep1", "a.mp4"), ("ep2", "a.mp4"), ("ep2/deep", "c.mp4"), (".", "x.mp4"))
    ]


def test_each_film_counts_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "season/ep1/a.mp4", "season/b.mp4")
    (tmp_path / "link").symlink_to(tmp_path / "season")
    monkeypatch.chdir(tmp_path)
    season = Path("season")
    found = find(season, Path("link"), season / "ep1" / "..", season / "ep1" / "a.mp4", tmp_path, recursive=True)
    assert [entry.film for entry in found] == [season / "b.mp4", season / "ep1" / "a.mp4"]
    assert places(found) == [(".", "b.mp4"), ("ep1", "a.mp4")]


def test_links(tmp_path: Path) -> None:
    put(tmp_path, "films/z/a.mp4", "store/b.mp4", "other/c.mp4")
    films = tmp_path / "films"
    for name, target in {
        "again": films / "z",  # entered by its own name
        "far": tmp_path / "store",
        "loop": films,
        "up": tmp_path,  # would lead to films that were not asked for
        "self": films / "self",
        "gone": tmp_path / "nowhere",
        "z/back": films,
        "z/across": tmp_path / "store",
    }.items():
        (films / name).symlink_to(target)
    (tmp_path / "store" / "forth").symlink_to(films)
    (films / "also a.mp4").symlink_to(films / "z" / "a.mp4")
    (films / "lost.mp4").symlink_to(tmp_path / "nowhere.mp4")
    found = places(find(films, recursive=True))
    assert found == [(".", "also a.mp4"), ("far", "b.mp4"), (".", "lost.mp4"), ("z", "a.mp4")]
    assert len(find(films / "**", recursive=True)) == 4


@pytest.mark.slow
def test_a_thousand_films(tmp_path: Path) -> None:
    for number in range(1000):
        put(tmp_path, f"reel{number % 10}/shot{number}.mp4")
        write_report(tmp_path / f"reel{number % 10}" / f"shot{number}.json", f"shot{number}.mp4", f"shot{number}.wav")
    begin = time.process_time()
    assert len(find(tmp_path, recursive=True)) == 1000
    assert time.process_time() - begin < 5


def test_what_was_written_is_no_input(tmp_path: Path) -> None:
    put(tmp_path, "street.mp4", "street_mmhnet.mov", "street_mmhnet.mp4", "street_mmhnet2.mp4", "stairs.mp4")
    put(tmp_path, "stairs.mkv", "out/stairs.mov", "out/other.mov")
    write_report(tmp_path / "street_mmhnet.json", "street.mp4", "street_mmhnet.mov", "street_mmhnet.wav")
    # A sound beside the film under its name does not make the film an output.
    write_report(tmp_path / "stairs.json", "stairs.mp4", "stairs.wav", "out/stairs.mov")
    (tmp_path / "damaged.json").write_text('{"tool": {"name": "mmhnet"}, "takes": 3, "source": {"file": "stairs.mkv"}}')
    (tmp_path / "foreign.json").write_text('{"takes": [{"files": [{"file": "stairs.mp4"}]}]}')
    films = [(".", "stairs.mkv"), (".", "stairs.mp4"), (".", "street.mp4"), (".", "street_mmhnet2.mp4")]
    assert places(find(tmp_path)) == films
    assert places(find(tmp_path, recursive=True)) == [("out", "other.mov"), *films]
    assert places(find(*sorted(tmp_path.glob("*.m*")))) == films


def test_a_film_with_new_sound_beside_it_is_an_input(tmp_path: Path) -> None:
    put(tmp_path, "street.mp4", "street.mkv")
    write_report(tmp_path / "street.json", "street.mp4", "street.mkv")
    assert places(find(tmp_path)) == [(".", "street.mp4")]


def test_only_outputs_are_nothing(tmp_path: Path) -> None:
    put(tmp_path, "street.mp4")
    write_report(tmp_path / "street.json", "street.mp4", "street.mp4")  # made from a film in another folder
    assert problems(tmp_path) == [NothingFound((str(tmp_path),))]
    assert problems(tmp_path / "street.mp4") == [NothingFound((str(tmp_path / "street.mp4"),))]


def test_text_beside_a_film_is_its_prompt(tmp_path: Path) -> None:
    put(tmp_path, "a.mp4", "b.mov", "c.mp4", "d.mp4", "e.mp4")
    (tmp_path / "a.txt").write_bytes("\ufeff  Regen auf Blech, 雨\r\n".encode())
    (tmp_path / "b.txt").write_text("x" * PROMPT_CHARACTERS + "\n")
    (tmp_path / "c.txt").write_text(" \n")
    assert [entry.prompt for entry in find(tmp_path)] == ["Regen auf Blech, 雨", "x" * PROMPT_CHARACTERS, "", "", ""]


def test_a_text_that_cannot_be_used_is_a_problem_of_its_film(tmp_path: Path) -> None:
    put(tmp_path, *(f"{letter}.mp4" for letter in "abcdefghi"))
    (tmp_path / "a.txt").write_text("x" * (PROMPT_CHARACTERS + 1))
    (tmp_path / "b.txt").write_bytes(b"rain\non a\xdf\n")
    (tmp_path / "c.txt").mkdir()
    os.mkfifo(tmp_path / "d.txt")
    (tmp_path / "e.txt").symlink_to("/dev/zero")
    (tmp_path / "f.txt").symlink_to(tmp_path / "gone")
    (tmp_path / "g.txt").write_bytes(b" " * (PROMPT_BYTES + 1))
    (tmp_path / "h.txt").write_bytes(b"rain \x1b]0;x\x07")
    (tmp_path / "i.txt").write_text("rain")
    *bad, good = find(tmp_path)
    assert (good.prompt, good.problem) == ("rain", None)
    reasons = [
        f"it has {PROMPT_CHARACTERS + 1} characters",
        "line 2 is not UTF-8 near 'on aß'; save it as UTF-8",
        "Is a directory",
        "it is not a regular file",
        "it leads to /dev/zero, out of the folder",
        "No such file or directory",
        f"it is larger than {PROMPT_BYTES} bytes",
        "it has control characters",
    ]
    for entry, reason in zip(bad, reasons, strict=True):
        assert entry.problem is not None
        assert entry.problem.found == str(entry.film.with_suffix(".txt"))
        assert f"({reason}" in entry.problem.expected


def test_the_cue_sheet_beside_a_film_stands_above_its_text(tmp_path: Path) -> None:
    put(tmp_path, *(f"{letter}.mp4" for letter in "abcdef"), "a_cues.csv", "b.cues.edl", "c_CUES.SRT", "d.csv", "a.txt")
    (tmp_path / "e.txt").write_text("rain")
    found = find(tmp_path)
    assert [entry.cues and entry.cues.name for entry in found] == [
        "a_cues.csv",
        "b.cues.edl",
        "c_CUES.SRT",
        *[None] * 3,
    ]
    assert [entry.prompt for entry in found] == ["", "", "", "", "rain", ""]


def test_a_sheet_that_cannot_be_meant_is_a_problem_of_its_film(tmp_path: Path) -> None:
    put(tmp_path, "films/a.mp4", "films/b.mp4", "films/c.mp4", "films/a_cues.csv", "films/a.cues.csv", "elsewhere.csv")
    (tmp_path / "films" / "b_cues.csv").symlink_to(tmp_path / "elsewhere.csv")
    two, outside, fine = find(tmp_path / "films")
    assert two.problem is not None
    assert two.problem.found == "a_cues.csv and a.cues.csv"
    assert outside.problem is not None
    assert "out of the folder" in outside.problem.expected
    assert (fine.cues, fine.problem) == (None, None)


def test_a_list_that_says_what_to_hear_needs_no_sheet(tmp_path: Path) -> None:
    put(tmp_path, "a.mp4", "b.mp4", "a_cues.csv", "b_cues.csv")
    (tmp_path / "list.csv").write_text("film,prompt\na.mp4,rain\nb.mp4,\n")
    assert [entry.cues and entry.cues.name for entry in find(tmp_path / "list.csv")] == [None, "b_cues.csv"]


def test_links_of_texts_stay_with_the_films(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("a key")
    put(tmp_path, "films/a.mp4", "films/below/b.mp4", "store/c.mp4")
    films = tmp_path / "films"
    (films / "a.txt").symlink_to(films / "below" / "b.txt")
    (films / "below" / "b.txt").write_text("rain")
    (films / "c.mp4").symlink_to(tmp_path / "store" / "c.mp4")
    (films / "c.txt").symlink_to(tmp_path / "store" / "c.txt")
    (tmp_path / "store" / "c.txt").write_text("waves")
    assert [entry.prompt for entry in find(films)] == ["rain", "waves"]
    (films / "a.txt").unlink()
    (films / "a.txt").symlink_to(secret)
    entry, _ = find(films)
    assert (entry.prompt, entry.problem is None) == ("", False)
    entry, _ = find_entries([films], columns=COLUMNS, recursive=False, pattern=None, allowed=None)
    assert entry.prompt == "a key"


def test_the_text_of_a_film_under_other_spellings(tmp_path: Path) -> None:
    put(tmp_path, "a.mp4", "b.mp4", "caf\u00e9.mp4", "e\u0301te\u0301.mp4")
    (tmp_path / "a.TXT").write_text("rain")
    (tmp_path / "b.TXT").write_text("not this")
    (tmp_path / "b.txt").write_text("wind")
    (tmp_path / "cafe\u0301.txt").write_text("a crowd")
    (tmp_path / "\u00e9t\u00e9.Txt").write_text("waves")
    found = {entry.film.name: entry.prompt for entry in find(tmp_path)}
    assert found == {
        "a.mp4": "rain",
        "b.mp4": "wind",
        "caf\u00e9.mp4": "a crowd",
        "e\u0301te\u0301.mp4": "waves",
    }


def test_films_under_other_spellings(tmp_path: Path) -> None:
    put(tmp_path, "re\u0301el/cafe\u0301.mp4")
    film = tmp_path / "re\u0301el" / "cafe\u0301.mp4"
    assert [entry.film for entry in find(tmp_path / "r\u00e9el" / "caf\u00e9.mp4")] == [film]
    assert [entry.film for entry in find(film.parent, pattern="caf\u00e9*")] == [film]
    assert [entry.film for entry in entries_of(tmp_path, json.dumps({"film": "r\u00e9el/caf\u00e9.mp4"}))] == [film]


def test_what_systems_keep_is_passed_over(tmp_path: Path) -> None:
    folders = ("$RECYCLE.BIN", "System Volume Information", "__MACOSX", ".Trashes", "@eaDir", "lost+found", ".hidden")
    put(tmp_path, *(f"{folder}/a.mp4" for folder in folders), "._b.mp4", "b.mp4", "VIDEO_TS/VTS_01_1.VOB", "old.qt")
    assert places(find(tmp_path, recursive=True)) == [(".", "b.mp4"), (".", "old.qt"), ("VIDEO_TS", "VTS_01_1.VOB")]
    # Who names one means it.
    assert places(find(tmp_path / "__MACOSX")) == [(".", "a.mp4")]


def test_a_sheet_is_no_list(tmp_path: Path) -> None:
    put(tmp_path, "films.xlsx")
    [problem] = problems(tmp_path / "films.xlsx")
    assert isinstance(problem, BadOption)
    assert "CSV UTF-8" in problem.expected


def test_all_problems_at_once(tmp_path: Path) -> None:
    missing = [tmp_path / "no.mp4", tmp_path / "no" / "x.mp4", tmp_path / "no*", tmp_path / "a**b", Path("x" * 5000)]
    assert problems(*missing, tmp_path) == [FilmNotFound(path) for path in missing]


def test_empty_folders(tmp_path: Path) -> None:
    put(tmp_path, "sub/a.mp4", "x.txt")
    (tmp_path / "empty").mkdir()
    assert problems(tmp_path, tmp_path / "empty") == [NothingFound((str(tmp_path), str(tmp_path / "empty")))]
    assert places(find(tmp_path / "empty", tmp_path / "sub")) == [(".", "a.mp4")]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read and write everything")
@pytest.mark.parametrize("mode", [0, 0o100, 0o400])
def test_a_closed_folder_is_one_problem(tmp_path: Path, mode: int) -> None:
    put(tmp_path, "open/a.mp4", "closed/a.mp4", "closed/b.mp4")
    closed = tmp_path / "closed"
    closed.chmod(mode)
    try:
        assert problems(tmp_path, recursive=True) == [FolderUnreadable(closed, "Permission denied")]
    finally:
        closed.chmod(0o700)


def entries_of(folder: Path, content: str) -> list[Entry]:
    (folder / "films.jsonl").write_text(content)
    return find(folder / "films.jsonl")


def test_a_list_keeps_its_order_and_its_words(tmp_path: Path) -> None:
    put(tmp_path, "b.mp4", "sub/a.mp4")
    for name in ("b.txt", "sub/a.txt"):
        (tmp_path / name).write_text("thunder")
    absolute = tmp_path / "b.mp4"
    found = entries_of(
        tmp_path,
        '{"film": "sub/a.mp4", "seed": 3}\n'
        '{"film": "sub/a.mp4", "prompt": "rain"}\n'
        '{"film": "sub/a.mp4", "stem": "fx=steps"}\n'
        '{"film": "b.mp4", "prompt": ""}\n'
        f'{{"film": "{absolute}"}}\n'
        '{"film": "sub/../b.mp4"}\n',
    )
    lines: list[tuple[str, str, dict[str, Any], str]] = [
        ("sub/a.mp4", "sub", {"seed": 3}, "thunder"),
        ("sub/a.mp4", "sub", {"prompt": "rain"}, ""),
        ("sub/a.mp4", "sub", {"stem": ["fx=steps"]}, ""),
        ("b.mp4", ".", {"prompt": ""}, ""),
        ("b.mp4", ".", {}, "thunder"),
        ("sub/../b.mp4", ".", {}, "thunder"),
    ]
    assert found == [
        Entry(tmp_path / film, Path(folder), options, f"{tmp_path}/films.jsonl, line {line}", prompt)
        for line, (film, folder, options, prompt) in enumerate(lines, 1)
    ]


def test_problems_of_a_list_and_of_its_films(tmp_path: Path) -> None:
    put(tmp_path, "a.mp4", "b_mmhnet.mov")
    write_report(tmp_path / "b.json", "b.mp4", "b_mmhnet.mov")
    long = "x" * 5000
    lines = ['{"film": "a.mp4"}', '{"seed": 3}', '{"film": "b_mmhnet.mov"}', f'{{"film": "{long}/{long}.mp4"}}']
    with pytest.raises(ExceptionGroup) as found:
        entries_of(tmp_path, "\n".join(lines))
    listed = tmp_path / "films.jsonl"
    assert list(found.value.exceptions) == [
        ManifestInvalid(f"{listed}, line 2", "film is missing"),
        ManifestInvalid(f"{listed}, line 3", f"{tmp_path / 'b_mmhnet.mov'} was written by mmhnet"),
    ]


def test_a_list_stands_alone(tmp_path: Path) -> None:
    put(tmp_path, "a.mp4", "films.CSV")
    [problem] = problems(tmp_path / "films.CSV", tmp_path)
    assert isinstance(problem, BadOption)
    assert problem.expected == "one list of films alone, or films and folders without a list"


def test_a_list_without_films(tmp_path: Path) -> None:
    (tmp_path / "films.csv").write_text("film,prompt\n")
    assert problems(tmp_path / "films.csv") == [NothingFound((str(tmp_path / "films.csv"),))]
