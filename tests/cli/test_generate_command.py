import hashlib
import json
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import av
import pytest
import soundfile
from safetensors.torch import load_file, save_file

from mmhnet_cli.cli._output import Output
from mmhnet_cli.cli._session import Session
from mmhnet_cli.cli.generate import make
from mmhnet_cli.encoders.sounding import kind_words
from mmhnet_cli.model.variants import VARIANTS
from mmhnet_cli.options import OutputOptions, SamplerOptions
from mmhnet_cli.pipeline.asking.prepare import prepare
from mmhnet_cli.pipeline.request import GenerateRequest
from tests.cli.conftest import RunCommand
from tests.conftest import MakeFilm
from tests.tiny_public_model import write_tiny_public_model

# Without the date of origin, so that files of two runs can be compared byte by byte.
FEW_STEPS = ("--steps", "2", "--date", "none")
# Files name the second they were made in; two that shall be equal go without.
# 48 frames at 24000/1001 per second, at 48 kHz: 96096 samples exactly.
FILM_SAMPLES = 96096


@pytest.fixture
def here(film: Path) -> Path:
    """A copy of the film in the working folder."""
    path = Path("street.mp4")
    path.write_bytes(film.read_bytes())
    return path


def test_wav_and_report_beside_the_film(mmhnet: RunCommand, here: Path, tiny_model_dir: Path) -> None:
    ran = mmhnet("generate", here, "-m", tiny_model_dir, *FEW_STEPS, "-p", "rain", "--quiet")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == "street_mmhnet.wav\nstreet_mmhnet.json\n"
    info = soundfile.info("street_mmhnet.wav")
    assert (info.samplerate, info.subtype, info.frames) == (48000, "PCM_24", FILM_SAMPLES)
    report = json.loads(Path("street_mmhnet.json").read_text())
    assert report["request"]["prompt"] == "rain"
    assert report["source"] == {"file": "street.mp4", "sha256": sha256(here)}
    [file] = report["takes"][0]["files"]
    assert (file["file"], file["sha256"]) == ("street_mmhnet.wav", sha256(Path("street_mmhnet.wav")))
    assert {path.name for path in Path().iterdir()} == {
        *("street.mp4", "street_mmhnet.wav", "street_mmhnet.json", "street_mmhnet.latents")
    }


def test_films_that_differ_in_their_suffix_do_not_collide(mmhnet: RunCommand, here: Path, tiny_model_dir: Path) -> None:
    shutil.copy(here, "street.mov")
    asked = ("-m", tiny_model_dir, *FEW_STEPS, "-q", "--keep", "off")
    assert mmhnet("generate", here, *asked).code == 0
    assert mmhnet("generate", "street.mov", *asked).out == "street.mov_mmhnet.wav\nstreet.mov_mmhnet.json\n"
    # Each knows its own again, and nothing is replaced.
    assert mmhnet("generate", here, *asked).code == 7
    skipped = mmhnet("generate", "street.mov", *asked, "--on-exists", "skip")
    assert (skipped.code, skipped.out) == (0, "street.mov_mmhnet.wav\n")


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_film_with_sound_keeps_its_picture(mmhnet: RunCommand, here: Path, tiny_model_dir: Path) -> None:
    ran = mmhnet("generate", here, "-m", tiny_model_dir, *FEW_STEPS, "-o", "out.mov", "-o", "out.wav", "-o", "out.mkv")
    assert ran.code == 0, ran.err
    assert ran.out.split() == ["out.mov", "out.wav", "out.mkv", "out.json"]
    for name in ("out.mov", "out.mkv"):
        assert packets(Path(name)) == packets(here)
        with av.open(name) as container:
            assert len(container.streams.audio) == 1
    assert sorted(path.name for path in Path().iterdir()) == sorted([*ran.out.split(), "out.latents", "street.mp4"])


def packets(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [hashlib.sha256(bytes(packet)).digest() for packet in container.demux(video=0) if packet.size]


def test_film_alone(mmhnet: RunCommand, here: Path, tiny_model_dir: Path) -> None:
    assert mmhnet("generate", here, "-m", tiny_model_dir, *FEW_STEPS, "-o", "out.mp4").code == 0
    assert {path.name for path in Path().iterdir()} == {"out.mp4", "out.json", "out.latents", "street.mp4"}


def test_json_lines(mmhnet: RunCommand, here: Path, tiny_model_dir: Path) -> None:
    ran = mmhnet("--json", "generate", here, "-m", tiny_model_dir, *FEW_STEPS, "--progress", "json")
    film, summary = ran.records
    assert (film["type"], film["status"]) == ("generate", "written")
    assert film["outputs"] == ["street_mmhnet.wav", "street_mmhnet.json"]
    assert film["sound"]["samples"] == FILM_SAMPLES
    assert summary == {"type": "summary", "status": "written", "inputs": 1, "failed": 0}
    progress = [json.loads(line) for line in ran.err.splitlines() if line.startswith("{")]
    stages = list(dict.fromkeys(line["stage"] for line in progress))
    assert stages == ["load model", "load encoders", "read film", "read prompt", "sample", "decode", "level", "write"]
    for stage in stages:
        steps = [(line["done"], line["total"]) for line in progress if line["stage"] == stage]
        assert steps == sorted(steps)
        assert steps[0][0] == 0
        assert steps[-1][0] == steps[-1][1]


@pytest.mark.slow
def test_the_seed_decides(mmhnet: RunCommand, here: Path, tiny_model_dir: Path) -> None:
    for name, seed in (("a", "5"), ("b", "5"), ("c", "6")):
        assert mmhnet("generate", here, "-m", tiny_model_dir, *FEW_STEPS, "--seed", seed, "-o", f"{name}.wav").code == 0
    assert Path("a.wav").read_bytes() == Path("b.wav").read_bytes()
    assert Path("a.wav").read_bytes() != Path("c.wav").read_bytes()


def test_a_drawn_seed_can_be_used_again(mmhnet: RunCommand, here: Path, tiny_model_dir: Path) -> None:
    assert mmhnet("generate", here, "-m", tiny_model_dir, *FEW_STEPS, "--seed", "random", "-o", "a.wav").code == 0
    seed = json.loads(Path("a.json").read_text())["request"]["sampler"]["seed"]
    assert mmhnet("generate", here, "-m", tiny_model_dir, *FEW_STEPS, "--seed", seed, "-o", "b.wav").code == 0
    assert Path("a.wav").read_bytes() == Path("b.wav").read_bytes()


def test_part_of_the_film(mmhnet: RunCommand, here: Path, tiny_model_dir: Path) -> None:
    part = ("--start", "0.5", "--end", "0:00:01.7501", "--rate", "44100", "--bits", "16")
    assert mmhnet("generate", here, "-m", tiny_model_dir, *FEW_STEPS, *part).code == 0
    info = soundfile.info("street_mmhnet.wav")
    assert (info.samplerate, info.subtype, info.frames) == (44100, "PCM_16", round(1.2501 * 44100))


def test_prompt_from_a_file(mmhnet: RunCommand, here: Path, tiny_model_dir: Path) -> None:
    Path("words.txt").write_text("rain on a tin roof \N{UMBRELLA WITH RAIN DROPS}\n", encoding="utf-8")
    assert mmhnet("generate", here, "-m", tiny_model_dir, *FEW_STEPS, "--prompt-file", "words.txt").code == 0
    report = Path("street_mmhnet.json").read_text(encoding="utf-8")
    assert json.loads(report)["request"]["prompt"] == "rain on a tin roof \N{UMBRELLA WITH RAIN DROPS}"


@pytest.mark.slow
def test_existing_outputs(mmhnet: RunCommand, here: Path, tiny_model_dir: Path) -> None:
    command = ("generate", here, "-m", tiny_model_dir, *FEW_STEPS)
    assert mmhnet(*command).code == 0
    first = Path("street_mmhnet.wav").read_bytes()
    assert mmhnet(*command, "--seed", "7").code == 7
    skipped = mmhnet(*command, "--seed", "7", "--on-exists", "skip")
    assert (skipped.code, skipped.out) == (0, "street_mmhnet.wav\n")
    assert Path("street_mmhnet.wav").read_bytes() == first
    renamed = mmhnet(*command, "--seed", "7", "--on-exists", "rename")
    assert (renamed.code, renamed.out) == (0, "street_mmhnet_2.wav\nstreet_mmhnet_2.json\n")
    assert mmhnet(*command, "--seed", "7", "--force").code == 0
    assert Path("street_mmhnet.wav").read_bytes() == Path("street_mmhnet_2.wav").read_bytes() != first


def test_output_folder_is_made(mmhnet: RunCommand, here: Path, tiny_model_dir: Path) -> None:
    assert mmhnet("generate", here, "-m", tiny_model_dir, *FEW_STEPS, "-d", "new/sound").code == 0
    assert Path("new/sound/street_mmhnet.wav").is_file()


def test_one_frame(mmhnet: RunCommand, make_film: MakeFilm, tiny_model_dir: Path) -> None:
    film = make_film("one_frame.mp4", count=1, rate="25")
    assert mmhnet("generate", film, "-m", tiny_model_dir, *FEW_STEPS, "-o", "one.wav").code == 0
    assert soundfile.info("one.wav").frames == 1920
    assert json.loads(Path("one.json").read_text())["takes"][0]["loudness"]["before"]["integrated_lufs"] is None


@pytest.mark.slow
def test_names_that_are_hard_to_say(mmhnet: RunCommand, film: Path, tiny_model_dir: Path) -> None:
    for name in ("-x.mp4", "a [b] \N{SNOWMAN}.mp4", "concat:a|b.mp4", "caf\udce9.mp4"):
        Path(name).write_bytes(film.read_bytes())
        ran = mmhnet("generate", "-m", tiny_model_dir, "--steps", "1", "-o", f"{name[:-4]}.mkv", "--", name)
        assert ran.code == 0, ran.err
        assert Path(f"{name[:-4]}.mkv").is_file()
        assert json.loads(Path(f"{name[:-4]}.json").read_bytes())["source"]["file"] == name


@pytest.mark.processes
def test_dry_run_writes_nothing_and_loads_no_torch(here: Path, tiny_model_dir: Path) -> None:
    script = (
        "import sys; from mmhnet_cli.cli.app import main; code = main(sys.argv[1:]);"
        "assert 'torch' not in sys.modules and 'scipy' not in sys.modules; sys.exit(code)"
    )
    command = [sys.executable, "-c", script, "generate", here, "-m", tiny_model_dir, "-n", "--json"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, env=environment())
    assert (ran.returncode, ran.stderr) == (0, "")
    plan = json.loads(ran.stdout)
    assert (plan["type"], plan["samples"], plan["output_1"]) == ("plan", FILM_SAMPLES, "street_mmhnet.wav")
    assert [path.name for path in Path().iterdir()] == ["street.mp4"]


def environment() -> dict[str, str]:
    import os

    return {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "OMP_NUM_THREADS": "1"}


@pytest.mark.processes
@pytest.mark.skipif(sys.platform == "win32", reason="signals are those of POSIX")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("stage", ["sample", "write"])
def test_interruption_leaves_nothing(here: Path, tiny_model_dir: Path, number: int, code: int, stage: str) -> None:
    steps = "1000" if stage == "sample" else "1"
    command = [sys.executable, "-m", "mmhnet_cli.cli.app", "generate", here, "-m", tiny_model_dir, "--steps", steps]
    process = subprocess.Popen(
        [*command, "--progress", "json", "-o", "out.mp4"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
        # Test runs started in the background ignore SIGINT and would hand that down.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        said.append(line)
        if f'"stage": "{stage}"' in line:
            break
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert process.returncode == code, (said, err)
    assert out == ""
    assert "Stopped; unfinished files were removed." in err
    assert "Traceback" not in err
    time.sleep(0.1)
    assert [path.name for path in Path().iterdir()] == ["street.mp4"]


@pytest.mark.processes
def test_what_a_model_cannot_make_is_told_before_the_work(mmhnet: RunCommand, here: Path, tiny_model_dir: Path) -> None:
    lines = (
        'warning: tiny knows nothing of "xyzzy", "qzxw".\n'
        'warning: tiny cannot make "a velociraptor" (nearest: frog, crickets, harp).\n'
        f"warning: tiny makes {len(kind_words())} kinds of sound; `mmhnet kinds` lists them.\n"
    )
    plain = ("-m", tiny_model_dir, *FEW_STEPS, "--loudness", "off", "--force")
    # What the model cannot make, it keeps away from without a word.
    asked = (*plain, "-p", "a velociraptor and rain, xyzzy", "--negative-prompt", "speech, qzxw")
    planned = mmhnet("generate", here, *asked, "-n")
    assert (planned.code, planned.err) == (0, lines)
    ran = mmhnet("generate", here, *asked, "--json", "--progress", "off")
    assert ran.code == 0
    assert re.fullmatch(re.escape(lines) + r"street_mmhnet\.wav: [^\n]*; made in [\d.]+ s\n", ran.err)
    found = ran.records[0]["warnings"]
    assert found["unknown_words"] == ["xyzzy", "qzxw"]
    assert found["beyond"] == [{"text": "a velociraptor", "nearest": "frog", "near": ["frog", "crickets", "harp"]}]
    assert json.loads(Path("street_mmhnet.json").read_text())["warnings"] == found
    assert json.loads(Path("street_mmhnet.json").read_text())["understood"] == {
        "mmhnet": {"kinds": ["rain"], "degrees": [], "denied": []}
    }
    fine = mmhnet("generate", here, *plain, "-p", "rain on the roof", "-n")
    assert fine.err == ""
    shutil.copy(here, "road.mp4")
    Path("road.txt").write_text("xyzzy and a velociraptor")
    batch = mmhnet("batch", here, "road.mp4", "-m", tiny_model_dir, "-p", "xyzzy", "-n")
    assert batch.code == 0
    assert batch.err.count('knows nothing of "xyzzy"') == 1


@pytest.mark.slow
@pytest.mark.parametrize(("asked", "warned"), [((), True), (("-p", "rain"), False)])
def test_a_picture_in_which_nothing_sounds_is_told(
    mmhnet: RunCommand, make_film: MakeFilm, tiny_model_dir: Path, asked: tuple[str, ...], warned: bool
) -> None:
    snow = "drawbox=t=fill:c=gray,noise=alls=100:allf=t+u"
    film = make_film("snow.mkv", count=13, rate="25", video=("-vf", snow, "-c:v", "ffv1"))
    ran = mmhnet("generate", film, "-m", tiny_model_dir, "--steps", "1", *asked, "-o", "a.wav")
    assert ran.code == 0
    assert ("tiny recognised nothing that sounds at 0.0 to 0.5 s. Say in a --prompt" in ran.err) == warned
    report = json.loads(Path("a.json").read_text())
    assert report["warnings"]["unseen"] == ([{"start_s": 0.0, "end_s": 0.52}] if warned else [])
    [shot] = report["seen"]
    assert (shot["start_s"], shot["end_s"]) == (0.0, 0.52)


@pytest.mark.slow
def test_hits_are_kept_for_a_repetition(mmhnet: RunCommand, here: Path, tiny_model_dir: Path) -> None:
    Path("hits.txt").write_text("0.5\n1.25 0.5  # softer\n")
    plain = ("-m", tiny_model_dir, *FEW_STEPS, "-q")
    assert mmhnet("generate", here, *plain, "--hits", "hits.txt").code == 0
    said = json.loads(Path("street_mmhnet.json").read_text())["request"]["hits"]
    assert said == [{"time": "1/2", "strength": 1.0}, {"time": "5/4", "strength": 0.5}]
    Path("hits.txt").unlink()
    again = mmhnet("generate", here, "--from-report", "street_mmhnet.json", *plain[:2], "--output-dir", "again", "-q")
    assert again.code == 0, again.err
    assert sha256(Path("again/street_mmhnet.wav")) == sha256(Path("street_mmhnet.wav"))
    assert mmhnet("generate", here, *plain, "-o", "without.wav").code == 0
    assert sha256(Path("without.wav")) != sha256(Path("street_mmhnet.wav"))


def test_a_hit_outside_the_film_is_refused(mmhnet: RunCommand, here: Path, tiny_model_dir: Path) -> None:
    Path("hits.txt").write_text("0.5\n2.5\n")
    ran = mmhnet("generate", here, "-m", tiny_model_dir, "--hits", "hits.txt")
    assert ran.code == 2
    assert "times within the film, 0 to 2.002 s" in ran.err
    assert sorted(path.name for path in Path().iterdir()) == ["hits.txt", "street.mp4"]


@pytest.mark.slow
def test_hits_that_a_public_model_ignores_are_told(mmhnet: RunCommand, here: Path, tmp_path: Path) -> None:
    Path("hits.txt").write_text("0.5\n")
    model = write_tiny_public_model(tmp_path / "public")
    ran = mmhnet("generate", here, "-m", model, "--hits", "hits.txt", "-n")
    assert ran.code == 0
    assert "public knows nothing of hits: --hits changes nothing." in ran.err


@pytest.mark.slow
def test_films_have_two_sides_and_sounds_alone_have_one(mmhnet: RunCommand, here: Path, tiny_model_dir: Path) -> None:
    plain = ("-m", tiny_model_dir, "--steps", "1", "-q")
    for outputs, channels in ((("-o", "a.wav"), 1), (("-o", "b.wav", "-o", "b.mkv"), 2)):
        assert mmhnet("generate", here, *plain, *outputs).code == 0
        assert soundfile.info(outputs[1]).channels == channels
    with av.open("b.mkv") as container:
        assert container.streams.audio[0].channels == 2
    assert mmhnet("generate", here, *plain, "-o", "c.wav", "-o", "c.mkv", "--channels", "mono").code == 0
    assert soundfile.info("c.wav").channels == 1


@pytest.mark.slow
def test_a_repetition_keeps_the_models_own_guidance_and_whose_it_is(
    mmhnet: RunCommand, here: Path, tiny_model_dir: Path
) -> None:
    first = mmhnet("generate", here, "-m", tiny_model_dir, *FEW_STEPS, "-p", "rain", "-q")
    assert first.code == 0, first.err
    sampler = json.loads(Path("street_mmhnet.json").read_text())["request"]["sampler"]
    assert (sampler["guidance"], sampler["guidance_own"]) == (VARIANTS["mini"].guidance, True)
    again = mmhnet(
        "generate", here, "--from-report", "street_mmhnet.json", "-m", tiny_model_dir, "--output-dir", "again"
    )
    assert again.code == 0, again.err
    assert sha256(Path("again/street_mmhnet.wav")) == sha256(Path("street_mmhnet.wav"))
    assert json.loads(Path("again/street_mmhnet.json").read_text())["request"]["sampler"] == sampler


@pytest.mark.processes
def test_a_sound_that_is_next_to_nothing_is_told(mmhnet: RunCommand, here: Path, tiny_model_dir: Path) -> None:
    silent = Path("silent")
    shutil.copytree(tiny_model_dir, silent)
    tensors = load_file(silent / "codec.safetensors")
    # Decoded mels far below any level: the real codec then makes next to nothing.
    tensors["ceiling"].fill_(-11.5)
    save_file(tensors, silent / "codec.safetensors")
    ran = mmhnet("generate", here, "-m", silent, *FEW_STEPS, "-p", "rain", "--json", "--progress", "off")
    assert ran.code == 0
    [found] = ran.records[0]["warnings"]["quiet"]
    assert (found["take"], found["voice"]) == (1, "mmhnet")
    assert found["peak_dbfs"] is None or found["peak_dbfs"] < -60
    assert "warning: silent made nearly nothing: " in ran.err
    batch = mmhnet("batch", here, "--output-dir", "sound", "-m", silent, *FEW_STEPS, "--json", "--progress", "off")
    assert "warning: street.mp4: the model made nearly nothing; see the report.\n" in batch.err
    [row] = [record for record in batch.records if record.get("type") == "film"]
    assert len(row["warnings"]["quiet"]) == 1
    journal = [json.loads(line) for line in Path("sound/mmhnet-batch.jsonl").read_text().splitlines()]
    [done] = [event for event in journal if event["kind"] == "done"]
    assert done["warnings"] == row["warnings"]


@pytest.mark.slow
def test_closing_lines_say_what_was_made(mmhnet: RunCommand, here: Path, tiny_model_dir: Path) -> None:
    stems = ("--stem", "fx=rain", "--stem", "foley=steps", "--seed", "7")
    outputs = ("--handles", "1", "-o", "a.wav", "-o", "a.mp4")
    ran = mmhnet("generate", here, "-m", tiny_model_dir, *FEW_STEPS, *stems, *outputs)
    report = json.loads(Path("a.json").read_text())
    level = report["takes"][0]["loudness"]["after"]
    loudness = f"{level['integrated_lufs']:.1f} LUFS, {level['true_peak_dbtp']:.1f} dBTP"
    *_, mix, film, fx, foley = ran.err.splitlines()
    assert mix == f"a.wav: 4.002 s, {loudness}, seeds 7, 10007"
    assert film == f"a.mp4: 2.002 s, {loudness}, seeds 7, 10007"
    assert fx == "a_fx.wav: 4.002 s, seed 7"
    assert foley.startswith("a_foley.wav: 4.002 s, seed 10007; 4 files made in ")


@pytest.mark.slow
def test_what_is_doubted_is_said_once_where_another_run_was_faster(
    mmhnet: RunCommand, here: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    sampler, output = SamplerOptions(steps=1), OutputOptions(on_exists="skip")
    job = prepare(GenerateRequest(here, "xyzzy", sampler=sampler, output=output, output_dir=Path()))
    # The other run, after this one has looked and before it has claimed its files.
    assert mmhnet("generate", here, "-p", "xyzzy", "--steps", "1", "-d", ".").code == 0
    make(Session(None, Output(), {}, {}, {}, ()), job, False, None)  # type: ignore[arg-type]
    said = capfd.readouterr()
    assert said.err.count("xyzzy") == 1
    assert "Nothing to do" in said.err
    assert said.out == "street_mmhnet.wav\n"


@pytest.mark.slow
def test_a_track_stays_while_another_is_made_anew(mmhnet: RunCommand, here: Path, tiny_model_dir: Path) -> None:
    model = ("-m", tiny_model_dir)
    stems = ("--stem", "ambience=rain", "--stem", "fx=knocking", "--steps", "1", "-q")
    assert mmhnet("generate", here, *model, *stems).code == 0
    again = ("generate", "--from-report", "street_mmhnet.json", *model, "-q")
    ran = mmhnet(*again, "--keep", "ambience", "--stem", "fx=a bell", "--stem-gain", "fx=-6")
    assert ran.code == 0, ran.err
    assert sha256(Path("street_ambience_keep.wav")) == sha256(Path("street_ambience.wav"))
    assert sha256(Path("street_fx_keep.wav")) != sha256(Path("street_fx.wav"))
    stem = json.loads(Path("street_mmhnet_keep.json").read_text())["request"]["stems"][1]
    assert (stem["prompt"], stem["gain_db"]) == ("a bell", -6.0)
    assert mmhnet(*again, "--gain", "locked", "--stem-gain", "fx=-6").code == 0
    assert sha256(Path("street_ambience_gain.wav")) == sha256(Path("street_ambience.wav"))
    assert mmhnet("vary", "street_mmhnet.json", "--model", tiny_model_dir, "--keep", "ambience", "-q").code == 0
    assert sha256(Path("street_ambience_vary.wav")) == sha256(Path("street_ambience.wav"))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--keep", "ambience"), "names of tracks that stay go with --from-report"),
        (("--gain", "locked"), "locked goes with --from-report"),
        (("--gain", "101"), "a number from -100 to 100"),
        (("--keep", "a/b"), "the names of tracks that stay, with commas"),
        (("--stem", "mix=rain"), "mix and mmhnet are the sum of all stems"),
        (("--stem", "MMHNET=rain"), "mix and mmhnet are the sum of all stems"),
        (("--from-report", "x.json", "--prompt", "rain"), "--keep or --gain say what stays"),
        (("--from-report", "x.json", "--keep", "off"), "the names of tracks that stay"),
        (("--from-report", "x.json", "--keep", "fx", "--rate", "44100"), "beside --keep and --gain the report"),
    ],
)
def test_what_stays_is_said_beside_a_report(
    mmhnet: RunCommand, here: Path, tiny_model_dir: Path, options: tuple[str, ...], words: str
) -> None:
    film = () if "--from-report" in options else (here,)
    ran = mmhnet("generate", *film, "-m", tiny_model_dir, *options)
    assert ran.code == 2
    assert words in " ".join(ran.err.split())
    assert [path.name for path in Path().iterdir()] == ["street.mp4"]
