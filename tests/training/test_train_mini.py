"""The training of the mini on a library of four kinds: sounds, clips, network, and what it begins with."""

from pathlib import Path

import numpy as np
import pytest
import torch

from mmhnet_cli.codec.mini import MiniCodec, MiniCodecConfig
from mmhnet_cli.encoders.meaning import CLIP_DIM, KIND_NAMES, SYNC_DIM, TEXT_DIM
from mmhnet_cli.encoders.understanding import WordSpace
from mmhnet_cli.encoders.words import load_words
from mmhnet_cli.model.network import Network
from mmhnet_cli.training.ahead import Again, Ahead
from mmhnet_cli.training.clips import ClipConfig, ClipMaker
from mmhnet_cli.training.library import SOUND_S, make_library, read_sounds, render, solo
from mmhnet_cli.training.mixing import Bins
from mmhnet_cli.training.train_mini import (
    TaughtNetwork,
    flow_loss,
    network_config,
    read_codec,
    spread_of,
)
from mmhnet_cli.training.warm_start import basis_change, take_over

WEIGHTS = Path(__file__).parents[2] / "weights"
FEW = ("dog", "knock", "rain", "siren")


@pytest.fixture(scope="module")
def codec() -> MiniCodec:
    return read_codec(WEIGHTS / "mini")


@pytest.fixture(scope="module")
def space() -> WordSpace:
    return WordSpace(load_words(WEIGHTS / "mini" / "words.safetensors"))


@pytest.fixture(scope="module")
def library(codec: MiniCodec, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("library")
    make_library(folder, 3, codec.levels, 1, lambda line: None, FEW)
    return folder


def clips(library: Path, codec: MiniCodec, space: WordSpace, **changes: object) -> ClipMaker:
    sounds = [read_sounds(library, kind) for kind in FEW]
    bins = Bins(codec.config.mel, codec.config.deep)
    return ClipMaker(sounds, codec.projection, bins, space, ClipConfig(size=3, **changes))  # type: ignore[arg-type]


@pytest.mark.processes
def test_a_library_holds_each_sound_as_it_is_rendered(library: Path, codec: MiniCodec) -> None:
    before = (library / "dog.npy").stat().st_mtime_ns
    said: list[str] = []
    make_library(library, 3, codec.levels, 1, said.append, FEW)
    assert (said, (library / "dog.npy").stat().st_mtime_ns) == ([], before)
    sounds = read_sounds(library, "dog")
    sound = render("dog", 2)
    assert len(sound) == SOUND_S * 44100
    with torch.no_grad():
        levels = codec.levels(torch.from_numpy(sound)[None])[0].numpy()
    assert np.abs(sounds.levels[2] - levels).max() < 0.01
    assert sounds.sources[2].seed == solo("dog", 2).seed != solo("dog", 1).seed != solo("rain", 1).seed


@pytest.mark.processes
def test_a_library_grows_by_what_is_missing(library: Path, codec: MiniCodec, tmp_path: Path) -> None:
    few = np.load(library / "dog.npy")
    np.save(tmp_path / "dog.npy", few[:2] + 1)
    make_library(tmp_path, 3, codec.levels, 1, lambda line: None, ["dog"])
    assert np.array_equal(read_sounds(tmp_path, "dog").levels, np.concatenate([few[:2] + 1, few[2:]]))
    assert [path.name for path in tmp_path.iterdir()] == ["dog.npy"]


def test_batches_are_given_again_by_turns() -> None:
    made: list[int] = []

    def batch_of(number: int) -> str:
        made.append(number)
        return str(number)

    again = Again(batch_of, times=2, held=3)
    assert [again(step) for step in range(9)] == list("012012345")
    assert (made, sorted(again.kept)) == ([0, 1, 2, 3, 4, 5], [3, 4, 5])
    assert [Again(str, times=2, held=3)(step) for step in (4, 5, 6)] == ["1", "2", "3"]
    assert [Again(str, times=1, held=16)(step) for step in (0, 1, 40)] == ["0", "1", "40"]


@pytest.mark.processes
def test_clips_depend_on_the_step_alone(library: Path, codec: MiniCodec, space: WordSpace) -> None:
    maker = clips(library, codec, space)
    one, again, other = maker(7), maker(7), maker(8)
    shapes = {name: tuple(value.shape)[1:] for name, value in vars(one).items()}
    latents, words = one.latents.shape[1], one.text.shape[1]
    assert shapes == {
        "latents": (173, 192),
        "clip": (64, CLIP_DIM),
        "sync": (200, SYNC_DIM),
        "text": (words, TEXT_DIM),
        "text_mask": (words,),
        "drop_video": (),
        "drop_text": (),
        "heard": (latents, len(KIND_NAMES)),
        "seen": (64, len(KIND_NAMES)),
    }
    assert all(torch.equal(value, getattr(again, name)) for name, value in vars(one).items())
    assert not torch.equal(one.latents, other.latents)
    assert all(value.isfinite().all() for name, value in vars(one).items())
    ahead = Ahead(maker, 1)
    assert [torch.equal(ahead(step).latents, maker(step).latents) for step in (7, 8, 3)] == [True] * 3


@pytest.mark.processes
def test_what_is_asked_is_what_is_heard(library: Path, codec: MiniCodec, space: WordSpace) -> None:
    """Clips that are told in words, with nothing else named, name just the kinds that sound in them."""
    maker = clips(library, codec, space, asked=1.0, mentions=0.0, otherwise=0.5)
    for step in range(6):
        batch = maker(step)
        for item in range(3):
            heard = {KIND_NAMES[kind] for kind in batch.heard[item].amax(0).nonzero()[:, 0].tolist()}
            tokens = batch.text[item][batch.text_mask[item]][1:, : len(KIND_NAMES)]
            assert {KIND_NAMES[kind] for kind in tokens.argmax(1).tolist()} == heard


@pytest.mark.processes
def test_kinds_are_drawn_more_often(library: Path, codec: MiniCodec, space: WordSpace) -> None:
    alone = {"cuts": 0.0, "together": (1.0, 0.0, 0.0), "otherwise": 0.0}
    plain, weighted = (clips(library, codec, space, **alone, **often) for often in ({}, {"often": ("siren",)}))
    siren = KIND_NAMES.index("siren")

    def share(maker: ClipMaker) -> float:
        return float(torch.cat([maker(step).heard[:, 0, siren] for step in range(40)]).mean())

    # One of four kinds; then four draws of seven.
    assert share(plain) == pytest.approx(1 / 4, abs=0.12)
    assert share(weighted) == pytest.approx(4 / 7, abs=0.12)


@pytest.mark.slow
def test_hits_that_are_given_are_attacks_of_the_sound(library: Path, codec: MiniCodec, space: WordSpace) -> None:
    maker = clips(library, codec, space, hits=1.0, cuts=0.0, otherwise=0.0)
    steps, rises = 0, []
    for step in range(20):
        batch = maker(step)
        levels = codec.projection.decode(batch.latents)
        for item in range(3):
            alone = {KIND_NAMES[kind] for kind in batch.heard[item].amax(0).nonzero()[:, 0].tolist()}
            assert batch.sync[item, :, 5].min() == 1
            if alone == {"knock"}:
                steps += 1
                rise = levels[item].mean(0).diff().clamp(min=0)
                frames = (batch.sync[item, :, 4] > 0.5).nonzero()[:, 0] * (44100 / 25 / 512)
                near = [float(rise[max(0, int(frame) - 3) : int(frame) + 8].max()) for frame in frames]
                rises += [value / float(rise.max()) for value in near]
    assert steps > 2
    assert np.mean(rises) > 0.4


@pytest.mark.processes
@pytest.mark.slow
def test_steps_are_finite_and_reach_everything(library: Path, codec: MiniCodec, space: WordSpace) -> None:
    torch.manual_seed(0)
    maker = clips(library, codec, space)
    network = Network(network_config(codec.config.channels))
    assert network.preconditioning is not None
    network.preconditioning.spread.copy_(spread_of(maker))
    module = TaughtNetwork(network, codec.projection.scale)
    optimiser = torch.optim.Adam(module.parameters(), 1e-3)
    for step in range(3):
        loss, values = flow_loss(module, maker(step), torch.Generator().manual_seed(step))
        assert all(np.isfinite(value) for value in values.values())
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    untouched = {name for name, p in module.named_parameters() if p.grad is None}
    # The classifier has a training of its own.
    assert network.classifier is not None
    assert untouched == {f"network.classifier.{name}" for name, _ in network.classifier.named_parameters()}


@pytest.fixture(scope="module")
def earlier(library: Path) -> MiniCodec:
    """A codec of the mel alone, with fewer latents."""
    older = MiniCodec(MiniCodecConfig(channels=160))
    levels = np.concatenate([read_sounds(library, kind).levels for kind in FEW])
    older.projection.fit(torch.from_numpy(levels[:, : older.config.mel.bins]).float(), 0.6)
    return older


@pytest.mark.processes
def test_latents_of_an_earlier_codec_turn_into_those_of_this_one(earlier: MiniCodec, codec: MiniCodec) -> None:
    to_old, to_new = basis_change(earlier.projection, codec.projection)
    sound = torch.from_numpy(render("dog", 7))[None]
    old, new = earlier.encode(sound)[0], codec.encode(sound)[0]
    # Differences, because the constant parts are left to the bias.
    true, turned = old - old.mean(0), (new - new.mean(0)) @ to_old.T
    assert float(torch.cosine_similarity(true.flatten(), turned.flatten(), dim=0)) > 0.9
    assert to_new.shape == (192, 160)


@pytest.mark.processes
def test_a_network_begins_with_what_an_earlier_one_has_learnt(earlier: MiniCodec, codec: MiniCodec) -> None:
    torch.manual_seed(0)
    tensors = Network(network_config(160)).state_dict()
    network = Network(network_config(192))
    anew = take_over(network, tensors, earlier.projection, codec.projection)
    ours = {name for name in anew if not name.startswith("classifier.")}
    assert {name.split(".")[0] for name in ours} <= {"stacks", "preconditioning", "latent_mean", "latent_std"}
    # The classifier hears old latents in the new ones.
    assert {*anew} - ours == {"classifier.preconditioning.spread"}
    state = network.state_dict()
    block = "trunk.single_modal.0.audio.output.out_proj.weight"
    assert torch.equal(state[block], tensors[block])
    assert state["stacks.audio.enter.weight"].shape[1] == 192


def test_a_network_that_begins_with_its_own_is_the_same(codec: MiniCodec) -> None:
    torch.manual_seed(0)
    tensors = Network(network_config(192)).state_dict()
    network = Network(network_config(192))
    assert take_over(network, tensors, codec.projection, codec.projection) == ()
    for name, value in network.state_dict().items():
        assert torch.allclose(value, tensors[name], atol=1e-4), name
