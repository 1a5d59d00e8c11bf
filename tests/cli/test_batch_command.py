"""`mmhnet batch` as one types it: real films, real workers, real signals."""

import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from mmhnet_cli.options.sampling import LARGEST_SEED
from tests.cli.conftest import RunCommand
from tests.conftest import LISTS, MakeFilm, RunFfmpeg

pytestmark = pytest.mark.processes

JOURNAL = "mmhnet-batch.jsonl"
posix = pytest.mark.skipif(sys.platform == "win32", reason="signals and limits are those of POSIX")
linux = pytest.mark.skipif(sys.platform != "linux", reason="reads the children of a process as Linux has them")


@pytest.fixture
def put(make_film: MakeFilm) -> Callable[..., Path]:
    """Put a film of `count` pictures, 24 a second, at a path of the working folder."""

    def put(path: str, count: int = 12) -> Path:
        place = Path(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(make_film(f"batch{count}.mp4", count=count), place)
        return place

    return put


def files(folder: str) -> dict[str, tuple[bytes, int]]:
    """Content and time of everything in a folder but the journal."""
    return {
        path.relative_to(folder).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in Path(folder).rglob("*")
        if path.is_file() and path.name != JOURNAL and path.suffix != ".latents"
    }


def sounds(folder: str) -> dict[str, Any]:
    """Everything in a folder but the journal; of reports what does not depend on how fast the machine was."""
    found: dict[str, Any] = {}
    for name, (content, _) in files(folder).items():
        found[name] = {**json.loads(content), "timings_s": None} if name.endswith(".json") else content
    return found


def events(journal: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in journal.read_text(encoding="utf-8").splitlines()] if journal.exists() else []


def statuses(records: Sequence[dict[str, Any]]) -> dict[str, str]:
    return {record["film"]: record["status"] for record in records if record["type"] == "film"}


def test_a_folder_is_mirrored_and_each_film_done_once(
    mmhnet: RunCommand, put: Callable[..., Path], tiny_model_dir: Path
) -> None:
    put("season/a.mp4")
    put("season/e2/b.mp4", 24)
    Path("season/e2/b.txt").write_text("waves\n")
    command = ("batch", "season", "--recursive", "-d", "sound", "-m", tiny_model_dir, "--steps", "1", "--json")
    ran = mmhnet(*command)
    assert ran.code == 0, ran.err
    assert statuses(ran.records) == {"a.mp4": "done", "e2/b.mp4": "done"}
    assert ran.records[-1] == {"type": "summary", "inputs": 2, "failed": 0, "done": 2}
    first = files("sound")
    assert set(first) == {"a_mmhnet.wav", "a_mmhnet.json", "e2/b_mmhnet.wav", "e2/b_mmhnet.json"}
    assert json.loads(first["e2/b_mmhnet.json"][0])["request"]["prompt"] == "waves"
    assert [event["kind"] for event in events(Path("sound", JOURNAL))].count("done") == 2

    # A clock that is set back: what the journal tells of happens in the future.
    journal = Path("sound", JOURNAL)
    journal.write_text(journal.read_text().replace('"time": "20', '"time": "29'))
    again = mmhnet(*command)
    assert (again.code, statuses(again.records)) == (0, {"a.mp4": "skipped", "e2/b.mp4": "skipped"})
    assert files("sound") == first

    other = mmhnet(*command, "-p", "rain")
    assert (other.code, statuses(other.records)) == (3, {"a.mp4": "stale", "e2/b.mp4": "skipped"})
    assert "a.mp4: its output was made in another way" in other.err
    assert files("sound") == first

    replaced = mmhnet(*command, "-p", "rain", "--on-exists", "overwrite")
    assert (replaced.code, statuses(replaced.records)) == (0, {"a.mp4": "done", "e2/b.mp4": "skipped"})
    second = files("sound")
    assert second["a_mmhnet.wav"][0] != first["a_mmhnet.wav"][0]
    assert second["e2/b_mmhnet.wav"] == first["e2/b_mmhnet.wav"]
    # Replaced once, not each time: a run that replaces can be stopped and started anew as well.
    assert mmhnet(*command, "-p", "rain", "--on-exists", "overwrite").code == 0
    assert files("sound") == second


def test_short_films_together_sound_as_each_alone(
    mmhnet: RunCommand, put: Callable[..., Path], tiny_model_dir: Path
) -> None:
    lengths = (12, 12, 24, 12, 26, 24, 48)
    for number, count in enumerate(lengths):
        put(f"films/{number}.mp4", count)
    command = ("batch", "films", "-m", tiny_model_dir, "--steps", "2", "--jobs", "1", "--loudness", "off", "--json")
    for folder, together in (("alone", "1"), ("joined", "4")):
        ran = mmhnet(*command, "-d", folder, "--together", together)
        assert ran.code == 0, ran.err
        assert ran.records[-1] == {"type": "summary", "inputs": len(lengths), "failed": 0, "done": len(lengths)}
    for number in range(len(lengths)):
        alone, joined = (soundfile.read(f"{folder}/{number}_mmhnet.wav")[0] for folder in ("alone", "joined"))
        np.testing.assert_allclose(joined, alone, rtol=0, atol=1e-3)
    # What is done is done, however it was sampled.
    again = mmhnet(*command, "-d", "joined")
    assert set(statuses(again.records).values()) == {"skipped"}


def test_bad_films_among_good_ones(
    mmhnet: RunCommand, put: Callable[..., Path], run_ffmpeg_program: RunFfmpeg, tiny_model_dir: Path
) -> None:
    good = put("films/good.mp4")
    put("films/zgood.mp4", 24)
    Path("films/cut.mp4").write_bytes(good.read_bytes()[: good.stat().st_size // 2])
    Path("films/empty.mp4").touch()
    run_ffmpeg_program("-f", "lavfi", "-i", "sine=d=0.5", "films/sound.mp4")
    Path("films/text.mp4").write_text("no film\n")
    Path("films/list.mp4").write_text(LISTS["hls.mp4"].format(other=good.resolve(), name="good.mp4"))
    ran = mmhnet("batch", "films", "-d", "sound", "-m", tiny_model_dir, "--steps", "1", "--jobs", "1", "--json")
    assert ran.code == 3, ran.err
    bad = {"cut.mp4", "empty.mp4", "sound.mp4", "text.mp4", "list.mp4"}
    assert statuses(ran.records) == {**dict.fromkeys(bad, "failed"), "good.mp4": "done", "zgood.mp4": "done"}
    assert len(ran.records) == 8
    assert ran.records[-1] == {"type": "summary", "inputs": 7, "failed": 5, "done": 2}
    for record in ran.records[:-1]:
        if record["status"] == "failed":
            assert record["message"].endswith(".")
            assert f"error: {record['film']}: {record['message']}" in ran.err
            assert record["exit_code"] == 4
    told = {event["film"]: event["message"] for event in events(Path("sound", JOURNAL)) if event["kind"] == "failed"}
    assert told == {record["film"]: record["message"] for record in ran.records[:-1] if record["status"] == "failed"}
    assert set(files("sound")) == {f"{name}_mmhnet.{end}" for name in ("good", "zgood") for end in ("wav", "json")}


def test_each_row_of_a_manifest_has_its_own_options(
    mmhnet: RunCommand, put: Callable[..., Path], tiny_model_dir: Path
) -> None:
    for name in ("a", "b", "c", "d"):
        put(f"{name}.mp4", 24)
    Path("d.txt").write_text("not this")
    rows = [
        {"film": "a.mp4", "prompt": "rain", "seed": 7, "loudness": "off", "rate": 44100},
        {"film": "b.mp4", "stem": ["foley=steps", "air=wind"], "takes": 2},
        {"film": "c.mp4", "start": 0.25, "end": "0.75", "output": ["c_own.wav"]},
        {"film": "d.mp4", "rate": 1, "seed": "many"},
    ]
    Path("films.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    ran = mmhnet("batch", "films.jsonl", "-m", tiny_model_dir, "--steps", "1", "--jobs", "1", "--json")
    assert ran.code == 3, ran.err
    assert statuses(ran.records) == {"a.mp4": "done", "b.mp4": "done", "c.mp4": "done", "d.mp4": "failed"}
    [bad] = [record for record in ran.records[:-1] if record["status"] == "failed"]
    assert bad["exit_code"] == 2
    place = "in films.jsonl, line 4 cannot be"
    assert f"column rate {place} '1'; it must be a whole number from 8000 to 192000." in bad["message"]
    assert f"column seed {place} 'many'; it must be random, or a whole number from 0" in bad["message"]
    request = json.loads(Path("a_mmhnet.json").read_text())["request"]
    assert (request["prompt"], request["sampler"]["seed"]) == ("rain", 7)
    assert soundfile.info("a_mmhnet.wav").frames == 44100
    assert {path.name for path in Path().glob("b_*.wav")} == {
        f"b_{stem}_t0{take}.wav" for stem in ("mmhnet", "foley", "air") for take in (1, 2)
    }
    assert soundfile.info("c_own.wav").frames == 24000
    # The command for one film gives the same sound; not to the bit where it computes on another number of threads.
    alone = mmhnet(
        *("generate", "a.mp4", "-m", tiny_model_dir, "--steps", "1", "-p", "rain", "--seed", "7"),
        *("--loudness", "off", "--rate", "44100", "-d", "alone"),
    )
    assert alone.code == 0, alone.err
    one, other = (soundfile.read(path)[0] for path in ("a_mmhnet.wav", "alone/a_mmhnet.wav"))
    assert abs(one - other).max() < 1e-4 < abs(one).max()


def test_a_row_says_what_to_hear_before_the_command(
    mmhnet: RunCommand, put: Callable[..., Path], tiny_model_dir: Path
) -> None:
    for name in ("a", "b", "c", "d"):
        put(f"{name}.mp4")
    Path("c.txt").write_text("thunder\n")
    Path("films.csv").write_text("film,stem,prompt\na.mp4,fx=steps,\nb.mp4,,waves\nc.mp4,,\nd.mp4,,\n")
    command = ("batch", "films.csv", "-m", tiny_model_dir, "--steps", "1", "--jobs", "1", "--json")
    ran = mmhnet(*command, "-p", "rain", "--negative-prompt", "hum")
    assert ran.code == 0, ran.err
    requests = [json.loads(Path(f"{name}_mmhnet.json").read_text())["request"] for name in ("a", "b", "c", "d")]
    assert [(one["prompt"], one["negative_prompt"], [stem["name"] for stem in one["stems"]]) for one in requests] == [
        ("", "", ["fx"]),
        ("waves", "hum", []),
        ("thunder", "hum", []),
        ("rain", "hum", []),
    ]
    plan = mmhnet(*command, "--stem", "air=wind", "--dry-run")
    assert plan.code == 0, plan.err
    stems = dict.fromkeys("cd", ("air", "mmhnet")) | {"a": ("fx", "mmhnet"), "b": ("mmhnet",)}
    assert {record["film"]: sorted(record["outputs"]) for record in plan.records} == {
        f"{film}.mp4": [f"{film}_{stem}.wav" for stem in names] for film, names in stems.items()
    }


def test_a_film_with_a_drawn_seed_is_done(mmhnet: RunCommand, put: Callable[..., Path], tiny_model_dir: Path) -> None:
    films = (put("a.mp4"), put("b.mp4"))
    stems = ("--stem", "fx=steps", "--stem", "air=wind", "--stem-seed", "air=random")
    command = ("batch", *films, "-m", tiny_model_dir, "--steps", "1", "--jobs", "1", *stems, "--json")
    ran = mmhnet(*command, "--seed", "random")
    assert (ran.code, statuses(ran.records)) == (0, {"a.mp4": "done", "b.mp4": "done"}), ran.err
    first = files(".")
    again = mmhnet(*command, "--seed", "random")
    assert (again.code, statuses(again.records)) == (0, {"a.mp4": "skipped", "b.mp4": "skipped"})
    assert files(".") == first

    report, other = (json.loads(first[f"{name}_mmhnet.json"][0]) for name in "ab")
    seeds = report["takes"][0]["seeds"]
    assert all(0 <= seed <= LARGEST_SEED for seed in seeds.values())
    assert not seeds.items() & other["takes"][0]["seeds"].items()
    # Who asks for that very seed asks for something else.
    plan = mmhnet(*command, "--seed", seeds["fx"], "--dry-run")
    assert [record["status"] for record in plan.records] == ["stale", "stale"]
    assert mmhnet("generate", "--from-report", "a_mmhnet.json", "-m", tiny_model_dir, "-d", "repeated").code == 0
    repeated = json.loads(Path("repeated/a_mmhnet.json").read_text())
    assert (repeated["takes"][0]["seeds"], repeated["fingerprint"]) == (seeds, report["fingerprint"])


@posix
def test_each_gpu_has_a_worker(
    mmhnet: RunCommand, put: Callable[..., Path], tiny_model_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "bin" / "nvidia-smi"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho '8000, 8.0'\necho '8000, 8.0'\necho '8000, 8.0'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,2")
    films = [put(f"{name}.mp4") for name in "abc"]
    # Whether the films are done, depends on the machine.
    mmhnet("batch", *films, "-m", tiny_model_dir, "--steps", "1", "--device", "cuda")
    begun = {event["worker"] for event in events(Path(JOURNAL)) if event["kind"] == "started"}
    assert begun == {"worker 1", "worker 2"}


def test_names_that_meet_and_limits_for_failures(
    mmhnet: RunCommand, put: Callable[..., Path], tiny_model_dir: Path
) -> None:
    films = (put("x/a.mp4"), put("y/a.mp4"))
    command = ("batch", *films, "-d", "sound", "-m", tiny_model_dir, "--steps", "1", "--jobs", "1")
    met = mmhnet(*command, "--fail-fast")
    assert met.code == 3
    assert "a.mp4 (2): --name cannot be 'a_mmhnet.wav'" in met.err
    assert "1 failed, 1 not done" in met.err
    assert [event["kind"] for event in events(Path("sound", JOURNAL))] == ["run", "failed"]
    assert set(files("sound")) == set()
    assert mmhnet(*command, "--max-failures", "1").code == 3
    assert set(files("sound")) == set()
    ran = mmhnet(*command, "--max-failures", "2")
    assert (ran.code, ran.out) == (3, "sound/a_mmhnet.wav\nsound/a_mmhnet.json\n")


def test_wrong_inputs_are_named_at_once_and_nothing_is_done(mmhnet: RunCommand, put: Callable[..., Path]) -> None:
    put("a.mp4")
    Path("films.csv").write_text("film,promt\na.mp4,rain\n")
    ran = mmhnet("batch", "films.csv")
    assert ran.code == 2
    assert "promt" in ran.err
    missing = mmhnet("batch", "nowhere", "nothing.mp4")
    assert missing.code == 4
    assert missing.err.count("error: ") == 2
    assert [path.name for path in Path().iterdir() if path.suffix != ".csv"] == ["a.mp4"]


def test_dry_run_writes_nothing_and_loads_no_torch(put: Callable[..., Path], tiny_model_dir: Path) -> None:
    put("films/a.mp4")
    Path("films/b.mp4").touch()
    Path("films", JOURNAL).write_text("")
    script = (
        "import sys; from mmhnet_cli.cli.app import main; code = main(sys.argv[1:]);"
        "assert 'torch' not in sys.modules and 'scipy' not in sys.modules; sys.exit(code)"
    )
    command = [sys.executable, "-c", script, "batch", "films", "-m", str(tiny_model_dir), "-n", "--json"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, env=environment())
    assert ran.returncode == 3, ran.stderr
    failed, plan = map(json.loads, ran.stdout.splitlines())
    assert (failed["film"], failed["status"]) == ("b.mp4", "failed")
    assert plan == {"type": "plan", "film": "a.mp4", "status": "new", "outputs": ["films/a_mmhnet.wav"]}
    assert {path.name: path.stat().st_size for path in Path("films").iterdir() if path.name != "a.mp4"} == {
        "b.mp4": 0,
        JOURNAL: 0,
    }


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "OMP_NUM_THREADS": "1"}


def start(*arguments: object, limit_bytes: int | None = None, text: bool = True) -> "subprocess.Popen[Any]":
    """A run in a process group of its own; no file of it may grow beyond the limit."""

    def prepare() -> None:
        # Test runs started in the background ignore SIGINT and would hand that down.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        if limit_bytes is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, limit_bytes))

    return subprocess.Popen(
        [sys.executable, "-m", "mmhnet_cli.cli.app", "batch", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=text,
        env=environment(),
        start_new_session=True,
        preexec_fn=prepare,
    )


@posix
@pytest.mark.parametrize(
    ("number", "code", "to_all", "jobs"),
    [(signal.SIGINT, 130, True, 1), (signal.SIGTERM, 143, False, 2), (signal.SIGTERM, 143, True, 1)],
)
def test_interruption_leaves_nothing(
    put: Callable[..., Path], tiny_model_dir: Path, number: int, code: int, to_all: bool, jobs: int
) -> None:
    for name in ("a", "b", "c"):
        put(f"films/{name}.mp4")
    run = start("films", "-m", tiny_model_dir, "--steps", "1000", "--jobs", jobs, "--progress", "json")
    assert run.stderr is not None
    said = next(line for line in run.stderr if '"stage": "worker 1"' in line or "rror" in line)
    assert "worker 1" in said
    (os.killpg if to_all else os.kill)(run.pid, number)
    out, err = run.communicate(timeout=60)
    assert (run.returncode, out) == (code, ""), err
    assert "Stopped; unfinished files were removed." in err
    assert "Traceback" not in err
    assert {path.name for path in Path("films").iterdir()} == {"a.mp4", "b.mp4", "c.mp4", JOURNAL}
    kinds = Counter(event["kind"] for event in events(Path("films", JOURNAL)))
    assert kinds == {"run": 1, "started": kinds["interrupted"], "interrupted": kinds["interrupted"]}


@posix
def test_a_full_disk_is_a_row_and_the_film_is_done_when_there_is_room(
    put: Callable[..., Path], tiny_model_dir: Path
) -> None:
    put("films/long.mp4", 48)
    put("films/short.mp4")
    command = ("films", "-d", "sound", "-m", tiny_model_dir, "--steps", "1", "--jobs", "1", "--json")
    # Half a second at 48 kHz and 24 bits takes 72 kB, two seconds 288 kB.
    full = start(*command, limit_bytes=150_000)
    out, err = full.communicate(timeout=120)
    assert full.returncode == 3, err
    assert statuses([json.loads(line) for line in out.splitlines()]) == {"long.mp4": "failed", "short.mp4": "done"}
    assert "error: long.mp4: " in err
    assert "long_mmhnet.wav cannot be written: File too large" in err
    first = files("sound")
    assert set(first) == {"short_mmhnet.wav", "short_mmhnet.json"}
    roomy = start(*command)
    out, err = roomy.communicate(timeout=120)
    assert statuses([json.loads(line) for line in out.splitlines()]) == {"long.mp4": "done", "short.mp4": "skipped"}
    assert first.items() <= files("sound").items()


@posix
def test_no_room_even_for_the_journal(put: Callable[..., Path], tiny_model_dir: Path) -> None:
    put("a.mp4")
    put("b.mp4", 24)
    full = start("a.mp4", "b.mp4", "-m", tiny_model_dir, "--steps", "1", "--jobs", "1", limit_bytes=400)
    _, err = full.communicate(timeout=120)
    assert full.returncode == 3, err
    assert "2 failed" in err
    assert "Traceback" not in err
    assert {path.name for path in Path().iterdir()} == {"a.mp4", "b.mp4", JOURNAL}


@linux
def test_an_output_folder_that_cannot_be_written(mmhnet: RunCommand, put: Callable[..., Path]) -> None:
    put("a.mp4")
    put("b.mp4")
    # No user may make a folder there, root included.
    ran = mmhnet("batch", "a.mp4", "b.mp4", "-d", "/proc/sound", "--journal", "journal.jsonl", "--jobs", "1", "--json")
    assert ran.code == 3, ran.err
    assert statuses(ran.records) == {"a.mp4": "failed", "b.mp4": "failed"}
    assert {record["error"] for record in ran.records[:-1]} == {"OutputUnwritable"}
    without_journal = mmhnet("batch", "a.mp4", "-d", "/proc/sound")
    assert without_journal.code == 7
    assert "/proc/sound" in without_journal.err


@posix
def test_an_output_folder_removed_while_it_runs(put: Callable[..., Path], tiny_model_dir: Path) -> None:
    names = [f"{number}.mp4" for number in range(8)]
    for name in names:
        put(f"films/{name}", 24)
    command = ("films", "-d", "sound", "-m", tiny_model_dir, "--steps", "8", "--jobs", "1", "--json")
    run = start(*command)
    assert run.stdout is not None
    assert json.loads(next(run.stdout))["status"] == "done"
    shutil.rmtree("sound", ignore_errors=True)
    out, err = run.communicate(timeout=120)
    assert run.returncode in (0, 3), err
    assert "Traceback" not in err
    records = [json.loads(line) for line in out.splitlines()]
    assert len(statuses(records)) == len(names) - 1
    for record in records[:-1]:
        assert record["status"] == "done" or "sound" in record["message"]
    again = start(*command)
    out, err = again.communicate(timeout=120)
    assert again.returncode == 0, err
    assert set(statuses([json.loads(line) for line in out.splitlines()])) == set(names)
    expected = {f"{number}_mmhnet.{end}" for number in range(8) for end in ("wav", "json")}
    assert set(files("sound")) == expected


@posix
def test_two_runs_at_once_do_no_film_twice(put: Callable[..., Path], tiny_model_dir: Path) -> None:
    for number in range(6):
        put(f"films/{number}.mp4", 24)
    command = ("films", "-d", "sound", "-m", tiny_model_dir, "--steps", "4", "--jobs", "1", "--json")
    runs = [start(*command) for _ in range(2)]
    told: list[dict[str, str]] = []
    for run in runs:
        out, err = run.communicate(timeout=120)
        assert run.returncode == 0, err
        told.append(statuses([json.loads(line) for line in out.splitlines()]))
    for number in range(6):
        assert sorted(one[f"{number}.mp4"] for one in told) == ["done", "skipped"]
    done = Counter(event["film"] for event in events(Path("sound", JOURNAL)) if event["kind"] == "done")
    assert done == {f"{number}.mp4": 1 for number in range(6)}


def workers_of(pid: int) -> list[int]:
    """Worker processes of a run, as Linux tells them."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [int(child) for child in children if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]
    except OSError:
        return []


def wait_for_work(run: "subprocess.Popen[str]", journal: Path, seen: int) -> None:
    """Until a film is begun, or the run has nothing left to do."""
    while run.poll() is None and all(event["kind"] != "started" for event in whole_events(journal)[seen:]):
        time.sleep(0.01)


def whole_events(journal: Path) -> list[dict[str, Any]]:
    """As `events`, but for lines that a kill broke off or that are being written."""
    return list(_whole(journal))


def _whole(journal: Path) -> Iterator[dict[str, Any]]:
    for line in journal.read_text(encoding="utf-8").splitlines() if journal.exists() else ():
        try:
            yield json.loads(line)
        except ValueError:
            continue


@linux
@pytest.mark.slow
def test_killed_at_random_moments_it_ends_as_if_nothing_had_been(
    put: Callable[..., Path], tiny_model_dir: Path
) -> None:
    rng = random.Random(20)
    films = [f"{number:02}.mp4" for number in range(8)]
    for film in films:
        put(f"films/{film}", rng.randrange(24, 72))
    options = ("-m", tiny_model_dir, "--steps", "16", "--takes", "2", "--jobs", "2", "--date", "none", "--json")
    quiet = start("films", "-d", "quiet", *options)
    _, err = quiet.communicate(timeout=300)
    assert quiet.returncode == 0, err
    journal = Path("sound", JOURNAL)
    # Many more, at random too, are those of `benchmarks.kills`.
    for number in range(3):
        seen = len(whole_events(journal))
        run = start("films", "-d", "sound", *options)
        wait_for_work(run, journal, seen)
        time.sleep(rng.uniform(0, 0.6))
        if number % 2:
            for worker in rng.sample(alive := workers_of(run.pid), min(1, len(alive))):
                os.kill(worker, signal.SIGKILL)
            time.sleep(rng.uniform(0, 0.6))
        if run.poll() is None:
            os.killpg(run.pid, signal.SIGKILL)
        run.communicate(timeout=60)
    last = start("films", "-d", "sound", *options)
    out, err = last.communicate(timeout=300)
    assert last.returncode == 0, err
    assert set(statuses([json.loads(line) for line in out.splitlines()]).values()) <= {"done", "skipped"}
    assert sounds("sound") == sounds("quiet")
    assert {path.name for path in Path("sound").iterdir()} == {path.name for path in Path("quiet").iterdir()}
    told = whole_events(journal)
    for film in films:
        kinds = [event["kind"] for event in told if event["film"] == film]
        first = min(kinds.index(kind) for kind in ("done", "skipped") if kind in kinds)
        assert set(kinds[first + 1 :]) <= {"skipped"}, (film, kinds)
    assert sum(event["kind"] == "started" for event in told) > len(films)
