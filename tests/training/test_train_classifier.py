"""The classifier learns to name what is heard, also in noise, and to tell it from what the network makes."""

from pathlib import Path

import pytest
import torch

from mmhnet_cli.model.network import Network
from mmhnet_cli.model.noisy_classifier import NoisyClassifier
from mmhnet_cli.training.clips import Clips
from mmhnet_cli.training.made import Named, WithMade, made_latents, make_clips
from mmhnet_cli.training.train_classifier import begun, naming_loss
from mmhnet_cli.training.trainer import Trainer, TrainerConfig
from tests.model.small import small_config
from tests.training.test_objective import KINDS, SIZES, drawn

CONFIG = small_config(
    **{**SIZES, "clip_dim": KINDS},
    classifier_width=16,
    classifier_blocks=2,
    classifier_kinds=KINDS,
    classifier_made=True,
)


def clips(number: int) -> Clips:
    """A kind is a channel that is louder by four."""
    batch = drawn(number, items=16)
    batch.latents[..., :3] += 4 * batch.heard[..., :3]
    return batch


def fresh() -> NoisyClassifier:
    torch.manual_seed(0)
    return NoisyClassifier(CONFIG)


def weights_of(classifier: NoisyClassifier) -> dict[str, torch.Tensor]:
    return {f"classifier.{name}": value for name, value in classifier.state_dict().items()}


@pytest.mark.slow
def test_it_learns_three_kinds_and_then_what_is_made_of_them(tmp_path: Path) -> None:
    """What is made has another channel too loud."""

    def learnt(classifier: NoisyClassifier, batches: object, folder: Path, steps: int) -> list[dict[str, float]]:
        said: list[dict[str, float]] = []
        config = TrainerConfig(steps=steps, learning_rate=0.01, warmup_steps=5, report_every=20)
        trainer = Trainer(classifier, naming_loss, batches, config, folder)  # type: ignore[arg-type]
        assert trainer.run(lambda line: None, log=lambda step, values: said.append(values))
        return said

    classifier = begun(fresh(), weights_of(fresh()))
    said = learnt(classifier, clips, tmp_path / "kinds", 60)
    assert said[0]["names"] > 2 > said[-1]["names"]
    assert said[-1]["right"] > 0.6
    assert not classifier.leave.weight[KINDS:].any()

    again = begun(fresh(), weights_of(classifier))
    assert torch.equal(again.leave.weight[KINDS:], again.leave.weight[:KINDS])
    others = [clips(1000 + number) for number in range(20)]
    made = Named(torch.cat([one.latents for one in others]), torch.cat([one.heard for one in others]))
    made.latents[..., 3] += 3
    said = learnt(again, WithMade(clips, made), tmp_path / "made", 150)
    # A coin in the place of the second name would be right half as often as the kind is.
    assert said[-1]["right"] > 0.6
    with torch.no_grad():
        of_made, of_true = (
            again(latents, torch.full((16,), 0.9)).softmax(-1)[..., KINDS:].sum(-1).mean()
            for latents in (made.latents[:16], clips(5).latents)
        )
    assert of_made > 0.9
    assert of_true < 0.1


def test_what_it_knows_of_the_made_stays() -> None:
    known = fresh()
    with torch.no_grad():
        known.leave.weight.normal_()
    assert torch.equal(begun(fresh(), weights_of(known)).leave.weight, known.leave.weight)


def test_made_clips_are_kept_and_go_on(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = Network(CONFIG).eval().requires_grad_(False)
    for parameter in network.parameters():
        if not parameter.any():
            torch.nn.init.normal_(parameter, std=0.1)
    asked: list[int] = []

    def told(number: int, count: int) -> Clips:
        asked.append(number)
        batch = drawn(number, items=count)
        return Clips(
            **{**vars(batch), "clip": torch.rand(count, 16, KINDS, generator=torch.Generator().manual_seed(number))}
        )

    made = make_clips(tmp_path, 12, network, told, lambda line: None)
    assert (made.latents.shape, made.heard.shape, asked) == ((16, 40, 6), (16, 40, KINDS), [0, 1])
    (tmp_path / "00001.safetensors").unlink()
    again = make_clips(tmp_path, 12, network, told, lambda line: None)
    assert asked == [0, 1, 1]
    assert torch.equal(made.latents, again.latents)
    # They are guided, by what they are told and by the classifier.
    batch = told(0, 4)
    torch.testing.assert_close(made_latents(network, batch, 3), made_latents(network, batch, 3))
    other = Clips(**{**vars(batch), "heard": batch.heard.roll(1, -1)})
    assert not torch.allclose(made_latents(network, batch, 3), made_latents(network, other, 3))


def test_a_batch_has_as_many_of_both() -> None:
    made = Named(torch.zeros(5, 40, 6), torch.zeros(5, 40, KINDS))
    batch = WithMade(clips, made)(3)
    assert batch.latents.shape == (32, 40, 6)
    assert torch.equal(batch.heard[:16, :, :KINDS], clips(3).heard)
    assert not batch.heard[:16, :, KINDS:].any()
    assert not batch.latents[16:].any()
