"""The rows of the ablation, and the score they are held to, on sounds whose truth is known."""

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks.classifier import load_classifier
from benchmarks.proof import films as proof_films
from benchmarks.proof import making, measuring, training
from benchmarks.proof.films import (
    HITTING,
    KINDS,
    WORDS,
    ProofClips,
    films_of,
    in_clips,
    latents_of,
    prompt,
    short_projection,
)
from benchmarks.proof.making import sample
from benchmarks.proof.measuring import RESULT_FILE, measure_row
from benchmarks.proof.report import report_of
from benchmarks.proof.rows import ROWS, EveryWord, StretchedNetwork, network_of, row_of, stretched_table
from benchmarks.proof.scoring import Judge, score
from benchmarks.proof.training import JOURNAL_FILE, NETWORK_FILE, Budget, Run, trained
from benchmarks.second_edition import PARTS
from mmhnet_cli.codec.mini import MiniCodec
from mmhnet_cli.model.attention import rotary_table
from mmhnet_cli.models.described import Described
from mmhnet_cli.training.clips import Clips
from mmhnet_cli.training.library import read_sounds, render
from mmhnet_cli.training.train_codec import read_codec
from mmhnet_cli.training.train_mini import TaughtNetwork, flow_loss, spread_of
from mmhnet_cli.training.trainer import Trainer, TrainerConfig
from mmhnet_cli.training.world.sound import render_sound

TRAINED = [name for name in ROWS if row_of(name).trained_as is None]
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def codec() -> MiniCodec:
    codec = read_codec(PARTS)
    codec.projection = short_projection(codec)
    return codec


@pytest.fixture(scope="module")
def out(codec: MiniCodec, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of runs whose library has one sound of each kind."""
    library = (out := tmp_path_factory.mktemp("proof")) / "library"
    library.mkdir()
    for kind in KINDS:
        with torch.no_grad():
            np.save(library / f"{kind}.npy", codec.levels(torch.from_numpy(render(kind, 0))[None]).half().numpy())
    return out


@pytest.fixture
def run(codec: MiniCodec, out: Path) -> Run:
    return Run(out, Budget("small", 2, 2, 0), codec, CPU, 0, math.inf, lambda line: None)


@pytest.fixture(scope="module")
def batch(codec: MiniCodec, out: Path) -> Clips:
    sounds = [read_sounds(out / "library", kind) for kind in KINDS]
    return ProofClips(sounds, codec.projection, 2, seed=0)(0)


def _parameters(name: str) -> dict[str, torch.Size]:
    with Described():
        return {key: value.shape for key, value in network_of(row_of(name), "small").named_parameters()}


@pytest.mark.slow
@pytest.mark.parametrize("name", [*TRAINED, "full-0.5+bare+plain+window+film"])
def test_each_row_takes_a_step(name: str, codec: MiniCodec, batch: Clips, tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = network_of(row_of(name), "small")
    network.preconditioning.spread.copy_(spread_of(lambda step: batch))
    module = TaughtNetwork(network, codec.projection.scale)
    before = {key: value.detach().clone() for key, value in module.named_parameters()}
    trainer = Trainer(module, flow_loss, lambda step: batch, TrainerConfig(steps=2, muon=True), tmp_path)
    assert trainer.run(lambda line: None)
    # The output starts at zero, so that what lies before it moves from the second step on.
    moved = [key for key, value in module.named_parameters() if not torch.equal(value, before[key])]
    assert {"network.output.conv.weight", "network.trunk.multimodal.0.audio.mix_map.weight"} <= set(moved)


@pytest.mark.slow
def test_rows_differ_in_what_they_say_alone() -> None:
    assert _parameters("rope") == _parameters("rope-ntk") == _parameters("nopos") == _parameters("nopos-ln")
    assert _parameters("full-0.3") == _parameters("full-0.7") == _parameters("full-0.5+window")
    assert _parameters("flat").keys() < _parameters("full-0.5").keys()
    assert not [key for key in _parameters("flat") if key.startswith("hierarchy.")]
    assert set(_parameters("full-0.5")) - set(_parameters("temporal")) == {
        "hierarchy.text_router.text.weight",
        "hierarchy.text_router.video.weight",
    }
    gone = {key for key in _parameters("flat") if key not in _parameters("flat+bare")}
    assert gone == {"builder.local.weight", "builder.local.bias"}


@pytest.mark.parametrize("name", ["mamba", "rope+plain", "causal+window", "full-0.5+bare+bare", "full-0.5+", ""])
def test_rows_that_cannot_be_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="row"):
        row_of(name)


def test_a_row_without_a_training_takes_that_of_its_variant() -> None:
    assert row_of("rope-ntk+bare").trained_as == "rope+bare" and row_of("rope-ntk").trained_as == "rope"


def test_stretching_changes_nothing_up_to_the_length_of_training() -> None:
    places = torch.arange(172)[None]
    assert torch.equal(stretched_table(places, 16, 1.0), rotary_table(places, 16))
    assert torch.equal(stretched_table(places, 16, 0.3), rotary_table(places, 16))
    far = torch.arange(1720)[None]
    cos, sin = stretched_table(far, 16, 10.0)
    turned = torch.atan2(sin, cos)
    plain_cos, plain_sin = rotary_table(far, 16)
    assert torch.allclose(cos[..., 0], plain_cos[..., 0]) and torch.allclose(sin[..., 0], plain_sin[..., 0])
    # The slowest pair has turned at the end of ten clips as far as at the end of one.
    slowest = torch.atan2(plain_sin, plain_cos)[0, :172, -1]
    assert turned[0, 1710, -1] == pytest.approx(float(slowest[171]), rel=1e-3)


@pytest.mark.slow
def test_stretching_is_heard_in_long_films_alone(codec: MiniCodec, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "STEPS", 3)
    torch.manual_seed(0)
    plain, stretched = network_of(row_of("rope"), "small"), network_of(row_of("rope-ntk"), "small")
    assert isinstance(stretched, StretchedNetwork)
    for parameter in plain.parameters():
        parameter.data.normal_(std=0.1)
    stretched.load_state_dict(plain.state_dict())
    for seconds, same in ((8.0, True), (30.0, False)):
        films = films_of(seconds, 1)
        one, other = (sample(network.eval(), films, 0, CPU)[0] for network in (plain, stretched))
        assert one.shape == (latents_of(seconds), 64)
        assert torch.equal(one, other) == same


def test_every_word_stays() -> None:
    network = network_of(row_of("temporal"), "small")
    assert network.hierarchy is not None
    mask = torch.tensor([[True, True, False]])
    routing = EveryWord()(torch.randn(1, 3, 48), torch.randn(1, 9, 48), mask, None)
    assert isinstance(network.hierarchy.text_router, EveryWord)
    assert routing.kept.tolist() == [[True, True, False]]


@pytest.mark.slow
def test_true_sounds_score_near_1_and_shuffled_ones_near_chance() -> None:
    films, judge = films_of(30.0, 3), Judge(load_classifier(Path("none")))
    sounds = [render_sound(scene) for scene in films.scenes]
    true = [judge(scene, sound) for scene, sound in zip(films.scenes, sounds, strict=True)]
    own = score(true, true)
    assert own["right"] >= 0.95 and own["onset_f1_60"] >= 0.97
    assert own["distance"] < 1e-3 and own["level_db"] == 0 and own["drift_db"] == pytest.approx(0, abs=1e-9)
    swapped = [judge(scene, sound) for scene, sound in zip(films.scenes, sounds[::-1], strict=True)]
    other = score(swapped, true)
    assert other["right"] < 0.4, "four kinds of twelve in each film: chance is a quarter at most"
    assert other["onset_f1_60"] < 0.5


@pytest.mark.slow
def test_the_drift_of_a_film_that_grows_louder() -> None:
    (scene,) = (films := films_of(60.0, 1)).scenes
    judge, sound = Judge(load_classifier(Path("none"))), render_sound(films.scenes[0])
    louder = sound * 10 ** (np.linspace(0, 12, len(sound)) / 20)
    figures = score([judge(scene, louder.astype(np.float32))], [judge(scene, sound)])
    assert figures["level_db"] == pytest.approx(6, abs=1) and figures["drift_db"] == pytest.approx(11, abs=1.5)


def test_films_are_those_of_their_number_and_of_no_training() -> None:
    few, more = films_of(30.0, 1), films_of(30.0, 2)
    assert torch.equal(few.clip[0], more.clip[0]) and not torch.equal(more.clip[0], more.clip[1])
    assert more.text.shape[1] == WORDS and bool(more.text_mask.sum(1).min() >= 3)
    for scene in more.scenes:
        assert {source.kind in HITTING for source in scene.sources} == {True, False}


def test_films_in_clips_lose_nothing() -> None:
    films = films_of(30.0, 2)
    clips = in_clips(films)
    assert len(clips.scenes) == 8 and clips.seconds == 8
    assert torch.equal(clips.clip.unflatten(0, (2, 4)).flatten(1, 2)[:, :240], films.clip)
    assert torch.equal(clips.sync.unflatten(0, (2, 4)).flatten(1, 2)[:, :750], films.sync)
    assert torch.equal(clips.clip[7, -16:], films.clip[1, -1:].expand(16, -1))
    first = [source.kind for source in films.scenes[1].sources if source.start_s < 8]
    assert torch.equal(clips.text[4], torch.from_numpy(prompt(list(dict.fromkeys(first)))[0]))


def test_clips_show_what_they_sound_like(codec: MiniCodec, batch: Clips) -> None:
    assert batch.latents.shape == (2, latents_of(8.0), 64) and batch.clip.shape[:2] == (2, 64)
    assert torch.equal(batch.heard.sum(2), torch.ones(2, latents_of(8.0)))


@pytest.mark.slow
def test_what_is_done_is_not_done_again(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (proof_films, measuring):
        monkeypatch.setattr(module, "FILMS", {8.0: 1, 9.0: 1})
    monkeypatch.setattr(making, "STEPS", 2)
    monkeypatch.setattr(training, "SOUNDS", 1)
    judge, stopped, lines = Judge(load_classifier(Path("none"))), replace(run, until=0.0), list[str]()
    assert trained("flat", stopped) is None
    network = trained("flat", run)
    assert network is not None and not measure_row("flat", network, stopped, judge)
    written = (run.folder("flat") / NETWORK_FILE).stat().st_mtime_ns
    assert measure_row("flat", network, replace(run, report=lines.append), judge) and len(lines) == 3
    result = json.loads((run.folder("flat") / RESULT_FILE).read_text())
    assert result["lengths"].keys() == {"8", "9"} and result["cut"].keys() == {"9"} and result["steps"] == 2
    again = trained("flat", stopped)
    assert again is not None and measure_row("flat", again, replace(run, report=lines.append), judge)
    assert len(lines) == 3 and (run.folder("flat") / NETWORK_FILE).stat().st_mtime_ns == written


@pytest.mark.slow
def test_the_table_has_what_is_measured(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no row"):
        report_of(tmp_path)
    result = {"row": "flat", "says": "flat", "size": "small", "steps": 5, "batch": 8, "seed": 0, "parameters": 7}
    for name, right in (("rope", 0.25), ("flat", 0.5)):
        path = tmp_path / "small-5x8" / f"{name}.0" / RESULT_FILE
        path.parent.mkdir(parents=True)
        lengths = {"8": {"right": right, "drift_db": None}, "600": {"right": right / 2}}
        cut = {"600": {"right": right}} if name == "flat" else {}
        path.write_text(json.dumps({**result, "row": name, "says": name, "lengths": lengths, "cut": cut}))
    journal = tmp_path / "small-5x8" / "flat.0" / JOURNAL_FILE
    journal.write_text("".join(json.dumps({"step": step, "flow": step / 4}) + "\n" for step in (1, 8, 9, 9, 10)))
    text = report_of(tmp_path, tmp_path / "plot.png")
    assert (
        "| rope (`rope`) | 25% | - | - | - | 12% |" in text
        and "| flat (`flat`) | 7 | 2.25 | 6.31 / 35.00 / .621 |" in text
    )
    assert "| The same films in clips of 8 s | 8 s | 30 s | 60 s | 300 s | 600 s |" in text
    assert "| flat (`flat`) | - | - | - | - | 50% |" in text
    assert text.index("`rope`") < text.index("`flat`") and "Drift" not in text
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")
