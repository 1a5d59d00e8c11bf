"""Progress of several things under one name, as workers that do one film after the other."""

import io
import json
import re
from collections.abc import Callable, Iterator

import pytest
from rich.console import Console
from rich.progress import ProgressSample, Task, TaskID

from mmhnet_cli.cli import _progress
from mmhnet_cli.cli._bars import Bars, _clock, _Times
from mmhnet_cli.cli._output import Output
from mmhnet_cli.cli._progress import ProgressMode, StageProgress, progress
from mmhnet_cli.cli._whole import Whole


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten seconds pass from one look at the clock to the next."""
    seconds: Iterator[float] = iter(range(0, 1000, 10))
    monkeypatch.setattr(_progress.time, "monotonic", lambda: float(next(seconds)))


def written(mode: ProgressMode) -> str:
    output = Output()
    output.console.file = io.StringIO()
    with progress(mode, output) as report:
        for film in ("a[b].mp4", "c.mp4"):
            for done in range(3):
                report("worker 1", done, 2, film)
        report("films", 2, 2)
    return output.console.file.getvalue()


def test_lines_name_what_a_stage_is_at_and_count_its_time_anew(clock: None) -> None:
    assert written("plain").splitlines() == [
        "worker 1, a[b].mp4: 0/2 after 0.0 s",
        "worker 1, a[b].mp4: 1/2 after 10.0 s, about 10 s left",
        "worker 1, a[b].mp4: 2/2 after 20.0 s",
        "worker 1, c.mp4: 0/2 after 0.0 s",
        "worker 1, c.mp4: 1/2 after 10.0 s, about 10 s left",
        "worker 1, c.mp4: 2/2 after 20.0 s",
        "films: 2/2 after 0.0 s",
    ]


def test_json_names_what_a_stage_is_at(capsys: pytest.CaptureFixture[str]) -> None:
    written("json")
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert lines[0] == {"type": "progress", "stage": "worker 1", "done": 0, "total": 2, "what": "a[b].mp4"}
    assert lines[-1] == {"type": "progress", "stage": "films", "done": 2, "total": 2}


def test_a_bar_turns_to_the_next_film() -> None:
    def films(report: StageProgress) -> None:
        report("films", 0, 2)
        for done in range(3):
            report("worker 1", done, 2, "a[b].mp4")
        report("worker 1", 1, 2, "c.mp4")

    all_films, worker = drawn(ROWS, 100, films)
    assert "films" in all_films and "0 %" in all_films
    assert "worker 1  c.mp4" in worker and "50 %" in worker


ROWS = 24


def drawn(rows: int, columns: int, reports: Callable[[StageProgress], None], whole: Whole | None = None) -> list[str]:
    """What stands in a window of this size while `reports` is through but the stages that it left are going on."""
    output = Output()
    output.console = Console(file=io.StringIO(), force_terminal=True, width=columns, height=rows, soft_wrap=True)
    with progress("bar", output, None if whole is None else lambda: whole) as report:
        reports(report)
        assert isinstance(report, Bars)
        plain = Console(file=io.StringIO(), width=columns, height=rows)
        plain.print(report.drawn.get_renderable(), end="")
        return plain.file.getvalue().splitlines()


def takes_of_stems(report: StageProgress) -> None:
    for take in range(4):
        for stem in ("ambience", "foley", "wind"):
            for stage in ("sample", "decode"):
                for done in range(3):
                    report(f"{stage} {stem}, take {take + 1} of 4", done, 2)
        report("write", 0, 1)
        report("write", 1, 1)
    report("level", 0, 1)


@pytest.mark.parametrize("columns", [100, 60, 30])
def test_stages_that_are_done_are_one_line(columns: int) -> None:
    done, going_on = drawn(ROWS, columns, takes_of_stems)
    assert re.match(r"✓ 25 stages in \d:\d\d, the last", done)
    assert "level" in going_on
    assert max(len(done), len(going_on)) <= columns


WHOLE = Whole(
    sound_s=80.0,
    shares={"load model": 0.2, "sample": 0.5, "decode": 0.2, "level": 0.04, "write": 0.06},
    times={"sample": 12, "decode": 12, "level": 4, "write": 4},
)


@pytest.mark.parametrize(("rows", "columns"), [(24, 100), (24, 60), (3, 60), (24, 30)])
def test_one_bar_shows_the_whole(rows: int, columns: int) -> None:
    def half(report: StageProgress) -> None:
        report("load model", 0, 1)
        report("load model", 1, 1)
        takes_of_stems(report)
        report("level", 1, 1)
        report("level", 0, 1)

    done, whole = drawn(rows, columns, half, WHOLE)
    # Of level two came, of which one is through; of write four; the rest is done.
    assert " 97 %" in whole
    assert "level" in whole
    if columns >= 60:
        assert re.search(r"\d:\d\d left, [0-9.e+]+x real time$", whole.rstrip())
    assert done.startswith("✓ ")
    assert max(len(done), len(whole.rstrip())) <= columns


def test_the_whole_only_grows_and_ends_at_its_end() -> None:
    seen: list[float] = []

    def watched(report: StageProgress) -> None:
        assert isinstance(report, Bars)

        def and_look(stage: str, done: int, total: int, what: str = "") -> None:
            report(stage, done, total, what)
            assert report.drawn.whole is not None
            seen.append(report.drawn._tasks[report.drawn.whole].completed)

        and_look("load model", 1, 1)
        for take in range(4):
            for stem in ("ambience", "foley", "wind"):
                for stage in ("sample", "decode"):
                    for done in range(6):
                        and_look(f"{stage} {stem}, take {take + 1} of 4", done, 5)
            for stage in ("level", "write"):
                and_look(stage, 0, 1)
                and_look(stage, 1, 1)

    [line] = drawn(ROWS, 100, watched, WHOLE)
    assert line.startswith("✓ 27 stages")
    assert seen == sorted(seen)
    assert seen[-1] == pytest.approx(1)


def test_a_stage_that_comes_again_is_going_on_again() -> None:
    def twice(report: StageProgress) -> None:
        report("write", 1, 1)
        report("write", 0, 1)

    [line] = drawn(ROWS, 100, twice)
    assert "write" in line and "✓" not in line


@pytest.mark.parametrize("rows", [2, 5, ROWS])
def test_bars_never_have_more_rows_than_the_window(rows: int) -> None:
    def many(report: StageProgress) -> None:
        report("load model", 1, 1)
        for worker in range(40):
            report(f"worker {worker}", 1, 2, "a_long_name_of_a_film_" * 9 + ".mp4")
        report("films", 3, 30)

    lines = drawn(rows, 60, many)
    assert len(lines) <= max(rows, 3)
    assert "films" in lines[1], "what is about all comes first"
    assert lines[-1].split() == ["and", str(41 - (len(lines) - 2)), "more"]


@pytest.mark.parametrize("columns", [100, 60, 30])
@pytest.mark.parametrize("whole", [None, WHOLE])
def test_an_interruption_has_room_behind_the_last_row(columns: int, whole: Whole | None) -> None:
    """The terminal writes ^C there itself: in a full row the cursor would go down, and a line be drawn twice."""

    def going_on(report: StageProgress) -> None:
        report("load model", 1, 1)
        report("a stage with a name that fills the row " * 3, 1, 2)

    _, last = drawn(ROWS, columns, going_on, whole)
    assert columns - 10 <= len(last) <= columns - len("^C")


def test_a_stage_of_the_next_take_begins_its_time_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = iter([0.0, 2.0, 100.0, 103.0])
    monkeypatch.setattr("mmhnet_cli.cli._progress.time.monotonic", lambda: next(seconds))
    output = Output()
    output.console = Console(file=io.StringIO())
    with progress("plain", output) as report:
        for _ in range(2):
            report("level", 0, 1)
            report("level", 1, 1)
    assert [line.split("after ")[1] for line in output.console.file.getvalue().splitlines()] == [
        "0.0 s",
        "2.0 s",
        "0.0 s",
        "3.0 s",
    ]


def test_elapsed_and_left_have_their_words() -> None:
    task = Task(TaskID(1), "sample", 25, 10, _get_time=lambda: 3723.0)
    task.start_time = 0.0
    assert _Times().render(task).plain == "1:02:03 elapsed"
    task._progress.extend(ProgressSample(float(second), 1.0) for second in range(2))
    assert _Times().render(task).plain == "1:02:03 elapsed, 0:15 left"


@pytest.mark.parametrize(("seconds", "text"), [(0, "0:00"), (67, "1:07"), (754, "12:34"), (3600, "1:00:00")])
def test_clock(seconds: float, text: str) -> None:
    assert _clock(seconds) == text


def test_a_dumb_terminal_gets_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    output = Output()
    output.console = Console(file=io.StringIO(), force_terminal=True)
    with progress("auto", output) as report:
        report("sample", 0, 1)
    assert output.console.file.getvalue() == "sample: 0/1 after 0.0 s\n"


def test_results_go_to_a_file_while_bars_are_drawn(capsys: pytest.CaptureFixture[str]) -> None:
    output = Output()
    output.console = Console(file=io.StringIO(), force_terminal=True)
    with progress("bar", output) as report:
        report("films", 0, 1)
        output.result("a.wav", {})
        output.warning("b.mp4 is strange")
    assert capsys.readouterr().out == "a.wav\n"
    assert "warning: " in output.console.file.getvalue().split("b.mp4")[0].split("\n")[-1]
